// RUN: plait-opt %s --plait-set-target=target=sm_90a --convert-tile-to-nvvm | FileCheck %s

!a = !tile.fragment<64x64xbf16, #tile.blocked<vector = 8, warps = 4>>
!r = !tile.fragment<1x64xf32, #tile.slice<row, #tile.mma<accumulator, warps = [4, 1]>>>

// CHECK-LABEL: llvm.func @rows(
// CHECK-SAME: %[[X:[a-z0-9]*]]: !llvm.ptr<1>
// CHECK-SAME: %[[Y:[a-z0-9]*]]: !llvm.ptr<1> {llvm.align = 4
func.func @rows(%x: memref<?x64xbf16, strided<[?, 1]>>, %y: memref<?x64xbf16, strided<[?, 1]>>)
    attributes {plait.kernel, tile.warps = 4 : i64, tile.alignment = array<i64: 16, 4>} {
  %c0 = arith.constant 0 : index
  %n = memref.dim %x, %c0 : memref<?x64xbf16, strided<[?, 1]>>
  // Columns are known to be inside, rows are compared.
  // CHECK: %[[LIMIT:.*]] = arith.trunci
  // CHECK: %[[INSIDE:.*]] = arith.cmpi slt, %{{.*}}, %[[LIMIT]] : i32
  // CHECK: %[[V:.*]]:4 = scf.if %[[INSIDE]] -> (i32, i32, i32, i32) {
  // CHECK: llvm.load %{{.*}} {alignment = 16 : i64} : !llvm.ptr<1> -> vector<4xi32>
  // CHECK: } else {
  // CHECK-NEXT: scf.yield %[[ZERO:.*]], %[[ZERO]], %[[ZERO]], %[[ZERO]] : i32, i32, i32, i32
  // CHECK-COUNT-3: -> vector<4xi32>
  // CHECK-NOT: -> vector<4xi32>
  %f = tile.load_global %x[%c0, %c0] along 0 rows %n : memref<?x64xbf16, strided<[?, 1]>> -> !a
  // As wide as the alignment.
  // CHECK: scf.if
  // CHECK-NEXT: llvm.store %{{.*}} {alignment = 4 : i64} : i32, !llvm.ptr<1>
  tile.store_global %f to %y[%c0, %c0] along 0 rows %n : !a, memref<?x64xbf16, strided<[?, 1]>>
  // CHECK: llvm.return
  return
}

// Tokens of a row vector are rows of memory. What is past the last column is not read, either.
// CHECK-LABEL: llvm.func @transposed(
// CHECK-SAME: %arg0: !llvm.ptr<1> {llvm.align = 4 : i64, llvm.noalias}, %arg1: i64, %[[COLUMNS:[a-z0-9]*]]: i64
func.func @transposed(%x: memref<?x?xf32>, %z: memref<?xf32>)
    attributes {plait.kernel, tile.warps = 4 : i64, tile.alignment = array<i64: 4, 4>} {
  %c0 = arith.constant 0 : index
  %h = tile.program_id 0 : index
  %n = memref.dim %x, %c0 : memref<?x?xf32>
  // Addresses are made of the thread's number here, not at the entry.
  // CHECK: %[[THREAD:.*]] = llvm.inline_asm has_side_effects "mov.u32 $0, %tid.x;"
  // CHECK: %[[KNOWN:.*]] = arith.cmpi ult, %[[THREAD]], %c128_i32{{.*}} : i32
  // CHECK: llvm.intr.assume %[[KNOWN]]
  // CHECK: arith.minsi
  // CHECK: %[[LEFT:.*]] = arith.subi %[[COLUMNS]], %{{.*}} : i64
  // CHECK: arith.andi %{{.*}} : i1
  // CHECK: scf.if %{{.*}} -> (f32)
  // CHECK: llvm.load %{{.*}} {alignment = 4 : i64} : !llvm.ptr<1> -> f32
  %r = tile.load_global %x[%c0, %h] along 0 rows %n transposed : memref<?x?xf32> -> !r
  // Of the threads that hold an element the first one stores it; a vector's size limits it, too.
  // CHECK: %[[AGAIN:.*]] = llvm.inline_asm has_side_effects "mov.u32 $0, %tid.x;"
  // CHECK: %[[WARP:.*]] = arith.shrui %[[AGAIN]], %c5
  // CHECK: %[[LANE:.*]] = arith.andi %[[AGAIN]], %c31
  // CHECK: arith.shrui %[[LANE]], %c2
  // CHECK: %[[FIRST:.*]] = arith.cmpi eq
  // CHECK: scf.if %[[FIRST]] {
  // CHECK: arith.minsi
  // CHECK: scf.if
  // CHECK-NEXT: llvm.store %{{.*}} {alignment = 4 : i64} : f32, !llvm.ptr<1>
  tile.store_global %r to %z[%c0] along 0 rows %n transposed : !r, memref<?xf32>
  return
}

