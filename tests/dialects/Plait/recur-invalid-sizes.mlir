// RUN: plait-opt %s -verify-diagnostics -split-input-file

// recur_c6 to recur_c9, broken: counts, head dims, sizes.

// recur_c6
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c6(%q: !q, %v: !v, %s: !s) {
  // expected-error @+1 {{expects `group_size` in 1..512, but got 0}}
  plait.recur ins(%q, %q, %v : !q, !q, !v)
    outs(%v, %s : !v, !s) group_size(0) -> !v, !s
  return
}

// -----

// recur_c6
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c6(%q: !q, %v: !v, %s: !s) {
  // expected-error @+1 {{expects `substeps` in 1..512, but got -1}}
  plait.recur ins(%q, %q, %v : !q, !q, !v)
    outs(%v, %s : !v, !s) substeps(-1) -> !v, !s
  return
}

// -----

// recur_c7
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c7(%q: !q, %v: !v, %s: !s, %x: tensor<2x9x8x?xf32>) {
  // expected-error @+1 {{expects `query` dim 3 (key) static and in 1..512, but got ?}}
  plait.recur ins(%x, %q, %v : tensor<2x9x8x?xf32>, !q, !v)
    outs(%v, %s : !v, !s) -> !v, !s
  return
}

// -----

// recur_c7
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c7(%q: !q, %v: !v, %s: !s, %x: tensor<2x9x8x0xf32>) {
  // expected-error @+1 {{expects `query` dim 3 (key) static and in 1..512, but got 0}}
  plait.recur ins(%x, %q, %v : tensor<2x9x8x0xf32>, !q, !v)
    outs(%v, %s : !v, !s) -> !v, !s
  return
}

// -----

// recur_c7
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c7(%q: !q, %v: !v, %s: !s, %x: tensor<2x9x8x513xf32>) {
  // expected-error @+1 {{expects `query` dim 3 (key) static and in 1..512, but got 513}}
  plait.recur ins(%x, %q, %v : tensor<2x9x8x513xf32>, !q, !v)
    outs(%v, %s : !v, !s) -> !v, !s
  return
}

// -----

// recur_c7
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c7(%q: !q, %v: !v, %s: !s, %x: tensor<2x9x8x?xf32>) {
  // expected-error @+1 {{expects `value` dim 3 (value) static and in 1..512, but got ?}}
  plait.recur ins(%q, %q, %x : !q, !q, tensor<2x9x8x?xf32>)
    outs(%v, %s : !v, !s) -> !v, !s
  return
}

// -----

