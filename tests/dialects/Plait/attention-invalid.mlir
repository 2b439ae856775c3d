// RUN: plait-opt %s -verify-diagnostics -split-input-file

// Each numbered constraint of plait.attention, broken.

// attention_c1
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
func.func @attention_c1(%q: !q, %v: !v, %x: tensor<2x9x8xf32>) {
  // expected-error @+1 {{expects `query` of rank 4, but got rank 3}}
  plait.attention causal ins(%x, %q, %v : tensor<2x9x8xf32>, !q, !v) -> !v
  return
}

// -----

// attention_c1
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
func.func @attention_c1(%q: !q, %v: !v, %x: tensor<2x9xf32>) {
  // expected-error @+1 {{expects `decay` of rank 1, 3 or 4, but got rank 2}}
  plait.attention causal ins(%q, %q, %v : !q, !q, !v) decay(%x : tensor<2x9xf32>) -> !v
  return
}

// -----

// attention_c1
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
func.func @attention_c1(%q: !q, %v: !v, %x: tensor<2x9x8xf32>) {
  // expected-error @+1 {{expects `state` of rank 4, but got rank 3}}
  plait.attention causal ins(%q, %q, %v : !q, !q, !v) state(%x : tensor<2x9x8xf32>) -> !v
  return
}

// -----

// attention_c1
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
func.func @attention_c1(%q: !q, %v: !v) {
  // expected-error @+1 {{expects `out` of rank 4, but got rank 3}}
  plait.attention causal ins(%q, %q, %v : !q, !q, !v) -> tensor<2x9x8xf32>
  return
}

// -----

// attention_c1
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
func.func @attention_c1(%q: !q, %v: !v) {
  // expected-error @+1 {{expects `final state` of rank 4, but got rank 3}}
  plait.attention causal ins(%q, %q, %v : !q, !q, !v) -> !v, state tensor<2x9x8xf32>
  return
}

// -----

// attention_c2
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
func.func @attention_c2(%q: !q, %v: !v, %x: tensor<2x9x8x32xbf16>) {
  // expected-error @+1 {{expects `value` of element type 'f32', but got 'bf16'}}
  plait.attention causal ins(%q, %q, %x : !q, !q, tensor<2x9x8x32xbf16>) -> !v
  return
}

// -----

// attention_c2
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
func.func @attention_c2(%q: !q, %v: !v, %x: tensor<8xf16>) {
  // expected-error @+1 {{expects `decay` of element type 'f32', but got 'f16'}}
  plait.attention causal ins(%q, %q, %v : !q, !q, !v) decay(%x : tensor<8xf16>) -> !v
  return
}

// -----

// attention_c2
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
func.func @attention_c2(%q: !q, %v: !v, %x: tensor<2x8x64x32xbf16>) {
  // expected-error @+1 {{expects `state` of element type 'f32', but got 'bf16'}}
  plait.attention causal ins(%q, %q, %v : !q, !q, !v) state(%x : tensor<2x8x64x32xbf16>) -> !v
  return
}

// -----

// attention_c2
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
func.func @attention_c2(%q: !q, %v: !v) {
  // expected-error @+1 {{expects `out` of element type 'f32', but got 'f16'}}
  plait.attention causal ins(%q, %q, %v : !q, !q, !v) -> tensor<2x9x8x32xf16>
  return
}

// -----

// attention_c3
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
func.func @attention_c3(%q: !q, %v: !v, %x: tensor<2x9x8x?xf32>) {
  // expected-error @+1 {{expects `query` dim 3 (key) static and in 1..512, but got ?}}
  plait.attention causal ins(%x, %q, %v : tensor<2x9x8x?xf32>, !q, !v) -> !v
  return
}

// -----

// attention_c3
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
func.func @attention_c3(%q: !q, %v: !v, %x: tensor<2x9x8x60xf32>) {
  // expected-error @+1 {{expects `key` dim 3 (key) of 64, but got 60}}
  plait.attention causal ins(%q, %x, %v : !q, tensor<2x9x8x60xf32>, !v) -> !v
  return
}

// -----

// attention_c3
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
func.func @attention_c3(%q: !q, %v: !v, %x: tensor<2x9x8x513xf32>) {
  // expected-error @+1 {{expects `value` dim 3 (value) static and in 1..512, but got 513}}
  plait.attention causal ins(%q, %q, %x : !q, !q, tensor<2x9x8x513xf32>) -> !v
  return
}

// -----

// attention_c3
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
func.func @attention_c3(%q: !q, %v: !v) {
  // expected-error @+1 {{expects `out` dim 3 (value) of 32, but got 64}}
  plait.attention causal ins(%q, %q, %v : !q, !q, !v) -> !q
  return
}

// -----

// attention_c4
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
func.func @attention_c4(%q: !q, %v: !v) {
  // expected-error @+1 {{expects `group_size` in 1..512, but got 0}}
  plait.attention causal ins(%q, %q, %v : !q, !q, !v) group_size(0) -> !v
  return
}

// -----

