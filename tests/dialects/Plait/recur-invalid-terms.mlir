// RUN: plait-opt %s -verify-diagnostics -split-input-file

// recur_c10 to recur_c15, broken: terms that need or exclude each other.

// recur_c10
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c10(%q: !q, %v: !v, %s: !s) {
  // expected-error @+1 {{expects both `low_rank_a` and `low_rank_b`, but got one}}
  "plait.recur"(%q, %q, %v, %q, %v, %s) <{operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 2>}>
    : (!q, !q, !v, !q, !v, !s) -> (!v, !s)
  return
}

// -----

// recur_c10
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c10(%q: !q, %v: !v, %s: !s) {
  // expected-error @+1 {{expects both `low_rank_a` and `low_rank_b`, but got one}}
  "plait.recur"(%q, %q, %v, %q, %v, %s) <{operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 2>}>
    : (!q, !q, !v, !q, !v, !s) -> (!v, !s)
  return
}

// -----

// recur_c11
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c11(%q: !q, %v: !v, %s: !s, %x: tensor<2x9x8xf32>) {
  // expected-error @+1 {{expects either `delta` or `low_rank`, but got both}}
  plait.recur ins(%q, %q, %v : !q, !q, !v) low_rank(%q, %q : !q, !q) delta(%x : tensor<2x9x8xf32>)
    outs(%v, %s : !v, !s) -> !v, !s
  return
}

// -----

// recur_c12
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c12(%q: !q, %v: !v, %s: !s, %x: tensor<8x64xf32>) {
  // expected-error @+1 {{expects read(exclusive) beside `bonus`, but got read(inclusive)}}
  plait.recur ins(%q, %q, %v : !q, !q, !v) bonus(%x : tensor<8x64xf32>)
    outs(%v, %s : !v, !s) -> !v, !s
  return
}

// -----

// recur_c12
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c12(%q: tensor<2x3x8x64xf32>, %k: !q, %v: !v, %o: tensor<2x3x8x32xf32>, %s: !s, %x: tensor<8x64xf32>) {
  // expected-error @+1 {{expects `substeps` of 1 beside `bonus`, but got 3}}
  plait.recur ins(%q, %k, %v : tensor<2x3x8x64xf32>, !q, !v) bonus(%x : tensor<8x64xf32>)
    outs(%o, %s : tensor<2x3x8x32xf32>, !s) read(exclusive) substeps(3) -> tensor<2x3x8x32xf32>, !s
  return
}

// -----

// recur_c13
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c13(%q: !q, %v: !v, %s: !s, %g: tensor<2x9x8xf32>, %f: tensor<2x8xf32>) {
  // expected-error @+1 {{expects `decay` beside `stabilize`, but got none}}
  plait.recur ins(%q, %q, %v : !q, !q, !v) stabilize(%g : tensor<2x9x8xf32>)
    outs(%v, %s, %g, %f : !v, !s, tensor<2x9x8xf32>, tensor<2x8xf32>) -> !v, !s, tensor<2x9x8xf32>, tensor<2x8xf32>
  return
}

// -----

// recur_c13
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c13(%q: !q, %v: !v, %s: !s, %g: tensor<2x9x8xf32>, %f: tensor<2x8xf32>) {
  // expected-error @+1 {{expects `decay` of rank 1 or 3, but got rank 4}}
  plait.recur ins(%q, %q, %v : !q, !q, !v) decay(%q : !q) stabilize(%g : tensor<2x9x8xf32>)
    outs(%v, %s, %g, %f : !v, !s, tensor<2x9x8xf32>, tensor<2x8xf32>) -> !v, !s, tensor<2x9x8xf32>, tensor<2x8xf32>
  return
}

// -----

// recur_c13
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c13(%q: !q, %v: !v, %s: !s, %g: tensor<2x9x8xf32>, %f: tensor<2x8xf32>) {
  // expected-error @+1 {{expects plain writes beside `stabilize`, but got `delta`}}
  plait.recur ins(%q, %q, %v : !q, !q, !v) decay(%g : tensor<2x9x8xf32>) delta(%g : tensor<2x9x8xf32>) stabilize(%g : tensor<2x9x8xf32>)
    outs(%v, %s, %g, %f : !v, !s, tensor<2x9x8xf32>, tensor<2x8xf32>) -> !v, !s, tensor<2x9x8xf32>, tensor<2x8xf32>
  return
}

// -----

// recur_c13
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c13(%q: !q, %v: !v, %s: !s, %g: tensor<2x9x8xf32>, %f: tensor<2x8xf32>) {
  // expected-error @+1 {{expects plain writes beside `stabilize`, but got `low_rank`}}
  plait.recur ins(%q, %q, %v : !q, !q, !v) decay(%g : tensor<2x9x8xf32>) low_rank(%q, %q : !q, !q) stabilize(%g : tensor<2x9x8xf32>)
    outs(%v, %s, %g, %f : !v, !s, tensor<2x9x8xf32>, tensor<2x8xf32>) -> !v, !s, tensor<2x9x8xf32>, tensor<2x8xf32>
  return
}

