// RUN: plait-opt %s -verify-diagnostics -split-input-file

// Each numbered constraint of plait.recur, broken.

// recur_c1
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
func.func @recur_c1(%q: !q, %v: !v, %s: memref<2x8x64x32xf32>) {
  // expected-error @+1 {{expects either tensors or memrefs, but got both}}
  plait.recur ins(%q, %q, %v : !q, !q, !v)
    outs(%v, %s : !v, memref<2x8x64x32xf32>) -> !v
  return
}

// -----

// recur_c2
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c2(%q: !q, %v: !v, %s: !s) {
  // expected-error @+1 {{expected the number of tensor results (1) to be equal to the number of output tensors (2)}}
  plait.recur ins(%q, %q, %v : !q, !q, !v)
    outs(%v, %s : !v, !s) -> !v
  return
}

// -----

// recur_c2
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c2(%q: !q, %v: !v, %s: !s) {
  // expected-error @+1 {{expected type of operand #4 ('tensor<2x8x64x32xf32>') to match type of corresponding result ('tensor<2x8x64x33xf32>')}}
  plait.recur ins(%q, %q, %v : !q, !q, !v)
    outs(%v, %s : !v, !s) -> !v, tensor<2x8x64x33xf32>
  return
}

// -----

// recur_c2
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c2(%q: memref<2x9x8x64xf32>, %v: memref<2x9x8x32xf32>, %s: memref<2x8x64x32xf32>) {
  // expected-error @+1 {{expected the number of tensor results (2) to be equal to the number of output tensors (0)}}
  plait.recur ins(%q, %q, %v : memref<2x9x8x64xf32>, memref<2x9x8x64xf32>, memref<2x9x8x32xf32>)
    outs(%v, %s : memref<2x9x8x32xf32>, memref<2x8x64x32xf32>) -> !v, !s
  return
}

// -----

// recur_c3
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c3(%q: !q, %v: !v, %s: !s) {
  // expected-error @+1 {{expects 2 inits, but got 1}}
  plait.recur ins(%q, %q, %v : !q, !q, !v) outs(%v : !v) -> !v
  return
}

// -----

// recur_c3
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c3(%q: !q, %v: !v, %s: !s, %g: tensor<2x9x8xf32>) {
  // expected-error @+1 {{expects 4 inits, but got 2}}
  plait.recur ins(%q, %q, %v : !q, !q, !v) decay(%g : tensor<2x9x8xf32>) stabilize(%g : tensor<2x9x8xf32>)
    outs(%v, %s : !v, !s) -> !v, !s
  return
}

// -----

// recur_c4
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c4(%q: !q, %v: !v, %s: !s, %x: tensor<2x9x8xf32>) {
  // expected-error @+1 {{expects `query` of rank 4, but got rank 3}}
  plait.recur ins(%x, %q, %v : tensor<2x9x8xf32>, !q, !v)
    outs(%v, %s : !v, !s) -> !v, !s
  return
}

// -----

// recur_c4
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c4(%q: !q, %v: !v, %s: !s, %x: tensor<2x9x8xf32>) {
  // expected-error @+1 {{expects `key` of rank 4, but got rank 3}}
  plait.recur ins(%q, %x, %v : !q, tensor<2x9x8xf32>, !v)
    outs(%v, %s : !v, !s) -> !v, !s
  return
}

// -----

// recur_c4
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c4(%q: !q, %v: !v, %s: !s, %x: tensor<2x9x8xf32>) {
  // expected-error @+1 {{expects `value` of rank 4, but got rank 3}}
  plait.recur ins(%q, %q, %x : !q, !q, tensor<2x9x8xf32>)
    outs(%v, %s : !v, !s) -> !v, !s
  return
}

// -----

// recur_c4
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c4(%q: !q, %v: !v, %s: !s, %x: tensor<2x9xf32>) {
  // expected-error @+1 {{expects `decay` of rank 1, 3 or 4, but got rank 2}}
  plait.recur ins(%q, %q, %v : !q, !q, !v) decay(%x : tensor<2x9xf32>)
    outs(%v, %s : !v, !s) -> !v, !s
  return
}

// -----