// attention_c4
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
func.func @attention_c4(%q: !q, %v: !v) {
  // expected-error @+1 {{expects `group_size` in 1..512, but got 513}}
  plait.attention causal ins(%q, %q, %v : !q, !q, !v) group_size(513) -> !v
  return
}

// -----

// attention_c5
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
func.func @attention_c5(%q: !q, %v: !v, %x: tensor<2x8x8x64xf32>) {
  // expected-error @+1 {{expects `key` dim 1 (time) of 9, but got 8}}
  plait.attention causal ins(%q, %x, %v : !q, tensor<2x8x8x64xf32>, !v) -> !v
  return
}

// -----

// attention_c5
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
func.func @attention_c5(%q: !q, %v: !v, %x: tensor<2x8x8x64xf32>) {
  // expected-error @+1 {{expects `value` dim 1 (time) of 8, but got 9}}
  plait.attention ins(%q, %x, %v : !q, tensor<2x8x8x64xf32>, !v) -> !v
  return
}

// -----

// attention_c5
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
func.func @attention_c5(%q: !q, %v: !v) {
  // expected-error @+1 {{expects `key` dim 2 (head) of 4, but got 8}}
  plait.attention causal ins(%q, %q, %v : !q, !q, !v) group_size(2) -> !v
  return
}

// -----

// attention_c5
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
func.func @attention_c5(%q: !q, %v: !v, %x: tensor<2x8x32x32xf32>) {
  // expected-error @+1 {{expects `state` dim 2 (feature) of 64, but got 32}}
  plait.attention causal ins(%q, %q, %v : !q, !q, !v) state(%x : tensor<2x8x32x32xf32>) -> !v
  return
}

// -----

// attention_c5
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
func.func @attention_c5(%q: !q, %v: !v) {
  // expected-error @+1 {{expects `final normalizer` dim 3 (column) of 1, but got 2}}
  plait.attention causal ins(%q, %q, %v : !q, !q, !v) normalize(sum, eps = 1.0e-6) -> !v, normalizer tensor<2x8x64x2xf32>
  return
}

// -----

// attention_c5
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
func.func @attention_c5(%q: !q, %v: !v, %x: tensor<2x9x8x60xf32>) {
  // expected-error @+1 {{expects `decay` dim 3 (feature) of 64, but got 60}}
  plait.attention causal ins(%q, %q, %v : !q, !q, !v) decay(%x : tensor<2x9x8x60xf32>) -> !v
  return
}

// -----

// attention_c9
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
func.func @attention_c9(%q: !q, %v: !v, %x: tensor<8xf32>) {
  // expected-error @+1 {{expects `causal` beside `decay`, but got none}}
  plait.attention ins(%q, %q, %v : !q, !q, !v) decay(%x : tensor<8xf32>) -> !v
  return
}

// -----

// attention_c9
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
func.func @attention_c9(%q: !q, %v: !v) {
  // expected-error @+1 {{expects `causal` beside `reverse`, but got none}}
  plait.attention ins(%q, %q, %v : !q, !q, !v) reverse -> !v
  return
}

// -----

// attention_c10
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
func.func @attention_c10(%q: !q, %v: !v, %x: tensor<2x8x64x1xf32>) {
  // expected-error @+1 {{expects `normalize` beside a normalizer, but got none}}
  plait.attention causal ins(%q, %q, %v : !q, !q, !v) normalizer(%x : tensor<2x8x64x1xf32>) -> !v
  return
}

// -----

// attention_c10
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
func.func @attention_c10(%q: !q, %v: !v) {
  // expected-error @+1 {{expects `normalize` beside a normalizer, but got none}}
  plait.attention causal ins(%q, %q, %v : !q, !q, !v) -> !v, normalizer tensor<2x8x64x1xf32>
  return
}

// -----

// attention_c11
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
func.func @attention_c11(%q: !q, %v: !v) {
  // expected-error @+1 {{expects a finite `eps` of at least 0, but got -1.0}}
  plait.attention causal ins(%q, %q, %v : !q, !q, !v) normalize(sum, eps = -1.0) -> !v
  return
}

// -----

// attention_c11
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
func.func @attention_c11(%q: !q, %v: !v) {
  // expected-error @+1 {{expects a finite `eps` of at least 0, but got 0x7F800000}}
  plait.attention causal ins(%q, %q, %v : !q, !q, !v) normalize(sum, eps = 0x7F800000) -> !v
  return
}

// -----

// attention_c11
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
func.func @attention_c11(%q: !q, %v: !v) {
  // expected-error @+1 {{expects `eps` of 0 without `normalize`, but got 1.0}}
  "plait.attention"(%q, %q, %v) <{causal, eps = 1.0 : f32, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0>}> ({
  }, {
  }) : (!q, !q, !v) -> !v
  return
}

// -----

// attention_c12
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
func.func @attention_c12(%q: !q, %v: !v, %x: tensor<8xf32>) {
  // expected-error @+1 {{expects a finite `min_log_decay` of at most 0, but got 2.0}}
  plait.attention causal ins(%q, %q, %v : !q, !q, !v) decay(%x : tensor<8xf32>) min_log_decay(2.0) -> !v
  return
}

