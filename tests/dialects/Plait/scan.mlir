// RUN: plait-opt %s | plait-opt | FileCheck %s
// RUN: plait-opt %s --mlir-print-op-generic | plait-opt | FileCheck %s
// RUN: plait-opt %s --emit-bytecode | plait-opt | FileCheck %s

// plait.scan in all its kinds and options.

!x = tensor<?x?x8x64xf32>
!c = tensor<?x8x64xf32>

// CHECK-LABEL: func @kinds
func.func @kinds(%x: !x, %c: !c) {
  // CHECK: %o, %carry = plait.scan add ins(%[[X:.*]] : tensor<?x?x8x64xf32>)
  // CHECK-SAME: outs(%[[X]], %{{.*}} : tensor<?x?x8x64xf32>, tensor<?x8x64xf32>) -> tensor<?x?x8x64xf32>, tensor<?x8x64xf32>
  plait.scan add ins(%x : !x) outs(%x, %c : !x, !c) -> !x, !c
  // CHECK: plait.scan affine ins(%[[X]], %[[X]] : tensor<?x?x8x64xf32>, tensor<?x?x8x64xf32>) outs
  plait.scan affine ins(%x, %x : !x, !x) outs(%x, %c : !x, !c) -> !x, !c
  // CHECK: plait.scan max ins
  plait.scan max ins(%x : !x) outs(%x, %c : !x, !c) -> !x, !c
  // CHECK: plait.scan logsumexp ins
  plait.scan logsumexp ins(%x : !x) outs(%x, %c : !x, !c) -> !x, !c
  // CHECK: plait.scan max_affine ins
  plait.scan max_affine ins(%x, %x : !x, !x) outs(%x, %c : !x, !c) -> !x, !c
  return
}

// CHECK-LABEL: func @options
func.func @options(%x: tensor<1x?x8x64xbf16>, %o: tensor<1x?x8x64xf32>, %c: tensor<?x8x64xf32>, %n: tensor<?xi64>) {
  // CHECK: plait.scan add ins({{.*}}) segments(%{{.*}} : tensor<?xi64>) outs({{.*}}) read(exclusive) reverse ->
  plait.scan add ins(%x : tensor<1x?x8x64xbf16>) segments(%n : tensor<?xi64>)
    outs(%o, %c : tensor<1x?x8x64xf32>, tensor<?x8x64xf32>) read(exclusive) reverse
    -> tensor<1x?x8x64xf32>, tensor<?x8x64xf32>
  return
}

// CHECK-LABEL: func @buffers
func.func @buffers(%x: memref<1x?x1x?xf32>, %c: memref<1x1x?xf32>) {
  // CHECK: plait.scan max ins({{.*}}) outs({{.*}} : memref<1x?x1x?xf32>, memref<1x1x?xf32>) {schedule = #plait.schedule<lanes, {}>}
  plait.scan max ins(%x : memref<1x?x1x?xf32>) outs(%x, %c : memref<1x?x1x?xf32>, memref<1x1x?xf32>) {schedule = #plait.schedule<lanes, {}>}
  return
}
