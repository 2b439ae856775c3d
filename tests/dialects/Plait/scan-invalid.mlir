// RUN: plait-opt %s -verify-diagnostics -split-input-file

// Each numbered constraint of plait.scan, broken.

// scan_c1
!x = tensor<2x9x8x64xf32>
func.func @scan_c1(%x: !x, %c: memref<2x8x64xf32>) {
  // expected-error @+1 {{expects either tensors or memrefs, but got both}}
  plait.scan add ins(%x : !x) outs(%x, %c : !x, memref<2x8x64xf32>) -> !x
  return
}

// -----

// scan_c2
!x = tensor<2x9x8x64xf32>
!c = tensor<2x8x64xf32>
func.func @scan_c2(%x: !x, %c: !c) {
  // expected-error @+1 {{expected the number of tensor results (1) to be equal to the number of output tensors (2)}}
  plait.scan add ins(%x : !x) outs(%x, %c : !x, !c) -> !x
  return
}

// -----

// scan_c3
!x = tensor<2x9x8x64xf32>
!c = tensor<2x8x64xf32>
func.func @scan_c3(%x: !x, %c: !c) {
  // expected-error @+1 {{expects 1 input of `add`, but got 2}}
  plait.scan add ins(%x, %x : !x, !x) outs(%x, %c : !x, !c) -> !x, !c
  return
}

// -----

// scan_c3
!x = tensor<2x9x8x64xf32>
!c = tensor<2x8x64xf32>
func.func @scan_c3(%x: !x, %c: !c) {
  // expected-error @+1 {{expects 2 inputs of `affine`, but got 1}}
  plait.scan affine ins(%x : !x) outs(%x, %c : !x, !c) -> !x, !c
  return
}

// -----

// scan_c3
!x = tensor<2x9x8x64xf32>
!c = tensor<2x8x64xf32>
func.func @scan_c3(%x: !x, %c: !c) {
  // expected-error @+1 {{expects 2 inputs of `max_affine`, but got 1}}
  plait.scan max_affine ins(%x : !x) outs(%x, %c : !x, !c) -> !x, !c
  return
}

// -----

// scan_c4
!x = tensor<2x9x8x64xf32>
!c = tensor<2x8x64xf32>
func.func @scan_c4(%x: !x, %c: !c) {
  // expected-error @+1 {{expects 2 inits, but got 1}}
  plait.scan add ins(%x : !x) outs(%x : !x) -> !x
  return
}

// -----

// scan_c5
!x = tensor<2x9x8x64xf32>
!c = tensor<2x8x64xf32>
func.func @scan_c5(%x: !x, %c: !c) {
  // expected-error @+1 {{expects `x` of rank 4, but got rank 3}}
  plait.scan add ins(%c : !c) outs(%x, %c : !x, !c) -> !x, !c
  return
}

// -----

// scan_c5
!x = tensor<2x9x8x64xf32>
!c = tensor<2x8x64xf32>
func.func @scan_c5(%x: !x, %c: !c) {
  // expected-error @+1 {{expects `b` of rank 4, but got rank 3}}
  plait.scan affine ins(%x, %c : !x, !c) outs(%x, %c : !x, !c) -> !x, !c
  return
}

// -----

// scan_c5
!x = tensor<2x9x8x64xf32>
!c = tensor<2x8x64xf32>
func.func @scan_c5(%x: !x, %c: !c) {
  // expected-error @+1 {{expects `out` of rank 4, but got rank 3}}
  plait.scan add ins(%x : !x) outs(%c, %c : !c, !c) -> !c, !c
  return
}

// -----

// scan_c5
!x = tensor<2x9x8x64xf32>
!c = tensor<2x8x64xf32>
func.func @scan_c5(%x: !x, %c: !c) {
  // expected-error @+1 {{expects `carry` of rank 3, but got rank 4}}
  plait.scan add ins(%x : !x) outs(%x, %x : !x, !x) -> !x, !x
  return
}

// -----

// scan_c6
!x = tensor<2x9x8x64xf32>
!c = tensor<2x8x64xf32>
func.func @scan_c6(%x: !x, %c: !c, %y: tensor<2x9x8x64xbf16>) {
  // expected-error @+1 {{expects `b` of element type 'f32', but got 'bf16'}}
  plait.scan affine ins(%x, %y : !x, tensor<2x9x8x64xbf16>) outs(%x, %c : !x, !c) -> !x, !c
  return
}