// recur_c4
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c4(%q: !q, %v: !v, %s: !s, %x: tensor<2x9xf32>) {
  // expected-error @+1 {{expects `value_decay` of rank 4, but got rank 2}}
  plait.recur ins(%q, %q, %v : !q, !q, !v) value_decay(%x : tensor<2x9xf32>)
    outs(%v, %s : !v, !s) -> !v, !s
  return
}

// -----

// recur_c4
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c4(%q: !q, %v: !v, %s: !s, %x: tensor<2x9xf32>) {
  // expected-error @+1 {{expects `low_rank_a` of rank 4, but got rank 2}}
  plait.recur ins(%q, %q, %v : !q, !q, !v) low_rank(%x, %q : tensor<2x9xf32>, !q)
    outs(%v, %s : !v, !s) -> !v, !s
  return
}

// -----

// recur_c4
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c4(%q: !q, %v: !v, %s: !s, %x: tensor<2x9xf32>) {
  // expected-error @+1 {{expects `low_rank_b` of rank 4, but got rank 2}}
  plait.recur ins(%q, %q, %v : !q, !q, !v) low_rank(%q, %x : !q, tensor<2x9xf32>)
    outs(%v, %s : !v, !s) -> !v, !s
  return
}

// -----

// recur_c4
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c4(%q: !q, %v: !v, %s: !s, %x: tensor<2x9xf32>) {
  // expected-error @+1 {{expects `beta` of rank 3, but got rank 2}}
  plait.recur ins(%q, %q, %v : !q, !q, !v) delta(%x : tensor<2x9xf32>)
    outs(%v, %s : !v, !s) -> !v, !s
  return
}

// -----

// recur_c4
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c4(%q: !q, %v: !v, %s: !s, %x: tensor<2x9x8xf32>) {
  // expected-error @+1 {{expects `bonus` of rank 2, but got rank 3}}
  plait.recur ins(%q, %q, %v : !q, !q, !v) bonus(%x : tensor<2x9x8xf32>)
    outs(%v, %s : !v, !s) read(exclusive) -> !v, !s
  return
}

// -----

// recur_c4
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c4(%q: !q, %v: !v, %s: !s, %x: tensor<2x9xf32>) {
  // expected-error @+1 {{expects `out` of rank 4, but got rank 2}}
  plait.recur ins(%q, %q, %v : !q, !q, !v)
    outs(%x, %s : tensor<2x9xf32>, !s) -> tensor<2x9xf32>, !s
  return
}

// -----

// recur_c4
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c4(%q: !q, %v: !v, %s: !s, %x: tensor<2x9xf32>) {
  // expected-error @+1 {{expects `state` of rank 4, but got rank 2}}
  plait.recur ins(%q, %q, %v : !q, !q, !v)
    outs(%v, %x : !v, tensor<2x9xf32>) -> !v, tensor<2x9xf32>
  return
}

// -----

// recur_c4
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c4(%q: !q, %v: !v, %s: !s, %g: tensor<2x9x8xf32>, %f: tensor<2x8xf32>) {
  // expected-error @+1 {{expects `input_gate` of rank 3, but got rank 2}}
  plait.recur ins(%q, %q, %v : !q, !q, !v) decay(%g : tensor<2x9x8xf32>) stabilize(%f : tensor<2x8xf32>)
    outs(%v, %s, %g, %f : !v, !s, tensor<2x9x8xf32>, tensor<2x8xf32>) -> !v, !s, tensor<2x9x8xf32>, tensor<2x8xf32>
  return
}

// -----

// recur_c4
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c4(%q: !q, %v: !v, %s: !s, %g: tensor<2x9x8xf32>, %f: tensor<2x8xf32>) {
  // expected-error @+1 {{expects `running_max` of rank 3, but got rank 2}}
  plait.recur ins(%q, %q, %v : !q, !q, !v) decay(%g : tensor<2x9x8xf32>) stabilize(%g : tensor<2x9x8xf32>)
    outs(%v, %s, %f, %f : !v, !s, tensor<2x8xf32>, tensor<2x8xf32>) -> !v, !s, tensor<2x8xf32>, tensor<2x8xf32>
  return
}

// -----

