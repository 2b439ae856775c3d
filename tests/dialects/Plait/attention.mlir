// RUN: plait-opt %s | plait-opt | FileCheck %s
// RUN: plait-opt %s --mlir-print-op-generic | plait-opt | FileCheck %s
// RUN: plait-opt %s --emit-bytecode | plait-opt | FileCheck %s

// plait.attention in all its options.

!q = tensor<?x?x8x64xf32>
!s = tensor<?x8x64x64xf32>
!z = tensor<?x8x64x1xf32>

// CHECK-LABEL: func @plain
func.func @plain(%q: !q) -> !q {
  // CHECK: %o = plait.attention ins(%[[Q:.*]], %[[Q]], %[[Q]] : tensor<?x?x8x64xf32>, tensor<?x?x8x64xf32>, tensor<?x?x8x64xf32>) -> tensor<?x?x8x64xf32>
  %o = plait.attention ins(%q, %q, %q : !q, !q, !q) -> !q
  return %o : !q
}

// CHECK-LABEL: func @everything
func.func @everything(%q: !q, %g: tensor<?x?x8xf32>, %s: !s, %z: !z) {
  // CHECK: %o, %state, %normalizer = plait.attention causal ins
  // CHECK-SAME: decay(%{{.*}} : tensor<?x?x8xf32>) state(%{{.*}} : tensor<?x8x64x64xf32>) normalizer(%{{.*}} : tensor<?x8x64x1xf32>)
  // CHECK-SAME: reverse normalize(sum, eps = 1.0e-6) scale(0.125) min_log_decay(-1.0) feature_map {
  // CHECK-NEXT: ^bb0(%{{.*}}: vector<64xf32>):
  // CHECK: } key_map {
  // CHECK: } -> tensor<?x?x8x64xf32>, state tensor<?x8x64x64xf32>, normalizer tensor<?x8x64x1xf32>
  plait.attention causal ins(%q, %q, %q : !q, !q, !q) decay(%g : tensor<?x?x8xf32>) state(%s : !s) normalizer(%z : !z)
    reverse normalize(sum, eps = 1.0e-6) scale(0.125) min_log_decay(-1.0) feature_map {
  ^bb0(%row: vector<64xf32>):
    %phi = math.exp %row : vector<64xf32>
    plait.yield %phi : vector<64xf32>
  } key_map {
  ^bb0(%row: vector<64xf32>):
    %phi = math.absf %row : vector<64xf32>
    plait.yield %phi : vector<64xf32>
  } -> !q, state !s, normalizer !z
  return
}

// Keys and values of another length, more query heads, more features than channels.
// CHECK-LABEL: func @cross
func.func @cross(%q: tensor<?x7x8x64xbf16>, %k: tensor<?x9x2x64xbf16>, %v: tensor<?x9x2x32xbf16>) {
  // CHECK: normalize(clamp, eps = 1.0) group_size(4) feature_map {
  plait.attention ins(%q, %k, %v : tensor<?x7x8x64xbf16>, tensor<?x9x2x64xbf16>, tensor<?x9x2x32xbf16>)
    normalize(clamp, eps = 1.0) group_size(4) feature_map {
  ^bb0(%row: vector<64xbf16>):
    %wide = arith.extf %row : vector<64xbf16> to vector<64xf32>
    %features = vector.shuffle %wide, %wide [0, 1, 2] : vector<64xf32>, vector<64xf32>
    plait.yield %features : vector<3xf32>
  } -> tensor<?x7x8x32xbf16>, state tensor<?x2x3x32xf32>
  return
}

// CHECK-LABEL: func @normalizer_alone
func.func @normalizer_alone(%q: !q) {
  // CHECK: normalize(sum, eps = 0.0) -> tensor<?x?x8x64xf32>, normalizer tensor<?x8x64x1xf32>
  plait.attention ins(%q, %q, %q : !q, !q, !q) normalize(sum, eps = 0.0) -> !q, normalizer !z
  return
}
