//===- gsa.mlir - gated slot attention ------------------------*- mlir -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// Two passes over M slots: the gate decays the value axis, then the key axis;
// the softmax of the first read is the second query: arXiv 2409.07146.
//===----------------------------------------------------------------------===//

// RUN: plait-opt %s --verify-roundtrip | FileCheck %s

// CHECK-LABEL: func.func @gsa(
func.func @gsa(
    %q: tensor<?x?x?x4xf32> {plait.name = "q"},
    %k: tensor<?x?x?x4xf32> {plait.name = "k"},
    %v: tensor<?x?x?x3xf32> {plait.name = "v"},
    %s: tensor<?x?x?x5xf32> {plait.name = "s"},
    %g: tensor<?x?x?x5xf32> {plait.name = "g"},
    %slot_keys: tensor<?x?x4x5xf32> {plait.name = "slot_keys"},
    %slot_values: tensor<?x?x5x3xf32> {plait.name = "slot_values"})
    -> (tensor<?x?x?x3xf32> {plait.name = "o"},
        tensor<?x?x4x5xf32> {plait.name = "final_slot_keys"},
        tensor<?x?x5x3xf32> {plait.name = "final_slot_values"}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %batches = tensor.dim %q, %c0 : tensor<?x?x?x4xf32>
  %tokens = tensor.dim %q, %c1 : tensor<?x?x?x4xf32>
  %heads = tensor.dim %q, %c2 : tensor<?x?x?x4xf32>
  %p_out = tensor.empty(%batches, %tokens, %heads) : tensor<?x?x?x5xf32>
  %out = tensor.empty(%batches, %tokens, %heads) : tensor<?x?x?x3xf32>
  %scores, %final_slot_keys = plait.recur ins(%q, %k, %s : tensor<?x?x?x4xf32>, tensor<?x?x?x4xf32>, tensor<?x?x?x5xf32>)
    value_decay(%g : tensor<?x?x?x5xf32>)
    outs(%p_out, %slot_keys : tensor<?x?x?x5xf32>, tensor<?x?x4x5xf32>) scale(0.5)
    -> tensor<?x?x?x5xf32>, tensor<?x?x4x5xf32>
  %p = plait.map_rows ins(%scores : tensor<?x?x?x5xf32>) outs(%p_out : tensor<?x?x?x5xf32>) {
  ^bb0(%row: vector<5xf32>):
    %max = vector.reduction <maximumf>, %row : vector<5xf32> into f32
    %maxima = vector.broadcast %max : f32 to vector<5xf32>
    %shifted = arith.subf %row, %maxima : vector<5xf32>
    %exp = math.exp %shifted : vector<5xf32>
    %sum = vector.reduction <add>, %exp : vector<5xf32> into f32
    %sums = vector.broadcast %sum : f32 to vector<5xf32>
    %softmax = arith.divf %exp, %sums : vector<5xf32>
    plait.yield %softmax : vector<5xf32>
  } -> tensor<?x?x?x5xf32>
  %o, %final_slot_values = plait.recur ins(%p, %s, %v : tensor<?x?x?x5xf32>, tensor<?x?x?x5xf32>, tensor<?x?x?x3xf32>)
    decay(%g : tensor<?x?x?x5xf32>)
    outs(%out, %slot_values : tensor<?x?x?x3xf32>, tensor<?x?x5x3xf32>)
    -> tensor<?x?x?x3xf32>, tensor<?x?x5x3xf32>
  return %o, %final_slot_keys, %final_slot_values : tensor<?x?x?x3xf32>, tensor<?x?x4x5xf32>, tensor<?x?x5x3xf32>
}
