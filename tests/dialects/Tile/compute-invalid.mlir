// RUN: plait-opt %s -split-input-file -verify-diagnostics

// The ops that compute, broken.

// mma_c1
func.func @mma_accumulator_element(%a: !tile.shared<64x16xbf16>, %b: !tile.shared<16x64xbf16>, %c: !tile.fragment<64x64xbf16, #tile.mma<accumulator, warps = [4, 2]>>) {
  // expected-error@+1 {{expects an accumulator of f32 in layout `accumulator`, but got '!tile.fragment<64x64xbf16, #tile.mma<accumulator, warps = [4, 2]>>'}}
  %d = tile.mma %a, %b, %c : !tile.shared<64x16xbf16>, !tile.shared<16x64xbf16>, !tile.fragment<64x64xbf16, #tile.mma<accumulator, warps = [4, 2]>>
  return
}

// -----

// mma_c1
func.func @mma_accumulator_layout(%a: !tile.shared<64x16xbf16>, %b: !tile.shared<16x64xbf16>, %c: !tile.fragment<64x64xf32, #tile.blocked<vector = 4, warps = 8>>) {
  // expected-error@+1 {{expects an accumulator of f32 in layout `accumulator`, but got '!tile.fragment<64x64xf32, #tile.blocked<vector = 4, warps = 8>>'}}
  %d = tile.mma %a, %b, %c : !tile.shared<64x16xbf16>, !tile.shared<16x64xbf16>, !tile.fragment<64x64xf32, #tile.blocked<vector = 4, warps = 8>>
  return
}

// -----

// mma_c2
func.func @mma_two_elements(%a: !tile.shared<64x16xbf16>, %b: !tile.shared<16x64xf16>, %c: !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>) {
  // expected-error@+1 {{expects A and B of bf16 or of f16, but got 'bf16' and 'f16'}}
  %d = tile.mma %a, %b, %c : !tile.shared<64x16xbf16>, !tile.shared<16x64xf16>, !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>
  return
}

// -----

// mma_c2
func.func @mma_wide_elements(%a: !tile.shared<64x16xf32>, %b: !tile.shared<16x64xf32>, %c: !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>) {
  // expected-error@+1 {{expects A and B of bf16 or of f16, but got 'f32' and 'f32'}}
  %d = tile.mma %a, %b, %c : !tile.shared<64x16xf32>, !tile.shared<16x64xf32>, !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>
  return
}

// -----

// mma_c3
func.func @mma_a_layout(%a: !tile.fragment<64x16xbf16, #tile.mma<b, warps = [4, 2]>>, %b: !tile.shared<16x64xbf16>, %c: !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>) {
  // expected-error@+1 {{expects A in layout `a` or `accumulator`, but got #tile.mma<b, warps = [4, 2]>}}
  %d = tile.mma %a, %b, %c : !tile.fragment<64x16xbf16, #tile.mma<b, warps = [4, 2]>>, !tile.shared<16x64xbf16>, !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>
  return
}

// -----

// mma_c3
func.func @mma_b_layout(%a: !tile.shared<64x64xbf16>, %b: !tile.fragment<64x64xbf16, #tile.mma<a, warps = [4, 2]>>, %c: !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>) {
  // expected-error@+1 {{expects B in layout `b`, but got #tile.mma<a, warps = [4, 2]>}}
  %d = tile.mma %a, %b, %c : !tile.shared<64x64xbf16>, !tile.fragment<64x64xbf16, #tile.mma<a, warps = [4, 2]>>, !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>
  return
}

// -----

// mma_c4
func.func @mma_warps(%a: !tile.fragment<64x16xbf16, #tile.mma<a, warps = [2, 4]>>, %b: !tile.shared<16x64xbf16>, %c: !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>) {
  // expected-error@+1 {{expects A over the warps of the accumulator, #tile.mma<accumulator, warps = [4, 2]>, but got #tile.mma<a, warps = [2, 4]>}}
  %d = tile.mma %a, %b, %c : !tile.fragment<64x16xbf16, #tile.mma<a, warps = [2, 4]>>, !tile.shared<16x64xbf16>, !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>
  return
}

// -----

