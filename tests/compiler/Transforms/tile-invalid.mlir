// RUN: plait-opt %s --pass-pipeline='builtin.module(func.func(plait-tile-grid,plait-tile-projections,plait-tile-rows))' -verify-diagnostics -split-input-file

// Grids are made on tensors.

func.func @recur(%q: memref<1x9x8x16xf32>, %s: memref<1x8x16x16xf32>) {
  // expected-error @+2 {{can't be tiled here}}
  // expected-remark @+1 {{invalid pattern for op with no results}}
  plait.recur ins(%q, %q, %q : memref<1x9x8x16xf32>, memref<1x9x8x16xf32>, memref<1x9x8x16xf32>)
    outs(%q, %s : memref<1x9x8x16xf32>, memref<1x8x16x16xf32>)
  return
}
