// RUN: plait-opt %s -verify-diagnostics -split-input-file

// scan_c1
func.func @cut_rows(%x: !tile.fragment<128x64xf32, #tile.blocked<vector = 4, warps = 4>>, %c: !tile.fragment<128x1xf32, #tile.blocked<vector = 1, warps = 4>>) {
  // expected-error@+1 {{expects a result whose rows are pieces of layout `blocked`, but got '!tile.fragment<128x64xf32, #tile.blocked<vector = 4, warps = 4>>'}}
  %y, %last = tile.scan %x from %c {
  ^bb0(%sum: f32, %e: f32, %row: index, %column: index):
    %next = arith.addf %sum, %e : f32
    tile.yield %next, %next : f32, f32
  } : !tile.fragment<128x64xf32, #tile.blocked<vector = 4, warps = 4>> -> !tile.fragment<128x64xf32, #tile.blocked<vector = 4, warps = 4>>, !tile.fragment<128x1xf32, #tile.blocked<vector = 1, warps = 4>>
  return
}

// -----

// scan_c1
func.func @other_input(%x: !tile.fragment<128x64xf32, #tile.blocked<vector = 4, warps = 4>>, %c: !tile.fragment<128x1xf32, #tile.blocked<vector = 1, warps = 4>>) {
  // expected-error@+1 {{expects input 0 of the result's shape and layout, but got '!tile.fragment<128x64xf32, #tile.blocked<vector = 4, warps = 4>>' for '!tile.fragment<128x64xf32, #tile.blocked<vector = 64, warps = 4>>'}}
  %y, %last = tile.scan %x from %c {
  ^bb0(%sum: f32, %e: f32, %row: index, %column: index):
    %next = arith.addf %sum, %e : f32
    tile.yield %next, %next : f32, f32
  } : !tile.fragment<128x64xf32, #tile.blocked<vector = 4, warps = 4>> -> !tile.fragment<128x64xf32, #tile.blocked<vector = 64, warps = 4>>, !tile.fragment<128x1xf32, #tile.blocked<vector = 1, warps = 4>>
  return
}

// -----

// scan_c2
func.func @short_carry(%x: !tile.fragment<128x64xf32, #tile.blocked<vector = 64, warps = 4>>, %c: !tile.fragment<64x1xf32, #tile.blocked<vector = 1, warps = 4>>) {
  // expected-error@+1 {{expects a carry of 128x1 in layout `blocked` of 1 and 4 warps, but got '!tile.fragment<64x1xf32, #tile.blocked<vector = 1, warps = 4>>'}}
  %y, %last = tile.scan %x from %c {
  ^bb0(%sum: f32, %e: f32, %row: index, %column: index):
    %next = arith.addf %sum, %e : f32
    tile.yield %next, %next : f32, f32
  } : !tile.fragment<128x64xf32, #tile.blocked<vector = 64, warps = 4>> -> !tile.fragment<128x64xf32, #tile.blocked<vector = 64, warps = 4>>, !tile.fragment<64x1xf32, #tile.blocked<vector = 1, warps = 4>>
  return
}

// -----

// scan_c2
func.func @carry_of_other_warps(%x: !tile.fragment<128x64xf32, #tile.blocked<vector = 64, warps = 4>>, %c: !tile.fragment<128x1xf32, #tile.blocked<vector = 1, warps = 8>>) {
  // expected-error@+1 {{expects a carry of 128x1 in layout `blocked` of 1 and 4 warps, but got '!tile.fragment<128x1xf32, #tile.blocked<vector = 1, warps = 8>>'}}
  %y, %last = tile.scan %x from %c {
  ^bb0(%sum: f32, %e: f32, %row: index, %column: index):
    %next = arith.addf %sum, %e : f32
    tile.yield %next, %next : f32, f32
  } : !tile.fragment<128x64xf32, #tile.blocked<vector = 64, warps = 4>> -> !tile.fragment<128x64xf32, #tile.blocked<vector = 64, warps = 4>>, !tile.fragment<128x1xf32, #tile.blocked<vector = 1, warps = 8>>
  return
}

// -----

// scan_c3
func.func @arguments(%x: !tile.fragment<128x64xf32, #tile.blocked<vector = 64, warps = 4>>, %c: !tile.fragment<128x1xf32, #tile.blocked<vector = 1, warps = 4>>) {
  // expected-error@+1 {{expects arguments of the body 'f32', 'f32', 'index', 'index', but got 'f32', 'index', 'index'}}
  %y, %last = tile.scan %x from %c {
  ^bb0(%sum: f32, %row: index, %column: index):
    tile.yield %sum, %sum : f32, f32
  } : !tile.fragment<128x64xf32, #tile.blocked<vector = 64, warps = 4>> -> !tile.fragment<128x64xf32, #tile.blocked<vector = 64, warps = 4>>, !tile.fragment<128x1xf32, #tile.blocked<vector = 1, warps = 4>>
  return
}

// -----

// scan_c4
func.func @effects(%x: !tile.fragment<128x64xf32, #tile.blocked<vector = 64, warps = 4>>, %c: !tile.fragment<128x1xf32, #tile.blocked<vector = 1, warps = 4>>) {
  // expected-error@+1 {{expects ops without regions and effects in the body, but got tile.barrier}}
  %y, %last = tile.scan %x from %c {
  ^bb0(%sum: f32, %e: f32, %row: index, %column: index):
    tile.barrier
    tile.yield %sum, %e : f32, f32
  } : !tile.fragment<128x64xf32, #tile.blocked<vector = 64, warps = 4>> -> !tile.fragment<128x64xf32, #tile.blocked<vector = 64, warps = 4>>, !tile.fragment<128x1xf32, #tile.blocked<vector = 1, warps = 4>>
  return
}

// -----

// scan_c5
func.func @one_yielded(%x: !tile.fragment<128x64xf32, #tile.blocked<vector = 64, warps = 4>>, %c: !tile.fragment<128x1xf32, #tile.blocked<vector = 1, warps = 4>>) {
  // expected-error@+1 {{expects a `tile.yield` of 2 elements, but got 1}}
  %y, %last = tile.scan %x from %c {
  ^bb0(%sum: f32, %e: f32, %row: index, %column: index):
    tile.yield %sum : f32
  } : !tile.fragment<128x64xf32, #tile.blocked<vector = 64, warps = 4>> -> !tile.fragment<128x64xf32, #tile.blocked<vector = 64, warps = 4>>, !tile.fragment<128x1xf32, #tile.blocked<vector = 1, warps = 4>>
  return
}

// -----

// scan_c5
func.func @other_yielded(%x: !tile.fragment<128x64xf32, #tile.blocked<vector = 64, warps = 4>>, %c: !tile.fragment<128x1xf32, #tile.blocked<vector = 1, warps = 4>>, %s: bf16) {
  // expected-error@+1 {{expects a yielded value of 'f32', but got 'bf16'}}
  %y, %last = tile.scan %x from %c {
  ^bb0(%sum: f32, %e: f32, %row: index, %column: index):
    tile.yield %sum, %s : f32, bf16
  } : !tile.fragment<128x64xf32, #tile.blocked<vector = 64, warps = 4>> -> !tile.fragment<128x64xf32, #tile.blocked<vector = 64, warps = 4>>, !tile.fragment<128x1xf32, #tile.blocked<vector = 1, warps = 4>>
  return
}
