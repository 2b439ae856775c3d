//===- mlstm.mlir - mLSTM -------------------------------------*- mlir -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// The forget gate f is before its log-sigmoid, the input gate i a logarithm; a
// running max m keeps both in range: arXiv 2405.04517.
//===----------------------------------------------------------------------===//

// RUN: plait-opt %s --verify-roundtrip | FileCheck %s

// CHECK-LABEL: func.func @mlstm(
func.func @mlstm(
    %q: tensor<?x?x?x4xf32> {plait.name = "q"},
    %k: tensor<?x?x?x4xf32> {plait.name = "k"},
    %v: tensor<?x?x?x3xf32> {plait.name = "v"},
    %i: tensor<?x?x?xf32> {plait.name = "i"},
    %f: tensor<?x?x?xf32> {plait.name = "f"},
    %state: tensor<?x?x4x3xf32> {plait.name = "state"},
    %normalizer: tensor<?x?x4x1xf32> {plait.name = "normalizer"},
    %m: tensor<?x?xf32> {plait.name = "m"})
    -> (tensor<?x?x?x3xf32> {plait.name = "o"},
        tensor<?x?x4x3xf32> {plait.name = "final_state"},
        tensor<?x?x4x1xf32> {plait.name = "final_normalizer"},
        tensor<?x?xf32> {plait.name = "final_m"}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %batches = tensor.dim %q, %c0 : tensor<?x?x?x4xf32>
  %tokens = tensor.dim %q, %c1 : tensor<?x?x?x4xf32>
  %heads = tensor.dim %q, %c2 : tensor<?x?x?x4xf32>
  %g_out = tensor.empty(%batches, %tokens, %heads) : tensor<?x?x?xf32>
  %m_out = tensor.empty(%batches, %tokens, %heads) : tensor<?x?x?xf32>
  %out = tensor.empty(%batches, %tokens, %heads) : tensor<?x?x?x3xf32>
  %z_out = tensor.empty(%batches, %tokens, %heads) : tensor<?x?x?x1xf32>
  %g = plait.map_rows ins(%f : tensor<?x?x?xf32>) outs(%g_out : tensor<?x?x?xf32>) {
  ^bb0(%x: f32):
    %zero = arith.constant 0.0 : f32
    %low = arith.minimumf %x, %zero : f32
    %magnitude = math.absf %x : f32
    %negative = arith.negf %magnitude : f32
    %exp = math.exp %negative : f32
    %log = math.log1p %exp : f32
    %logsigmoid = arith.subf %low, %log : f32
    plait.yield %logsigmoid : f32
  } -> tensor<?x?x?xf32>
  %number = arith.constant 1.0 : f32
  %ones = linalg.fill ins(%number : f32) outs(%z_out : tensor<?x?x?x1xf32>) -> tensor<?x?x?x1xf32>
  %n, %final_state, %m_token, %final_m = plait.recur ins(%q, %k, %v : tensor<?x?x?x4xf32>, tensor<?x?x?x4xf32>, tensor<?x?x?x3xf32>)
    decay(%g : tensor<?x?x?xf32>) stabilize(%i : tensor<?x?x?xf32>)
    outs(%out, %state, %m_out, %m : tensor<?x?x?x3xf32>, tensor<?x?x4x3xf32>, tensor<?x?x?xf32>, tensor<?x?xf32>) scale(0.5)
    -> tensor<?x?x?x3xf32>, tensor<?x?x4x3xf32>, tensor<?x?x?xf32>, tensor<?x?xf32>
  %z, %final_normalizer, %m_token_again, %final_m_again = plait.recur ins(%q, %k, %ones : tensor<?x?x?x4xf32>, tensor<?x?x?x4xf32>, tensor<?x?x?x1xf32>)
    decay(%g : tensor<?x?x?xf32>) stabilize(%i : tensor<?x?x?xf32>)
    outs(%z_out, %normalizer, %m_out, %m : tensor<?x?x?x1xf32>, tensor<?x?x4x1xf32>, tensor<?x?x?xf32>, tensor<?x?xf32>) scale(0.5)
    -> tensor<?x?x?x1xf32>, tensor<?x?x4x1xf32>, tensor<?x?x?xf32>, tensor<?x?xf32>
  %o = plait.map_rows ins(%n, %z, %m_token : tensor<?x?x?x3xf32>, tensor<?x?x?x1xf32>, tensor<?x?x?xf32>) outs(%out : tensor<?x?x?x3xf32>) {
  ^bb0(%row: vector<3xf32>, %weight: vector<1xf32>, %max: f32):
    %w = vector.extract %weight[0] : f32 from vector<1xf32>
    %magnitude = math.absf %w : f32
    %negative = arith.negf %max : f32
    %least = math.exp %negative : f32
    %larger = arith.maximumf %magnitude, %least : f32
    %eps = arith.constant 1.0e-6 : f32
    %divisor = arith.addf %larger, %eps : f32
    %divisors = vector.broadcast %divisor : f32 to vector<3xf32>
    %quotient = arith.divf %row, %divisors : vector<3xf32>
    plait.yield %quotient : vector<3xf32>
  } -> tensor<?x?x?x3xf32>
  return %o, %final_state, %final_normalizer, %final_m : tensor<?x?x?x3xf32>, tensor<?x?x4x3xf32>, tensor<?x?x4x1xf32>, tensor<?x?xf32>
}
