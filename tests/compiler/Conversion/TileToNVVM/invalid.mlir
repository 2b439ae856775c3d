// RUN: plait-opt %s --convert-tile-to-nvvm --split-input-file --verify-diagnostics

// expected-error@+1 {{expects a module with a CUDA target, but got none}}
func.func @no_target() attributes {plait.kernel, tile.warps = 1 : i64, tile.alignment = array<i64>} {
  return
}

// -----

#sm_80 = #plait.target<"sm_80", {capability = 80 : i64, fma, shared = 166912 : i64}>
module attributes {plait.target = #sm_80} {
  // expected-error@+1 {{expects a kernel of one block on memrefs, but got '(memref<4xf32>, i32) -> ()'}}
  func.func @number(%x: memref<4xf32>, %n: i32) attributes {plait.kernel, tile.warps = 1 : i64, tile.alignment = array<i64: 4>} {
    return
  }
}

// -----

#sm_80 = #plait.target<"sm_80", {capability = 80 : i64, fma, shared = 166912 : i64}>
module attributes {plait.target = #sm_80} {
  // expected-error@+1 {{expects a kernel with tile.warps, but got one without}}
  func.func @no_warps() attributes {plait.kernel, tile.alignment = array<i64>} {
    return
  }
}

// -----

#sm_80 = #plait.target<"sm_80", {capability = 80 : i64, fma, shared = 166912 : i64}>
module attributes {plait.target = #sm_80} {
  // expected-error@+1 {{expects tile.alignment with 1 numbers, but got 0}}
  func.func @no_alignment(%x: memref<4xf32>) attributes {plait.kernel, tile.warps = 1 : i64} {
    return
  }
}

// -----

#sm_80 = #plait.target<"sm_80", {capability = 80 : i64, fma, shared = 166912 : i64}>
module attributes {plait.target = #sm_80} {
  func.func @no_place() attributes {plait.kernel, tile.warps = 1 : i64, tile.alignment = array<i64>} {
    // expected-error@+1 {{expects an offset, but got none (plait-allocate-shared sets it)}}
    %s = tile.alloc : !tile.shared<16x16xbf16>
    return
  }
}

// -----

#sm_80 = #plait.target<"sm_80", {capability = 80 : i64, fma, shared = 166912 : i64}>
module attributes {plait.target = #sm_80} {
  func.func @no_warps() attributes {plait.kernel, tile.warps = 1 : i64, tile.alignment = array<i64>} {
    %c0 = arith.constant 0.0 : f32
    // expected-error@+1 {{expects fragments over warps, which plait-assign-layouts chooses, but got '!tile.fragment<16x8xf32, #tile.mma<accumulator>>'}}
    %f = tile.splat %c0 : f32 -> !tile.fragment<16x8xf32, #tile.mma<accumulator>>
    return
  }
}

// -----

#sm_80 = #plait.target<"sm_80", {capability = 80 : i64, fma, shared = 166912 : i64}>
module attributes {plait.target = #sm_80} {
  func.func @dimension(%x: memref<?x?xf32>) attributes {plait.kernel, tile.warps = 1 : i64, tile.alignment = array<i64: 4>} {
    %i = tile.program_id 0 : index
    // expected-error@+1 {{expects a constant dimension in a kernel, but got another}}
    %n = memref.dim %x, %i : memref<?x?xf32>
    return
  }
}

// -----

#sm_80 = #plait.target<"sm_80", {capability = 80 : i64, fma, shared = 166912 : i64}>
module attributes {plait.target = #sm_80} {
  func.func @wide(%x: memref<f32>) attributes {plait.kernel, tile.warps = 1 : i64, tile.alignment = array<i64: 4>} {
    %y = memref.load %x[] : memref<f32>
    %z = arith.extf %y : f32 to f64
    // expected-error@+1 {{expects f32 in a kernel, but got 'f64'}}
    %e = math.exp2 %z : f64
    return
  }
}
