// RUN: plait-opt %s --plait-choose-form=schedule=channels=8 -verify-diagnostics

!q = tensor<1x9x8x80xf32>
!s = tensor<1x8x80x80xf32>
module attributes {plait.target = #plait.target<"sm_80", {capability = 80 : i64, fma, shared = 166912 : i64}>} {
  func.func @chunk(%q: !q, %s: !s) -> !q {
    // expected-error @+1 {{expects at most 64 value channels with 8 of a warp, but got 80}}
    %o, %t = plait.recur ins(%q, %q, %q : !q, !q, !q) outs(%q, %s : !q, !s) -> !q, !s
    return %o : !q
  }
}
