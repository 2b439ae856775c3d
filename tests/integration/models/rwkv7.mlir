//===- rwkv7.mlir - RWKV-7 ------------------------------------*- mlir -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// S_t = diag(e^w) S_{t-1} + b (a^T S_{t-1}) + k v^T: arXiv 2503.14456. The
// model passes a = -kappa, b = kappa * a_lr.
//===----------------------------------------------------------------------===//

// RUN: plait-opt %s --verify-roundtrip | FileCheck %s

// CHECK-LABEL: func.func @rwkv7(
func.func @rwkv7(
    %r: tensor<?x?x?x4xf32> {plait.name = "r"},
    %w: tensor<?x?x?x4xf32> {plait.name = "w"},
    %k: tensor<?x?x?x4xf32> {plait.name = "k"},
    %v: tensor<?x?x?x3xf32> {plait.name = "v"},
    %a: tensor<?x?x?x4xf32> {plait.name = "a"},
    %b: tensor<?x?x?x4xf32> {plait.name = "b"},
    %state: tensor<?x?x4x3xf32> {plait.name = "state"})
    -> (tensor<?x?x?x3xf32> {plait.name = "o"},
        tensor<?x?x4x3xf32> {plait.name = "final_state"}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %batches = tensor.dim %r, %c0 : tensor<?x?x?x4xf32>
  %tokens = tensor.dim %r, %c1 : tensor<?x?x?x4xf32>
  %heads = tensor.dim %r, %c2 : tensor<?x?x?x4xf32>
  %out = tensor.empty(%batches, %tokens, %heads) : tensor<?x?x?x3xf32>
  %o, %final_state = plait.recur ins(%r, %k, %v : tensor<?x?x?x4xf32>, tensor<?x?x?x4xf32>, tensor<?x?x?x3xf32>)
    decay(%w : tensor<?x?x?x4xf32>)
    low_rank(%a, %b : tensor<?x?x?x4xf32>, tensor<?x?x?x4xf32>)
    outs(%out, %state : tensor<?x?x?x3xf32>, tensor<?x?x4x3xf32>)
    -> tensor<?x?x?x3xf32>, tensor<?x?x4x3xf32>
  return %o, %final_state : tensor<?x?x?x3xf32>, tensor<?x?x4x3xf32>
}
