// RUN: plait-opt %s | plait-opt | FileCheck %s
// RUN: plait-opt %s --mlir-print-op-generic | plait-opt | FileCheck %s
// RUN: plait-opt %s --emit-bytecode | plait-opt | FileCheck %s

// plait.project with a matrix that is shared, per head, per batch and head.

!x = tensor<?x?x8x64xf32>
!y = tensor<?x?x8x32xf32>

// CHECK-LABEL: func @matrices
func.func @matrices(%x: !x, %y: !y, %shared: tensor<64x32xf32>, %head: tensor<8x64x32xf32>, %each: tensor<?x8x64x32xf32>) {
  // CHECK: %y = plait.project ins(%[[X:.*]], %{{.*}} : tensor<?x?x8x64xf32>, tensor<64x32xf32>)
  // CHECK-SAME: outs(%[[Y:.*]] : tensor<?x?x8x32xf32>) -> tensor<?x?x8x32xf32>
  plait.project ins(%x, %shared : !x, tensor<64x32xf32>) outs(%y : !y) -> !y
  // CHECK: plait.project ins(%[[X]], %{{.*}} : tensor<?x?x8x64xf32>, tensor<8x64x32xf32>)
  plait.project ins(%x, %head : !x, tensor<8x64x32xf32>) outs(%y : !y) -> !y
  // CHECK: plait.project ins(%[[X]], %{{.*}} : tensor<?x?x8x64xf32>, tensor<?x8x64x32xf32>)
  plait.project ins(%x, %each : !x, tensor<?x8x64x32xf32>) outs(%y : !y) -> !y
  return
}

// CHECK-LABEL: func @options
func.func @options(%x: memref<?x?x8x64xbf16>, %m: memref<?x2x64x32xf32>, %y: memref<?x?x8x32xf32>) {
  // CHECK: plait.project ins({{.*}}) outs({{.*}}) scale(0.125) group_size(4)
  plait.project ins(%x, %m : memref<?x?x8x64xbf16>, memref<?x2x64x32xf32>) outs(%y : memref<?x?x8x32xf32>)
    scale(0.125) group_size(4)
  return
}