// -----

// attention_c6
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
func.func @attention_c6(%q: !q, %v: !v) {
  // expected-error @+1 {{expects `feature_map` of one 'vector<64xf32>', but got ('vector<32xf32>')}}
  plait.attention causal ins(%q, %q, %v : !q, !q, !v) feature_map {
  ^bb0(%row: vector<32xf32>):
    plait.yield %row : vector<32xf32>
  } -> !v
  return
}

// -----

// attention_c6
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
func.func @attention_c6(%q: !q, %v: !v) {
  // expected-error @+1 {{expects `key_map` of one 'vector<64xf32>', but got ('vector<64xf32>', 'index')}}
  plait.attention causal ins(%q, %q, %v : !q, !q, !v) key_map {
  ^bb0(%row: vector<64xf32>, %t: index):
    plait.yield %row : vector<64xf32>
  } -> !v
  return
}

// -----

// attention_c6
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
func.func @attention_c6(%q: !q, %v: !v) {
  // expected-error @+1 {{expects `feature_map` to end in plait.yield, but got `llvm.unreachable`}}
  plait.attention causal ins(%q, %q, %v : !q, !q, !v) feature_map {
  ^bb0(%row: vector<64xf32>):
    llvm.unreachable
  } -> !v
  return
}

// -----

// attention_c6
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
func.func @attention_c6(%q: !q, %v: !v) {
  // expected-error @+1 {{expects `feature_map` to yield one vector of features, but got ('vector<64xf32>', 'vector<64xf32>')}}
  plait.attention causal ins(%q, %q, %v : !q, !q, !v) feature_map {
  ^bb0(%row: vector<64xf32>):
    plait.yield %row, %row : vector<64xf32>, vector<64xf32>
  } -> !v
  return
}

// -----

// attention_c6
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
func.func @attention_c6(%q: !q, %v: !v) {
  // expected-error @+1 {{expects `feature_map` to yield one vector of features, but got ('f32')}}
  plait.attention causal ins(%q, %q, %v : !q, !q, !v) feature_map {
  ^bb0(%row: vector<64xf32>):
    %y = vector.extract %row[0] : f32 from vector<64xf32>
    plait.yield %y : f32
  } -> !v
  return
}

// -----

// attention_c6
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
func.func @attention_c6(%q: !q, %v: !v) {
  // expected-error @+1 {{expects `feature_map` to yield one vector of features, but got ('vector<64xbf16>')}}
  plait.attention causal ins(%q, %q, %v : !q, !q, !v) feature_map {
  ^bb0(%row: vector<64xf32>):
    %y = arith.truncf %row : vector<64xf32> to vector<64xbf16>
    plait.yield %y : vector<64xbf16>
  } -> !v
  return
}

// -----

// attention_c3
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
func.func @attention_c3(%q: !q, %v: !v) {
  // expected-error @+1 {{expects `feature_map` to yield 1..512 features, but got 1024}}
  plait.attention causal ins(%q, %q, %v : !q, !q, !v) feature_map {
  ^bb0(%row: vector<64xf32>):
    %y = arith.constant dense<1.0> : vector<1024xf32>
    plait.yield %y : vector<1024xf32>
  } -> !v
  return
}

// -----

// attention_c7
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
func.func @attention_c7(%q: !q, %v: !v) {
  plait.attention causal ins(%q, %q, %v : !q, !q, !v) feature_map {
  ^bb0(%row: vector<64xf32>):
  // expected-error @+1 {{'plait.attention' op expects arith, math and vector ops on rows in its region, but got `func.call`}}
    %y = func.call @f(%row) : (vector<64xf32>) -> vector<64xf32>
    plait.yield %y : vector<64xf32>
  } -> !v
  return
}

// -----

// attention_c8
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
func.func @attention_c8(%q: !q, %v: !v) {
  // expected-error @+1 {{expects `key_map` to yield 2 features as `feature_map` does, but got 3}}
  plait.attention causal ins(%q, %q, %v : !q, !q, !v) feature_map {
  ^bb0(%row: vector<64xf32>):
    %y = arith.constant dense<1.0> : vector<2xf32>
    plait.yield %y : vector<2xf32>
  } key_map {
  ^bb0(%row: vector<64xf32>):
    %y = arith.constant dense<1.0> : vector<3xf32>
    plait.yield %y : vector<3xf32>
  } -> !v
  return
}

// -----

// attention_operands
!q = tensor<2x9x8x64xf32>
func.func @attention_operands(%q: memref<2x9x8x64xf32>, %k: !q) {
  // expected-error @+1 {{operand #0 must be ranked tensor of f32, f16 or bf16 without an encoding}}
  "plait.attention"(%q, %k, %k) <{operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0>}> ({
  }, {
  }) : (memref<2x9x8x64xf32>, !q, !q) -> !q
  return
}
