// RUN: plait-run %s --dim B=2,T=70,H=3 --check
// REQUIRES: plait-run

// Vector ops whose conversion starts from poison.

!x = tensor<?x?x?x16xf32>
func.func @transpose(%x: !x, %out: !x) -> !x {
  %y = plait.map_rows ins(%x : !x) outs(%out : !x) {
  ^bb0(%row: vector<16xf32>):
    %square = vector.shape_cast %row : vector<16xf32> to vector<4x4xf32>
    %turned = vector.transpose %square, [1, 0] : vector<4x4xf32> to vector<4x4xf32>
    %flat = vector.shape_cast %turned : vector<4x4xf32> to vector<16xf32>
    plait.yield %flat : vector<16xf32>
  } -> !x
  return %y : !x
}
