// RUN: plait-opt %s -split-input-file -verify-diagnostics

// The ops on shared and global memory, broken.

// alloc_c1
func.func @alloc_unaligned() {
  // expected-error@+1 {{expects an offset that is a multiple of 128 of at least 0, but got 64}}
  %s = tile.alloc at 64 : !tile.shared<64x64xf16>
  return
}

// -----

// alloc_c1
func.func @alloc_negative() {
  // expected-error@+1 {{expects an offset that is a multiple of 128 of at least 0, but got -128}}
  %s = tile.alloc at -128 : !tile.shared<64x64xf16>
  return
}

// -----

// load_c1
func.func @load_shape(%s: !tile.shared<64x128xbf16>) {
  // expected-error@+1 {{expects a fragment of 128x64, but got 64x128}}
  %f = tile.load %s transposed : !tile.shared<64x128xbf16> -> !tile.fragment<64x128xbf16, #tile.mma<a, warps = [4, 2]>>
  return
}

// -----

// load_c2
func.func @load_element(%s: !tile.shared<64x128xbf16>) {
  // expected-error@+1 {{expects a fragment of 'bf16', but got 'f16'}}
  %f = tile.load %s : !tile.shared<64x128xbf16> -> !tile.fragment<64x128xf16, #tile.mma<a, warps = [4, 2]>>
  return
}

// -----

// load_c3
func.func @load_no_stage(%s: !tile.shared<64x128xbf16, stages = 2>) {
  // expected-error@+1 {{expects a stage of the source, which has 2, but got none}}
  %f = tile.load %s : !tile.shared<64x128xbf16, stages = 2> -> !tile.fragment<64x128xbf16, #tile.mma<a, warps = [4, 2]>>
  return
}

// -----

// load_c3
func.func @load_stage(%s: !tile.shared<64x128xbf16>, %i: index) {
  // expected-error@+1 {{expects no stage of the source, but got one for '!tile.shared<64x128xbf16>'}}
  %f = tile.load %s[%i] : !tile.shared<64x128xbf16> -> !tile.fragment<64x128xbf16, #tile.mma<a, warps = [4, 2]>>
  return
}

// -----

// store_c1
func.func @store_shape(%f: !tile.fragment<64x128xbf16, #tile.mma<a, warps = [4, 2]>>, %s: !tile.shared<64x64xbf16>) {
  // expected-error@+1 {{expects a fragment of 64x64, but got 64x128}}
  tile.store %f to %s : !tile.fragment<64x128xbf16, #tile.mma<a, warps = [4, 2]>>, !tile.shared<64x64xbf16>
  return
}

// -----

// store_c2
func.func @store_element(%f: !tile.fragment<64x128xbf16, #tile.mma<a, warps = [4, 2]>>, %s: !tile.shared<64x128xf32>) {
  // expected-error@+1 {{expects a fragment of 'f32', but got 'bf16'}}
  tile.store %f to %s : !tile.fragment<64x128xbf16, #tile.mma<a, warps = [4, 2]>>, !tile.shared<64x128xf32>
  return
}

// -----

// store_c3
func.func @store_no_stage(%f: !tile.fragment<64x128xbf16, #tile.mma<a, warps = [4, 2]>>, %s: !tile.shared<64x128xbf16, stages = 3>) {
  // expected-error@+1 {{expects a stage of the target, which has 3, but got none}}
  tile.store %f to %s : !tile.fragment<64x128xbf16, #tile.mma<a, warps = [4, 2]>>, !tile.shared<64x128xbf16, stages = 3>
  return
}

// -----

// wait_c1
func.func @wait_negative(%group: !tile.token) {
  // expected-error@+1 {{expects `pending` of at least 0, but got -1}}
  tile.wait %group pending -1
  return
}

// -----

// A memref has strides.
#odd = affine_map<(d0, d1) -> (d0 floordiv 2, d1)>
func.func @no_strides(%m: memref<64x128xbf16, #odd>, %i: index, %s: !tile.shared<1x128xbf16>) {
  // expected-error@+1 {{operand #0 must be strided memref of 1 dimension or more, of f32, bf16 or f16, but got}}
  tile.copy_async %m[%i, %i] to %s : memref<64x128xbf16, #odd>, !tile.shared<1x128xbf16>
  return
}

// -----

