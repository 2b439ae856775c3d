// RUN: plait-opt %s --pass-pipeline='builtin.module(func.func(plait-decompose-attention,plait-promote-types,plait-choose-form,plait-tile-grid,plait-fuse,plait-tile-tokens,plait-tile-projections,plait-tile-rows,plait-drop-carried,plait-bound-empty,plait-unify-dims),plait-outline-kernels,func.func(convert-plait-to-vector,convert-math-to-polynomial))' | FileCheck %s

// Passes leave functions alone that are declared elsewhere, or empty.

module attributes {plait.target = #plait.target<"x86-64-v4", {fma, lanes = 16 : i64, registers = 32 : i64}>} {
  // CHECK: func.func private @declaration(tensor<4xf32>)
  func.func private @declaration(tensor<4xf32>)
  // CHECK: func.func @empty() {
  // CHECK-NEXT: return
  func.func @empty() {
    return
  }
}
