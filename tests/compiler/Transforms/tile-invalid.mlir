// RUN: plait-opt %s --pass-pipeline='builtin.module(func.func(plait-tile-grid,plait-tile-projections,plait-tile-rows))' -verify-diagnostics -split-input-file

// Grids are made on tensors.

func.func @recur(%q: memref<1x9x8x16xf32>, %s: memref<1x8x16x16xf32>) {
  // expected-error @+2 {{can't be tiled here}}
  // expected-remark @+1 {{invalid pattern for op with no results}}
  plait.recur ins(%q, %q, %q : memref<1x9x8x16xf32>, memref<1x9x8x16xf32>, memref<1x9x8x16xf32>)
    outs(%q, %s : memref<1x9x8x16xf32>, memref<1x8x16x16xf32>)
  return
}

// -----

// Grids are made for a token or more.

!q = tensor<1x0x8x16xf32>
!s = tensor<1x8x16x16xf32>
func.func @no_tokens(%q: !q, %s: !s) -> !s {
  %e = tensor.empty() : !q
  %v = linalg.copy ins(%q : !q) outs(%e : !q) -> !q
  // expected-error @+1 {{expects a token or more where their number is static, but got 0}}
  %o, %state = plait.recur ins(%q, %q, %v : !q, !q, !q) outs(%q, %s : !q, !s) -> !q, !s
  return %state : !s
}
