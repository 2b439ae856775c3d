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

// expected-error @+1 {{expects scratch below 2 GiB, but got 4294967296 bytes}}
func.func @huge(%x: memref<?xf32>, %i: i32, %j: i32, %k: i32) attributes {plait.kernel} {
  %n = arith.constant 4 : index
  %local = memref.alloca() : memref<1073741824xf32>
  %value = memref.load %local[%n] : memref<1073741824xf32>
  memref.store %value, %x[%n] : memref<?xf32>
  return
}