// A memref has a dimension.
func.func @no_dimension(%m: memref<f32>) {
  // expected-error@+1 {{operand #0 must be strided memref of 1 dimension or more, of f32, bf16 or f16, but got 'memref<f32>'}}
  %f = tile.load_global %m[] : memref<f32> -> !tile.fragment<1x8xf32, #tile.blocked<vector = 4, warps = 1>>
  return
}

// -----

// copy_async_c1
func.func @copy_indices(%m: memref<?x64x128xbf16>, %i: index, %s: !tile.shared<1x128xbf16>) {
  // expected-error@+1 {{expects an index for each of 3 dimensions, but got 2}}
  tile.copy_async %m[%i, %i] to %s : memref<?x64x128xbf16>, !tile.shared<1x128xbf16>
  return
}

// -----

// copy_async_c2
func.func @copy_along_alone(%m: memref<?x128xbf16>, %i: index, %s: !tile.shared<64x128xbf16>) {
  // expected-error@+1 {{expects `along` and `rows` together, but got `along` alone}}
  "tile.copy_async"(%m, %i, %i, %s) <{along = 0 : i64, operandSegmentSizes = array<i32: 1, 2, 0, 1, 0>}> : (memref<?x128xbf16>, index, index, !tile.shared<64x128xbf16>) -> ()
  return
}

// -----

// copy_async_c2
func.func @copy_rows_alone(%m: memref<?x128xbf16>, %i: index, %s: !tile.shared<64x128xbf16>) {
  // expected-error@+1 {{expects `along` and `rows` together, but got `rows` alone}}
  "tile.copy_async"(%m, %i, %i, %i, %s) <{operandSegmentSizes = array<i32: 1, 2, 1, 1, 0>}> : (memref<?x128xbf16>, index, index, index, !tile.shared<64x128xbf16>) -> ()
  return
}

// -----

// copy_async_c2
func.func @copy_no_along(%m: memref<?x128xbf16>, %i: index, %s: !tile.shared<64x128xbf16>) {
  // expected-error@+1 {{expects `along` for more than 1 row, but got none for 64}}
  tile.copy_async %m[%i, %i] to %s : memref<?x128xbf16>, !tile.shared<64x128xbf16>
  return
}

// -----

// copy_async_c3
func.func @copy_along(%m: memref<?x128xbf16>, %i: index, %s: !tile.shared<64x128xbf16>) {
  // expected-error@+1 {{expects `along` in 0..1, but got 2}}
  tile.copy_async %m[%i, %i] along 2 rows %i to %s : memref<?x128xbf16>, !tile.shared<64x128xbf16>
  return
}

// -----

// copy_async_c3
func.func @copy_along_negative(%m: memref<?x128xbf16>, %i: index, %s: !tile.shared<64x128xbf16>) {
  // expected-error@+1 {{expects `along` in 0..1, but got -1}}
  tile.copy_async %m[%i, %i] along -1 rows %i to %s : memref<?x128xbf16>, !tile.shared<64x128xbf16>
  return
}

// -----

// copy_async_c3
func.func @copy_along_last(%m: memref<?x128xbf16>, %i: index, %s: !tile.shared<64x128xbf16>) {
  // expected-error@+1 {{expects 1 column along the last dimension, but got 128}}
  tile.copy_async %m[%i, %i] along 1 rows %i to %s : memref<?x128xbf16>, !tile.shared<64x128xbf16>
  return
}

// -----

// copy_async_c4
func.func @copy_element(%m: memref<?x128xbf16>, %i: index, %s: !tile.shared<64x128xf16>) {
  // expected-error@+1 {{expects a target of 'bf16', but got 'f16'}}
  tile.copy_async %m[%i, %i] along 0 rows %i to %s : memref<?x128xbf16>, !tile.shared<64x128xf16>
  return
}

// -----

// copy_async_c5
func.func @copy_no_stage(%m: memref<?x128xbf16>, %i: index, %s: !tile.shared<64x128xbf16, stages = 2>) {
  // expected-error@+1 {{expects a stage of the target, which has 2, but got none}}
  tile.copy_async %m[%i, %i] along 0 rows %i to %s : memref<?x128xbf16>, !tile.shared<64x128xbf16, stages = 2>
  return
}

// -----

