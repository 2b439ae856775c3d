// RUN: plait-opt %s --plait-set-target=target=sm_80 --convert-tile-to-nvvm | FileCheck %s

!c = !tile.fragment<64x16xf32, #tile.mma<accumulator, warps = [4, 1]>>
!rows = !tile.fragment<64x1xf32, #tile.slice<column, #tile.mma<accumulator, warps = [4, 1]>>>
!columns = !tile.fragment<1x16xf32, #tile.slice<row, #tile.mma<accumulator, warps = [4, 1]>>>

// Four elements of a thread, then the four lanes of a row; there are two rows a thread.
// CHECK-LABEL: llvm.func @rows(
func.func @rows(%x: memref<64x16xf32>, %y: memref<64x1xf32>) attributes {plait.kernel, tile.warps = 4 : i64, tile.alignment = array<i64: 8, 4>} {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %f = tile.load_global %x[%c0, %c0] along 0 rows %c64 : memref<64x16xf32> -> !c
  // CHECK-COUNT-5: arith.addf
  // CHECK: %[[SUM:.*]] = arith.addf
  // CHECK: nvvm.shfl.sync bfly %{{.*}}, %{{.*}}, %c1_i32{{.*}}, %c31_i32
  // CHECK: arith.addf
  // CHECK: nvvm.shfl.sync bfly %{{.*}}, %[[SUM]], %c1_i32{{.*}}, %c31_i32
  // CHECK: arith.addf
  // CHECK-COUNT-2: nvvm.shfl.sync bfly %{{.*}}, %{{.*}}, %c2_i32{{.*}}, %c31_i32
  // CHECK-NOT: nvvm.shfl
  %r = tile.reduce add %f along row : !c -> !rows
  tile.store_global %r to %y[%c0, %c0] along 0 rows %c64 : !rows, memref<64x1xf32>
  return
}

// Lanes of a column, then warps.
// CHECK-LABEL: llvm.func @columns(
func.func @columns(%x: memref<64x16xf32>, %y: memref<1x16xf32>) attributes {plait.kernel, tile.warps = 4 : i64, tile.alignment = array<i64: 8, 4>} {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %s = tile.alloc at 0 : !tile.shared<4x16xf32>
  %f = tile.load_global %x[%c0, %c0] along 0 rows %c64 : memref<64x16xf32> -> !c
  // CHECK-COUNT-4: nvvm.shfl.sync bfly %{{.*}}, %{{.*}}, %c4_i32
  // CHECK-COUNT-4: nvvm.shfl.sync bfly %{{.*}}, %{{.*}}, %c8_i32
  // CHECK-COUNT-4: nvvm.shfl.sync bfly %{{.*}}, %{{.*}}, %c16_i32
  // CHECK: %[[OTHERS:.*]] = arith.andi %{{.*}}, %c28_i32 : i32
  // CHECK: %[[FIRST:.*]] = arith.cmpi eq, %[[OTHERS]], %{{.*}} : i32
  // CHECK: scf.if %[[FIRST]] {
  // CHECK-COUNT-4: llvm.store %{{.*}} : f32, !llvm.ptr<3>
  // CHECK: }
  // CHECK-NEXT: nvvm.barrier0
  // CHECK-COUNT-16: llvm.load %{{.*}} : !llvm.ptr<3> -> f32
  // CHECK: arith.maximumf
  %r = tile.reduce max %f along column using %s : !tile.shared<4x16xf32> : !c -> !columns
  tile.store_global %r to %y[%c0, %c0] : !columns, memref<1x16xf32>
  return
}

// Two sources are one: a thread's elements of both, then the lanes once for each of two rows.
!wide = !tile.fragment<64x32xf32, #tile.mma<accumulator, warps = [4, 1]>>
// CHECK-LABEL: llvm.func @beside(
func.func @beside(%x: memref<64x16xf32>, %z: memref<64x32xf32>, %y: memref<64x1xf32>) attributes {plait.kernel, tile.warps = 4 : i64, tile.alignment = array<i64: 8, 8, 4>} {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %f = tile.load_global %x[%c0, %c0] along 0 rows %c64 : memref<64x16xf32> -> !c
  %g = tile.load_global %z[%c0, %c0] along 0 rows %c64 : memref<64x32xf32> -> !wide
  // CHECK-COUNT-22: arith.addf %{{.*}}, %{{.*}} fastmath<contract>
  // CHECK-COUNT-4: nvvm.shfl.sync bfly
  // CHECK-NOT: nvvm.shfl
  %r = tile.reduce add %f, %g along row : !c, !wide -> !rows
  tile.store_global %r to %y[%c0, %c0] along 0 rows %c64 : !rows, memref<64x1xf32>
  return
}

