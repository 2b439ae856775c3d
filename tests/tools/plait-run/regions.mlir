//===- regions.mlir - ops of regions, against the interpreter -------------===//
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

// REQUIRES: plait-run
// RUN: plait-run %s --dim B=1,T=3,H=2 --check | FileCheck %s

// CHECK-COUNT-2: within 2e-06

// Queries are rounded to bf16 and keys to f16.
#dot = {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>, affine_map<(i) -> ()>],
        iterator_types = ["reduction"]}
!x = tensor<?x?x?x8xf32>
func.func @regions(%q: !x, %k: !x, %v: !x) -> (!x, !x) {
  %o = plait.attention causal ins(%q, %k, %v : !x, !x, !x) feature_map {
  ^bb0(%row: vector<8xf32>):
    %narrow = arith.truncf %row : vector<8xf32> to vector<8xbf16>
    %phi = arith.extf %narrow : vector<8xbf16> to vector<8xf32>
    plait.yield %phi : vector<8xf32>
  } key_map {
  ^bb0(%row: vector<8xf32>):
    %narrow = arith.truncf %row : vector<8xf32> to vector<8xf16>
    %psi = arith.extf %narrow : vector<8xf16> to vector<8xf32>
    plait.yield %psi : vector<8xf32>
  } -> !x

  %y = plait.map_rows ins(%q : !x) outs(%q : !x) {
  ^bb0(%row: vector<8xf32>):
    %bits = arith.bitcast %row : vector<8xf32> to vector<8xi32>
    %whole = arith.sitofp %bits : vector<8xi32> to vector<8xf32>
    %odd = arith.constant dense<1> : vector<8xi32>
    %factors = arith.ori %bits, %odd : vector<8xi32>
    %product = vector.reduction <mul>, %factors : vector<8xi32> into i32
    %number = arith.sitofp %product : i32 to f32
    %norm = vector.contract #dot %row, %row, %number : vector<8xf32>, vector<8xf32> into f32
    %products = vector.broadcast %norm : f32 to vector<8xf32>
    %mask = vector.constant_mask [5] : vector<8xi1>
    %y = arith.select %mask, %whole, %products : vector<8xi1>, vector<8xf32>
    plait.yield %y : vector<8xf32>
  } -> !x
  return %o, %y : !x, !x
}
