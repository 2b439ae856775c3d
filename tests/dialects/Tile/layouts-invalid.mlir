// RUN: plait-opt %s -split-input-file -verify-diagnostics

// mma_layout_c1
// expected-error@+1 {{expects 2 numbers of warps, of at most 32 together, but got 8}}
func.func private @one_number(!tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [8]>>)

// -----

// mma_layout_c1
// expected-error@+1 {{expects 2 numbers of warps, of at most 32 together, but got 8, 0}}
func.func private @no_warps(!tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [8, 0]>>)

// -----

// mma_layout_c1
// expected-error@+1 {{expects 2 numbers of warps, of at most 32 together, but got 8, 5}}
func.func private @many_warps(!tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [8, 5]>>)

// -----

// mma_layout_c2
// expected-error@+1 {{expects rows and columns that are multiples of 64 and 16 for #tile.mma<accumulator, warps = [4, 2]>, but got 32x64}}
func.func private @accumulator_rows(!tile.fragment<32x64xf32, #tile.mma<accumulator, warps = [4, 2]>>)

// -----

// mma_layout_c2
// expected-error@+1 {{expects rows and columns that are multiples of 64 and 16 for #tile.mma<a, warps = [4, 2]>, but got 64x24}}
func.func private @a_columns(!tile.fragment<64x24xbf16, #tile.mma<a, warps = [4, 2]>>)

// -----

// mma_layout_c2
// expected-error@+1 {{expects rows and columns that are multiples of 16 and 16 for #tile.mma<b, warps = [4, 2]>, but got 16x24}}
func.func private @b_columns(!tile.fragment<16x24xbf16, #tile.mma<b, warps = [4, 2]>>)

// -----

// mma_layout_c2
// expected-error@+1 {{expects rows and columns that are multiples of 16 and 16 for #tile.mma<b, warps = [4, 2]>, but got 16x4}}
func.func private @half_a_piece(!tile.fragment<16x4xbf16, #tile.mma<b, warps = [4, 2]>>)

// -----

// mma_layout_c2
// expected-error@+1 {{expects rows and columns that are multiples of 16 and 64 for #tile.mma<accumulator, warps = [1, 8]>, but got 16x24}}
func.func private @three_of_eight(!tile.fragment<16x24xf32, #tile.mma<accumulator, warps = [1, 8]>>)

// -----

// mma_layout_c2
// expected-error@+1 {{expects rows and columns that are multiples of 16 and 24 for #tile.mma<accumulator, warps = [1, 3]>, but got 16x12}}
func.func private @one_and_a_half(!tile.fragment<16x12xf32, #tile.mma<accumulator, warps = [1, 3]>>)

// -----

// blocked_c1
// expected-error@+1 {{expects a `vector` that is a power of two of at most 64, but got 3}}
func.func private @three(!tile.fragment<64x96xbf16, #tile.blocked<vector = 3, warps = 8>>)

// -----

// blocked_c1
// expected-error@+1 {{expects a `vector` that is a power of two of at most 64, but got 128}}
func.func private @long_pieces(!tile.fragment<64x128xbf16, #tile.blocked<vector = 128, warps = 8>>)

// -----

// blocked_c1
// expected-error@+1 {{expects `warps` in 1..32, but got 33}}
func.func private @blocked_warps(!tile.fragment<64x96xbf16, #tile.blocked<vector = 8, warps = 33>>)

// -----

// blocked_c2
// expected-error@+1 {{expects rows and columns that are multiples of 1 and 8 for #tile.blocked<vector = 8, warps = 8>, but got 64x100}}
func.func private @ragged(!tile.fragment<64x100xbf16, #tile.blocked<vector = 8, warps = 8>>)

// -----

// blocked_c3
// expected-error@+1 {{expects pieces that are a multiple or a divisor of 256 threads, but got 300}}
func.func private @uneven(!tile.fragment<100x24xbf16, #tile.blocked<vector = 8, warps = 8>>)

// -----

// slice_c1
// expected-error@+1 {{expects 1 column for #tile.slice<column, #tile.mma<accumulator, warps = [4, 2]>>, but got 2}}
func.func private @two_columns(!tile.fragment<64x2xf32, #tile.slice<column, #tile.mma<accumulator, warps = [4, 2]>>>)

// -----

// slice_c1
// expected-error@+1 {{expects 1 row for #tile.slice<row, #tile.mma<accumulator, warps = [4, 2]>>, but got 64}}
func.func private @many_rows(!tile.fragment<64x1xf32, #tile.slice<row, #tile.mma<accumulator, warps = [4, 2]>>>)

// -----

// slice_c2
// expected-error@+1 {{expects rows and columns that are multiples of 64 and 1 for #tile.slice<column, #tile.mma<accumulator, warps = [4, 2]>>, but got 48x1}}
func.func private @short_column(!tile.fragment<48x1xf32, #tile.slice<column, #tile.mma<accumulator, warps = [4, 2]>>>)

// -----

// slice_c2
// expected-error@+1 {{expects rows and columns that are multiples of 1 and 16 for #tile.slice<row, #tile.mma<accumulator, warps = [4, 2]>>, but got 1x24}}
func.func private @odd_row(!tile.fragment<1x24xf32, #tile.slice<row, #tile.mma<accumulator, warps = [4, 2]>>>)

// -----

// swizzle_c1
// expected-error@+1 {{expects 0..3 bits, but got 4}}
func.func private @many_bits(!tile.shared<64x128xf32, #tile.swizzle<4>>)
