// RUN: plait-opt %s -split-input-file -verify-diagnostics

// tile.gather, broken.

// gather_c1
func.func @other_element(%s: !tile.shared<64x64xbf16>) {
  // expected-error@+1 {{expects a fragment of 'bf16', but got 'f32'}}
  %x = tile.gather %s {
  ^bb0(%row: index, %column: index):
    tile.yield %column : index
  } : !tile.shared<64x64xbf16> -> !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>
  return
}

// -----

// gather_c1
func.func @other_rows(%s: !tile.shared<128x64xf32>) {
  // expected-error@+1 {{expects a fragment of 128x32, but got 64x32}}
  %x = tile.gather %s {
  ^bb0(%row: index, %column: index):
    tile.yield %column : index
  } : !tile.shared<128x64xf32> -> !tile.fragment<64x32xf32, #tile.mma<accumulator, warps = [4, 2]>>
  return
}

// -----

// gather_c2
func.func @stages(%s: !tile.shared<64x64xf32, stages = 2>) {
  // expected-error@+1 {{expects a source of 1 stage, but got 2}}
  %x = tile.gather %s {
  ^bb0(%row: index, %column: index):
    tile.yield %column : index
  } : !tile.shared<64x64xf32, stages = 2> -> !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>
  return
}

// -----

// gather_c3
func.func @arguments(%s: !tile.shared<64x64xf32>) {
  // expected-error@+1 {{expects arguments of the body 'index', 'index', but got 'index'}}
  %x = tile.gather %s {
  ^bb0(%column: index):
    tile.yield %column : index
  } : !tile.shared<64x64xf32> -> !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>
  return
}

// -----

// gather_c4
func.func @effect(%s: !tile.shared<64x64xf32>) {
  // expected-error@+1 {{expects ops without regions and effects in the body, but got tile.barrier}}
  %x = tile.gather %s {
  ^bb0(%row: index, %column: index):
    tile.barrier
    tile.yield %column : index
  } : !tile.shared<64x64xf32> -> !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>
  return
}

// -----

// gather_c5
func.func @element(%s: !tile.shared<64x64xf32>, %e: f32) {
  // expected-error@+1 {{expects a yielded value of 'index', but got 'f32'}}
  %x = tile.gather %s {
  ^bb0(%row: index, %column: index):
    tile.yield %e : f32
  } : !tile.shared<64x64xf32> -> !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>
  return
}
