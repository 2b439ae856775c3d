// RUN: plait-opt %s --pass-pipeline='builtin.module(func.func(plait-promote-types))' -verify-diagnostics -split-input-file

// A narrow operand that every token shares has no rows to be extended by.

!q = tensor<1x9x8x16xbf16>
!s = tensor<1x8x16x16xf32>
func.func @shared_bonus(%q: !q, %u: tensor<8x16xbf16>, %s: !s) -> (!q, !s) {
  // expected-error @+1 {{expects operand 3, which every token shares, in f32, but got 'tensor<8x16xbf16>'}}
  %o, %state = plait.recur ins(%q, %q, %q : !q, !q, !q) bonus(%u : tensor<8x16xbf16>) outs(%q, %s : !q, !s)
    read(exclusive) -> !q, !s
  return %o, %state : !q, !s
}