// recur_c4
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c4(%q: !q, %v: !v, %s: !s, %g: tensor<2x9x8xf32>, %f: tensor<2x8xf32>) {
  // expected-error @+1 {{expects `final_max` of rank 2, but got rank 3}}
  plait.recur ins(%q, %q, %v : !q, !q, !v) decay(%g : tensor<2x9x8xf32>) stabilize(%g : tensor<2x9x8xf32>)
    outs(%v, %s, %g, %g : !v, !s, tensor<2x9x8xf32>, tensor<2x9x8xf32>) -> !v, !s, tensor<2x9x8xf32>, tensor<2x9x8xf32>
  return
}

// -----

// recur_c5
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c5(%q: !q, %v: !v, %s: !s, %x: tensor<2x9x8x64xbf16>) {
  // expected-error @+1 {{expects `key` of element type 'f32', but got 'bf16'}}
  plait.recur ins(%q, %x, %v : !q, tensor<2x9x8x64xbf16>, !v)
    outs(%v, %s : !v, !s) -> !v, !s
  return
}

// -----

// recur_c5
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c5(%q: !q, %v: !v, %s: !s, %x: tensor<2x9x8x32xbf16>) {
  // expected-error @+1 {{expects `value` of element type 'f32', but got 'bf16'}}
  plait.recur ins(%q, %q, %x : !q, !q, tensor<2x9x8x32xbf16>)
    outs(%v, %s : !v, !s) -> !v, !s
  return
}

// -----

// recur_c5
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c5(%q: !q, %v: !v, %s: !s, %x: tensor<2x9x8x64xbf16>) {
  // expected-error @+1 {{expects `decay` of element type 'f32', but got 'bf16'}}
  plait.recur ins(%q, %q, %v : !q, !q, !v) decay(%x : tensor<2x9x8x64xbf16>)
    outs(%v, %s : !v, !s) -> !v, !s
  return
}

// -----

// recur_c5
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c5(%q: !q, %v: !v, %s: !s, %x: tensor<2x9x8x32xbf16>) {
  // expected-error @+1 {{expects `value_decay` of element type 'f32', but got 'bf16'}}
  plait.recur ins(%q, %q, %v : !q, !q, !v) value_decay(%x : tensor<2x9x8x32xbf16>)
    outs(%v, %s : !v, !s) -> !v, !s
  return
}

// -----

// recur_c5
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c5(%q: !q, %v: !v, %s: !s, %x: tensor<2x9x8x64xbf16>) {
  // expected-error @+1 {{expects `low_rank_a` of element type 'f32', but got 'bf16'}}
  plait.recur ins(%q, %q, %v : !q, !q, !v) low_rank(%x, %q : tensor<2x9x8x64xbf16>, !q)
    outs(%v, %s : !v, !s) -> !v, !s
  return
}

// -----

// recur_c5
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c5(%q: !q, %v: !v, %s: !s, %x: tensor<2x9x8x64xbf16>) {
  // expected-error @+1 {{expects `low_rank_b` of element type 'f32', but got 'bf16'}}
  plait.recur ins(%q, %q, %v : !q, !q, !v) low_rank(%q, %x : !q, tensor<2x9x8x64xbf16>)
    outs(%v, %s : !v, !s) -> !v, !s
  return
}

// -----

// recur_c5
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c5(%q: !q, %v: !v, %s: !s, %x: tensor<2x9x8xf16>) {
  // expected-error @+1 {{expects `beta` of element type 'f32', but got 'f16'}}
  plait.recur ins(%q, %q, %v : !q, !q, !v) delta(%x : tensor<2x9x8xf16>)
    outs(%v, %s : !v, !s) -> !v, !s
  return
}

// -----

// recur_c5
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c5(%q: !q, %v: !v, %s: !s, %x: tensor<8x64xf16>) {
  // expected-error @+1 {{expects `bonus` of element type 'f32', but got 'f16'}}
  plait.recur ins(%q, %q, %v : !q, !q, !v) bonus(%x : tensor<8x64xf16>)
    outs(%v, %s : !v, !s) read(exclusive) -> !v, !s
  return
}

// -----

// recur_c5
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c5(%q: !q, %v: !v, %s: !s, %g: tensor<2x9x8xf32>, %f: tensor<2x8xf32>, %x: tensor<2x9x8xf16>) {
  // expected-error @+1 {{expects `input_gate` of element type 'f32', but got 'f16'}}
  plait.recur ins(%q, %q, %v : !q, !q, !v) decay(%g : tensor<2x9x8xf32>) stabilize(%x : tensor<2x9x8xf16>)
    outs(%v, %s, %g, %f : !v, !s, tensor<2x9x8xf32>, tensor<2x8xf32>) -> !v, !s, tensor<2x9x8xf32>, tensor<2x8xf32>
  return
}

