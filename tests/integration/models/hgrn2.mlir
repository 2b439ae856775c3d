//===- hgrn2.mlir - HGRN2 -------------------------------------*- mlir -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// f is the log forget gate of each key channel, and the key is 1 - e^f: arXiv
// 2404.07904.
//===----------------------------------------------------------------------===//

// RUN: plait-opt %s --verify-roundtrip | FileCheck %s

// CHECK-LABEL: func.func @hgrn2(
func.func @hgrn2(
    %q: tensor<?x?x?x4xf32> {plait.name = "q"},
    %f: tensor<?x?x?x4xf32> {plait.name = "f"},
    %i: tensor<?x?x?x3xf32> {plait.name = "i"},
    %state: tensor<?x?x4x3xf32> {plait.name = "state"})
    -> (tensor<?x?x?x3xf32> {plait.name = "o"},
        tensor<?x?x4x3xf32> {plait.name = "final_state"}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %batches = tensor.dim %q, %c0 : tensor<?x?x?x4xf32>
  %tokens = tensor.dim %q, %c1 : tensor<?x?x?x4xf32>
  %heads = tensor.dim %q, %c2 : tensor<?x?x?x4xf32>
  %k_out = tensor.empty(%batches, %tokens, %heads) : tensor<?x?x?x4xf32>
  %out = tensor.empty(%batches, %tokens, %heads) : tensor<?x?x?x3xf32>
  %k = plait.map_rows ins(%f : tensor<?x?x?x4xf32>) outs(%k_out : tensor<?x?x?x4xf32>) {
  ^bb0(%log: vector<4xf32>):
    %one = arith.constant dense<1.0> : vector<4xf32>
    %forget = math.exp %log : vector<4xf32>
    %key = arith.subf %one, %forget : vector<4xf32>
    plait.yield %key : vector<4xf32>
  } -> tensor<?x?x?x4xf32>
  %o, %final_state = plait.recur ins(%q, %k, %i : tensor<?x?x?x4xf32>, tensor<?x?x?x4xf32>, tensor<?x?x?x3xf32>)
    decay(%f : tensor<?x?x?x4xf32>)
    outs(%out, %state : tensor<?x?x?x3xf32>, tensor<?x?x4x3xf32>) scale(0.5)
    -> tensor<?x?x?x3xf32>, tensor<?x?x4x3xf32>
  return %o, %final_state : tensor<?x?x?x3xf32>, tensor<?x?x4x3xf32>
}