// mma_c5
func.func @mma_m(%a: !tile.shared<128x16xbf16>, %b: !tile.shared<16x64xbf16>, %c: !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>) {
  // expected-error@+1 {{expects A of 64x16, but got 128x16}}
  %d = tile.mma %a, %b, %c : !tile.shared<128x16xbf16>, !tile.shared<16x64xbf16>, !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>
  return
}

// -----

// mma_c5
func.func @mma_k(%a: !tile.shared<64x16xbf16>, %b: !tile.shared<16x64xbf16>, %c: !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>) {
  // expected-error@+1 {{expects B of 16x64, but got 64x16}}
  %d = tile.mma %a, %b transposed, %c : !tile.shared<64x16xbf16>, !tile.shared<16x64xbf16>, !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>
  return
}

// -----

// mma_c6
func.func @mma_part_of_k(%a: !tile.shared<64x24xbf16>, %b: !tile.shared<24x64xbf16>, %c: !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>) {
  // expected-error@+1 {{expects K that is a multiple of 16, but got 24}}
  %d = tile.mma %a, %b, %c : !tile.shared<64x24xbf16>, !tile.shared<24x64xbf16>, !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>
  return
}

// -----

// mma_c7
func.func @mma_no_stage(%a: !tile.shared<64x16xbf16, stages = 2>, %b: !tile.shared<16x64xbf16>, %c: !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>) {
  // expected-error@+1 {{expects a stage of A, which has 2, but got none}}
  %d = tile.mma %a, %b, %c : !tile.shared<64x16xbf16, stages = 2>, !tile.shared<16x64xbf16>, !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>
  return
}

// -----

// mma_c7
func.func @mma_stage_of_fragment(%a: !tile.shared<64x16xbf16>, %b: !tile.fragment<16x64xbf16, #tile.mma<b, warps = [4, 2]>>, %i: index, %c: !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>) {
  // expected-error@+1 {{expects no stage of B, but got one for '!tile.fragment<16x64xbf16, #tile.mma<b, warps = [4, 2]>>'}}
  %d = tile.mma %a, %b[%i], %c : !tile.shared<64x16xbf16>, !tile.fragment<16x64xbf16, #tile.mma<b, warps = [4, 2]>>, !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>
  return
}

// -----

// mma_c8
func.func @mma_transposed(%a: !tile.fragment<64x64xbf16, #tile.mma<a, warps = [4, 2]>>, %b: !tile.shared<64x64xbf16>, %c: !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>) {
  // expected-error@+1 {{expects a transposed A in shared memory, but got '!tile.fragment<64x64xbf16, #tile.mma<a, warps = [4, 2]>>'}}
  %d = tile.mma %a transposed, %b, %c : !tile.fragment<64x64xbf16, #tile.mma<a, warps = [4, 2]>>, !tile.shared<64x64xbf16>, !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>
  return
}

// -----

// mma_c9
func.func @mma_no_part(%b: !tile.shared<16x64xbf16>, %c: !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>) {
  // expected-error@+1 {{expects at least one part of A, but got none}}
  %d = "tile.mma"(%b, %c) <{operandSegmentSizes = array<i32: 0, 0, 1, 0, 1, 0>}> : (!tile.shared<16x64xbf16>, !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>) -> !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>
  return
}

// -----

// mma_c9
func.func @mma_unlike_parts(%a: !tile.shared<64x16xbf16>, %b: !tile.shared<16x64xbf16>, %c: !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>) {
  // expected-error@+1 {{expects parts of B of one type, '!tile.shared<16x64xbf16>', but got '!tile.shared<64x16xbf16>'}}
  %d = "tile.mma"(%a, %b, %a, %c) <{operandSegmentSizes = array<i32: 1, 0, 2, 0, 1, 0>}> : (!tile.shared<64x16xbf16>, !tile.shared<16x64xbf16>, !tile.shared<64x16xbf16>, !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>) -> !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>
  return
}

// -----

// mma_c6
func.func @mma_part_of_parts_of_k(%a: !tile.fragment<64x48xbf16, #tile.mma<accumulator, warps = [4, 2]>>, %b: !tile.shared<16x48xbf16>, %c: !tile.fragment<64x16xf32, #tile.mma<accumulator, warps = [4, 2]>>, %s: !tile.shared<128x16xf32>) {
  // expected-error@+1 {{expects K that is a multiple of 32, but got 48}}
  %d = tile.mma %a, %b transposed, %c using %s : !tile.shared<128x16xf32> : !tile.fragment<64x48xbf16, #tile.mma<accumulator, warps = [4, 2]>>, !tile.shared<16x48xbf16>, !tile.fragment<64x16xf32, #tile.mma<accumulator, warps = [4, 2]>>
  return
}

