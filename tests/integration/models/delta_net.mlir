//===- delta_net.mlir - DeltaNet ------------------------------*- mlir -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// Writes what a key does not yet hold: arXiv 2406.06484.
//===----------------------------------------------------------------------===//

// RUN: plait-opt %s --verify-roundtrip | FileCheck %s

// CHECK-LABEL: func.func @delta_net(
func.func @delta_net(
    %q: tensor<?x?x?x4xf32> {plait.name = "q"},
    %k: tensor<?x?x?x4xf32> {plait.name = "k"},
    %v: tensor<?x?x?x3xf32> {plait.name = "v"},
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
  %out = tensor.empty(%batches, %tokens, %heads) : tensor<?x?x?x3xf32>
  %o, %final_state = plait.recur ins(%q, %k, %v : tensor<?x?x?x4xf32>, tensor<?x?x?x4xf32>, tensor<?x?x?x3xf32>)
    delta(%beta : tensor<?x?x?xf32>)
    outs(%out, %state : tensor<?x?x?x3xf32>, tensor<?x?x4x3xf32>) scale(0.5)
    -> tensor<?x?x?x3xf32>, tensor<?x?x4x3xf32>
  return %o, %final_state : tensor<?x?x?x3xf32>, tensor<?x?x4x3xf32>
}
