// RUN: plait-opt %s --plait-outline-kernels -verify-diagnostics -split-input-file

// What can't be a kernel, and what is left beside it.

func.func @effect(%x: memref<4xf32>, %i: index) {
  // expected-error @+1 {{can't be moved into a kernel}}
  %value = memref.load %x[%i] : memref<4xf32>
  scf.forall (%j) in (4) {
    memref.store %value, %x[%j] : memref<4xf32>
  }
  return
}

// -----

func.func @allocation(%x: memref<4xf32>) {
  scf.forall (%j) in (4) {
    // expected-error @+1 {{is left inside a kernel, which must neither allocate nor copy}}
    %local = memref.alloc() : memref<4xf32>
    %value = memref.load %local[%j] : memref<4xf32>
    memref.store %value, %x[%j] : memref<4xf32>
  }
  return
}

// -----

func.func @rank(%x: memref<2x2x2x2xf32>, %value: f32) {
  // expected-error @+1 {{expects at most 3 dimensions of a grid, but got 4}}
  scf.forall (%a, %b, %c, %d) in (2, 2, 2, 2) {
    memref.store %value, %x[%a, %b, %c, %d] : memref<2x2x2x2xf32>
  }
  return
}

// -----

func.func @outside(%x: memref<2x9x8x64xf32>, %m: memref<64x64xf32>) {
  // expected-error @+1 {{is left outside every grid loop}}
  plait.project ins(%x, %m : memref<2x9x8x64xf32>, memref<64x64xf32>) outs(%x : memref<2x9x8x64xf32>)
  return
}