// -----

// mma_c10
func.func @mma_no_scratch(%a: !tile.fragment<64x64xbf16, #tile.mma<accumulator, warps = [4, 2]>>, %b: !tile.shared<16x64xbf16>, %c: !tile.fragment<64x16xf32, #tile.mma<accumulator, warps = [4, 2]>>) {
  // expected-error@+1 {{expects a scratch for 2 warps with parts of K, but got none}}
  %d = tile.mma %a, %b transposed, %c : !tile.fragment<64x64xbf16, #tile.mma<accumulator, warps = [4, 2]>>, !tile.shared<16x64xbf16>, !tile.fragment<64x16xf32, #tile.mma<accumulator, warps = [4, 2]>>
  return
}

// -----

// mma_c10
func.func @mma_needless_scratch(%a: !tile.shared<64x64xbf16>, %b: !tile.shared<16x64xbf16>, %c: !tile.fragment<64x16xf32, #tile.mma<accumulator, warps = [4, 2]>>, %s: !tile.shared<128x16xf32>) {
  // expected-error@+1 {{expects no scratch for 1 warps with parts of K, but got one}}
  %d = tile.mma %a, %b transposed, %c using %s : !tile.shared<128x16xf32> : !tile.shared<64x64xbf16>, !tile.shared<16x64xbf16>, !tile.fragment<64x16xf32, #tile.mma<accumulator, warps = [4, 2]>>
  return
}

// -----

// mma_c10
func.func @mma_scratch_type(%a: !tile.fragment<64x64xbf16, #tile.mma<accumulator, warps = [4, 2]>>, %b: !tile.shared<16x64xbf16>, %c: !tile.fragment<64x16xf32, #tile.mma<accumulator, warps = [4, 2]>>, %s: !tile.shared<64x16xf32>) {
  // expected-error@+1 {{expects a scratch of type '!tile.shared<128x16xf32>', but got '!tile.shared<64x16xf32>'}}
  %d = tile.mma %a, %b transposed, %c using %s : !tile.shared<64x16xf32> : !tile.fragment<64x64xbf16, #tile.mma<accumulator, warps = [4, 2]>>, !tile.shared<16x64xbf16>, !tile.fragment<64x16xf32, #tile.mma<accumulator, warps = [4, 2]>>
  return
}

// -----

// mma_c10
func.func @mma_parts_of_triangle(%a: !tile.fragment<64x64xbf16, #tile.mma<accumulator, warps = [4, 2]>>, %b: !tile.shared<16x64xbf16>, %c: !tile.fragment<64x16xf32, #tile.mma<accumulator, warps = [4, 2]>>, %s: !tile.shared<128x16xf32>) {
  // expected-error@+1 {{expects B in shared memory, and all of it, for 2 warps with parts of K, but got a triangle of '!tile.shared<16x64xbf16>'}}
  %d = tile.mma %a, %b transposed within upper, %c using %s : !tile.shared<128x16xf32> : !tile.fragment<64x64xbf16, #tile.mma<accumulator, warps = [4, 2]>>, !tile.shared<16x64xbf16>, !tile.fragment<64x16xf32, #tile.mma<accumulator, warps = [4, 2]>>
  return
}

// -----

// mma_c10
func.func @mma_parts_in_registers(%a: !tile.fragment<64x64xbf16, #tile.mma<accumulator, warps = [4, 2]>>, %b: !tile.fragment<64x16xbf16, #tile.mma<b, warps = [4, 2]>>, %c: !tile.fragment<64x16xf32, #tile.mma<accumulator, warps = [4, 2]>>, %s: !tile.shared<128x16xf32>) {
  // expected-error@+1 {{expects B in shared memory, and all of it, for 2 warps with parts of K, but got '!tile.fragment<64x16xbf16, #tile.mma<b, warps = [4, 2]>>'}}
  %d = tile.mma %a, %b, %c using %s : !tile.shared<128x16xf32> : !tile.fragment<64x64xbf16, #tile.mma<accumulator, warps = [4, 2]>>, !tile.fragment<64x16xbf16, #tile.mma<b, warps = [4, 2]>>, !tile.fragment<64x16xf32, #tile.mma<accumulator, warps = [4, 2]>>
  return
}

