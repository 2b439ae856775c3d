// RUN: plait-opt %s -verify-diagnostics -split-input-file

// recur_c1 to recur_c5, broken: tensors and memrefs, inits, ranks, element types.

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

// recur_operands
!q = tensor<2x9x8x64xf32>
!v = tensor<2x9x8x32xf32>
!s = tensor<2x8x64x32xf32>
func.func @recur_operands(%x: tensor<2x9x8x64xf64>, %q: !q, %v: !v, %s: !s) {
  // expected-error @+1 {{operand #0 must be ranked tensor without an encoding or memref of f32, f16 or bf16}}
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

// -----

// recur_operands
!q = tensor<2x9x8x64xf32, "column-major">
!s = tensor<2x8x64x64xf32>
func.func @recur_operands(%q: !q, %s: !s) {
  // expected-error @+1 {{operand #0 must be ranked tensor without an encoding or memref of f32, f16 or bf16}}
  plait.recur ins(%q, %q, %q : !q, !q, !q) outs(%q, %s : !q, !s) -> !q, !s
  return
}
