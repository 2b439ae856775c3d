// RUN: plait-opt %s -split-input-file -verify-diagnostics

// In generic form any operand can be left out.
!x = tensor<1x9x8x64xf32>
!s = tensor<1x8x64x64xf32>
func.func @value(%x: !x, %s: !s) {
  // expected-error @+1 {{'plait.recur' op expects one value as operand 2, but got 0}}
  %0:2 = "plait.recur"(%x, %x, %x, %s) <{operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2>}> : (!x, !x, !x, !s) -> (!x, !s)
  return
}

// -----

!x = tensor<1x9x8x64xf32>
func.func @two_keys(%x: !x) {
  // expected-error @+1 {{'plait.attention' op expects one value as operand 1, but got 2}}
  %0 = "plait.attention"(%x, %x, %x) <{operandSegmentSizes = array<i32: 1, 2, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0>}> ({}, {}) : (!x, !x, !x) -> !x
  return
}