// -----

// convert_c1
func.func @convert_shape(%x: !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 1]>>) {
  // expected-error@+1 {{expects a result of 64x64, but got 64x32}}
  %y = tile.convert %x : !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 1]>> -> !tile.fragment<64x32xbf16, #tile.mma<accumulator, warps = [4, 1]>>
  return
}

// -----

// convert_c2
func.func @convert_split_columns(%x: !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>) {
  // expected-error@+1 {{expects one layout, or `accumulator` to `a` with unsplit columns, but got #tile.mma<accumulator, warps = [4, 2]> to #tile.mma<a, warps = [4, 2]>}}
  %y = tile.convert %x : !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>> -> !tile.fragment<64x64xbf16, #tile.mma<a, warps = [4, 2]>>
  return
}

// -----

// convert_c2
func.func @convert_warps(%x: !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 1]>>) {
  // expected-error@+1 {{expects one layout, or `accumulator` to `a` with unsplit columns, but got #tile.mma<accumulator, warps = [4, 1]> to #tile.mma<a, warps = [2, 1]>}}
  %y = tile.convert %x : !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 1]>> -> !tile.fragment<64x64xbf16, #tile.mma<a, warps = [2, 1]>>
  return
}

// -----

// convert_c2
func.func @convert_to_accumulator(%x: !tile.fragment<64x64xbf16, #tile.mma<a, warps = [4, 1]>>) {
  // expected-error@+1 {{expects one layout, or `accumulator` to `a` with unsplit columns, but got #tile.mma<a, warps = [4, 1]> to #tile.mma<accumulator, warps = [4, 1]>}}
  %y = tile.convert %x : !tile.fragment<64x64xbf16, #tile.mma<a, warps = [4, 1]>> -> !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 1]>>
  return
}

// -----

// splat_c1
func.func @splat_element(%x: f16) {
  // expected-error@+1 {{expects a scalar of 'f32', but got 'f16'}}
  %y = tile.splat %x : f16 -> !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>
  return
}

// -----

// reduce_c1
func.func @reduce_element(%x: !tile.fragment<64x64xbf16, #tile.mma<accumulator, warps = [4, 1]>>) {
  // expected-error@+1 {{expects a source of f32, but got 'bf16'}}
  %y = tile.reduce add %x along row : !tile.fragment<64x64xbf16, #tile.mma<accumulator, warps = [4, 1]>> -> !tile.fragment<64x1xf32, #tile.slice<column, #tile.mma<accumulator, warps = [4, 1]>>>
  return
}

// -----

// reduce_c2
func.func @reduce_layout(%x: !tile.fragment<64x64xf32, #tile.blocked<vector = 4, warps = 4>>) {
  // expected-error@+1 {{expects a source in a layout of mma, but got #tile.blocked<vector = 4, warps = 4>}}
  %y = tile.reduce add %x along row : !tile.fragment<64x64xf32, #tile.blocked<vector = 4, warps = 4>> -> !tile.fragment<64x1xf32, #tile.slice<column, #tile.mma<accumulator, warps = [4, 1]>>>
  return
}

// -----

// reduce_c2
func.func @reduce_rows(%x: !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 1]>>, %y: !tile.fragment<128x64xf32, #tile.mma<accumulator, warps = [4, 1]>>) {
  // expected-error@+1 {{expects sources in one layout, of equally many rows and split over as many warps, but got '!tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 1]>>' and '!tile.fragment<128x64xf32, #tile.mma<accumulator, warps = [4, 1]>>'}}
  %z = tile.reduce add %x, %y along row : !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 1]>>, !tile.fragment<128x64xf32, #tile.mma<accumulator, warps = [4, 1]>> -> !tile.fragment<64x1xf32, #tile.slice<column, #tile.mma<accumulator, warps = [4, 1]>>>
  return
}

// -----

