// RUN: plait-opt %s --plait-set-target=target=sm_90a --convert-tile-to-nvvm | FileCheck %s

// Kernels take pointers, sizes and strides; the grid and the first work item follow. Other functions go.

// CHECK-NOT: @host
func.func @host(%x: memref<?x64xf32>) {
  return
}

// CHECK: llvm.mlir.global external @plait_shared() {addr_space = 3 : i32, alignment = 128 : i64} : !llvm.array<0 x i8>

// CHECK-LABEL: llvm.func @places(
// CHECK-SAME: %[[X:[a-z0-9]*]]: !llvm.ptr<1> {llvm.align = 16 : i64, llvm.noalias}, %{{[a-z0-9]*}}: i64, %[[SIZE1:[a-z0-9]*]]: i64, %[[STRIDE0:[a-z0-9]*]]: i64, %{{[a-z0-9]*}}: i64,
// CHECK-SAME: %[[Y:[a-z0-9]*]]: !llvm.ptr<1> {llvm.align = 4 : i64, llvm.noalias}, %[[GX:[a-z0-9]*]]: i64, %[[GY:[a-z0-9]*]]: i64, %[[FIRST:[a-z0-9]*]]: i64)
// CHECK-SAME: nvvm.kernel, nvvm.reqntid = array<i32: 128, 1, 1>
// CHECK-SAME: tile.alignment = array<i64: 16, 4>, tile.shared_bytes = 0 : i64, tile.warps = 4 : i64
func.func @places(%x: memref<?x?xf32, strided<[?, 1]>>, %y: memref<f32>)
    attributes {plait.kernel, tile.warps = 4 : i64, tile.shared_bytes = 0 : i64, tile.alignment = array<i64: 16, 4>} {
  // CHECK: nvvm.read.ptx.sreg.tid.x range <i32, 0, 128>
  // CHECK: %[[BLOCK:.*]] = arith.extui
  // CHECK: %[[ITEM:.*]] = arith.addi %[[FIRST]], %[[BLOCK]] : i64
  // CHECK: %[[AT_X:.*]] = arith.remui %[[ITEM]], %[[GX]] : i64
  // CHECK: %[[I:.*]] = arith.index_cast %[[AT_X]] : i64 to index
  %i = tile.program_id 0 : index
  // CHECK: %[[ROW:.*]] = arith.divui %{{.*}}, %[[GX]] : i64
  // CHECK: arith.remui %[[ROW]], %[[GY]] : i64
  %j = tile.program_id 1 : index
  // CHECK: %[[PLANE:.*]] = arith.divui %{{.*}}, %[[GX]] : i64
  // CHECK: arith.divui %[[PLANE]], %[[GY]] : i64
  %k = tile.program_id 2 : index
  // CHECK: %[[N:.*]] = arith.index_cast %[[SIZE1]] : i64 to index
  %c1 = arith.constant 1 : index
  %n = memref.dim %x, %c1 : memref<?x?xf32, strided<[?, 1]>>
  // CHECK: %[[BIAS:.*]] = llvm.load %[[Y]] : !llvm.ptr<1> -> f32
  %bias = memref.load %y[] : memref<f32>
  // What a loop does not change of an address is made before it.
  // CHECK: %[[FIXED:.*]] = llvm.getelementptr %[[X]][%{{.*}}] : (!llvm.ptr<1>, i64) -> !llvm.ptr<1>, f32
  // CHECK: scf.for %[[T:.*]] = %[[I]] to %[[N]]
  scf.for %t = %i to %n step %c1 {
    // CHECK: %[[AT:.*]] = arith.index_cast %[[T]] : index to i64
    // CHECK: %[[START:.*]] = arith.muli %[[AT]], %[[STRIDE0]] : i64
    // CHECK: %[[FROM:.*]] = llvm.getelementptr %[[FIXED]][%[[START]]] : (!llvm.ptr<1>, i64) -> !llvm.ptr<1>, f32
    // CHECK: llvm.load %[[FROM]]
    %z = memref.load %x[%t, %j] : memref<?x?xf32, strided<[?, 1]>>
  }
  // CHECK: llvm.return
  return
}