// A start in the middle of a vector makes it narrower.
// CHECK-LABEL: llvm.func @start(
func.func @start(%x: memref<64x128xbf16>) attributes {plait.kernel, tile.warps = 4 : i64, tile.alignment = array<i64: 16>} {
  %c0 = arith.constant 0 : index
  %c4 = arith.constant 4 : index
  %c64 = arith.constant 64 : index
  // CHECK: llvm.load %{{.*}} {alignment = 8 : i64} : !llvm.ptr<1> -> vector<2xi32>
  %f = tile.load_global %x[%c0, %c4] along 0 rows %c64 : memref<64x128xbf16> -> !a
  // CHECK: scf.for
  scf.for %i = %c0 to %c64 step %c64 {
    // CHECK: llvm.store %{{.*}} {alignment = 16 : i64} : vector<4xi32>, !llvm.ptr<1>
    tile.store_global %f to %x[%c0, %i] along 0 rows %c64 : !a, memref<64x128xbf16>
  }
  return
}

// Tiles that a row has as a whole, whichever of them it is, are inside of it; of others columns may be past its end.
// CHECK-LABEL: llvm.func @whole_tiles(
func.func @whole_tiles(%x: memref<64x128xbf16>, %y: memref<64x120xbf16>) attributes {plait.kernel, tile.warps = 4 : i64, tile.alignment = array<i64: 16, 16>} {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %c64 = arith.constant 64 : index
  %n = tile.program_id 0 : index
  %part = arith.remui %n, %c2 : index
  %first = arith.muli %part, %c64 : index
  // CHECK: arith.muli
  // CHECK-NOT: arith.minsi
  // CHECK: llvm.load
  %f = tile.load_global %x[%c0, %first] : memref<64x128xbf16> -> !tile.fragment<1x64xbf16, #tile.blocked<vector = 8, warps = 4>>
  // CHECK: arith.minsi
  // CHECK: scf.if
  // CHECK: llvm.store
  tile.store_global %f to %y[%c0, %first] : !tile.fragment<1x64xbf16, #tile.blocked<vector = 8, warps = 4>>, memref<64x120xbf16>
  // CHECK: arith.minsi
  // CHECK: scf.if
  // CHECK: llvm.store
  tile.store_global %f to %x[%c0, %n] : !tile.fragment<1x64xbf16, #tile.blocked<vector = 8, warps = 4>>, memref<64x128xbf16>
  return
}

!row = !tile.fragment<1x64xf32, #tile.slice<row, #tile.mma<accumulator, warps = [4, 1]>>>

// What a loop does not change of an address is made before it: the thread's place, and indices from outside. But
// transposed are many addresses for one use, which stay.
// CHECK-LABEL: llvm.func @in_loop(
func.func @in_loop(%x: memref<?x?x64xbf16, strided<[?, ?, 1]>>, %z: memref<?xf32>) attributes {plait.kernel, tile.warps = 4 : i64, tile.alignment = array<i64: 16, 4>} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %n = memref.dim %x, %c1 : memref<?x?x64xbf16, strided<[?, ?, 1]>>
  // CHECK: scf.for %[[H:.*]] = 
  scf.for %h = %c0 to %c64 step %c1 {
    // CHECK: %[[HEAD:.*]] = llvm.getelementptr %arg0[
    // CHECK: %[[COLUMN:.*]] = llvm.getelementptr %[[HEAD]][
    // CHECK: %[[PLACE:.*]] = llvm.getelementptr %[[COLUMN]][
    // CHECK: scf.for %[[T:.*]] = 
    scf.for %t = %c0 to %n step %c64 {
      // CHECK: arith.index_cast %[[T]]
      // CHECK: %[[BLOCK:.*]] = llvm.getelementptr %[[PLACE]][
      // CHECK: llvm.load %[[BLOCK]]
      %f = tile.load_global %x[%h, %t, %c0] along 1 rows %n : memref<?x?x64xbf16, strided<[?, ?, 1]>> -> !tile.fragment<64x64xbf16, #tile.blocked<vector = 8, warps = 4>>
      // CHECK: llvm.inline_asm has_side_effects {{.*}}tid.x
      // CHECK: llvm.load %{{.*}} : !llvm.ptr<1> -> f32
      %r = tile.load_global %z[%t] along 0 rows %n transposed : memref<?xf32> -> !row
    }
  }
  return
}

// A memref that the loop carries is known in it alone.
// CHECK-LABEL: llvm.func @carried(
func.func @carried(%x: memref<?x16xf32, strided<[?, 1]>>, %y: memref<?x16xf32, strided<[?, 1]>>) attributes {plait.kernel, tile.warps = 1 : i64, tile.alignment = array<i64: 4, 4>} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = memref.dim %x, %c0 : memref<?x16xf32, strided<[?, 1]>>
  // CHECK: scf.for {{.*}} iter_args(%[[FROM:[^ ]*]] = %arg0,
  scf.for %t = %c0 to %n step %c1 iter_args(%from = %x, %to = %y) -> (memref<?x16xf32, strided<[?, 1]>>, memref<?x16xf32, strided<[?, 1]>>) {
    // CHECK: llvm.getelementptr %[[FROM]][
    %z = memref.load %from[%t, %c1] : memref<?x16xf32, strided<[?, 1]>>
    scf.yield %to, %from : memref<?x16xf32, strided<[?, 1]>>, memref<?x16xf32, strided<[?, 1]>>
  }
  return
}