// recur_c7
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c7(%q: !q, %v: !v, %s: !s, %x: tensor<2x9x8x1024xf32>) {
  // expected-error @+1 {{expects `value` dim 3 (value) static and in 1..512, but got 1024}}
  plait.recur ins(%q, %q, %x : !q, !q, tensor<2x9x8x1024xf32>)
    outs(%v, %s : !v, !s) {schedule = #plait.schedule<tile_scan, {}>} -> !v, !s
  return
}

// -----

// recur_c7
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c7(%q: !q, %v: !v, %s: !s, %x: tensor<2x9x8x?xf32>) {
  // expected-error @+1 {{expects `out` dim 3 (value) static and in 1..512, but got ?}}
  plait.recur ins(%q, %q, %v : !q, !q, !v)
    outs(%x, %s : tensor<2x9x8x?xf32>, !s) -> tensor<2x9x8x?xf32>, !s
  return
}

// -----

// recur_c7
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c7(%q: !q, %v: !v, %s: !s, %x: tensor<2x8x64x?xf32>) {
  // expected-error @+1 {{expects `state` dim 3 (value) static and in 1..512, but got ?}}
  plait.recur ins(%q, %q, %v : !q, !q, !v)
    outs(%v, %x : !v, tensor<2x8x64x?xf32>) -> !v, tensor<2x8x64x?xf32>
  return
}

// -----

// recur_c8
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c8(%q: !q, %v: !v, %s: !s, %x: tensor<2x8x8x64xf32>) {
  // expected-error @+1 {{expects `key` dim 1 (time) of 9, but got 8}}
  plait.recur ins(%q, %x, %v : !q, tensor<2x8x8x64xf32>, !v)
    outs(%v, %s : !v, !s) -> !v, !s
  return
}

// -----

// recur_c8
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c8(%q: !q, %v: !v, %s: !s, %x: tensor<3x9x8x64xf32>) {
  // expected-error @+1 {{expects `key` dim 0 (batch) of 2, but got 3}}
  plait.recur ins(%q, %x, %v : !q, tensor<3x9x8x64xf32>, !v)
    outs(%v, %s : !v, !s) -> !v, !s
  return
}

// -----

// recur_c8
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c8(%q: !q, %v: !v, %s: !s, %x: tensor<2x9x4x64xf32>) {
  // expected-error @+1 {{expects `key` dim 2 (head) of 8, but got 4}}
  plait.recur ins(%q, %x, %v : !q, tensor<2x9x4x64xf32>, !v)
    outs(%v, %s : !v, !s) -> !v, !s
  return
}

// -----

// recur_c8
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c8(%q: !q, %v: !v, %s: !s, %x: tensor<2x9x8x33xf32>) {
  // expected-error @+1 {{expects `out` dim 3 (value) of 32, but got 33}}
  plait.recur ins(%q, %q, %v : !q, !q, !v)
    outs(%x, %s : tensor<2x9x8x33xf32>, !s) -> tensor<2x9x8x33xf32>, !s
  return
}

// -----

// recur_c8
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c8(%q: !q, %v: !v, %s: !s, %x: tensor<2x4x64x32xf32>) {
  // expected-error @+1 {{expects `state` dim 1 (head) of 8, but got 4}}
  plait.recur ins(%q, %q, %v : !q, !q, !v)
    outs(%v, %x : !v, tensor<2x4x64x32xf32>) -> !v, tensor<2x4x64x32xf32>
  return
}

// -----

// recur_c8
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c8(%q: !q, %v: !v, %s: !s, %x: tensor<4xf32>) {
  // expected-error @+1 {{expects `decay` dim 0 (head) of 8, but got 4}}
  plait.recur ins(%q, %q, %v : !q, !q, !v) decay(%x : tensor<4xf32>)
    outs(%v, %s : !v, !s) -> !v, !s
  return
}

// -----

// recur_c8
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c8(%q: !q, %v: !v, %s: !s, %x: tensor<2x9x8x64xf32>) {
  // expected-error @+1 {{expects `query` dim 2 (head) of a multiple of 3, but got 8}}
  plait.recur ins(%x, %q, %v : tensor<2x9x8x64xf32>, !q, !v)
    outs(%v, %s : !v, !s) group_size(3) -> !v, !s
  return
}

// -----

// recur_c8
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c8(%q: !q, %v: !v, %s: !s, %x: tensor<2x9x8x64xf32>) {
  // expected-error @+1 {{expects `key` dim 2 (head) of 4, but got 8}}
  plait.recur ins(%x, %q, %v : tensor<2x9x8x64xf32>, !q, !v)
    outs(%v, %s : !v, !s) group_size(2) -> !v, !s
  return
}

// -----

// recur_c8
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c8(%q: !q, %v: !v, %s: !s, %x: tensor<2x9x8x64xf32>) {
  // expected-error @+1 {{expects `key` dim 1 (time) of 18, but got 9}}
  plait.recur ins(%q, %x, %v : !q, tensor<2x9x8x64xf32>, !v)
    outs(%v, %s : !v, !s) substeps(2) -> !v, !s
  return
}

// -----

// recur_c8
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c8(%q: !q, %v: !v, %s: !s, %x: tensor<2x8x8xf32>) {
  // expected-error @+1 {{expects `beta` dim 1 (time) of 9, but got 8}}
  plait.recur ins(%q, %q, %v : !q, !q, !v) delta(%x : tensor<2x8x8xf32>)
    outs(%v, %s : !v, !s) -> !v, !s
  return
}

// -----

// recur_c8
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c8(%q: !q, %v: !v, %s: !s, %x: tensor<4x64xf32>) {
  // expected-error @+1 {{expects `bonus` dim 0 (head) of 8, but got 4}}
  plait.recur ins(%q, %q, %v : !q, !q, !v) bonus(%x : tensor<4x64xf32>)
    outs(%v, %s : !v, !s) read(exclusive) -> !v, !s
  return
}

// -----

// recur_c8
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c8(%q: !q, %v: !v, %s: !s, %g: tensor<2x9x8xf32>, %f: tensor<2x8xf32>, %x: tensor<2x4xf32>) {
  // expected-error @+1 {{expects `final_max` dim 1 (head) of 8, but got 4}}
  plait.recur ins(%q, %q, %v : !q, !q, !v) decay(%g : tensor<2x9x8xf32>) stabilize(%g : tensor<2x9x8xf32>)
    outs(%v, %s, %g, %x : !v, !s, tensor<2x9x8xf32>, tensor<2x4xf32>) -> !v, !s, tensor<2x9x8xf32>, tensor<2x4xf32>
  return
}

// -----

// recur_c9
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c9(%q: !q, %v: !v, %s: !s, %x: tensor<2x9x8x60xf32>) {
  // expected-error @+1 {{expects `key` dim 3 (key) of 64, but got 60}}
  plait.recur ins(%q, %x, %v : !q, tensor<2x9x8x60xf32>, !v)
    outs(%v, %s : !v, !s) -> !v, !s
  return
}

// -----

// recur_c9
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c9(%q: !q, %v: !v, %s: !s, %x: tensor<2x9x8x60xf32>) {
  // expected-error @+1 {{expects `decay` dim 3 (key) of 64, but got 60}}
  plait.recur ins(%q, %q, %v : !q, !q, !v) decay(%x : tensor<2x9x8x60xf32>)
    outs(%v, %s : !v, !s) -> !v, !s
  return
}

// -----

// recur_c9
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c9(%q: !q, %v: !v, %s: !s, %x: tensor<2x9x8x60xf32>) {
  // expected-error @+1 {{expects `low_rank_a` dim 3 (key) of 64, but got 60}}
  plait.recur ins(%q, %q, %v : !q, !q, !v) low_rank(%x, %q : tensor<2x9x8x60xf32>, !q)
    outs(%v, %s : !v, !s) -> !v, !s
  return
}

// -----

// recur_c9
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c9(%q: !q, %v: !v, %s: !s, %x: tensor<2x9x8x60xf32>) {
  // expected-error @+1 {{expects `low_rank_b` dim 3 (key) of 64, but got 60}}
  plait.recur ins(%q, %q, %v : !q, !q, !v) low_rank(%q, %x : !q, tensor<2x9x8x60xf32>)
    outs(%v, %s : !v, !s) -> !v, !s
  return
}

// -----

// recur_c9
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c9(%q: !q, %v: !v, %s: !s, %x: tensor<8x?xf32>) {
  // expected-error @+1 {{expects `bonus` dim 1 (key) of 64, but got ?}}
  plait.recur ins(%q, %q, %v : !q, !q, !v) bonus(%x : tensor<8x?xf32>)
    outs(%v, %s : !v, !s) read(exclusive) -> !v, !s
  return
}

// -----

// recur_c9
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c9(%q: !q, %v: !v, %s: !s, %x: tensor<2x8x32x32xf32>) {
  // expected-error @+1 {{expects `state` dim 2 (key) of 64, but got 32}}
  plait.recur ins(%q, %q, %v : !q, !q, !v)
    outs(%v, %x : !v, tensor<2x8x32x32xf32>) -> !v, tensor<2x8x32x32xf32>
  return
}

// -----

// recur_c6
!q = tensor<2x9x?x64xf32>
!v = tensor<2x9x?x32xf32>
!s = tensor<2x?x64x32xf32>
func.func @recur_c6(%q: !q, %v: !v, %s: !s) {
  // expected-error @+1 {{expects `group_size` in 1..512, but got 9223372036854775807}}
  plait.recur ins(%q, %q, %v : !q, !q, !v)
    outs(%v, %s : !v, !s) group_size(9223372036854775807) -> !v, !s
  return
}

// -----

// recur_c6
!q = tensor<2x?x8x64xf32>
!v = tensor<2x?x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c6(%q: !q, %v: !v, %s: !s) {
  // expected-error @+1 {{expects `substeps` in 1..512, but got 4611686018427387904}}
  plait.recur ins(%q, %q, %v : !q, !q, !v)
    outs(%v, %s : !v, !s) substeps(4611686018427387904) -> !v, !s
  return
}

// -----

// recur_c8: 2^55 heads in groups of 512 are no 64-bit number, and not 0.
!q = tensor<2x9x?x64xf32>
!k = tensor<2x9x36028797018963968x64xf32>
!v = tensor<2x9x36028797018963968x32xf32>
!o = tensor<2x9x0x32xf32>
!s = tensor<2x36028797018963968x64x32xf32>
func.func @recur_c8(%q: !q, %k: !k, %v: !v, %o: !o, %s: !s) {
  // expected-error @+1 {{expects `out` dim 2 (head) of 36028797018963968 times 512, but got 0}}
  plait.recur ins(%q, %k, %v : !q, !k, !v) outs(%o, %s : !o, !s) group_size(512) -> !o, !s
  return
}
