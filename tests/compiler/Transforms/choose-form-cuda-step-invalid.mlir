// RUN: plait-opt %s --plait-choose-form=schedule=block=7 -verify-diagnostics

// A block that there is none of is an error also where it would not be taken.
!q = tensor<?x1x8x64xbf16>
!s = tensor<?x8x64x64xf32>
module attributes {plait.target = #plait.target<"sm_80", {capability = 80 : i64, fma, shared = 166912 : i64}>} {
  func.func @step(%q: !q, %s: !s) -> !q {
    // expected-error @+1 {{expects a block of 16, 32 or 64 tokens, but got 7}}
    %o, %t = plait.recur ins(%q, %q, %q : !q, !q, !q) outs(%q, %s : !q, !s) -> !q, !s
    return %o : !q
  }
}
