//===- attention.mlir - the paper's attention for three head dims ---------===//
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

func.func @attention_32(
    %q: tensor<?x?x?x32xf32> {plait.name = "q"},
    %k: tensor<?x?x?x32xf32> {plait.name = "k"},
    %v: tensor<?x?x?x32xf32> {plait.name = "v"})
    -> (tensor<?x?x?x32xf32> {plait.name = "o"}) {
  %o = plait.attention causal ins(%q, %k, %v : tensor<?x?x?x32xf32>, tensor<?x?x?x32xf32>, tensor<?x?x?x32xf32>)
    normalize(sum, eps = 1.0e-6)
    feature_map {
    ^bb0(%x: vector<32xf32>):
      %zero = arith.constant dense<0.0> : vector<32xf32>
      %one = arith.constant dense<1.0> : vector<32xf32>
      %positive = arith.cmpf ogt, %x, %zero : vector<32xf32>
      %shifted = arith.addf %x, %one : vector<32xf32>
      %exp = math.exp %x : vector<32xf32>
      %phi = arith.select %positive, %shifted, %exp : vector<32xi1>, vector<32xf32>
      plait.yield %phi : vector<32xf32>
    } -> tensor<?x?x?x32xf32>
  return %o : tensor<?x?x?x32xf32>
}

func.func @attention_64(
    %q: tensor<?x?x?x64xf32> {plait.name = "q"},
    %k: tensor<?x?x?x64xf32> {plait.name = "k"},
    %v: tensor<?x?x?x64xf32> {plait.name = "v"})
    -> (tensor<?x?x?x64xf32> {plait.name = "o"}) {
  %o = plait.attention causal ins(%q, %k, %v : tensor<?x?x?x64xf32>, tensor<?x?x?x64xf32>, tensor<?x?x?x64xf32>)
    normalize(sum, eps = 1.0e-6)
    feature_map {
    ^bb0(%x: vector<64xf32>):
      %zero = arith.constant dense<0.0> : vector<64xf32>
      %one = arith.constant dense<1.0> : vector<64xf32>
      %positive = arith.cmpf ogt, %x, %zero : vector<64xf32>
      %shifted = arith.addf %x, %one : vector<64xf32>
      %exp = math.exp %x : vector<64xf32>
      %phi = arith.select %positive, %shifted, %exp : vector<64xi1>, vector<64xf32>
      plait.yield %phi : vector<64xf32>
    } -> tensor<?x?x?x64xf32>
  return %o : tensor<?x?x?x64xf32>
}

func.func @attention_100(
    %q: tensor<?x?x?x100xf32> {plait.name = "q"},
    %k: tensor<?x?x?x100xf32> {plait.name = "k"},
    %v: tensor<?x?x?x100xf32> {plait.name = "v"})
    -> (tensor<?x?x?x100xf32> {plait.name = "o"}) {
  %o = plait.attention causal ins(%q, %k, %v : tensor<?x?x?x100xf32>, tensor<?x?x?x100xf32>, tensor<?x?x?x100xf32>)
    normalize(sum, eps = 1.0e-6)
    feature_map {
    ^bb0(%x: vector<100xf32>):
      %zero = arith.constant dense<0.0> : vector<100xf32>
      %one = arith.constant dense<1.0> : vector<100xf32>
      %positive = arith.cmpf ogt, %x, %zero : vector<100xf32>
      %shifted = arith.addf %x, %one : vector<100xf32>
      %exp = math.exp %x : vector<100xf32>
      %phi = arith.select %positive, %shifted, %exp : vector<100xi1>, vector<100xf32>
      plait.yield %phi : vector<100xf32>
    } -> tensor<?x?x?x100xf32>
  return %o : tensor<?x?x?x100xf32>
}