// copy_async_c6
func.func @copy_stride(%m: memref<?x128xbf16, strided<[?, 2]>>, %i: index, %s: !tile.shared<64x128xbf16>) {
  // expected-error@+1 {{expects a last stride of 1 for more than 1 column, but got 'memref<?x128xbf16, strided<[?, 2]>>'}}
  tile.copy_async %m[%i, %i] along 0 rows %i to %s : memref<?x128xbf16, strided<[?, 2]>>, !tile.shared<64x128xbf16>
  return
}

// -----

// load_global_c1
func.func @load_global_indices(%m: memref<?x128xf32>, %i: index) {
  // expected-error@+1 {{expects an index for each of 2 dimensions, but got 3}}
  %f = tile.load_global %m[%i, %i, %i] along 0 rows %i : memref<?x128xf32> -> !tile.fragment<64x128xf32, #tile.blocked<vector = 4, warps = 8>>
  return
}

// -----

// load_global_c2
func.func @load_global_no_along(%m: memref<?x128xf32>, %i: index) {
  // expected-error@+1 {{expects `along` for more than 1 row, but got none for 64}}
  %f = tile.load_global %m[%i, %i] : memref<?x128xf32> -> !tile.fragment<64x128xf32, #tile.blocked<vector = 4, warps = 8>>
  return
}

// -----

// load_global_c3: the tile is the transpose of the fragment.
func.func @load_global_along_last(%m: memref<?x128xf32>, %i: index) {
  // expected-error@+1 {{expects 1 column along the last dimension, but got 64}}
  %f = tile.load_global %m[%i, %i] along 1 rows %i transposed : memref<?x128xf32> -> !tile.fragment<64x1xf32, #tile.slice<column, #tile.mma<accumulator, warps = [4, 2]>>>
  return
}

// -----

// load_global_c4
func.func @load_global_element(%m: memref<?x128xf32>, %i: index) {
  // expected-error@+1 {{expects a fragment of 'f32', but got 'bf16'}}
  %f = tile.load_global %m[%i, %i] along 0 rows %i : memref<?x128xf32> -> !tile.fragment<64x128xbf16, #tile.blocked<vector = 4, warps = 8>>
  return
}

// -----

// store_global_c1
func.func @store_global_indices(%f: !tile.fragment<64x128xf32, #tile.blocked<vector = 4, warps = 8>>, %m: memref<?x128xf32>, %i: index) {
  // expected-error@+1 {{expects an index for each of 2 dimensions, but got 1}}
  tile.store_global %f to %m[%i] along 0 rows %i : !tile.fragment<64x128xf32, #tile.blocked<vector = 4, warps = 8>>, memref<?x128xf32>
  return
}

// -----

// store_global_c2
func.func @store_global_no_along(%f: !tile.fragment<64x128xf32, #tile.blocked<vector = 4, warps = 8>>, %m: memref<?x128xf32>, %i: index) {
  // expected-error@+1 {{expects `along` for more than 1 row, but got none for 64}}
  tile.store_global %f to %m[%i, %i] : !tile.fragment<64x128xf32, #tile.blocked<vector = 4, warps = 8>>, memref<?x128xf32>
  return
}

// -----

// store_global_c3
func.func @store_global_along(%f: !tile.fragment<64x128xf32, #tile.blocked<vector = 4, warps = 8>>, %m: memref<?x128xf32>, %i: index) {
  // expected-error@+1 {{expects `along` in 0..1, but got 5}}
  tile.store_global %f to %m[%i, %i] along 5 rows %i : !tile.fragment<64x128xf32, #tile.blocked<vector = 4, warps = 8>>, memref<?x128xf32>
  return
}

// -----

// store_global_c4
func.func @store_global_element(%f: !tile.fragment<64x128xf32, #tile.blocked<vector = 4, warps = 8>>, %m: memref<?x128xf16>, %i: index) {
  // expected-error@+1 {{expects a fragment of 'f16', but got 'f32'}}
  tile.store_global %f to %m[%i, %i] along 0 rows %i : !tile.fragment<64x128xf32, #tile.blocked<vector = 4, warps = 8>>, memref<?x128xf16>
  return
}

// -----

// program_id_c1
func.func @fourth_dimension() {
  // expected-error@+1 {{expects a dimension in 0..2, but got 3}}
  %i = tile.program_id 3 : index
  return
}

// -----

// program_id_c1
func.func @negative_dimension() {
  // expected-error@+1 {{expects a dimension in 0..2, but got -1}}
  %i = tile.program_id -1 : index
  return
}
