// RUN: plait-opt %s --plait-choose-form | FileCheck %s
// RUN: plait-opt %s --plait-choose-form=schedule=heads=2 | FileCheck %s --check-prefix=TWO
// RUN: not plait-opt %s --plait-choose-form=schedule=heads=4 2>&1 | FileCheck %s --check-prefix=FOUR

// A CTA takes two query heads of few channels, and one where registers are full: of longer rows, of f32, and beside
// decays of channels. Of one token it takes more, but no more than divide the group.
!q = tensor<?x?x?x64xbf16>
!f = tensor<?x?x?x64xf32>
!l = tensor<?x?x?x128xbf16>
!p = tensor<?x1x?x64xbf16>
!s = tensor<?x?x64x64xf32>
!t = tensor<?x?x128x128xf32>
module attributes {plait.target = #plait.target<"sm_80", {capability = 80 : i64, fma, shared = 166912 : i64}>} {
  // CHECK-LABEL: @alone
  func.func @alone(%q: !q, %s: !s) {
    // CHECK: schedule = #plait.schedule<chunk, {block = 64 : i64, channels = 16 : i64}>
    // TWO-NOT: heads
    %a:2 = plait.recur ins(%q, %q, %q : !q, !q, !q) outs(%q, %s : !q, !s) -> !q, !s
    return
  }
  // CHECK-LABEL: @few_channels
  // TWO-LABEL: @few_channels
  func.func @few_channels(%q: !q, %k: !q, %s: !s) {
    // CHECK: schedule = #plait.schedule<chunk, {block = 32 : i64, channels = 16 : i64, heads = 2 : i64}>
    // TWO: heads = 2
    // FOUR: error: 'plait.recur' op expects a number of heads that divides a group's 6, but got 4
    %a:2 = plait.recur ins(%q, %k, %k : !q, !q, !q) outs(%q, %s : !q, !s) group_size(6) -> !q, !s
    return
  }
  // CHECK-LABEL: @more_channels
  // TWO-LABEL: @more_channels
  func.func @more_channels(%q: !l, %k: !l, %s: !t) {
    // CHECK: schedule = #plait.schedule<chunk, {block = 32 : i64, channels = 32 : i64, heads = 1 : i64}>
    // TWO: heads = 2
    %a:2 = plait.recur ins(%q, %k, %k : !l, !l, !l) outs(%q, %s : !l, !t) group_size(64) -> !l, !t
    return
  }
  // CHECK-LABEL: @f32
  func.func @f32(%q: !f, %k: !f, %s: !s) {
    // CHECK: heads = 1
    %a:2 = plait.recur ins(%q, %k, %k : !f, !f, !f) outs(%q, %s : !f, !s) group_size(4) -> !f, !s
    return
  }
  // CHECK-LABEL: @by_key
  func.func @by_key(%q: !q, %k: !q, %s: !s) {
    // CHECK: heads = 1
    %a:2 = plait.recur ins(%q, %k, %k : !q, !q, !q) decay(%k : !q) outs(%q, %s : !q, !s) group_size(4) -> !q, !s
    return
  }
  // CHECK-LABEL: @by_value
  func.func @by_value(%q: !q, %k: !q, %s: !s) {
    // CHECK: heads = 1
    %a:2 = plait.recur ins(%q, %k, %k : !q, !q, !q) value_decay(%k : !q) outs(%q, %s : !q, !s) group_size(4) -> !q, !s
    return
  }
  // CHECK-LABEL: @product
  func.func @product(%q: !q, %s: !s) {
    // CHECK: plait.project
    // CHECK-SAME: heads = 1
    %a = plait.project ins(%q, %s : !q, !s) outs(%q : !q) group_size(4) -> !q
    return
  }
  // CHECK-LABEL: @one_token
  func.func @one_token(%q: !p, %k: !p, %s: !s) {
    // CHECK: schedule<step, {block = 16 : i64, channels = 16 : i64, heads = 4 : i64}>
    %a:2 = plait.recur ins(%q, %k, %k : !p, !p, !p) outs(%q, %s : !p, !s) group_size(12) -> !p, !s
    return
  }
}
