// RUN: not plait-compile %s -o %t 2>&1 | FileCheck %s
// REQUIRES: plait-compile

// A grid's extents are multiples of the arguments' sizes: here it has half of one.

func.func @half(%x: tensor<1x?x8x16xf32>) -> tensor<1x?x4x16xf32> {
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %tokens = tensor.dim %x, %c1 : tensor<1x?x8x16xf32>
  %half = arith.divui %tokens, %c2 : index
  %slice = tensor.extract_slice %x[0, 0, 0, 0] [1, %half, 4, 16] [1, 1, 1, 1]
    : tensor<1x?x8x16xf32> to tensor<1x?x4x16xf32>
  %empty = tensor.empty(%half) : tensor<1x?x4x16xf32>
  // CHECK: size-invalid.mlir:[[#@LINE+1]]:{{[0-9]+}}: error: expects sizes that are multiples of an argument's, but got another
  %y = plait.map_rows ins(%slice : tensor<1x?x4x16xf32>) outs(%empty : tensor<1x?x4x16xf32>) {
  ^bb0(%row: vector<16xf32>):
    %sum = arith.addf %row, %row : vector<16xf32>
    plait.yield %sum : vector<16xf32>
  } -> tensor<1x?x4x16xf32>
  return %y : tensor<1x?x4x16xf32>
}
