// RUN: plait-opt %s --convert-plait-to-vector --split-input-file --verify-diagnostics

// expected-error@+1 {{expects a module with the attribute plait.target, but got none}}
func.func @no_target(%q: memref<1x?x1x8xf32, strided<[?, ?, 8, 1], offset: ?>>, %o: memref<1x?x1x8xf32, strided<[?, ?, 8, 1], offset: ?>>, %s: memref<1x1x8x8xf32>) {
  plait.recur ins(%q, %q, %q : memref<1x?x1x8xf32, strided<[?, ?, 8, 1], offset: ?>>, memref<1x?x1x8xf32, strided<[?, ?, 8, 1], offset: ?>>, memref<1x?x1x8xf32, strided<[?, ?, 8, 1], offset: ?>>) outs(%o, %s : memref<1x?x1x8xf32, strided<[?, ?, 8, 1], offset: ?>>, memref<1x1x8x8xf32>)
  return
}

// -----

module attributes {plait.target = #plait.target<"x86-64-v4", {fma, lanes = 16 : i64, registers = 32 : i64}>} {
func.func @delta(%q: memref<1x?x1x8xf32, strided<[?, ?, 8, 1], offset: ?>>, %b: memref<1x?x1xf32>, %o: memref<1x?x1x8xf32, strided<[?, ?, 8, 1], offset: ?>>, %s: memref<1x1x8x8xf32>) {
  // expected-error@+1 {{expects no low rank and no delta rule in a compiled kernel, but got one}}
  plait.recur ins(%q, %q, %q : memref<1x?x1x8xf32, strided<[?, ?, 8, 1], offset: ?>>, memref<1x?x1x8xf32, strided<[?, ?, 8, 1], offset: ?>>, memref<1x?x1x8xf32, strided<[?, ?, 8, 1], offset: ?>>) delta(%b : memref<1x?x1xf32>) outs(%o, %s : memref<1x?x1x8xf32, strided<[?, ?, 8, 1], offset: ?>>, memref<1x1x8x8xf32>)
  return
}
}

// -----

module attributes {plait.target = #plait.target<"x86-64-v4", {fma, lanes = 16 : i64, registers = 32 : i64}>} {
func.func @segments(%q: memref<1x?x1x8xf32, strided<[?, ?, 8, 1], offset: ?>>, %n: memref<?xi32>, %o: memref<1x?x1x8xf32, strided<[?, ?, 8, 1], offset: ?>>, %s: memref<?x1x8x8xf32>) {
  // expected-error@+1 {{expects no packed segments in a compiled kernel, but got segments}}
  plait.recur ins(%q, %q, %q : memref<1x?x1x8xf32, strided<[?, ?, 8, 1], offset: ?>>, memref<1x?x1x8xf32, strided<[?, ?, 8, 1], offset: ?>>, memref<1x?x1x8xf32, strided<[?, ?, 8, 1], offset: ?>>) segments(%n : memref<?xi32>) outs(%o, %s : memref<1x?x1x8xf32, strided<[?, ?, 8, 1], offset: ?>>, memref<?x1x8x8xf32>)
  return
}
}

// -----

module attributes {plait.target = #plait.target<"x86-64-v4", {fma, lanes = 16 : i64, registers = 32 : i64}>} {
func.func @stride(%x: memref<1x9x1x8xf32, strided<[144, 16, 16, 2]>>, %m: memref<8x8xf32>, %o: memref<1x9x1x8xf32>) {
  // expected-error@+1 {{expects memrefs whose last stride is 1, but got 'memref<1x9x1x8xf32, strided<[144, 16, 16, 2]>>'}}
  plait.project ins(%x, %m : memref<1x9x1x8xf32, strided<[144, 16, 16, 2]>>, memref<8x8xf32>) outs(%o : memref<1x9x1x8xf32>)
  return
}
}

// -----

module attributes {plait.target = #plait.target<"x86-64-v4", {fma, lanes = 16 : i64, registers = 32 : i64}>} {
func.func @copy(%x: memref<4x4xf32>, %y: memref<4x4xf16>) {
  // expected-error@+1 {{expects memrefs of one element type, but got 'memref<4x4xf32>' and 'memref<4x4xf16>'}}
  linalg.copy ins(%x : memref<4x4xf32>) outs(%y : memref<4x4xf16>)
  return
}
}
