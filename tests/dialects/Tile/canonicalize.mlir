// RUN: plait-opt %s --canonicalize --split-input-file | FileCheck %s

!rows = !tile.fragment<32x64xf32, #tile.mma<accumulator, warps = [2, 2]>>
!column = !tile.fragment<32x1xf32, #tile.slice<column, #tile.mma<accumulator, warps = [2, 2]>>>
!row = !tile.fragment<1x32xf32, #tile.slice<row, #tile.mma<accumulator, warps = [4, 1]>>>

// Sums that warps exchange are read where they are wanted.
// CHECK-LABEL: func.func @into_layout(
// CHECK-SAME: %[[X:.*]]: !tile.fragment<32x64xf32
func.func @into_layout(%x: !rows) -> !row {
  // CHECK-NEXT: %[[S:.*]] = tile.alloc : !tile.shared<2x32xf32>
  %s = tile.alloc : !tile.shared<2x32xf32>
  %t = tile.alloc : !tile.shared<1x32xf32>
  // CHECK-NEXT: %[[R:.*]] = tile.reduce add %[[X]] along row using %[[S]] : {{.*}} -> !tile.fragment<1x32xf32, #tile.slice<row, #tile.mma<accumulator, warps = [4, 1]>>>
  // CHECK-NEXT: return %[[R]]
  %c = tile.reduce add %x along row using %s : !tile.shared<2x32xf32> : !rows -> !column
  tile.store %c to %t transposed : !column, !tile.shared<1x32xf32>
  %r = tile.load %t : !tile.shared<1x32xf32> -> !row
  return %r : !row
}

// -----

!rows = !tile.fragment<32x64xf32, #tile.mma<accumulator, warps = [2, 2]>>
!column = !tile.fragment<32x1xf32, #tile.slice<column, #tile.mma<accumulator, warps = [2, 2]>>>
!row = !tile.fragment<1x32xf32, #tile.slice<row, #tile.mma<accumulator, warps = [4, 1]>>>

// Others want them, too.
// CHECK-LABEL: func.func @used(
func.func @used(%x: !rows) -> (!row, !column) {
  %s = tile.alloc : !tile.shared<2x32xf32>
  %t = tile.alloc : !tile.shared<1x32xf32>
  %c = tile.reduce add %x along row using %s : !tile.shared<2x32xf32> : !rows -> !column
  tile.store %c to %t transposed : !column, !tile.shared<1x32xf32>
  // CHECK: tile.load
  %r = tile.load %t : !tile.shared<1x32xf32> -> !row
  return %r, %c : !row, !column
}

// -----

!rows = !tile.fragment<32x64xf32, #tile.mma<accumulator, warps = [2, 2]>>
!column = !tile.fragment<32x1xf32, #tile.slice<column, #tile.mma<accumulator, warps = [2, 2]>>>
!row = !tile.fragment<1x32xf32, #tile.slice<row, #tile.mma<accumulator, warps = [4, 1]>>>

// What is loaded is what the iteration before has stored.
// CHECK-LABEL: func.func @carried(
func.func @carried(%x: !rows, %zero: !row) -> !row {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %s = tile.alloc : !tile.shared<2x32xf32>
  %t = tile.alloc : !tile.shared<1x32xf32>
  // CHECK: scf.for
  %last = scf.for %i = %c0 to %c4 step %c1 iter_args(%before = %zero) -> !row {
    // CHECK-NEXT: tile.load
    %r = tile.load %t : !tile.shared<1x32xf32> -> !row
    %c = tile.reduce add %x along row using %s : !tile.shared<2x32xf32> : !rows -> !column
    tile.store %c to %t transposed : !column, !tile.shared<1x32xf32>
    scf.yield %r : !row
  }
  return %last : !row
}

// -----

!whole = !tile.fragment<32x64xf32, #tile.mma<accumulator, warps = [1, 4]>>
!column = !tile.fragment<32x1xf32, #tile.slice<column, #tile.mma<accumulator, warps = [1, 4]>>>
!lane = !tile.fragment<1x32xf32, #tile.blocked<vector = 1, warps = 4>>

// In lanes, too, where each warp has all of them.
// CHECK-LABEL: func.func @lanes(
func.func @lanes(%x: !whole) -> !lane {
  %s = tile.alloc : !tile.shared<4x32xf32>
  %t = tile.alloc : !tile.shared<1x32xf32>
  %c = tile.reduce add %x along row using %s : !tile.shared<4x32xf32> : !whole -> !column
  tile.store %c to %t transposed : !column, !tile.shared<1x32xf32>
  // CHECK: tile.reduce {{.*}} -> !tile.fragment<1x32xf32, #tile.blocked<vector = 1, warps = 4>>
  // CHECK-NEXT: return
  %r = tile.load %t : !tile.shared<1x32xf32> -> !lane
  return %r : !lane
}

