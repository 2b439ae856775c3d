//===- comba.mlir - Comba -------------------------------------*- mlir -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// A delta rule that asks the state before its decay, with p for the key: S_t =
// e^g S_{t-1} + k (beta (v - S_{t-1}^T p))^T: arXiv 2506.02475.
//===----------------------------------------------------------------------===//

// RUN: plait-opt %s --verify-roundtrip | FileCheck %s

// CHECK-LABEL: func.func @comba(
func.func @comba(
    %q: tensor<?x?x?x4xf32> {plait.name = "q"},
    %k: tensor<?x?x?x4xf32> {plait.name = "k"},
    %v: tensor<?x?x?x3xf32> {plait.name = "v"},
    %p: tensor<?x?x?x4xf32> {plait.name = "p"},
    %g: tensor<?x?x?xf32> {plait.name = "g"},
    %beta: tensor<?x?x?xf32> {plait.name = "beta"},
    %state: tensor<?x?x4x3xf32> {plait.name = "state"})
    -> (tensor<?x?x?x3xf32> {plait.name = "o"},
        tensor<?x?x4x3xf32> {plait.name = "final_state"}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %batches = tensor.dim %q, %c0 : tensor<?x?x?x4xf32>
  %tokens = tensor.dim %q, %c1 : tensor<?x?x?x4xf32>
  %heads = tensor.dim %q, %c2 : tensor<?x?x?x4xf32>
  %b_out = tensor.empty(%batches, %tokens, %heads) : tensor<?x?x?x4xf32>
  %out = tensor.empty(%batches, %tokens, %heads) : tensor<?x?x?x3xf32>
  %b = plait.map_rows ins(%k, %beta : tensor<?x?x?x4xf32>, tensor<?x?x?xf32>) outs(%b_out : tensor<?x?x?x4xf32>) {
  ^bb0(%row: vector<4xf32>, %scale: f32):
    %minus = arith.negf %scale : f32
    %scales = vector.broadcast %minus : f32 to vector<4xf32>
    %scaled = arith.mulf %row, %scales : vector<4xf32>
    plait.yield %scaled : vector<4xf32>
  } -> tensor<?x?x?x4xf32>
  %bv = plait.map_rows ins(%v, %beta : tensor<?x?x?x3xf32>, tensor<?x?x?xf32>) outs(%out : tensor<?x?x?x3xf32>) {
  ^bb0(%row: vector<3xf32>, %scale: f32):
    %scales = vector.broadcast %scale : f32 to vector<3xf32>
    %scaled = arith.mulf %row, %scales : vector<3xf32>
    plait.yield %scaled : vector<3xf32>
  } -> tensor<?x?x?x3xf32>
  %o, %final_state = plait.recur ins(%q, %k, %bv : tensor<?x?x?x4xf32>, tensor<?x?x?x4xf32>, tensor<?x?x?x3xf32>)
    decay(%g : tensor<?x?x?xf32>)
    low_rank(%p, %b : tensor<?x?x?x4xf32>, tensor<?x?x?x4xf32>)
    outs(%out, %state : tensor<?x?x?x3xf32>, tensor<?x?x4x3xf32>) scale(0.5)
    -> tensor<?x?x?x3xf32>, tensor<?x?x4x3xf32>
  return %o, %final_state : tensor<?x?x?x3xf32>, tensor<?x?x4x3xf32>
}
