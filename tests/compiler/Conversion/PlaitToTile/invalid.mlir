// RUN: plait-opt %s --plait-decompose-stage=target=sm_90a --plait-tile-stage --plait-bufferize-stage --convert-plait-to-tile -verify-diagnostics -split-input-file

func.func @weights(%x: tensor<?x?x?x2xf32> {plait.name = "x"}, %out: tensor<?x?x?x2xf32> {plait.name = "o"})
    -> (tensor<?x?x?x2xf32> {plait.name = "y"}) {
  // expected-error @+1 {{'plait.map_rows' op has no CUDA form with a constant row of different elements}}
  %y = plait.map_rows ins(%x : tensor<?x?x?x2xf32>) outs(%out : tensor<?x?x?x2xf32>) {
  ^bb0(%row: vector<2xf32>):
    %weights = arith.constant dense<[1.0, 2.0]> : vector<2xf32>
    %z = arith.mulf %row, %weights : vector<2xf32>
    plait.yield %z : vector<2xf32>
  } -> tensor<?x?x?x2xf32>
  return %y : tensor<?x?x?x2xf32>
}

// -----

func.func @shuffle(%x: tensor<?x?x?x2xf32> {plait.name = "x"}, %out: tensor<?x?x?x2xf32> {plait.name = "o"})
    -> (tensor<?x?x?x2xf32> {plait.name = "y"}) {
  // expected-error @+1 {{'plait.map_rows' op has no CUDA form with 'vector.shuffle'}}
  %y = plait.map_rows ins(%x : tensor<?x?x?x2xf32>) outs(%out : tensor<?x?x?x2xf32>) {
  ^bb0(%row: vector<2xf32>):
    %z = vector.shuffle %row, %row [1, 0] : vector<2xf32>, vector<2xf32>
    plait.yield %z : vector<2xf32>
  } -> tensor<?x?x?x2xf32>
  return %y : tensor<?x?x?x2xf32>
}