// -----

!rows = !tile.fragment<32x64xf32, #tile.mma<accumulator, warps = [2, 2]>>
!column = !tile.fragment<32x1xf32, #tile.slice<column, #tile.mma<accumulator, warps = [2, 2]>>>
!row = !tile.fragment<1x32xf32, #tile.slice<row, #tile.mma<accumulator, warps = [2, 1]>>>

// Over other warps.
// CHECK-LABEL: func.func @other_warps(
func.func @other_warps(%x: !rows) -> !row {
  %c1 = arith.constant 1 : index
  %s = tile.alloc : !tile.shared<2x32xf32>
  %t = tile.alloc : !tile.shared<1x32xf32>
  %c = tile.reduce add %x along row using %s : !tile.shared<2x32xf32> : !rows -> !column
  tile.store %c to %t transposed : !column, !tile.shared<1x32xf32>
  // CHECK: tile.load
  %r = tile.load %t : !tile.shared<1x32xf32> -> !row
  return %r : !row
}

// -----

!rows = !tile.fragment<32x64xf32, #tile.mma<accumulator, warps = [2, 2]>>
!column = !tile.fragment<32x1xf32, #tile.slice<column, #tile.mma<accumulator, warps = [2, 2]>>>
!row = !tile.fragment<1x32xf32, #tile.slice<row, #tile.mma<accumulator>>>

// Over warps that are not assigned yet.
// CHECK-LABEL: func.func @unassigned(
func.func @unassigned(%x: !rows) -> !row {
  %c1 = arith.constant 1 : index
  %s = tile.alloc : !tile.shared<2x32xf32>
  %t = tile.alloc : !tile.shared<1x32xf32>
  %c = tile.reduce add %x along row using %s : !tile.shared<2x32xf32> : !rows -> !column
  tile.store %c to %t transposed : !column, !tile.shared<1x32xf32>
  // CHECK: tile.load
  %r = tile.load %t : !tile.shared<1x32xf32> -> !row
  return %r : !row
}

// -----

!rows = !tile.fragment<32x64xf32, #tile.mma<accumulator, warps = [2, 2]>>
!column = !tile.fragment<32x1xf32, #tile.slice<column, #tile.mma<accumulator, warps = [2, 2]>>>
!row = !tile.fragment<1x32xf32, #tile.slice<row, #tile.mma<accumulator, warps = [4, 1]>>>

// At a stage of several.
// CHECK-LABEL: func.func @staged(
func.func @staged(%x: !rows) -> !row {
  %c1 = arith.constant 1 : index
  %s = tile.alloc : !tile.shared<2x32xf32>
  %t = tile.alloc : !tile.shared<1x32xf32, stages = 2>
  %c = tile.reduce add %x along row using %s : !tile.shared<2x32xf32> : !rows -> !column
  tile.store %c to %t[%c1] transposed : !column, !tile.shared<1x32xf32, stages = 2>
  // CHECK: tile.load
  %r = tile.load %t[%c1] : !tile.shared<1x32xf32, stages = 2> -> !row
  return %r : !row
}

// -----

!rows = !tile.fragment<32x64xf32, #tile.mma<accumulator, warps = [2, 2]>>
!column = !tile.fragment<32x1xf32, #tile.slice<column, #tile.mma<accumulator, warps = [2, 2]>>>
!row = !tile.fragment<1x32xf32, #tile.slice<row, #tile.mma<accumulator, warps = [4, 1]>>>

// Loaded twice, and in a branch.
// CHECK-LABEL: func.func @elsewhere(
func.func @elsewhere(%x: !rows, %any: i1) -> (!row, !row) {
  %s = tile.alloc : !tile.shared<2x32xf32>
  %t = tile.alloc : !tile.shared<1x32xf32>
  %u = tile.alloc : !tile.shared<1x32xf32>
  %c = tile.reduce add %x along row using %s : !tile.shared<2x32xf32> : !rows -> !column
  tile.store %c to %t transposed : !column, !tile.shared<1x32xf32>
  // CHECK-COUNT-3: tile.load
  %a = tile.load %t : !tile.shared<1x32xf32> -> !row
  %b = tile.load %t : !tile.shared<1x32xf32> -> !row
  %d = tile.reduce max %x along row using %s : !tile.shared<2x32xf32> : !rows -> !column
  tile.store %d to %u transposed : !column, !tile.shared<1x32xf32>
  %e = scf.if %any -> !row {
    %f = tile.load %u : !tile.shared<1x32xf32> -> !row
    scf.yield %f : !row
  } else {
    scf.yield %a : !row
  }
  return %b, %e : !row, !row
}
