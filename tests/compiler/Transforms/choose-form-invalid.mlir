// RUN: plait-opt %s --pass-pipeline='builtin.module(func.func(plait-choose-form))' -verify-diagnostics -split-input-file

// What has no form on the CPU yet, and a module without a target.

// expected-error @+1 {{expects a module with a target (plait.target), but got none}}
func.func @no_target() {
  return
}

// -----

!q = tensor<1x9x8x16xf32>
!s = tensor<1x8x16x16xf32>
module attributes {plait.target = #plait.target<"x86-64-v4", {}>} {
  func.func @low_rank(%q: !q, %s: !s) {
    // expected-error @+1 {{has no CPU form with a low-rank update}}
    plait.recur ins(%q, %q, %q : !q, !q, !q) low_rank(%q, %q : !q, !q) outs(%q, %s : !q, !s) -> !q, !s
    return
  }
}

// -----

!q = tensor<1x9x8x16xf32>
!s = tensor<1x8x16x16xf32>
module attributes {plait.target = #plait.target<"x86-64-v4", {}>} {
  func.func @delta(%q: !q, %s: !s, %beta: tensor<1x9x8xf32>) {
    // expected-error @+1 {{has no CPU form with a delta rule}}
    plait.recur ins(%q, %q, %q : !q, !q, !q) delta(%beta : tensor<1x9x8xf32>) outs(%q, %s : !q, !s) -> !q, !s
    return
  }
}

// -----

!q = tensor<1x9x8x16xf32>
!k = tensor<1x18x8x16xf32>
!s = tensor<1x8x16x16xf32>
module attributes {plait.target = #plait.target<"x86-64-v4", {}>} {
  func.func @substeps(%q: !q, %k: !k, %s: !s) {
    // expected-error @+1 {{has no CPU form with sub-steps}}
    plait.recur ins(%q, %k, %k : !q, !k, !k) outs(%q, %s : !q, !s) substeps(2) -> !q, !s
    return
  }
}

// -----

!q = tensor<1x9x8x16xf32>
!s = tensor<1x8x16x16xf32>
!t = tensor<1x9x8xf32>
!m = tensor<1x8xf32>
module attributes {plait.target = #plait.target<"x86-64-v4", {}>} {
  func.func @stabilizer(%q: !q, %s: !s, %g: !t, %m: !m) {
    // expected-error @+1 {{has no CPU form with a stabiliser}}
    plait.recur ins(%q, %q, %q : !q, !q, !q) decay(%g : !t) stabilize(%g : !t) outs(%q, %s, %g, %m : !q, !s, !t, !m)
      -> !q, !s, !t, !m
    return
  }
}

// -----

!q = tensor<1x9x8x16xf32>
!s = tensor<3x8x16x16xf32>
module attributes {plait.target = #plait.target<"x86-64-v4", {}>} {
  func.func @segments_of_recur(%q: !q, %s: !s, %n: tensor<4xi32>) {
    // expected-error @+1 {{has no CPU form with packed segments}}
    plait.recur ins(%q, %q, %q : !q, !q, !q) segments(%n : tensor<4xi32>) outs(%q, %s : !q, !s) -> !q, !s
    return
  }
}

// -----

!x = tensor<1x9x8x16xf32>
!c = tensor<3x8x16xf32>
module attributes {plait.target = #plait.target<"x86-64-v4", {}>} {
  func.func @segments_of_scan(%x: !x, %c: !c, %n: tensor<4xi32>) {
    // expected-error @+1 {{has no CPU form with packed segments}}
    plait.scan add ins(%x : !x) segments(%n : tensor<4xi32>) outs(%x, %c : !x, !c) -> !x, !c
    return
  }
}

// -----

!q = tensor<1x9x8x16xf32>
!s = tensor<1x8x16x16xf32>
module attributes {plait.target = #plait.target<"x86-64-v4", {registers = 4 : i64}>} {
  func.func @few_registers(%q: !q, %s: !s) {
    // expected-error @+1 {{expects a register tile that fits 4 registers, but got rows=1,columns=1}}
    plait.recur ins(%q, %q, %q : !q, !q, !q) outs(%q, %s : !q, !s) -> !q, !s
    return
  }
}