// -----

// recur_c13
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c13(%q: tensor<2x3x8x64xf32>, %k: !q, %v: !v, %o: tensor<2x3x8x32xf32>, %s: !s, %g: tensor<2x3x8xf32>, %f: tensor<2x8xf32>) {
  // expected-error @+1 {{expects `substeps` of 1 beside `stabilize`, but got 3}}
  plait.recur ins(%q, %k, %v : tensor<2x3x8x64xf32>, !q, !v) decay(%g : tensor<2x3x8xf32>) stabilize(%g : tensor<2x3x8xf32>)
    outs(%o, %s, %g, %f : tensor<2x3x8x32xf32>, !s, tensor<2x3x8xf32>, tensor<2x8xf32>) substeps(3)
    -> tensor<2x3x8x32xf32>, !s, tensor<2x3x8xf32>, tensor<2x8xf32>
  return
}

// -----

// recur_c13
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c13(%q: !q, %v: !v, %s: !s, %g: tensor<2x9x8xf32>, %f: tensor<2x8xf32>) {
  // expected-error @+1 {{expects read(inclusive) beside `stabilize`, but got read(exclusive)}}
  plait.recur ins(%q, %q, %v : !q, !q, !v) decay(%g : tensor<2x9x8xf32>) stabilize(%g : tensor<2x9x8xf32>)
    outs(%v, %s, %g, %f : !v, !s, tensor<2x9x8xf32>, tensor<2x8xf32>) read(exclusive)
    -> !v, !s, tensor<2x9x8xf32>, tensor<2x8xf32>
  return
}

// -----

// recur_c14
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c14(%q: !q, %v: !v, %s: !s, %n: tensor<3xi32>) {
  // expected-error @+1 {{expects `query` dim 0 (batch of packed sequences) of 1, but got 2}}
  plait.recur ins(%q, %q, %v : !q, !q, !v) segments(%n : tensor<3xi32>)
    outs(%v, %s : !v, !s) -> !v, !s
  return
}

// -----

// recur_c14
!s = tensor<2x8x64x32xf32>
func.func @recur_c14(%q: tensor<1x9x8x64xf32>, %v: tensor<1x9x8x32xf32>, %s: !s, %n: tensor<4xi32>) {
  // expected-error @+1 {{expects `state` dim 0 (sequence) of 3, but got 2}}
  plait.recur ins(%q, %q, %v : tensor<1x9x8x64xf32>, tensor<1x9x8x64xf32>, tensor<1x9x8x32xf32>) segments(%n : tensor<4xi32>)
    outs(%v, %s : tensor<1x9x8x32xf32>, !s) -> tensor<1x9x8x32xf32>, !s
  return
}

// -----

// recur_c14
func.func @recur_c14(%q: tensor<1x9x8x64xf32>, %v: tensor<1x9x8x32xf32>, %s: tensor<?x8x64x32xf32>, %n: tensor<0xi32>) {
  // expected-error @+1 {{expects `segments` of at least 1 offset, but got 0}}
  plait.recur ins(%q, %q, %v : tensor<1x9x8x64xf32>, tensor<1x9x8x64xf32>, tensor<1x9x8x32xf32>) segments(%n : tensor<0xi32>)
    outs(%v, %s : tensor<1x9x8x32xf32>, tensor<?x8x64x32xf32>) -> tensor<1x9x8x32xf32>, tensor<?x8x64x32xf32>
  return
}

// -----

// recur_c15
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c15(%q: !q, %v: !v, %s: !s) {
  // expected-error @+1 {{expects a finite `min_log_decay` of at most 0, but got 1.0}}
  plait.recur ins(%q, %q, %v : !q, !q, !v)
    outs(%v, %s : !v, !s) min_log_decay(1.0) -> !v, !s
  return
}

// -----

// recur_c15
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c15(%q: !q, %v: !v, %s: !s) {
  // expected-error @+1 {{expects a finite `min_log_decay` of at most 0, but got 0xFF800000}}
  plait.recur ins(%q, %q, %v : !q, !q, !v)
    outs(%v, %s : !v, !s) min_log_decay(0xFF800000) -> !v, !s
  return
}

// -----

// recur_c15
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c15(%q: !q, %v: !v, %s: !s) {
  // expected-error @+1 {{expects a finite `min_log_decay` of at most 0, but got 0x7FC00000}}
  plait.recur ins(%q, %q, %v : !q, !q, !v)
    outs(%v, %s : !v, !s) min_log_decay(0x7FC00000) -> !v, !s
  return
}
