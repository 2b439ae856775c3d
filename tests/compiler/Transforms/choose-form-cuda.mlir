// RUN: plait-opt %s --plait-choose-form -verify-diagnostics -split-input-file | FileCheck %s

!q = tensor<1x9x8x64xf32>
!s = tensor<1x8x64x64xf32>
module attributes {plait.target = #plait.target<"sm_80", {capability = 80 : i64, fma, shared = 166912 : i64}>} {
  // CHECK-LABEL: func.func @chunk
  func.func @chunk(%q: !q, %g: tensor<1x9x8xf32>, %s: !s) -> !q {
    // CHECK: plait.recur {{.*}}schedule = #plait.schedule<chunk, {block = 32 : i64, channels = 16 : i64}>
    %o, %t = plait.recur ins(%q, %q, %q : !q, !q, !q) decay(%g : tensor<1x9x8xf32>) outs(%q, %s : !q, !s) -> !q, !s
    return %o : !q
  }
}

// -----

!q = tensor<1x9x8x300xf32>
!v = tensor<1x9x8x64xf32>
!s = tensor<1x8x300x64xf32>
module attributes {plait.target = #plait.target<"sm_80", {capability = 80 : i64, fma, shared = 166912 : i64}>} {
  func.func @keys(%q: !q, %v: !v, %s: !s) -> !v {
    // expected-error @+1 {{'plait.recur' op has no CUDA form with K of over 256}}
    %o, %t = plait.recur ins(%q, %q, %v : !q, !q, !v) outs(%v, %s : !v, !s) -> !v, !s
    return %o : !v
  }
}

// -----

!x = tensor<1x9x8x300xf32>
!y = tensor<1x9x8x64xf32>
!m = tensor<8x300x64xf32>
module attributes {plait.target = #plait.target<"sm_80", {capability = 80 : i64, fma, shared = 166912 : i64}>} {
  func.func @project(%x: !x, %m: !m, %out: !y) -> !y {
    // expected-error @+1 {{'plait.project' op has no CUDA form with D of over 256}}
    %y = plait.project ins(%x, %m : !x, !m) outs(%out : !y) -> !y
    return %y : !y
  }
}
