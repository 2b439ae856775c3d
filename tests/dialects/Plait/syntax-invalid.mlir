// RUN: plait-opt %s -verify-diagnostics -split-input-file

// Words and numbers that the syntax does not know.

func.func @scan_kind(%x: tensor<2x9x8x64xf32>) {
  // expected-error @+1 {{expected one of [add, affine, max, logsumexp, max_affine] for the operator that a scan repeats, got: multiply}}
  plait.scan multiply ins(%x : tensor<2x9x8x64xf32>) outs(%x : tensor<2x9x8x64xf32>)
  return
}

// -----

func.func @number(%x: tensor<2x9x8x64xf32>, %m: tensor<64x64xf32>) {
  // expected-error @+1 {{expected floating point literal}}
  plait.project ins(%x, %m : tensor<2x9x8x64xf32>, tensor<64x64xf32>) outs(%x : tensor<2x9x8x64xf32>) scale(fast)
  return
}

// -----

func.func @outputs(%q: tensor<2x9x8x64xf32>) {
  plait.attention ins(%q, %q, %q : tensor<2x9x8x64xf32>, tensor<2x9x8x64xf32>, tensor<2x9x8x64xf32>)
    // expected-error @+1 {{expected 'normalizer'}}
    -> tensor<2x9x8x64xf32>, gradient tensor<2x9x8x64xf32>
  return
}
