// RUN: plait-opt %s -split-input-file -verify-diagnostics

// tile.map, broken.

// map_c1
func.func @arguments(%x: !tile.fragment<64x64xbf16, #tile.mma<accumulator, warps = [4, 2]>>) {
  // expected-error@+1 {{expects arguments of the body 'bf16', 'index', 'index', but got 'f32', 'index', 'index'}}
  %y = tile.map %x {
  ^bb0(%e: f32, %row: index, %column: index):
    tile.yield %e : f32
  } : !tile.fragment<64x64xbf16, #tile.mma<accumulator, warps = [4, 2]>> -> !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>
  return
}

// -----

// map_c1
func.func @no_column(%s: f32) {
  // expected-error@+1 {{expects arguments of the body 'index', 'index', but got 'index'}}
  %y = tile.map {
  ^bb0(%row: index):
    tile.yield %s : f32
  } -> !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>
  return
}

// -----

// map_c2
func.func @other_layout(%x: !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [2, 4]>>) {
  // expected-error@+1 {{expects input 0 of the result's shape and layout, or a slice of it, but got '!tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [2, 4]>>' for '!tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>'}}
  %y = tile.map %x {
  ^bb0(%e: f32, %row: index, %column: index):
    tile.yield %e : f32
  } : !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [2, 4]>> -> !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>
  return
}

// -----

// map_c2
func.func @other_shape(%x: !tile.fragment<64x32xf32, #tile.mma<accumulator, warps = [4, 2]>>) {
  // expected-error@+1 {{expects input 0 of the result's shape and layout, or a slice of it, but got '!tile.fragment<64x32xf32, #tile.mma<accumulator, warps = [4, 2]>>'}}
  %y = tile.map %x {
  ^bb0(%e: f32, %row: index, %column: index):
    tile.yield %e : f32
  } : !tile.fragment<64x32xf32, #tile.mma<accumulator, warps = [4, 2]>> -> !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>
  return
}

// -----

// map_c2
func.func @short_slice(%x: !tile.fragment<1x32xf32, #tile.slice<row, #tile.mma<accumulator, warps = [4, 2]>>>) {
  // expected-error@+1 {{expects input 0 of the result's shape and layout, or a slice of it, but got '!tile.fragment<1x32xf32, #tile.slice<row, #tile.mma<accumulator, warps = [4, 2]>>>'}}
  %y = tile.map %x {
  ^bb0(%e: f32, %row: index, %column: index):
    tile.yield %e : f32
  } : !tile.fragment<1x32xf32, #tile.slice<row, #tile.mma<accumulator, warps = [4, 2]>>> -> !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>
  return
}

// -----

// map_c2
func.func @slice_of_another(%x: !tile.fragment<64x1xf32, #tile.slice<column, #tile.mma<accumulator, warps = [4, 1]>>>) {
  // expected-error@+1 {{expects input 0 of the result's shape and layout, or a slice of it, but got '!tile.fragment<64x1xf32, #tile.slice<column, #tile.mma<accumulator, warps = [4, 1]>>>'}}
  %y = tile.map %x {
  ^bb0(%e: f32, %row: index, %column: index):
    tile.yield %e : f32
  } : !tile.fragment<64x1xf32, #tile.slice<column, #tile.mma<accumulator, warps = [4, 1]>>> -> !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>
  return
}

// -----

// map_c3
func.func @region(%s: f32, %b: i1) {
  // expected-error@+1 {{expects ops without regions and effects in the body, but got scf.if}}
  %y = tile.map {
  ^bb0(%row: index, %column: index):
    %e = scf.if %b -> f32 {
      scf.yield %s : f32
    } else {
      scf.yield %s : f32
    }
    tile.yield %e : f32
  } -> !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>
  return
}

// -----

// map_c3
func.func @effect(%s: f32) {
  // expected-error@+1 {{expects ops without regions and effects in the body, but got tile.barrier}}
  %y = tile.map {
  ^bb0(%row: index, %column: index):
    tile.barrier
    tile.yield %s : f32
  } -> !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>
  return
}

// -----

// map_c4
func.func @yielded(%s: bf16) {
  // expected-error@+1 {{expects a yielded value of 'f32', but got 'bf16'}}
  %y = tile.map {
  ^bb0(%row: index, %column: index):
    tile.yield %s : bf16
  } -> !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>
  return
}

// -----

// map_c4
func.func @no_yield() {
  // expected-error@+1 {{expects a body that ends with `tile.yield`, but got llvm.unreachable}}
  %y = tile.map {
  ^bb0(%row: index, %column: index):
    llvm.unreachable
  } -> !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>
  return
}

// -----

// map_c4
func.func @two_yielded(%s: f32) {
  // expected-error@+1 {{expects a `tile.yield` of 1 elements, but got 2}}
  %y = tile.map {
  ^bb0(%row: index, %column: index):
    tile.yield %s, %s : f32, f32
  } -> !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>
  return
}
