// RUN: plait-opt %s -verify-diagnostics -split-input-file

// Each numbered constraint of plait.project, broken.

// project_c1
!x = tensor<2x9x8x64xf32>
!y = tensor<2x9x8x32xf32>
func.func @project_c1(%x: !x, %m: memref<8x64x32xf32>, %y: !y) {
  // expected-error @+1 {{expects either tensors or memrefs, but got both}}
  plait.project ins(%x, %m : !x, memref<8x64x32xf32>) outs(%y : !y) -> !y
  return
}

// -----

// project_c2
!x = tensor<2x9x8x64xf32>
!y = tensor<2x9x8x32xf32>
!m = tensor<8x64x32xf32>
func.func @project_c2(%x: !x, %m: !m, %y: !y) {
  // expected-error @+1 {{expected the number of tensor results (0) to be equal to the number of output tensors (1)}}
  plait.project ins(%x, %m : !x, !m) outs(%y : !y)
  return
}

// -----

// project_c3
!x = tensor<2x9x8x64xf32>
!y = tensor<2x9x8x32xf32>
!m = tensor<8x64x32xf32>
func.func @project_c3(%x: !x, %m: !m, %y: !y) {
  // expected-error @+1 {{expects 1 init, but got 2}}
  plait.project ins(%x, %m : !x, !m) outs(%y, %y : !y, !y) -> !y, !y
  return
}

// -----

// project_c3
!x = tensor<2x9x8x64xf32>
!y = tensor<2x9x8x32xf32>
!m = tensor<8x64x32xf32>
func.func @project_c3(%x: !x, %m: !m, %y: !y) {
  // expected-error @+1 {{expects `input` of rank 4, but got rank 3}}
  plait.project ins(%m, %m : !m, !m) outs(%y : !y) -> !y
  return
}

// -----

// project_c3
!x = tensor<2x9x8x64xf32>
!y = tensor<2x9x8x32xf32>
!m = tensor<8x64x32xf32>
func.func @project_c3(%x: !x, %m: !m, %y: !y, %z: tensor<64xf32>) {
  // expected-error @+1 {{expects `matrix` of rank 2, 3 or 4, but got rank 1}}
  plait.project ins(%x, %z : !x, tensor<64xf32>) outs(%y : !y) -> !y
  return
}

// -----

// project_c3
!x = tensor<2x9x8x64xf32>
!y = tensor<2x9x8x32xf32>
!m = tensor<8x64x32xf32>
func.func @project_c3(%x: !x, %m: !m, %y: !y) {
  // expected-error @+1 {{expects `out` of rank 4, but got rank 3}}
  plait.project ins(%x, %m : !x, !m) outs(%m : !m) -> !m
  return
}

// -----

// project_c4
!x = tensor<2x9x8x64xf32>
!y = tensor<2x9x8x32xf32>
!m = tensor<8x64x32xf32>
func.func @project_c4(%x: !x, %m: !m, %y: !y, %z: tensor<2x9x8x32xbf16>) {
  // expected-error @+1 {{expects `out` of element type 'f32', but got 'bf16'}}
  plait.project ins(%x, %m : !x, !m) outs(%z : tensor<2x9x8x32xbf16>) -> tensor<2x9x8x32xbf16>
  return
}

// -----

// project_c5
!x = tensor<2x9x8x64xf32>
!y = tensor<2x9x8x32xf32>
!m = tensor<8x64x32xf32>
func.func @project_c5(%x: !x, %m: !m, %y: !y, %z: tensor<2x9x8x?xf32>) {
  // expected-error @+1 {{expects `input` dim 3 (row) static and at least 1, but got ?}}
  plait.project ins(%z, %m : tensor<2x9x8x?xf32>, !m) outs(%y : !y) -> !y
  return
}

// -----

// project_c5
!x = tensor<2x9x8x64xf32>
!y = tensor<2x9x8x32xf32>
!m = tensor<8x64x32xf32>
func.func @project_c5(%x: !x, %m: !m, %y: !y, %z: tensor<8x64x0xf32>) {
  // expected-error @+1 {{expects `matrix` dim 2 (column) static and at least 1, but got 0}}
  plait.project ins(%x, %z : !x, tensor<8x64x0xf32>) outs(%y : !y) -> !y
  return
}

// -----

// project_c5
!x = tensor<2x9x8x64xf32>
!y = tensor<2x9x8x32xf32>
!m = tensor<8x64x32xf32>
func.func @project_c5(%x: !x, %m: !m, %y: !y, %z: tensor<8x60x32xf32>) {
  // expected-error @+1 {{expects `matrix` dim 1 (row) of 64, but got 60}}
  plait.project ins(%x, %z : !x, tensor<8x60x32xf32>) outs(%y : !y) -> !y
  return
}

// -----

// project_c5
!x = tensor<2x9x8x64xf32>
!y = tensor<2x9x8x32xf32>
!m = tensor<8x64x32xf32>
func.func @project_c5(%x: !x, %m: !m, %y: !y) {
  // expected-error @+1 {{expects `out` dim 3 (column) of 32, but got 64}}
  plait.project ins(%x, %m : !x, !m) outs(%x : !x) -> !x
  return
}

// -----

// project_c6
!x = tensor<2x9x8x64xf32>
!y = tensor<2x9x8x32xf32>
!m = tensor<8x64x32xf32>
func.func @project_c6(%x: !x, %m: !m, %y: !y) {
  // expected-error @+1 {{expects `group_size` in 1..512, but got 0}}
  plait.project ins(%x, %m : !x, !m) outs(%y : !y) group_size(0) -> !y
  return
}

// -----

// project_c6
!x = tensor<2x9x8x64xf32>
!y = tensor<2x9x8x32xf32>
!m = tensor<8x64x32xf32>
func.func @project_c6(%x: !x, %m: !m, %y: !y) {
  // expected-error @+1 {{expects `group_size` in 1..512, but got 9223372036854775807}}
  plait.project ins(%x, %m : !x, !m) outs(%y : !y) group_size(9223372036854775807) -> !y
  return
}

// -----

// project_c6
!x = tensor<2x9x8x64xf32>
!y = tensor<2x9x8x32xf32>
!m = tensor<8x64x32xf32>
func.func @project_c6(%x: !x, %m: !m, %y: !y, %z: tensor<64x32xf32>) {
  // expected-error @+1 {{expects `group_size` of 1 for a shared matrix, but got 2}}
  plait.project ins(%x, %z : !x, tensor<64x32xf32>) outs(%y : !y) group_size(2) -> !y
  return
}

// -----

// project_c7
!x = tensor<2x9x8x64xf32>
!y = tensor<2x9x8x32xf32>
!m = tensor<8x64x32xf32>
func.func @project_c7(%x: !x, %m: !m, %y: !y) {
  // expected-error @+1 {{expects `matrix` dim 0 (head) of 4, but got 8}}
  plait.project ins(%x, %m : !x, !m) outs(%y : !y) group_size(2) -> !y
  return
}

// -----

// project_c7
!x = tensor<2x9x8x64xf32>
!y = tensor<2x9x8x32xf32>
!m = tensor<8x64x32xf32>
func.func @project_c7(%x: !x, %m: !m, %y: !y, %z: tensor<2x8x8x32xf32>) {
  // expected-error @+1 {{expects `out` dim 1 (time) of 9, but got 8}}
  plait.project ins(%x, %m : !x, !m) outs(%z : tensor<2x8x8x32xf32>) -> tensor<2x8x8x32xf32>
  return
}
