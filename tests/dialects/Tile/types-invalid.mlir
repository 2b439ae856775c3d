// RUN: plait-opt %s -split-input-file -verify-diagnostics

// fragment_c1
// expected-error@+1 {{expects a tile of 2 dims in 1..65536, but got 64}}
func.func private @fragment_rank(!tile.fragment<64xf32, #tile.blocked<vector = 1, warps = 1>>)

// -----

// fragment_c1
// expected-error@+1 {{expects a tile of 2 dims in 1..65536, but got 0x64}}
func.func private @fragment_size(!tile.fragment<0x64xf32, #tile.blocked<vector = 1, warps = 1>>)

// -----

// fragment_c1
// expected-error@+1 {{expects a tile of 2 dims in 1..65536, but got 64x65537}}
func.func private @fragment_columns(!tile.fragment<64x65537xf32, #tile.blocked<vector = 1, warps = 1>>)

// -----

// fragment_c2
// expected-error@+1 {{expects elements of f32, bf16 or f16, but got 'f64'}}
func.func private @fragment_element(!tile.fragment<64x64xf64, #tile.blocked<vector = 1, warps = 1>>)

// -----

// fragment_c3: layouts-invalid.mlir has each of the layouts' reasons.
// expected-error@+1 {{expects rows and columns that are multiples of 1 and 4 for #tile.blocked<vector = 4, warps = 1>, but got 64x62}}
func.func private @fragment_layout(!tile.fragment<64x62xf32, #tile.blocked<vector = 4, warps = 1>>)

// -----

// shared_c1
// expected-error@+1 {{expects a tile of 2 dims in 1..65536, but got 2x64x64}}
func.func private @shared_rank(!tile.shared<2x64x64xf32>)

// -----

// shared_c2
// expected-error@+1 {{expects elements of f32, bf16 or f16, but got 'i32'}}
func.func private @shared_element(!tile.shared<64x64xi32>)

// -----

// shared_c3
// expected-error@+1 {{expects at least 1 stage, but got 0}}
func.func private @shared_stages(!tile.shared<64x64xf32, stages = 0>)

// -----

// shared_c4: rows of 12 chunks.
// expected-error@+1 {{expects rows of a multiple of 8 chunks for #tile.swizzle<3>, but got 12}}
func.func private @shared_swizzle(!tile.shared<64x96xbf16, #tile.swizzle<3>>)

// -----

// shared_c5
// expected-error@+1 {{expects fewer than 2^31 bytes, but got 1073741824 in each of 2 stages}}
func.func private @shared_bytes(!tile.shared<65536x4096xf32, stages = 2>)
