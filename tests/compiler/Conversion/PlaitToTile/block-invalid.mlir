// RUN: plait-opt %s --convert-plait-to-tile -verify-diagnostics -split-input-file

!x = memref<1x8x1x64xf32>
// expected-error @+1 {{expects a block of 16, 32 or 64 tokens, but got 8}}
func.func @short_0(%x: !x, %o: !x, %i: i32, %j: i32, %z: i32) attributes {plait.kernel} {
  plait.map_rows ins(%x : !x) outs(%o : !x) attributes {schedule = #plait.schedule<rows, {block = 8 : i64}>} {
  ^bb0(%row: vector<64xf32>):
    %y = arith.negf %row : vector<64xf32>
    plait.yield %y : vector<64xf32>
  }
  return
}

// -----

!x = memref<1x32x1x64xf32>
// expected-error @+1 {{expects 8, 16 or 32 channels of a warp, but got 24}}
func.func @uneven_0(%x: !x, %o: !x, %i: i32, %j: i32, %z: i32) attributes {plait.kernel} {
  plait.map_rows ins(%x : !x) outs(%o : !x) attributes {schedule = #plait.schedule<rows, {block = 32 : i64, channels = 24 : i64}>} {
  ^bb0(%row: vector<64xf32>):
    %y = arith.negf %row : vector<64xf32>
    plait.yield %y : vector<64xf32>
  }
  return
}

// -----

!x = memref<1x32x1x64xf32>
func.func @two_blocks_0(%x: !x, %o: !x, %p: !x, %i: i32, %j: i32, %z: i32) attributes {plait.kernel} {
  plait.map_rows ins(%x : !x) outs(%o : !x) attributes {schedule = #plait.schedule<rows, {block = 32 : i64}>} {
  ^bb0(%row: vector<64xf32>):
    %y = arith.negf %row : vector<64xf32>
    plait.yield %y : vector<64xf32>
  }
  // expected-error @+1 {{expects the block and channels of the kernel's other ops, 32 and 16, but got 16 and 32}}
  plait.map_rows ins(%x : !x) outs(%p : !x) attributes {schedule = #plait.schedule<rows, {block = 16 : i64, channels = 32 : i64}>} {
  ^bb0(%row: vector<64xf32>):
    %y = arith.negf %row : vector<64xf32>
    plait.yield %y : vector<64xf32>
  }
  return
}

// -----

!x = memref<1x32x1x64xf32>
!w = memref<1x64x200xf32>
!y = memref<1x32x1x200xf32>
// expected-error @+1 {{expects plait.value_tiles of 2, but got 7}}
func.func @tiles_0(%x: !x, %w: !w, %o: !y, %i: i32, %j: i32, %z: i32)
    attributes {plait.kernel, plait.tiles_in_turn, plait.value_tiles = 7 : i64} {
  plait.project ins(%x, %w : !x, !w) outs(%o : !y) {schedule = #plait.schedule<chunk, {block = 32 : i64}>}
  return
}

// -----

!x = memref<1x32x1x64xf32>
!w = memref<1x64x200xf32>
!y = memref<1x32x1x200xf32>
// expected-error @+1 {{expects plait.value_tiles of 2, but got 1}}
func.func @no_tiles_0(%x: !x, %w: !w, %o: !y, %i: i32, %j: i32, %z: i32) attributes {plait.kernel, plait.tiles_in_turn} {
  plait.project ins(%x, %w : !x, !w) outs(%o : !y) {schedule = #plait.schedule<chunk, {block = 32 : i64}>}
  return
}
