// RUN: plait-opt %s --plait-choose-form=schedule=splits=8 -verify-diagnostics

!q = tensor<1x9x8x64xf32>
!s = tensor<1x8x64x64xf32>
module attributes {plait.target = #plait.target<"sm_80", {capability = 80 : i64, fma, shared = 166912 : i64}>} {
  func.func @gated_values(%q: !q, %s: !s) -> !q {
    // expected-error @+1 {{expects no splits with a decay per value channel, but got 8}}
    %o, %t = plait.recur ins(%q, %q, %q : !q, !q, !q) value_decay(%q : !q) outs(%q, %s : !q, !s) -> !q, !s
    return %o : !q
  }
}
