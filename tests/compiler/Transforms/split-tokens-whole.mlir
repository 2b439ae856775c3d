// RUN: plait-opt %s --plait-split-tokens -split-input-file | FileCheck %s

// What a range writes would wait for those before it.
// CHECK-NOT: _updates
// CHECK: scf.forall (%{{.*}}, %{{.*}}) in (1, 1)
// CHECK-NEXT: arith.constant
// CHECK-NEXT: func.call @chained_0(
// CHECK-NOT: _updates
// CHECK: func.call @mapped_0(
// CHECK-NOT: _updates
// CHECK: func.call @scanned_0(
// CHECK-NOT: _updates
// CHECK: func.call @decayed_0(
// CHECK-NOT: _updates
// CHECK: func.call @single_0(
// CHECK-NOT: _updates

!x = memref<1x64x1x64xf32>
!s = memref<1x1x64x64xf32>
func.func @chained_0(%x: !x, %o: !x, %s: !s, %t: !s, %i: i32, %j: i32, %z: i32) attributes {plait.kernel} {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %a = memref.alloca() : !x
  scf.for %n = %c0 to %c64 step %c64 {
    plait.recur ins(%x, %x, %x : !x, !x, !x) outs(%a, %s : !x, !s)
      {schedule = #plait.schedule<chunk, {block = 64 : i64, splits = 4 : i64}>}
    plait.recur ins(%x, %a, %x : !x, !x, !x) outs(%o, %t : !x, !s)
      {schedule = #plait.schedule<chunk, {block = 64 : i64, splits = 4 : i64}>}
  }
  return
}
func.func @chained(%x: !x, %o: !x, %s: !s, %t: !s) {
  scf.forall (%b, %h) in (1, 1) {
    %z = arith.constant 0 : i32
    func.call @chained_0(%x, %o, %s, %t, %z, %z, %z) : (!x, !x, !s, !s, i32, i32, i32) -> ()
  }
  return
}

// -----

!x = memref<1x64x1x64xf32>
!s = memref<1x1x64x64xf32>
func.func @mapped_0(%x: !x, %o: !x, %s: !s, %t: !s, %i: i32, %j: i32, %z: i32) attributes {plait.kernel} {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %a = memref.alloca() : !x
  %m = memref.alloca() : !x
  scf.for %n = %c0 to %c64 step %c64 {
    plait.recur ins(%x, %x, %x : !x, !x, !x) outs(%a, %s : !x, !s)
      {schedule = #plait.schedule<chunk, {block = 64 : i64, splits = 4 : i64}>}
    plait.map_rows ins(%a : !x) outs(%m : !x) {
    ^bb0(%row: vector<64xf32>):
      %negative = arith.negf %row : vector<64xf32>
      plait.yield %negative : vector<64xf32>
    }
    plait.recur ins(%x, %m, %x : !x, !x, !x) outs(%o, %t : !x, !s)
      {schedule = #plait.schedule<chunk, {block = 64 : i64, splits = 4 : i64}>}
  }
  return
}
func.func @mapped(%x: !x, %o: !x, %s: !s, %t: !s) {
  scf.forall (%b, %h) in (1, 1) {
    %z = arith.constant 0 : i32
    func.call @mapped_0(%x, %o, %s, %t, %z, %z, %z) : (!x, !x, !s, !s, i32, i32, i32) -> ()
  }
  return
}

// -----

!x = memref<1x64x1x64xf32>
!s = memref<1x1x64x64xf32>
!c = memref<1x1x64xf32>
func.func @scanned_0(%x: !x, %o: !x, %s: !s, %c: !c, %i: i32, %j: i32, %z: i32) attributes {plait.kernel} {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %a = memref.alloca() : !x
  scf.for %n = %c0 to %c64 step %c64 {
    plait.scan add ins(%x : !x) outs(%a, %c : !x, !c)
    plait.recur ins(%x, %x, %x : !x, !x, !x) outs(%o, %s : !x, !s)
      {schedule = #plait.schedule<chunk, {block = 64 : i64, splits = 4 : i64}>}
  }
  return
}
func.func @scanned(%x: !x, %o: !x, %s: !s, %c: !c) {
  scf.forall (%b, %h) in (1, 1) {
    %z = arith.constant 0 : i32
    func.call @scanned_0(%x, %o, %s, %c, %z, %z, %z) : (!x, !x, !s, !c, i32, i32, i32) -> ()
  }
  return
}

// -----

!x = memref<1x64x1x64xf32>
!s = memref<1x1x64x64xf32>
func.func @decayed_0(%x: !x, %w: !x, %o: !x, %s: !s, %i: i32, %j: i32, %z: i32) attributes {plait.kernel} {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  scf.for %n = %c0 to %c64 step %c64 {
    plait.recur ins(%x, %x, %x : !x, !x, !x) value_decay(%w : !x) outs(%o, %s : !x, !s)
      {schedule = #plait.schedule<chunk, {block = 64 : i64, splits = 4 : i64}>}
  }
  return
}
func.func @decayed(%x: !x, %w: !x, %o: !x, %s: !s) {
  scf.forall (%b, %h) in (1, 1) {
    %z = arith.constant 0 : i32
    func.call @decayed_0(%x, %w, %o, %s, %z, %z, %z) : (!x, !x, !x, !s, i32, i32, i32) -> ()
  }
  return
}

// -----

// A single block has no loop.
!x = memref<1x1x1x64xf32>
!s = memref<1x1x64x64xf32>
func.func @single_0(%x: !x, %o: !x, %s: !s, %i: i32, %j: i32, %z: i32) attributes {plait.kernel} {
  plait.recur ins(%x, %x, %x : !x, !x, !x) outs(%o, %s : !x, !s)
    {schedule = #plait.schedule<chunk, {block = 64 : i64, splits = 4 : i64}>}
  return
}
func.func @single(%x: !x, %o: !x, %s: !s) {
  scf.forall (%b, %h) in (1, 1) {
    %z = arith.constant 0 : i32
    func.call @single_0(%x, %o, %s, %z, %z, %z) : (!x, !x, !s, i32, i32, i32) -> ()
  }
  return
}
