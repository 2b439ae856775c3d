// RUN: not plait-compile %s -o %t 2>&1 | FileCheck %s
// REQUIRES: plait-compile

// What a pack can't hold is an error at the function, before anything is lowered to machine code.

// CHECK: pack-invalid.mlir:[[#@LINE+1]]:1: error: function 'f' expects distinct names of its arguments, but got 'x' twice
func.func @f(%x: tensor<1x2x3x16xf32>, %y: tensor<1x2x3x16xf32> {plait.name = "x"}) -> tensor<1x2x3x16xf32> {
  %sum = plait.map_rows ins(%x, %y : tensor<1x2x3x16xf32>, tensor<1x2x3x16xf32>) outs(%x : tensor<1x2x3x16xf32>) {
  ^bb0(%a: vector<16xf32>, %b: vector<16xf32>):
    %c = arith.addf %a, %b : vector<16xf32>
    plait.yield %c : vector<16xf32>
  } -> tensor<1x2x3x16xf32>
  return %sum : tensor<1x2x3x16xf32>
}
