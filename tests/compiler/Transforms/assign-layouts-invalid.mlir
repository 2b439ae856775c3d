// RUN: plait-opt %s --plait-assign-layouts --verify-diagnostics

// Rows of an operand in four warps, but there are but 16.
func.func @few_rows(%x: !tile.shared<16x64xf32>) attributes {tile.warps = 4 : i64} {
  // expected-error@+1 {{expects fragments that 4 warps can split alike, but got those beside one of type '!tile.fragment<16x64xf32, #tile.mma<accumulator>>'}}
  %f = tile.load %x : !tile.shared<16x64xf32> -> !tile.fragment<16x64xf32, #tile.mma<accumulator>>
  %a = tile.convert %f : !tile.fragment<16x64xf32, #tile.mma<accumulator>> -> !tile.fragment<16x64xbf16, #tile.mma<a>>
  return
}