// reduce_c2: of 8 columns both warps hold all, of 64 each a half.
func.func @reduce_split(%x: !tile.fragment<64x8xf32, #tile.mma<accumulator, warps = [4, 2]>>, %y: !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>, %s: !tile.shared<2x64xf32>) {
  // expected-error@+1 {{expects sources in one layout, of equally many rows and split over as many warps, but got '!tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>' and '!tile.fragment<64x8xf32, #tile.mma<accumulator, warps = [4, 2]>>'}}
  %z = tile.reduce add %y, %x along row using %s : !tile.shared<2x64xf32> : !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>, !tile.fragment<64x8xf32, #tile.mma<accumulator, warps = [4, 2]>> -> !tile.fragment<64x1xf32, #tile.slice<column, #tile.mma<accumulator, warps = [4, 2]>>>
  return
}

// -----

// reduce_c2
func.func @reduce_nothing(%s: !tile.shared<2x64xf32>) {
  // expected-error@+1 {{expects a source, but got none}}
  %z = "tile.reduce"() <{kind = #tile<reduce_kind add>, direction = #tile<direction row>, operandSegmentSizes = array<i32: 0, 0>}> : () -> !tile.fragment<64x1xf32, #tile.slice<column, #tile.mma<accumulator, warps = [4, 1]>>>
  return
}

// -----

// reduce_c4
func.func @reduce_any(%x: !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 1]>>, %s: !tile.shared<4x64xf32>) {
  // expected-error@+1 {{expects no scratch for 1 warps in the direction, but got one}}
  %y = tile.reduce any %x along column using %s : !tile.shared<4x64xf32> : !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 1]>> -> !tile.fragment<1x64xf32, #tile.slice<row, #tile.mma<accumulator, warps = [4, 1]>>>
  return
}

// -----

// reduce_c3
func.func @reduce_direction(%x: !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 1]>>) {
  // expected-error@+1 {{expects a result of type '!tile.fragment<64x1xf32, #tile.slice<column, #tile.mma<accumulator, warps = [4, 1]>>>', but got '!tile.fragment<1x64xf32, #tile.slice<row, #tile.mma<accumulator, warps = [4, 1]>>>'}}
  %y = tile.reduce add %x along row : !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 1]>> -> !tile.fragment<1x64xf32, #tile.slice<row, #tile.mma<accumulator, warps = [4, 1]>>>
  return
}

// -----

// reduce_c3: with a scratch, as many numbers over as many warps.
func.func @reduce_number(%x: !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [2, 2]>>, %s: !tile.shared<2x64xf32>) {
  // expected-error@+1 {{expects a result of type '!tile.fragment<64x1xf32, #tile.slice<column, #tile.mma<accumulator, warps = [2, 2]>>>', but got '!tile.fragment<1x128xf32, #tile.slice<row, #tile.mma<accumulator, warps = [4, 1]>>>'}}
  %y = tile.reduce add %x along row using %s : !tile.shared<2x64xf32> : !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [2, 2]>> -> !tile.fragment<1x128xf32, #tile.slice<row, #tile.mma<accumulator, warps = [4, 1]>>>
  return
}

// -----

// reduce_c3
func.func @reduce_warps(%x: !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [2, 2]>>, %s: !tile.shared<2x64xf32>) {
  // expected-error@+1 {{but got '!tile.fragment<1x64xf32, #tile.slice<row, #tile.mma<accumulator, warps = [2, 1]>>>'}}
  %y = tile.reduce add %x along row using %s : !tile.shared<2x64xf32> : !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [2, 2]>> -> !tile.fragment<1x64xf32, #tile.slice<row, #tile.mma<accumulator, warps = [2, 1]>>>
  return
}

// -----

// reduce_c3
func.func @reduce_matrix(%x: !tile.fragment<512x64xf32, #tile.mma<accumulator, warps = [2, 2]>>, %s: !tile.shared<2x512xf32>) {
  // expected-error@+1 {{but got '!tile.fragment<32x16xf32, #tile.mma<accumulator, warps = [2, 2]>>'}}
  %y = tile.reduce add %x along row using %s : !tile.shared<2x512xf32> : !tile.fragment<512x64xf32, #tile.mma<accumulator, warps = [2, 2]>> -> !tile.fragment<32x16xf32, #tile.mma<accumulator, warps = [2, 2]>>
  return
}