// -----

// scan_c6
!x = tensor<2x9x8x64xf32>
!c = tensor<2x8x64xf32>
func.func @scan_c6(%x: !x, %c: !c, %y: tensor<2x9x8x64xbf16>) {
  // expected-error @+1 {{expects `out` of element type 'f32', but got 'bf16'}}
  plait.scan add ins(%x : !x) outs(%y, %c : tensor<2x9x8x64xbf16>, !c) -> tensor<2x9x8x64xbf16>, !c
  return
}

// -----

// scan_c6
!x = tensor<2x9x8x64xf32>
!c = tensor<2x8x64xf32>
func.func @scan_c6(%x: !x, %c: !c, %y: tensor<2x8x64xbf16>) {
  // expected-error @+1 {{expects `carry` of element type 'f32', but got 'bf16'}}
  plait.scan add ins(%x : !x) outs(%x, %y : !x, tensor<2x8x64xbf16>) -> !x, tensor<2x8x64xbf16>
  return
}

// -----

// scan_c7
!x = tensor<2x9x8x64xf32>
!c = tensor<2x8x64xf32>
func.func @scan_c7(%x: !x, %c: !c, %y: tensor<2x9x8x?xf32>) {
  // expected-error @+1 {{expects `x` dim 3 (value) static and at least 1, but got ?}}
  plait.scan add ins(%y : tensor<2x9x8x?xf32>) outs(%x, %c : !x, !c) -> !x, !c
  return
}

// -----

// scan_c7
!x = tensor<2x9x8x64xf32>
!c = tensor<2x8x64xf32>
func.func @scan_c7(%x: !x, %c: !c, %y: tensor<2x9x8x0xf32>) {
  // expected-error @+1 {{expects `out` dim 3 (value) static and at least 1, but got 0}}
  plait.scan add ins(%x : !x) outs(%y, %c : tensor<2x9x8x0xf32>, !c) -> tensor<2x9x8x0xf32>, !c
  return
}

// -----

// scan_c7
!x = tensor<2x9x8x64xf32>
!c = tensor<2x8x64xf32>
func.func @scan_c7(%x: !x, %c: !c, %y: tensor<2x8x?xf32>) {
  // expected-error @+1 {{expects `carry` dim 2 (value) static and at least 1, but got ?}}
  plait.scan add ins(%x : !x) outs(%x, %y : !x, tensor<2x8x?xf32>) -> !x, tensor<2x8x?xf32>
  return
}

// -----

// scan_c8
!x = tensor<2x9x8x64xf32>
!c = tensor<2x8x64xf32>
func.func @scan_c8(%x: !x, %c: !c, %y: tensor<2x8x8x64xf32>) {
  // expected-error @+1 {{expects `b` dim 1 (time) of 9, but got 8}}
  plait.scan affine ins(%x, %y : !x, tensor<2x8x8x64xf32>) outs(%x, %c : !x, !c) -> !x, !c
  return
}

// -----

// scan_c8
!x = tensor<2x9x8x64xf32>
!c = tensor<2x8x64xf32>
func.func @scan_c8(%x: !x, %c: !c, %y: tensor<3x8x64xf32>) {
  // expected-error @+1 {{expects `carry` dim 0 (batch) of 2, but got 3}}
  plait.scan add ins(%x : !x) outs(%x, %y : !x, tensor<3x8x64xf32>) -> !x, tensor<3x8x64xf32>
  return
}

// -----

// scan_c9
!x = tensor<2x9x8x64xf32>
!c = tensor<2x8x64xf32>
func.func @scan_c9(%x: !x, %c: !c, %n: tensor<3xi32>) {
  // expected-error @+1 {{expects `x` dim 0 (batch of packed sequences) of 1, but got 2}}
  plait.scan add ins(%x : !x) segments(%n : tensor<3xi32>) outs(%x, %c : !x, !c) -> !x, !c
  return
}

// -----

// scan_c9
!c = tensor<2x8x64xf32>
func.func @scan_c9(%x: tensor<1x9x8x64xf32>, %c: !c, %n: tensor<4xi32>) {
  // expected-error @+1 {{expects `carry` dim 0 (sequence) of 3, but got 2}}
  plait.scan add ins(%x : tensor<1x9x8x64xf32>) segments(%n : tensor<4xi32>)
    outs(%x, %c : tensor<1x9x8x64xf32>, !c) -> tensor<1x9x8x64xf32>, !c
  return
}
