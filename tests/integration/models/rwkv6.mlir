//===- rwkv6.mlir - RWKV-6 ------------------------------------*- mlir -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// Reads before its own write, which the bonus u adds: arXiv 2404.05892.
//===----------------------------------------------------------------------===//

// RUN: plait-opt %s --verify-roundtrip | FileCheck %s

// CHECK-LABEL: func.func @rwkv6(
func.func @rwkv6(
    %r: tensor<?x?x?x4xf32> {plait.name = "r"},
    %k: tensor<?x?x?x4xf32> {plait.name = "k"},
    %v: tensor<?x?x?x3xf32> {plait.name = "v"},
    %w: tensor<?x?x?x4xf32> {plait.name = "w"},
    %u: tensor<?x4xf32> {plait.name = "u"},
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
    bonus(%u : tensor<?x4xf32>)
    outs(%out, %state : tensor<?x?x?x3xf32>, tensor<?x?x4x3xf32>) read(exclusive) scale(0.5)
    -> tensor<?x?x?x3xf32>, tensor<?x?x4x3xf32>
  return %o, %final_state : tensor<?x?x?x3xf32>, tensor<?x?x4x3xf32>
}