// -----

// mma_c4: all or none are assigned.
func.func @mma_unassigned(%a: !tile.fragment<32x32xbf16, #tile.mma<a, warps = [2, 1]>>, %b: !tile.shared<32x32xbf16>, %c: !tile.fragment<32x32xf32, #tile.mma<accumulator>>) {
  // expected-error@+1 {{expects A over the warps of the accumulator, #tile.mma<accumulator>, but got #tile.mma<a, warps = [2, 1]>}}
  %d = tile.mma %a, %b, %c : !tile.fragment<32x32xbf16, #tile.mma<a, warps = [2, 1]>>, !tile.shared<32x32xbf16>, !tile.fragment<32x32xf32, #tile.mma<accumulator>>
  return
}

// -----

// reduce_c4: nothing is split yet.
func.func @reduce_unassigned(%x: !tile.fragment<64x64xf32, #tile.mma<accumulator>>, %s: !tile.shared<2x64xf32>) {
  // expected-error@+1 {{expects no scratch for 1 warps in the direction, but got one}}
  %y = tile.reduce add %x along row using %s : !tile.shared<2x64xf32> : !tile.fragment<64x64xf32, #tile.mma<accumulator>> -> !tile.fragment<64x1xf32, #tile.slice<column, #tile.mma<accumulator>>>
  return
}

// -----

// reduce_c4
func.func @reduce_no_scratch(%x: !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 1]>>) {
  // expected-error@+1 {{expects a scratch for 4 warps in the direction, but got none}}
  %y = tile.reduce max %x along column : !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 1]>> -> !tile.fragment<1x64xf32, #tile.slice<row, #tile.mma<accumulator, warps = [4, 1]>>>
  return
}

// -----

// reduce_c4
func.func @reduce_scratch(%x: !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 1]>>, %s: !tile.shared<1x64xf32>) {
  // expected-error@+1 {{expects no scratch for 1 warps in the direction, but got one}}
  %y = tile.reduce max %x along row using %s : !tile.shared<1x64xf32> : !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 1]>> -> !tile.fragment<64x1xf32, #tile.slice<column, #tile.mma<accumulator, warps = [4, 1]>>>
  return
}

// -----

// reduce_c5
func.func @reduce_scratch_shape(%x: !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 1]>>, %s: !tile.shared<2x64xf32>) {
  // expected-error@+1 {{expects a scratch of 4x64xf32 of 1 stage, but got '!tile.shared<2x64xf32>'}}
  %y = tile.reduce add %x along column using %s : !tile.shared<2x64xf32> : !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 1]>> -> !tile.fragment<1x64xf32, #tile.slice<row, #tile.mma<accumulator, warps = [4, 1]>>>
  return
}

// -----

// reduce_c5
func.func @reduce_scratch_stages(%x: !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 1]>>, %s: !tile.shared<4x64xf32, stages = 2>) {
  // expected-error@+1 {{expects a scratch of 4x64xf32 of 1 stage, but got '!tile.shared<4x64xf32, stages = 2>'}}
  %y = tile.reduce add %x along column using %s : !tile.shared<4x64xf32, stages = 2> : !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 1]>> -> !tile.fragment<1x64xf32, #tile.slice<row, #tile.mma<accumulator, warps = [4, 1]>>>
  return
}

// -----

// exceeds_c1
func.func @exceeds_nothing(%bound: f32) {
  // expected-error@+1 {{expects a source, but got none}}
  %y = "tile.exceeds"(%bound) : (f32) -> i1
  return
}

// -----

// exceeds_c1
func.func @exceeds_element(%x: !tile.fragment<64x64xbf16, #tile.mma<accumulator, warps = [4, 1]>>, %bound: f32) {
  // expected-error@+1 {{expects sources of f32, but got 'bf16'}}
  %y = tile.exceeds %x over %bound : !tile.fragment<64x64xbf16, #tile.mma<accumulator, warps = [4, 1]>>
  return
}

// -----

// cumsum_c1
func.func @cumsum_rows(%x: !tile.fragment<2x32xf32, #tile.blocked<vector = 1, warps = 2>>) {
  // expected-error@+1 {{expects a row of f32 in layout `blocked`, but got '!tile.fragment<2x32xf32, #tile.blocked<vector = 1, warps = 2>>'}}
  %y = tile.cumsum %x : !tile.fragment<2x32xf32, #tile.blocked<vector = 1, warps = 2>>
  return
}

