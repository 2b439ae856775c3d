// RUN: plait-opt %s --plait-set-target=target=sm_80 --convert-tile-to-nvvm | FileCheck %s

!one = !tile.fragment<1x32xf32, #tile.blocked<vector = 1, warps = 2>>
!two = !tile.fragment<1x64xf32, #tile.blocked<vector = 2, warps = 2>>
!half = !tile.fragment<1x16xf32, #tile.blocked<vector = 1, warps = 2>>
!row = !tile.fragment<1x32xf32, #tile.slice<row, #tile.mma<accumulator, warps = [2, 1]>>>
!column = !tile.fragment<64x1xf32, #tile.slice<column, #tile.mma<accumulator, warps = [2, 1]>>>

// A lane adds what the lane 1, 2, 4, .. below it has, where there is one.
// CHECK-LABEL: llvm.func @sums(
func.func @sums(%s: memref<1x32xf32>, %y: memref<1x32xf32>) attributes {plait.kernel, tile.warps = 2 : i64, tile.alignment = array<i64: 4, 4>} {
  %c0 = arith.constant 0 : index
  %x = tile.load_global %s[%c0, %c0] : memref<1x32xf32> -> !one
  // CHECK: %[[LANE:.*]] = arith.andi %{{.*}}, %c31_i32
  // CHECK: %[[BELOW:.*]] = nvvm.shfl.sync up %{{.*}}, %[[X:.*]], %c1_i32{{.*}}, %c0_i32
  // CHECK: %[[MORE:.*]] = arith.addf %[[X]], %[[BELOW]]
  // CHECK: %[[IS:.*]] = arith.cmpi sge, %{{.*}}, %c1_i32
  // CHECK: arith.select %[[IS]], %[[MORE]], %[[X]]
  // CHECK: nvvm.shfl.sync up %{{.*}}, %{{.*}}, %c2_i32
  // CHECK: nvvm.shfl.sync up %{{.*}}, %{{.*}}, %c4_i32
  // CHECK: nvvm.shfl.sync up %{{.*}}, %{{.*}}, %c8_i32
  // CHECK: nvvm.shfl.sync up %{{.*}}, %{{.*}}, %c16_i32
  // CHECK: %[[LAST:.*]] = arith.select
  // CHECK: llvm.store %[[LAST]]
  %z = tile.cumsum %x : !one
  tile.store_global %z to %y[%c0, %c0] : !one, memref<1x32xf32>
  return
}

// Two elements of a lane: what it passes on is their sum. Without itself the last one has nothing behind it.
// CHECK-LABEL: llvm.func @rest(
func.func @rest(%s: memref<1x64xf32>, %y: memref<1x64xf32>) attributes {plait.kernel, tile.warps = 2 : i64, tile.alignment = array<i64: 8, 8>} {
  %c0 = arith.constant 0 : index
  %x = tile.load_global %s[%c0, %c0] : memref<1x64xf32> -> !two
  // CHECK: %[[BOTH:.*]] = arith.addf %[[LAST:.*]], %{{.*}} : f32
  // CHECK: nvvm.shfl.sync down %{{.*}}, %[[BOTH]], %c1_i32{{.*}}, %c31_i32
  // CHECK: arith.cmpi slt, %{{.*}}, %c31_i32
  // CHECK: nvvm.shfl.sync down %{{.*}}, %{{.*}}, %c16_i32
  // CHECK: arith.cmpi slt, %{{.*}}, %c16_i32
  // CHECK: %[[ALL:.*]] = arith.select
  // CHECK: %[[NEXT:.*]] = nvvm.shfl.sync down %{{.*}}, %[[ALL]], %c1_i32
  // CHECK: %[[BEHIND:.*]] = arith.select %{{.*}}, %[[NEXT]], %cst
  // CHECK: %[[FIRST:.*]] = arith.addf %[[BEHIND]], %[[LAST]]
  %z = tile.cumsum %x exclusive reverse : !two
  tile.store_global %z to %y[%c0, %c0] : !two, memref<1x64xf32>
  return
}

// A row of 16 is in each half of a warp, which do not add to each other.
// CHECK-LABEL: llvm.func @halves(
func.func @halves(%s: memref<1x16xf32>, %y: memref<1x16xf32>) attributes {plait.kernel, tile.warps = 2 : i64, tile.alignment = array<i64: 4, 4>} {
  %c0 = arith.constant 0 : index
  %x = tile.load_global %s[%c0, %c0] : memref<1x16xf32> -> !half
  // CHECK: arith.andi %{{.*}}, %c15_i32
  // CHECK-NOT: nvvm.shfl.sync up %{{.*}}, %{{.*}}, %c16_i32
  %z = tile.cumsum %x : !half
  tile.store_global %z to %y[%c0, %c0] : !half, memref<1x16xf32>
  return
}

// Thread t of four has columns 2 t and 2 t + 1 of each 8.
// CHECK-LABEL: llvm.func @row(
func.func @row(%s: memref<1x32xf32>, %y: memref<1x32xf32>) attributes {plait.kernel, tile.warps = 2 : i64, tile.alignment = array<i64: 4, 8>} {
  %c0 = arith.constant 0 : index
  %x = tile.load_global %s[%c0, %c0] : memref<1x32xf32> -> !one
  // CHECK-COUNT-8: nvvm.shfl.sync idx %{{.*}}, %{{.*}}, %{{.*}}, %c31_i32
  // CHECK-NOT: nvvm.shfl
  // CHECK-NOT: arith.select
  %z = tile.shuffle %x : !one -> !row
  tile.store_global %z to %y[%c0, %c0] : !row, memref<1x32xf32>
  return
}

// Which of a lane's two elements is wanted depends on the thread.
// CHECK-LABEL: llvm.func @column(
func.func @column(%s: memref<1x64xf32>, %y: memref<64x1xf32>) attributes {plait.kernel, tile.warps = 2 : i64, tile.alignment = array<i64: 8, 4>} {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %x = tile.load_global %s[%c0, %c0] : memref<1x64xf32> -> !two
  // CHECK: %[[EVEN:.*]] = nvvm.shfl.sync idx
  // CHECK: %[[ODD:.*]] = nvvm.shfl.sync idx
  // CHECK: arith.select %{{.*}}, %[[ODD]], %[[EVEN]]
  // CHECK-COUNT-6: nvvm.shfl.sync idx
  // CHECK-NOT: nvvm.shfl
  %z = tile.shuffle %x : !two -> !column
  tile.store_global %z to %y[%c0, %c0] along 0 rows %c64 : !column, memref<64x1xf32>
  return
}

// One element in all places: the second of lane 31.
// CHECK-LABEL: llvm.func @last(
func.func @last(%s: memref<1x64xf32>, %y: memref<64x1xf32>) attributes {plait.kernel, tile.warps = 2 : i64, tile.alignment = array<i64: 8, 4>} {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %x = tile.load_global %s[%c0, %c0] : memref<1x64xf32> -> !two
  // CHECK: nvvm.shfl.sync idx %{{.*}}, %{{.*}}, %c31_i32{{.*}}, %c31_i32
  // CHECK-NOT: nvvm.shfl
  %z = tile.shuffle %x at 63 : !two -> !column
  tile.store_global %z to %y[%c0, %c0] along 0 rows %c64 : !column, memref<64x1xf32>
  return
}
