// RUN: plait-opt %s --plait-assign-layouts --split-input-file --verify-diagnostics

!rows = !tile.fragment<16x64xf32, #tile.mma<accumulator>>

// Rows of an operand in four warps, but there are but 16.
func.func @few_rows(%x: !tile.shared<16x64xf32>) attributes {tile.warps = 4 : i64} {
  // expected-error@+1 {{expects fragments that 4 warps can split alike, but got those beside one of type '!tile.fragment<16x64xf32, #tile.mma<accumulator>>'}}
  %f = tile.load %x : !tile.shared<16x64xf32> -> !rows
  %a = tile.convert %f : !rows -> !tile.fragment<16x64xbf16, #tile.mma<a>>
  return
}

// -----

!rows = !tile.fragment<16x64xf32, #tile.mma<accumulator>>

func.func @select(%x: !tile.shared<16x64xf32>, %c: i1) attributes {tile.warps = 4 : i64} {
  %f = tile.load %x : !tile.shared<16x64xf32> -> !rows
  %g = tile.load %x : !tile.shared<16x64xf32> -> !rows
  // expected-error@+1 {{expects fragments over warps, which are assigned to those of tile ops, scf.for and scf.if}}
  %s = arith.select %c, %f, %g : !rows
  return
}

// -----

!rows = !tile.fragment<16x64xf32, #tile.mma<accumulator>>

func.func @while(%x: !tile.shared<16x64xf32>, %c: i1) attributes {tile.warps = 4 : i64} {
  %f = tile.load %x : !tile.shared<16x64xf32> -> !rows
  %s = scf.while (%g = %f) : (!rows) -> !rows {
    // expected-error@+1 {{expects fragments over warps}}
    scf.condition(%c) %g : !rows
  } do {
  ^bb0(%g: !rows):
    scf.yield %g : !rows
  }
  return
}

// -----

!rows = !tile.fragment<16x64xf32, #tile.mma<accumulator>>

// expected-error@+1 {{expects fragments over warps}}
func.func @argument(%f: !rows) attributes {tile.warps = 4 : i64} {
  return
}

// -----

!rows = !tile.fragment<16x64xf32, #tile.mma<accumulator>>

func.func @result(%x: !tile.shared<16x64xf32>) -> !rows attributes {tile.warps = 4 : i64} {
  %f = tile.load %x : !tile.shared<16x64xf32> -> !rows
  // expected-error@+1 {{expects fragments over warps}}
  return %f : !rows
}

// -----

!operand = !tile.fragment<64x48xbf16, #tile.mma<accumulator>>
!out = !tile.fragment<64x16xf32, #tile.mma<accumulator>>

// Three pieces of K are no two whole parts, and 64 rows none of eight warps.
func.func @parts_of_depth(%q: !tile.shared<16x48xbf16>, %f0: f32) attributes {tile.warps = 8 : i64} {
  %zero = arith.constant 0.0 : bf16
  // expected-error@+1 {{expects fragments that 8 warps can split alike, but got those beside one of type '!tile.fragment<64x48xbf16, #tile.mma<accumulator>>'}}
  %a = tile.splat %zero : bf16 -> !operand
  %none = tile.splat %f0 : f32 -> !out
  %o = tile.mma %a, %q transposed, %none : !operand, !tile.shared<16x48xbf16>, !out
  return
}

// -----

!operand = !tile.fragment<16x32xbf16, #tile.mma<accumulator>>
!b = !tile.fragment<32x32xbf16, #tile.mma<b>>
!out = !tile.fragment<16x32xf32, #tile.mma<accumulator>>

// Two warps have parts of K only where each finds all of B in shared memory.
func.func @parts_of_depth_in_registers(%k: !tile.shared<32x32xbf16>, %f0: f32) attributes {tile.warps = 2 : i64} {
  %zero = arith.constant 0.0 : bf16
  // expected-error@+1 {{expects fragments that 2 warps can split alike}}
  %a = tile.splat %zero : bf16 -> !operand
  %b = tile.load %k : !tile.shared<32x32xbf16> -> !b
  %none = tile.splat %f0 : f32 -> !out
  %o = tile.mma %a, %b, %none : !operand, !b, !out
  return
}

// -----

!operand = !tile.fragment<16x32xbf16, #tile.mma<accumulator>>
!out = !tile.fragment<16x32xf32, #tile.mma<accumulator>>

func.func @parts_of_depth_of_a_triangle(%k: !tile.shared<32x32xbf16>, %f0: f32) attributes {tile.warps = 2 : i64} {
  %zero = arith.constant 0.0 : bf16
  // expected-error@+1 {{expects fragments that 2 warps can split alike}}
  %a = tile.splat %zero : bf16 -> !operand
  %none = tile.splat %f0 : f32 -> !out
  %o = tile.mma %a, %k within upper, %none : !operand, !tile.shared<32x32xbf16>, !out
  return
}