// -----

// cumsum_c1
func.func @cumsum_layout(%x: !tile.fragment<1x32xf32, #tile.slice<row, #tile.mma<accumulator, warps = [2, 1]>>>) {
  // expected-error@+1 {{expects a row of f32 in layout `blocked`, but got}}
  %y = tile.cumsum %x : !tile.fragment<1x32xf32, #tile.slice<row, #tile.mma<accumulator, warps = [2, 1]>>>
  return
}

// -----

// cumsum_c2
func.func @cumsum_pieces(%x: !tile.fragment<1x64xf32, #tile.blocked<vector = 1, warps = 2>>) {
  // expected-error@+1 {{expects pieces that are a power of two of at most 32, but got 64}}
  %y = tile.cumsum %x exclusive reverse : !tile.fragment<1x64xf32, #tile.blocked<vector = 1, warps = 2>>
  return
}

// -----

// shuffle_c1
func.func @shuffle_element(%x: !tile.fragment<1x32xbf16, #tile.blocked<vector = 1, warps = 2>>) {
  // expected-error@+1 {{expects a row of f32 in layout `blocked`, but got}}
  %y = tile.shuffle %x : !tile.fragment<1x32xbf16, #tile.blocked<vector = 1, warps = 2>> -> !tile.fragment<1x32xf32, #tile.slice<row, #tile.mma<accumulator, warps = [2, 1]>>>
  return
}

// -----

// shuffle_c2
func.func @shuffle_pieces(%x: !tile.fragment<1x64xf32, #tile.blocked<vector = 1, warps = 2>>) {
  // expected-error@+1 {{expects pieces that are a power of two of at most 32, but got 64}}
  %y = tile.shuffle %x : !tile.fragment<1x64xf32, #tile.blocked<vector = 1, warps = 2>> -> !tile.fragment<1x64xf32, #tile.slice<row, #tile.mma<accumulator, warps = [2, 1]>>>
  return
}

// -----

// shuffle_c3
func.func @shuffle_shape(%x: !tile.fragment<1x32xf32, #tile.blocked<vector = 1, warps = 2>>) {
  // expected-error@+1 {{expects a result of 32 f32 in a row or a column, but got '!tile.fragment<1x16xf32}}
  %y = tile.shuffle %x : !tile.fragment<1x32xf32, #tile.blocked<vector = 1, warps = 2>> -> !tile.fragment<1x16xf32, #tile.slice<row, #tile.mma<accumulator, warps = [2, 1]>>>
  return
}

// -----

// shuffle_c3
func.func @shuffle_one(%x: !tile.fragment<1x32xf32, #tile.blocked<vector = 1, warps = 2>>) {
  // expected-error@+1 {{expects a result of f32 in a row or a column, but got '!tile.fragment<32x16xf32}}
  %y = tile.shuffle %x at 3 : !tile.fragment<1x32xf32, #tile.blocked<vector = 1, warps = 2>> -> !tile.fragment<32x16xf32, #tile.mma<accumulator, warps = [2, 1]>>
  return
}

// -----

// shuffle_c4
func.func @shuffle_warps(%x: !tile.fragment<1x32xf32, #tile.blocked<vector = 1, warps = 2>>) {
  // expected-error@+1 {{expects a result over 2 warps, but got 4}}
  %y = tile.shuffle %x : !tile.fragment<1x32xf32, #tile.blocked<vector = 1, warps = 2>> -> !tile.fragment<1x32xf32, #tile.slice<row, #tile.mma<accumulator, warps = [4, 1]>>>
  return
}

// -----

// shuffle_c5
func.func @shuffle_at(%x: !tile.fragment<1x32xf32, #tile.blocked<vector = 1, warps = 2>>) {
  // expected-error@+1 {{expects an element `at` 0..31, but got 32}}
  %y = tile.shuffle %x at 32 : !tile.fragment<1x32xf32, #tile.blocked<vector = 1, warps = 2>> -> !tile.fragment<1x32xf32, #tile.slice<row, #tile.mma<accumulator, warps = [2, 1]>>>
  return
}
