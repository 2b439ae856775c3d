// RUN: plait-opt %s -split-input-file -verify-diagnostics

// In generic form any operand can be left out.
!f = !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 1]>>
func.func @accumulator(%a: !tile.shared<64x64xbf16>) {
  // expected-error @+1 {{'tile.mma' op expects one value as operand 4, but got 0}}
  %0 = "tile.mma"(%a, %a) <{operandSegmentSizes = array<i32: 1, 0, 1, 0, 0, 0>}> : (!tile.shared<64x64xbf16>, !tile.shared<64x64xbf16>) -> !f
  return
}

// -----

func.func @memory(%i: index) {
  // expected-error @+1 {{'tile.copy_async' op expects one value as operand 0, but got 0}}
  "tile.copy_async"(%i, %i) <{operandSegmentSizes = array<i32: 0, 2, 0, 0, 0>}> : (index, index) -> ()
  return
}

// -----

func.func @target(%x: memref<8x64xbf16>, %i: index) {
  // expected-error @+1 {{'tile.copy_async' op expects one value as operand 3, but got 0}}
  "tile.copy_async"(%x, %i, %i) <{operandSegmentSizes = array<i32: 1, 2, 0, 0, 0>}> : (memref<8x64xbf16>, index, index) -> ()
  return
}

// -----

func.func @stored(%x: memref<8x64xbf16>, %i: index) {
  // expected-error @+1 {{'tile.store_global' op expects one value as operand 0, but got 0}}
  "tile.store_global"(%x, %i, %i) <{operandSegmentSizes = array<i32: 0, 1, 2, 0>}> : (memref<8x64xbf16>, index, index) -> ()
  return
}
