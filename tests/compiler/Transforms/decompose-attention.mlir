// RUN: plait-opt %s --pass-pipeline='builtin.module(func.func(plait-decompose-attention))' | FileCheck %s

// Attention becomes row maps, recurrences and projections.

!q = tensor<?x?x8x64xf32>
!s = tensor<?x8x64x64xf32>

// The normaliser is a second recurrence on the same keys, with one value column.
// CHECK-LABEL: func @normalized
// CHECK-SAME: %[[Q:.*]]: tensor<?x?x8x64xf32>, %[[K:.*]]: tensor<?x?x8x64xf32>, %[[V:.*]]: tensor
func.func @normalized(%q: !q, %k: !q, %v: !q) -> !q {
  // CHECK-DAG: %[[PHI_Q:.*]] = plait.map_rows ins(%[[Q]] :
  // CHECK-DAG: %[[PHI_K:.*]] = plait.map_rows ins(%[[K]] :
  // CHECK: %[[N:.*]], %{{.*}} = plait.recur ins(%[[PHI_Q]], %[[PHI_K]], %[[V]] :
  // CHECK: %[[ONES:.*]] = plait.map_rows
  // CHECK: arith.constant dense<1.0{{.*}}> : vector<1xf32>
  // CHECK: %[[Z:.*]], %{{.*}} = plait.recur ins(%[[PHI_Q]], %[[PHI_K]], %[[ONES]] :
  // CHECK: %[[O:.*]] = plait.map_rows ins(%[[N]], %[[Z]] :
  // CHECK: %[[DIVISOR:.*]] = arith.addf
  // CHECK: %[[RECIPROCAL:.*]] = arith.divf %{{.*}}, %[[DIVISOR]] : f32
  // CHECK: %[[ROW:.*]] = vector.broadcast %[[RECIPROCAL]]
  // CHECK: arith.mulf %{{.*}}, %[[ROW]] : vector<64xf32>
  // CHECK: return %[[O]]
  %o = plait.attention causal ins(%q, %k, %v : !q, !q, !q) normalize(sum, eps = 1.0e-6) feature_map {
  ^bb0(%row: vector<64xf32>):
    %phi = math.exp %row : vector<64xf32>
    plait.yield %phi : vector<64xf32>
  } -> !q
  return %o : !q
}

// CHECK-LABEL: func @clamped
func.func @clamped(%q: !q) -> !q {
  // CHECK: arith.maximumf
  // CHECK: arith.divf {{.*}} : f32
  %o = plait.attention causal ins(%q, %q, %q : !q, !q, !q) normalize(clamp, eps = 8.0e-31) -> !q
  return %o : !q
}

// 2^-100 is 7.9e-31. The reciprocal of a subnormal number may be infinite.
// CHECK-LABEL: func @unclamped
func.func @unclamped(%q: !q) -> !q {
  // CHECK: arith.divf {{.*}} : vector<64xf32>
  %o = plait.attention causal ins(%q, %q, %q : !q, !q, !q) normalize(sum, eps = 7.8e-31) -> !q
  return %o : !q
}

// CHECK-LABEL: func @options
// CHECK-SAME: %[[S:[a-z0-9]+]]: tensor<?x8x64x64xf32>)
func.func @options(%q: tensor<?x?x16x64xf32>, %k: !q, %g: tensor<8xf32>, %s: !s) -> (tensor<?x?x16x64xf32>, !s) {
  // CHECK: %[[O:.*]], %[[STATE:.*]] = plait.recur
  // CHECK-SAME: decay(%{{.*}} : tensor<8xf32>) outs(%{{.*}}, %[[S]] :
  // CHECK-SAME: reverse scale(0.125) min_log_decay(-1.0) group_size(2)
  // CHECK: return %[[O]], %[[STATE]]
  %o, %state = plait.attention causal ins(%q, %k, %k : tensor<?x?x16x64xf32>, !q, !q) decay(%g : tensor<8xf32>)
    state(%s : !s) reverse scale(0.125) min_log_decay(-1.0) group_size(2) -> tensor<?x?x16x64xf32>, state !s
  return %o, %state : tensor<?x?x16x64xf32>, !s
}

// Not causal: the state of the last token is the matrix of every query.
// CHECK-LABEL: func @everywhere
// CHECK-SAME: %[[Q:.*]]: tensor<?x?x8x64xf32>, %[[K:.*]]: tensor<?x?x8x64xf32>
func.func @everywhere(%q: !q, %k: !q) -> !q {
  // CHECK: %{{.*}}, %[[STATE:.*]] = plait.recur ins(%[[K]], %[[K]], %[[K]] :
  // CHECK: plait.project ins(%[[Q]], %[[STATE]] :
  // CHECK-NOT: plait.recur
  // CHECK: return
  %o = plait.attention ins(%q, %k, %k : !q, !q, !q) -> !q
  return %o : !q
}
