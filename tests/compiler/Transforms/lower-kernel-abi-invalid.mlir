// RUN: plait-opt %s --plait-lower-kernel-abi -verify-diagnostics -split-input-file

// Scratch that no manifest can state.

func.func @dynamic(%x: memref<?xf32>, %i: i32, %j: i32, %k: i32) attributes {plait.kernel} {
  %n = arith.constant 4 : index
  // expected-error @+1 {{expects scratch of a static size, but got 'memref<?xf32>'}}
  %local = memref.alloca(%n) : memref<?xf32>
  %value = memref.load %local[%n] : memref<?xf32>
  memref.store %value, %x[%n] : memref<?xf32>
  return
}

// -----

func.func @huge(%x: memref<?xf32>, %i: i32, %j: i32, %k: i32) attributes {plait.kernel} {
  %n = arith.constant 4 : index
  // expected-error @+1 {{expects scratch below 2 GiB, but got 'memref<1073741824xf32>'}}
  %local = memref.alloca() : memref<1073741824xf32>
  %value = memref.load %local[%n] : memref<1073741824xf32>
  memref.store %value, %x[%n] : memref<?xf32>
  return
}

// -----

func.func @wrapped(%x: memref<?xf32>, %i: i32, %j: i32, %k: i32) attributes {plait.kernel} {
  // expected-error @+1 {{expects scratch below 2 GiB, but got 'memref<4611686018427387904x4xf32>'}}
  %local = memref.alloca() : memref<4611686018427387904x4xf32>
  return
}

// -----

// expected-error @+1 {{expects scratch below 2 GiB, but got more}}
func.func @sum(%x: memref<?xf32>, %i: i32, %j: i32, %k: i32) attributes {plait.kernel} {
  %local = memref.alloca() : memref<536870000xf32>
  %other = memref.alloca() : memref<536870000xf32>
  return
}

// -----

func.func @elements(%x: memref<?xf32>, %i: i32, %j: i32, %k: i32) attributes {plait.kernel} {
  // expected-error @+1 {{expects scratch of numbers without gaps, but got 'memref<4xindex>'}}
  %local = memref.alloca() : memref<4xindex>
  return
}

// -----

// expected-error @+1 {{expects a kernel on memrefs and three i32, but got '() -> ()'}}
func.func @no_items() attributes {plait.kernel} {
  return
}

// -----

// expected-error @+1 {{expects a kernel on memrefs and three i32, but got '(f32, i32, i32, i32) -> ()'}}
func.func @scalar(%x: f32, %i: i32, %j: i32, %k: i32) attributes {plait.kernel} {
  return
}

// -----

// expected-error @+1 {{expects a kernel on memrefs and three i32, but got '(memref<4xf32>, i32, i32, i32) -> ()'}}
func.func private @declaration(memref<4xf32>, i32, i32, i32) attributes {plait.kernel}
