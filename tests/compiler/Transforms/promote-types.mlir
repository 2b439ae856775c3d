// RUN: plait-opt %s --pass-pipeline='builtin.module(func.func(plait-promote-types))' | FileCheck %s

// A recurrence of narrow rows runs in f32 between two casts.

!q = tensor<1x9x8x16xbf16>
!s = tensor<1x8x16x16xf32>

// CHECK-LABEL: func @recur
// CHECK-SAME: %[[Q:.*]]: tensor<1x9x8x16xbf16>
func.func @recur(%q: !q, %s: !s) -> (!q, !s) {
  // CHECK: %[[WIDE:.*]] = plait.map_rows ins(%[[Q]] :
  // CHECK: arith.extf %{{.*}} : vector<16xbf16> to vector<16xf32>
  // CHECK: %[[O:.*]], %[[STATE:.*]] = plait.recur
  // CHECK-SAME: -> tensor<1x9x8x16xf32>, tensor<1x8x16x16xf32>
  // CHECK: %[[NARROW:.*]] = plait.map_rows ins(%[[O]] :
  // CHECK: arith.truncf %{{.*}} : vector<16xf32> to vector<16xbf16>
  // CHECK: return %[[NARROW]], %[[STATE]]
  %o, %state = plait.recur ins(%q, %q, %q : !q, !q, !q) outs(%q, %s : !q, !s) -> !q, !s
  return %o, %state : !q, !s
}

// CHECK-LABEL: func @wide
func.func @wide(%q: tensor<1x9x8x16xf32>, %s: !s) -> !s {
  // CHECK-NOT: map_rows
  // CHECK: plait.recur
  %o, %state = plait.recur ins(%q, %q, %q : tensor<1x9x8x16xf32>, tensor<1x9x8x16xf32>, tensor<1x9x8x16xf32>)
    outs(%q, %s : tensor<1x9x8x16xf32>, !s) -> tensor<1x9x8x16xf32>, !s
  return %state : !s
}

// What every token shares has no rows to be extended by: kernels extend it where they load it.
// CHECK-LABEL: func @shared
// CHECK-SAME: %[[G:[a-z0-9]+]]: tensor<8xbf16>, %[[U:[a-z0-9]+]]: tensor<8x16xf16>
func.func @shared(%q: !q, %g: tensor<8xbf16>, %u: tensor<8x16xf16>, %s: !s) -> (!q, !s) {
  // CHECK: plait.recur
  // CHECK-SAME: decay(%[[G]] : tensor<8xbf16>) bonus(%[[U]] : tensor<8x16xf16>)
  %o, %state = plait.recur ins(%q, %q, %q : !q, !q, !q) decay(%g : tensor<8xbf16>) bonus(%u : tensor<8x16xf16>)
    outs(%q, %s : !q, !s) read(exclusive) -> !q, !s
  return %o, %state : !q, !s
}
