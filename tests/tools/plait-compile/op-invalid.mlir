// RUN: not plait-compile %s -o %t 2>&1 | FileCheck %s
// REQUIRES: plait-compile

// An op that no conversion lowers is an error at its place in the text, not one of the translation.

#largest_product = {indexing_maps = [affine_map<(i, j, k) -> (i, k)>, affine_map<(i, j, k) -> (k, j)>, affine_map<(i, j, k) -> (i, j)>],
                    iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<maxnumf>}
!x = tensor<?x?x?x16xf32>
func.func @largest(%x: !x, %o: !x) -> !x {
  %y = plait.map_rows ins(%x : !x) outs(%o : !x) {
  ^bb0(%row: vector<16xf32>):
    %square = vector.shape_cast %row : vector<16xf32> to vector<4x4xf32>
    // CHECK: op-invalid.mlir:[[#@LINE+1]]:{{[0-9]+}}: error: expects an op that kernels can hold, but got 'vector.contract'
    %largest = vector.contract #largest_product %square, %square, %square : vector<4x4xf32>, vector<4x4xf32> into vector<4x4xf32>
    %flat = vector.shape_cast %largest : vector<4x4xf32> to vector<16xf32>
    plait.yield %flat : vector<16xf32>
  } -> !x
  return %y : !x
}
