// RUN: plait-opt %s -split-input-file -verify-diagnostics

// The attributes of the dialect on functions, broken. An op of the dialect
// makes sure that it is loaded.

// tile_warps
// expected-error@+1 {{expects an i64 in 1..32 as "tile.warps", but got 33 : i64}}
func.func @many_warps() attributes {tile.warps = 33 : i64} {
  tile.barrier
  return
}

// -----

// tile_warps
// expected-error@+1 {{expects an i64 in 1..32 as "tile.warps", but got 0 : i64}}
func.func @no_warps() attributes {tile.warps = 0 : i64} {
  tile.barrier
  return
}

// -----

// tile_warps
// expected-error@+1 {{expects an i64 in 1..32 as "tile.warps", but got 8 : i32}}
func.func @narrow_warps() attributes {tile.warps = 8 : i32} {
  tile.barrier
  return
}

// -----

// tile_warps
func.func @warps_of_a_result(%x: f32) attributes {tile.warps = 4 : i64} {
  // expected-error@+1 {{expects fragments of the 4 warps in "tile.warps", but got '!tile.fragment<64x128xf32, #tile.mma<accumulator, warps = [4, 2]>>'}}
  %0 = tile.splat %x : f32 -> !tile.fragment<64x128xf32, #tile.mma<accumulator, warps = [4, 2]>>
  return
}

// -----

// tile_warps
// expected-error@+1 {{expects fragments of the 2 warps in "tile.warps", but got}}
func.func @warps_of_an_argument(%x: !tile.fragment<64x1xf32, #tile.slice<column, #tile.mma<accumulator, warps = [4, 2]>>>)
    attributes {tile.warps = 2 : i64} {
  tile.barrier
  return
}

// -----

// tile_shared_bytes
// expected-error@+1 {{expects an i64 of at least 0 as "tile.shared_bytes", but got -1 : i64}}
func.func @negative_bytes() attributes {tile.shared_bytes = -1 : i64} {
  tile.barrier
  return
}

// -----

// tile_shared_bytes
// expected-error@+1 {{expects an i64 of at least 0 as "tile.shared_bytes", but got "many"}}
func.func @many_bytes() attributes {tile.shared_bytes = "many"} {
  tile.barrier
  return
}

// -----

// tile_alignment
// expected-error@+1 {{expects an array of i64, 2, 4, 8 or 16 as "tile.alignment", but got array<i64: 16, 3>}}
func.func @odd_alignment(%x: memref<?xf32>, %y: memref<?xf32>) attributes {tile.alignment = array<i64: 16, 3>} {
  tile.barrier
  return
}

// -----

// tile_alignment
// expected-error@+1 {{expects an array of i64, 2, 4, 8 or 16 as "tile.alignment", but got 16 : i64}}
func.func @one_alignment(%x: memref<?xf32>) attributes {tile.alignment = 16 : i64} {
  tile.barrier
  return
}

// -----

// tile_alignment
// expected-error@+1 {{expects 2 numbers as "tile.alignment", but got 1}}
func.func @missing_alignment(%x: memref<?xf32>, %i: index, %y: memref<?xf32>) attributes {tile.alignment = array<i64: 16>} {
  tile.barrier
  return
}
