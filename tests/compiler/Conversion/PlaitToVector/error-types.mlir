// RUN: plait-opt %s --pass-pipeline='builtin.module(func.func(convert-plait-to-vector))' -verify-diagnostics -split-input-file

// Types that the loops over vectors do not take.

module attributes {plait.target = #plait.target<"x86-64-v4", {fma}>} {
  func.func @stride_of_fill(%x: memref<4x16xf32, strided<[?, 2]>>, %zero: f32) {
    // expected-error @+1 {{expects a memref whose last stride is 1, but got 'memref<4x16xf32, strided<[?, 2]>>'}}
    linalg.fill ins(%zero : f32) outs(%x : memref<4x16xf32, strided<[?, 2]>>)
    return
  }
}

// -----

module attributes {plait.target = #plait.target<"x86-64-v4", {fma}>} {
  func.func @stride_of_copy(%x: memref<4x16xf32, strided<[?, 2]>>, %y: memref<4x16xf32>) {
    // expected-error @+1 {{expects memrefs whose last stride is 1, but got 'memref<4x16xf32, strided<[?, 2]>>'}}
    linalg.copy ins(%x : memref<4x16xf32, strided<[?, 2]>>) outs(%y : memref<4x16xf32>)
    return
  }
}

// -----

!q = tensor<1x9x8x16xf32>
module attributes {plait.target = #plait.target<"x86-64-v4", {fma}>} {
  func.func @attention(%q: !q) -> !q {
    // expected-error @+1 {{expects a form on buffers, but got an op without one}}
    %o = plait.attention ins(%q, %q, %q : !q, !q, !q) -> !q
    return %o : !q
  }
}

// -----

!x = tensor<1x9x8x16xf32>
module attributes {plait.target = #plait.target<"x86-64-v4", {fma}>} {
  func.func @rows_of_tensors(%x: !x) -> !x {
    // expected-error @+1 {{expects memrefs of rows of static length, but got 'tensor<1x9x8x16xf32>'}}
    %y = plait.map_rows ins(%x : !x) outs(%x : !x) {
    ^bb0(%row: vector<16xf32>):
      plait.yield %row : vector<16xf32>
    } -> !x
    return %y : !x
  }
}

// -----

!q = memref<1x9x8x16xbf16>
!s = memref<1x8x16x16xf32>
module attributes {plait.target = #plait.target<"x86-64-v4", {fma}>} {
  func.func @narrow_recur(%q: !q, %s: !s) {
    // expected-error @+1 {{expects memrefs of f32, but got 'memref<1x9x8x16xbf16>'}}
    plait.recur ins(%q, %q, %q : !q, !q, !q) outs(%q, %s : !q, !s)
    return
  }
}

// -----

!x = memref<1x9x8x16xbf16>
module attributes {plait.target = #plait.target<"x86-64-v4", {fma}>} {
  func.func @narrow_project(%x: !x, %m: memref<16x16xbf16>) {
    // expected-error @+1 {{expects memrefs of f32 with static rows, but got 'memref<1x9x8x16xbf16>'}}
    plait.project ins(%x, %m : !x, memref<16x16xbf16>) outs(%x : !x)
    return
  }
}

// -----

!x = memref<1x9x8x16xbf16>
module attributes {plait.target = #plait.target<"x86-64-v4", {fma}>} {
  func.func @narrow_scan(%x: !x, %c: memref<1x8x16xf32>) {
    // expected-error @+1 {{expects memrefs of f32 with static rows, but got 'memref<1x9x8x16xbf16>'}}
    plait.scan add ins(%x : !x) outs(%x, %c : !x, memref<1x8x16xf32>)
    return
  }
}
