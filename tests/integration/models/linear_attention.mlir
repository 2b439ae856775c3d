//===- linear_attention.mlir - the paper's attention ----------*- mlir -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// Causal, feature map elu + 1, divided by its normaliser: Katharopoulos et al.
// 2020, arXiv 2006.16236.
//===----------------------------------------------------------------------===//

// RUN: plait-opt %s --verify-roundtrip | FileCheck %s

// CHECK-LABEL: func.func @linear_attention(
func.func @linear_attention(
    %q: tensor<?x?x?x4xf32> {plait.name = "q"},
    %k: tensor<?x?x?x4xf32> {plait.name = "k"},
    %v: tensor<?x?x?x3xf32> {plait.name = "v"},
    %state: tensor<?x?x4x3xf32> {plait.name = "state"},
    %normalizer: tensor<?x?x4x1xf32> {plait.name = "normalizer"})
    -> (tensor<?x?x?x3xf32> {plait.name = "o"},
        tensor<?x?x4x3xf32> {plait.name = "final_state"},
        tensor<?x?x4x1xf32> {plait.name = "final_normalizer"}) {
  %o, %final_state, %final_normalizer = plait.attention causal ins(%q, %k, %v : tensor<?x?x?x4xf32>, tensor<?x?x?x4xf32>, tensor<?x?x?x3xf32>)
    state(%state : tensor<?x?x4x3xf32>) normalizer(%normalizer : tensor<?x?x4x1xf32>)
    normalize(sum, eps = 1.0e-6)
    feature_map {
    ^bb0(%x: vector<4xf32>):
      %zero = arith.constant dense<0.0> : vector<4xf32>
      %one = arith.constant dense<1.0> : vector<4xf32>
      %positive = arith.cmpf ogt, %x, %zero : vector<4xf32>
      %shifted = arith.addf %x, %one : vector<4xf32>
      %exp = math.exp %x : vector<4xf32>
      %phi = arith.select %positive, %shifted, %exp : vector<4xi1>, vector<4xf32>
      plait.yield %phi : vector<4xf32>
    } -> tensor<?x?x?x3xf32>, state tensor<?x?x4x3xf32>, normalizer tensor<?x?x4x1xf32>
  return %o, %final_state, %final_normalizer : tensor<?x?x?x3xf32>, tensor<?x?x4x3xf32>, tensor<?x?x4x1xf32>
}
