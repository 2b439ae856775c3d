// RUN: not plait-compile %s -o %t 2>&1 | FileCheck %s
// REQUIRES: plait-compile

// An op that no conversion lowers is an error at its place in the text, not one of the translation.

!x = tensor<?x?x?x16xf32>
func.func @scan(%x: !x, %o: !x) -> !x {
  %y = plait.map_rows ins(%x : !x) outs(%o : !x) {
  ^bb0(%row: vector<16xf32>):
    %start = arith.constant dense<0.0> : vector<4xf32>
    %square = vector.shape_cast %row : vector<16xf32> to vector<4x4xf32>
    // CHECK: op-invalid.mlir:[[#@LINE+1]]:{{[0-9]+}}: error: expects an op that kernels can hold, but got 'vector.scan'
    %sums, %last = vector.scan <add>, %square, %start {inclusive = true, reduction_dim = 0 : i64}
      : vector<4x4xf32>, vector<4xf32>
    %flat = vector.shape_cast %sums : vector<4x4xf32> to vector<16xf32>
    plait.yield %flat : vector<16xf32>
  } -> !x
  return %y : !x
}
