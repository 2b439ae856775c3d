// RUN: not plait-compile %s -o %t 2>&1 | FileCheck %s
// REQUIRES: plait-compile

// No function is left out of a pack without a word.

func.func @outer(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}
// CHECK: nested-invalid.mlir:[[#@LINE+1]]:1: error: expects the functions in one module, but got a module in it
module {
  func.func @inner(%x: tensor<4xf32>) -> tensor<4xf32> {
    return %x : tensor<4xf32>
  }
}
