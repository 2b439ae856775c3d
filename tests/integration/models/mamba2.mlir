//===- mamba2.mlir - Mamba-2 ----------------------------------*- mlir -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// The decay is A dt, the value dt x, and D x goes past the recurrence: arXiv
// 2405.21060. B and C come with one group a head.
//===----------------------------------------------------------------------===//

// RUN: plait-opt %s --verify-roundtrip | FileCheck %s

// CHECK-LABEL: func.func @mamba2(
func.func @mamba2(
    %x: tensor<?x?x?x3xf32> {plait.name = "x"},
    %dt: tensor<?x?x?xf32> {plait.name = "dt"},
    %A: tensor<?xf32> {plait.name = "A"},
    %B: tensor<?x?x?x4xf32> {plait.name = "B"},
    %C: tensor<?x?x?x4xf32> {plait.name = "C"},
    %D: tensor<?xf32> {plait.name = "D"},
    %state: tensor<?x?x4x3xf32> {plait.name = "state"})
    -> (tensor<?x?x?x3xf32> {plait.name = "o"},
        tensor<?x?x4x3xf32> {plait.name = "final_state"}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %batches = tensor.dim %x, %c0 : tensor<?x?x?x3xf32>
  %tokens = tensor.dim %x, %c1 : tensor<?x?x?x3xf32>
  %heads = tensor.dim %x, %c2 : tensor<?x?x?x3xf32>
  %g_out = tensor.empty(%batches, %tokens, %heads) : tensor<?x?x?xf32>
  %dx_out = tensor.empty(%batches, %tokens, %heads) : tensor<?x?x?x3xf32>
  %out = tensor.empty(%batches, %tokens, %heads) : tensor<?x?x?x3xf32>
  %g = plait.map_rows ins(%dt, %A : tensor<?x?x?xf32>, tensor<?xf32>) outs(%g_out : tensor<?x?x?xf32>) {
  ^bb0(%step: f32, %rate: f32):
    %log = arith.mulf %step, %rate : f32
    plait.yield %log : f32
  } -> tensor<?x?x?xf32>
  %dx = plait.map_rows ins(%x, %dt : tensor<?x?x?x3xf32>, tensor<?x?x?xf32>) outs(%dx_out : tensor<?x?x?x3xf32>) {
  ^bb0(%row: vector<3xf32>, %step: f32):
    %steps = vector.broadcast %step : f32 to vector<3xf32>
    %scaled = arith.mulf %row, %steps : vector<3xf32>
    plait.yield %scaled : vector<3xf32>
  } -> tensor<?x?x?x3xf32>
  %y, %final_state = plait.recur ins(%C, %B, %dx : tensor<?x?x?x4xf32>, tensor<?x?x?x4xf32>, tensor<?x?x?x3xf32>)
    decay(%g : tensor<?x?x?xf32>)
    outs(%out, %state : tensor<?x?x?x3xf32>, tensor<?x?x4x3xf32>)
    -> tensor<?x?x?x3xf32>, tensor<?x?x4x3xf32>
  %o = plait.map_rows ins(%y, %x, %D : tensor<?x?x?x3xf32>, tensor<?x?x?x3xf32>, tensor<?xf32>) outs(%out : tensor<?x?x?x3xf32>) {
  ^bb0(%read: vector<3xf32>, %row: vector<3xf32>, %skip: f32):
    %skips = vector.broadcast %skip : f32 to vector<3xf32>
    %past = arith.mulf %row, %skips : vector<3xf32>
    %sum = arith.addf %read, %past : vector<3xf32>
    plait.yield %sum : vector<3xf32>
  } -> tensor<?x?x?x3xf32>
  return %o, %final_state : tensor<?x?x?x3xf32>, tensor<?x?x4x3xf32>
}
