//===- regions.mlir - ops of regions, against the interpreter -------------===//
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

// REQUIRES: plait-run
// RUN: plait-run %s --dim B=1,T=3,H=2 --check | FileCheck %s

// CHECK-COUNT-3: within 2e-06

// Queries are rounded to bf16 and keys to f16.
#dot = {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>, affine_map<(i) -> ()>],
        iterator_types = ["reduction"]}
!x = tensor<?x?x?x8xf32>
func.func @regions(%q: !x, %k: !x, %v: !x) -> (!x, !x, !x) {
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

  %z = plait.map_rows ins(%q : !x) outs(%q : !x) {
  ^bb0(%row: vector<8xf32>):
    %half = arith.constant dense<0.5> : vector<8xf32>
    %tenth = arith.constant dense<0.1> : vector<8xf32>
    %round = math.round %row : vector<8xf32>
    %clamp = math.clampf %row to [%tenth, %half] : vector<8xf32>
    %sin, %cos = math.sincos %clamp : vector<8xf32>
    %pairs = vector.shape_cast %row : vector<8xf32> to vector<4x2xf32>
    %zeros = arith.constant dense<0.0> : vector<2xf32>
    %sums = vector.multi_reduction <maxnumf>, %pairs, %zeros [0] : vector<4x2xf32> to vector<2xf32>
    %angles = vector.insert_strided_slice %sums, %sin {offsets = [0], strides = [1]} : vector<2xf32> into vector<8xf32>
    %tiny = arith.constant dense<1.0e-40> : vector<8xf32>
    %subnormal = arith.mulf %row, %tiny : vector<8xf32>
    %normal = math.isnormal %subnormal : vector<8xf32>
    %chosen = arith.select %normal, %row, %angles : vector<8xi1>, vector<8xf32>
    %left = arith.addf %chosen, %cos : vector<8xf32>
    %infinite = math.isinf %left : vector<8xf32>
    %z = arith.select %infinite, %row, %round : vector<8xi1>, vector<8xf32>
    %sum = arith.addf %left, %z : vector<8xf32>
    plait.yield %sum : vector<8xf32>
  } -> !x
  return %o, %y, %z : !x, !x, !x
}