// Of equal rows each thread takes its first, whatever warps split them.
// CHECK-LABEL: llvm.func @any(
func.func @any(%x: memref<64x16xf32>, %y: memref<1x16xf32>) attributes {plait.kernel, tile.warps = 4 : i64, tile.alignment = array<i64: 8, 4>} {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %f = tile.load_global %x[%c0, %c0] along 0 rows %c64 : memref<64x16xf32> -> !c
  // CHECK-NOT: arith.addf
  // CHECK-NOT: nvvm.shfl
  // CHECK-NOT: nvvm.barrier0
  // CHECK: llvm.return
  %r = tile.reduce any %f along column : !c -> !columns
  tile.store_global %r to %y[%c0, %c0] : !columns, memref<1x16xf32>
  return
}

// Each thread's largest magnitude, NaN if there is one; then any thread's answer is that of all.
// CHECK-LABEL: llvm.func @exceeds(
func.func @exceeds(%x: memref<64x16xf32>, %y: memref<64x16xf32>) attributes {plait.kernel, tile.warps = 4 : i64, tile.alignment = array<i64: 8, 8>} {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %bound = arith.constant 32.0 : f32
  %f = tile.load_global %x[%c0, %c0] along 0 rows %c64 : memref<64x16xf32> -> !c
  %g = tile.load_global %y[%c0, %c0] along 0 rows %c64 : memref<64x16xf32> -> !c
  // CHECK-COUNT-16: math.absf
  // CHECK: %[[MOST:.*]] = arith.maximumf
  // CHECK: %[[OVER:.*]] = arith.cmpf ugt, %[[MOST]], %{{.*}} : f32
  // CHECK: %[[WORD:.*]] = arith.extui %[[OVER]] : i1 to i32
  // CHECK: %[[ANY:.*]] = nvvm.barrier #nvvm.reduction<or> %[[WORD]] -> i32
  // CHECK: %[[ALL:.*]] = arith.cmpi ne, %[[ANY]], %{{.*}} : i32
  // CHECK: scf.if %[[ALL]]
  %c = tile.exceeds %f, %g over %bound : !c, !c
  scf.if %c {
    tile.store_global %f to %y[%c0, %c0] along 0 rows %c64 : !c, memref<64x16xf32>
  }
  return
}

!few = !tile.fragment<16x16xf32, #tile.mma<accumulator, warps = [1, 4]>>
!few_rows = !tile.fragment<16x1xf32, #tile.slice<column, #tile.mma<accumulator, warps = [1, 4]>>>

// Of four warps two hold the columns of the first two again, and give nothing to the sums.
// CHECK-LABEL: llvm.func @few_columns(
func.func @few_columns(%x: memref<16x16xf32>, %y: memref<16x1xf32>) attributes {plait.kernel, tile.warps = 4 : i64, tile.alignment = array<i64: 8, 4>} {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %s = tile.alloc at 0 : !tile.shared<2x16xf32>
  %f = tile.load_global %x[%c0, %c0] along 0 rows %c16 : memref<16x16xf32> -> !few
  // CHECK: %[[STORES:.*]] = arith.andi %{{.*}}, %{{.*}} : i1
  // CHECK: scf.if %[[STORES]] {
  // CHECK-COUNT-2: llvm.store %{{.*}} : f32, !llvm.ptr<3>
  // CHECK: }
  // CHECK-NEXT: nvvm.barrier0
  // CHECK-COUNT-4: llvm.load %{{.*}} : !llvm.ptr<3> -> f32
  // CHECK-NOT: llvm.load %{{.*}} : !llvm.ptr<3> -> f32
  %r = tile.reduce add %f along row using %s : !tile.shared<2x16xf32> : !few -> !few_rows
  tile.store_global %r to %y[%c0, %c0] along 0 rows %c16 : !few_rows, memref<16x1xf32>
  return
}

!split = !tile.fragment<16x64xf32, #tile.mma<accumulator, warps = [1, 4]>>
!beside = !tile.fragment<1x16xf32, #tile.slice<row, #tile.mma<accumulator, warps = [4, 1]>>>

// What warps exchange is loaded as another layout has it: four numbers of four warps' sums.
// CHECK-LABEL: llvm.func @other_layout(
func.func @other_layout(%x: memref<16x64xf32>, %y: memref<1x16xf32>) attributes {plait.kernel, tile.warps = 4 : i64, tile.alignment = array<i64: 8, 4>} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %s = tile.alloc at 0 : !tile.shared<4x16xf32>
  %f = tile.load_global %x[%c0, %c0] along 0 rows %c16 : memref<16x64xf32> -> !split
  // CHECK: nvvm.barrier0
  // CHECK-COUNT-16: llvm.load %{{.*}} : !llvm.ptr<3> -> f32
  // CHECK-NOT: llvm.load
  %r = tile.reduce add %f along row using %s : !tile.shared<4x16xf32> : !split -> !beside
  tile.store_global %r to %y[%c0, %c0] along 0 rows %c1 : !beside, memref<1x16xf32>
  return
}