// -----

// recur_c5
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c5(%q: !q, %v: !v, %s: !s, %x: tensor<2x9x8x32xbf16>) {
  // expected-error @+1 {{expects `out` of element type 'f32', but got 'bf16'}}
  plait.recur ins(%q, %q, %v : !q, !q, !v)
    outs(%x, %s : tensor<2x9x8x32xbf16>, !s) -> tensor<2x9x8x32xbf16>, !s
  return
}

// -----

// recur_c5
func.func @recur_c5(%q: tensor<2x9x8x64xbf16>, %o: tensor<2x9x8x64xf16>, %s: tensor<2x8x64x64xf32>) {
  // expected-error @+1 {{expects `out` of element type 'bf16' or 'f32', but got 'f16'}}
  plait.recur ins(%q, %q, %q : tensor<2x9x8x64xbf16>, tensor<2x9x8x64xbf16>, tensor<2x9x8x64xbf16>)
    outs(%o, %s : tensor<2x9x8x64xf16>, tensor<2x8x64x64xf32>) -> tensor<2x9x8x64xf16>, tensor<2x8x64x64xf32>
  return
}

// -----

// recur_c5
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c5(%q: !q, %v: !v, %s: !s, %x: tensor<2x8x64x32xbf16>) {
  // expected-error @+1 {{expects `state` of element type 'f32', but got 'bf16'}}
  plait.recur ins(%q, %q, %v : !q, !q, !v)
    outs(%v, %x : !v, tensor<2x8x64x32xbf16>) -> !v, tensor<2x8x64x32xbf16>
  return
}

// -----

// recur_c5
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c5(%q: !q, %v: !v, %s: !s, %g: tensor<2x9x8xf32>, %f: tensor<2x8xf32>, %x: tensor<2x9x8xf16>) {
  // expected-error @+1 {{expects `running_max` of element type 'f32', but got 'f16'}}
  plait.recur ins(%q, %q, %v : !q, !q, !v) decay(%g : tensor<2x9x8xf32>) stabilize(%g : tensor<2x9x8xf32>)
    outs(%v, %s, %x, %f : !v, !s, tensor<2x9x8xf16>, tensor<2x8xf32>) -> !v, !s, tensor<2x9x8xf16>, tensor<2x8xf32>
  return
}

// -----

// recur_c5
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c5(%q: !q, %v: !v, %s: !s, %g: tensor<2x9x8xf32>, %f: tensor<2x8xf32>, %x: tensor<2x8xf16>) {
  // expected-error @+1 {{expects `final_max` of element type 'f32', but got 'f16'}}
  plait.recur ins(%q, %q, %v : !q, !q, !v) decay(%g : tensor<2x9x8xf32>) stabilize(%g : tensor<2x9x8xf32>)
    outs(%v, %s, %g, %x : !v, !s, tensor<2x9x8xf32>, tensor<2x8xf16>) -> !v, !s, tensor<2x9x8xf32>, tensor<2x8xf16>
  return
}

// -----

// recur_c6
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_c6(%q: !q, %v: !v, %s: !s) {
  // expected-error @+1 {{expects `group_size` of at least 1, but got 0}}
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
  // expected-error @+1 {{expects `substeps` of at least 1, but got -1}}
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

// -----

// recur_operands
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_operands(%x: tensor<2x9x8x64xf64>, %q: !q, %v: !v, %s: !s) {
  // expected-error @+1 {{operand #0 must be ranked tensor or memref of f32, f16 or bf16}}
  plait.recur ins(%x, %q, %v : tensor<2x9x8x64xf64>, !q, !v)
    outs(%v, %s : !v, !s) -> !v, !s
  return
}

// -----

// recur_operands
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_operands(%q: !q, %v: !v, %s: !s, %n: tensor<4xi8>) {
  // expected-error @+1 {{operand #3 must be 1-D tensor or memref of i32 or i64}}
  plait.recur ins(%q, %q, %v : !q, !q, !v) segments(%n : tensor<4xi8>)
    outs(%v, %s : !v, !s) -> !v, !s
  return
}
