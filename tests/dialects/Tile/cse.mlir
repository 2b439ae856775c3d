// RUN: plait-opt %s --cse | FileCheck %s

!sums = !tile.fragment<64x16xf32, #tile.mma<accumulator, warps = [4, 2]>>
!state = !tile.fragment<64x64xbf16, #tile.mma<accumulator, warps = [4, 2]>>
!rows = !tile.fragment<128x16xf32, #tile.blocked<vector = 4, warps = 8>>

// Warps that have parts of K leave their sums in the scratch: what was loaded from it before is no more.
// CHECK-LABEL: func.func @scratch(
func.func @scratch(%a: !state, %b: !tile.shared<16x64xbf16>, %c: !sums, %s: !tile.shared<128x16xf32>) -> (!rows, !rows) {
  // CHECK: %[[BEFORE:.*]] = tile.load
  %before = tile.load %s : !tile.shared<128x16xf32> -> !rows
  // CHECK: tile.mma
  %d = tile.mma %a, %b transposed, %c using %s : !tile.shared<128x16xf32> : !state, !tile.shared<16x64xbf16>, !sums
  // CHECK: %[[AFTER:.*]] = tile.load
  %after = tile.load %s : !tile.shared<128x16xf32> -> !rows
  // CHECK: return %[[BEFORE]], %[[AFTER]]
  return %before, %after : !rows, !rows
}
