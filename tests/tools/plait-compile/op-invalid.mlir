// RUN: not plait-compile %s -o %t 2>&1 | FileCheck %s
// REQUIRES: plait-compile

// An op that no conversion lowers is an error at its place in the text, not one of the translation.

!x = tensor<?x?x?x16xf32>
func.func @sum(%x: !x, %o: !x) -> !x {
  %y = plait.map_rows ins(%x : !x) outs(%o : !x) {
  ^bb0(%row: vector<16xf32>):
    %start = arith.constant 0.0 : f32
    %square = vector.shape_cast %row : vector<16xf32> to vector<4x4xf32>
    // CHECK: op-invalid.mlir:[[#@LINE+1]]:{{[0-9]+}}: error: expects an op that kernels can hold, but got 'vector.multi_reduction'
    %sum = vector.multi_reduction <add>, %square, %start [0, 1] : vector<4x4xf32> to f32
    %flat = vector.broadcast %sum : f32 to vector<16xf32>
    plait.yield %flat : vector<16xf32>
  } -> !x
  return %y : !x
}
