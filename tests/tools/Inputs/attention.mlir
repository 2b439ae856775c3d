//===- attention.mlir - a small function of every kind of argument --------===//
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

func.func @attention(%q: tensor<?x?x?x20xf32>, %k: tensor<?x?x?x20xf32>, %v: tensor<?x?x?x12xf32>, %g: tensor<?x?x?xf32>,
                     %state: tensor<?x?x20x12xf32> {plait.result = 1 : index})
    -> (tensor<?x?x?x12xf32> {plait.name = "o"}, tensor<?x?x20x12xf32> {plait.name = "final"}) {
  %o, %final = plait.attention causal ins(%q, %k, %v : tensor<?x?x?x20xf32>, tensor<?x?x?x20xf32>, tensor<?x?x?x12xf32>)
    decay(%g : tensor<?x?x?xf32>) state(%state : tensor<?x?x20x12xf32>)
    -> tensor<?x?x?x12xf32>, state tensor<?x?x20x12xf32>
  return %o, %final : tensor<?x?x?x12xf32>, tensor<?x?x20x12xf32>
}
