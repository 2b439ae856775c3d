// RUN: plait-opt %s -verify-diagnostics -split-input-file

// Each numbered constraint of plait.map_rows, broken.

// map_rows_c1
!x = tensor<2x9x8x64xf32>
func.func @map_rows_c1(%x: !x, %m: memref<2x9x8x64xf32>) {
  // expected-error @+1 {{expects either tensors or memrefs, but got both}}
  plait.map_rows ins(%x : !x) outs(%m : memref<2x9x8x64xf32>) {
  ^bb0(%row: vector<64xf32>):
    plait.yield %row : vector<64xf32>
  }
  return
}

// -----

// map_rows_c2
!x = tensor<2x9x8x64xf32>
func.func @map_rows_c2(%x: !x) {
  // expected-error @+1 {{expected the number of tensor results (0) to be equal to the number of output tensors (1)}}
  plait.map_rows ins(%x : !x) outs(%x : !x) {
  ^bb0(%row: vector<64xf32>):
    plait.yield %row : vector<64xf32>
  }
  return
}

// -----

// map_rows_c3
!x = tensor<2x9x8x64xf32>
func.func @map_rows_c3(%x: !x) {
  // expected-error @+1 {{expects at least 1 init, but got 0}}
  "plait.map_rows"(%x) <{operandSegmentSizes = array<i32: 1, 0, 0>}> ({
  ^bb0(%row: vector<64xf32>):
    plait.yield
  }) : (!x) -> ()
  return
}

// -----

// map_rows_c3
!x = tensor<2x9x8x64xf32>
func.func @map_rows_c3(%x: !x, %y: tensor<f32>) {
  // expected-error @+1 {{expects `input 1` of rank 1, 2, 3 or 4, but got rank 0}}
  plait.map_rows ins(%x, %y : !x, tensor<f32>) outs(%x : !x) {
  ^bb0(%row: vector<64xf32>, %z: f32):
    plait.yield %row : vector<64xf32>
  } -> !x
  return
}

// -----

// map_rows_c3
!x = tensor<2x9x8x64xf32>
func.func @map_rows_c3(%x: !x, %y: tensor<8x64xf32>) {
  // expected-error @+1 {{expects `init 0` of rank 3 or 4, but got rank 2}}
  plait.map_rows ins(%x : !x) outs(%y : tensor<8x64xf32>) {
  ^bb0(%row: vector<64xf32>):
    plait.yield %row : vector<64xf32>
  } -> tensor<8x64xf32>
  return
}

// -----

// map_rows_c4
!x = tensor<2x9x8x64xf32>
func.func @map_rows_c4(%x: !x, %y: tensor<2x9x8x?xf32>) {
  // expected-error @+1 {{expects `input 0` dim 3 (row) static and at least 1, but got ?}}
  plait.map_rows ins(%y : tensor<2x9x8x?xf32>) outs(%x : !x) {
  ^bb0(%row: vector<64xf32>):
    plait.yield %row : vector<64xf32>
  } -> !x
  return
}

// -----

// map_rows_c4
!x = tensor<2x9x8x64xf32>
func.func @map_rows_c4(%x: !x, %y: tensor<2x9x8x0xf32>) {
  // expected-error @+1 {{expects `init 0` dim 3 (row) static and at least 1, but got 0}}
  plait.map_rows ins(%x : !x) outs(%y : tensor<2x9x8x0xf32>) {
  ^bb0(%row: vector<64xf32>):
    plait.yield %row : vector<64xf32>
  } -> tensor<2x9x8x0xf32>
  return
}

// -----

// map_rows_c5
!x = tensor<2x9x8x64xf32>
func.func @map_rows_c5(%x: !x) {
  // expected-error @+1 {{expects 1 region argument, but got 2}}
  plait.map_rows ins(%x : !x) outs(%x : !x) {
  ^bb0(%row: vector<64xf32>, %z: f32):
    plait.yield %row : vector<64xf32>
  } -> !x
  return
}

// -----

// map_rows_c5
!x = tensor<2x9x8x64xf32>
func.func @map_rows_c5(%x: !x) {
  // expected-error @+1 {{expects region argument 0 of type 'vector<64xf32>', but got 'vector<32xf32>'}}
  plait.map_rows ins(%x : !x) outs(%x : !x) {
  ^bb0(%row: vector<32xf32>):
    plait.yield %row : vector<32xf32>
  } -> !x
  return
}

// -----

// map_rows_c5
!x = tensor<2x9x8x64xf32>
func.func @map_rows_c5(%x: !x, %y: tensor<8xf32>) {
  // expected-error @+1 {{expects region argument 1 of type 'vector<8xf32>' or 'f32', but got 'bf16'}}
  plait.map_rows ins(%x, %y : !x, tensor<8xf32>) outs(%x : !x) {
  ^bb0(%row: vector<64xf32>, %z: bf16):
    plait.yield %row : vector<64xf32>
  } -> !x
  return
}

// -----

// map_rows_c5
!x = tensor<2x9x8x64xf32>
func.func @map_rows_c5(%x: !x, %y: tensor<2x9x8xf32>) {
  // expected-error @+1 {{expects region argument 1 of type 'f32', but got 'vector<8xf32>'}}
  plait.map_rows ins(%x, %y : !x, tensor<2x9x8xf32>) outs(%x : !x) {
  ^bb0(%row: vector<64xf32>, %z: vector<8xf32>):
    plait.yield %row : vector<64xf32>
  } -> !x
  return
}

// -----

// map_rows_c5
!x = tensor<2x9x8x64xf32>
func.func @map_rows_c5(%x: !x, %i: index) {
  // expected-error @+1 {{expects a last region argument of type index beside `from`, but got 'i64'}}
  plait.map_rows ins(%x : !x) from(%i) outs(%x : !x) {
  ^bb0(%row: vector<64xf32>, %z: i64):
    plait.yield %row : vector<64xf32>
  } -> !x
  return
}

// -----

// map_rows_c6
!x = tensor<2x9x8x64xf32>
func.func @map_rows_c6(%x: !x, %y: tensor<2x8x8xf32>) {
  // expected-error @+1 {{expects `input 1` dim 1 (time) of 9, but got 8}}
  plait.map_rows ins(%x, %y : !x, tensor<2x8x8xf32>) outs(%x : !x) {
  ^bb0(%row: vector<64xf32>, %z: f32):
    plait.yield %row : vector<64xf32>
  } -> !x
  return
}

// -----

// map_rows_c6
!x = tensor<2x9x8x64xf32>
func.func @map_rows_c6(%x: !x, %y: tensor<2x9x4x64xf32>) {
  // expected-error @+1 {{expects `init 0` dim 2 (head) of 8, but got 4}}
  plait.map_rows ins(%x : !x) outs(%y : tensor<2x9x4x64xf32>) {
  ^bb0(%row: vector<64xf32>):
    plait.yield %row : vector<64xf32>
  } -> tensor<2x9x4x64xf32>
  return
}

// -----

// map_rows_c7
!x = tensor<2x9x8x64xf32>
func.func @map_rows_c7(%x: !x) {
  // expected-error @+1 {{expects 1 yielded value, but got 2}}
  plait.map_rows ins(%x : !x) outs(%x : !x) {
  ^bb0(%row: vector<64xf32>):
    plait.yield %row, %row : vector<64xf32>, vector<64xf32>
  } -> !x
  return
}

// -----

// map_rows_c7
!x = tensor<2x9x8x64xf32>
func.func @map_rows_c7(%x: !x) {
  // expected-error @+1 {{expects 1 yielded value, but got 0}}
  plait.map_rows ins(%x : !x) outs(%x : !x) {
  ^bb0(%row: vector<64xf32>):
    plait.yield
  } -> !x
  return
}

// -----

// map_rows_c7
!x = tensor<2x9x8x64xf32>
func.func @map_rows_c7(%x: !x) {
  // expected-error @+1 {{expects yielded value 0 of type 'vector<64xf32>', but got 'vector<64xbf16>'}}
  plait.map_rows ins(%x : !x) outs(%x : !x) {
  ^bb0(%row: vector<64xf32>):
    %y = arith.truncf %row : vector<64xf32> to vector<64xbf16>
    plait.yield %y : vector<64xbf16>
  } -> !x
  return
}

// -----

// map_rows_c8
!x = tensor<2x9x8x64xf32>
func.func @map_rows_c8(%x: !x) {
  plait.map_rows ins(%x : !x) outs(%x : !x) {
  ^bb0(%row: vector<64xf32>):
  // expected-error @+1 {{'plait.map_rows' op expects arith, math and vector ops on rows in its region, but got `func.call`}}
    %y = func.call @f(%row) : (vector<64xf32>) -> vector<64xf32>
    plait.yield %y : vector<64xf32>
  } -> !x
  return
}

// -----

// map_rows_c8
!x = tensor<2x9x8x64xf32>
func.func @map_rows_c8(%x: !x) {
  plait.map_rows ins(%x : !x) outs(%x : !x) {
  ^bb0(%row: vector<64xf32>):
    %i = arith.constant 1 : index
  // expected-error @+1 {{'plait.map_rows' op expects arith, math and vector ops on rows in its region, but got `scf.for`}}
    scf.for %j = %i to %i step %i {
    }
    plait.yield %row : vector<64xf32>
  } -> !x
  return
}

// -----

// map_rows_c8
!x = tensor<2x9x8x64xf32>
func.func @map_rows_c8(%x: !x) {
  plait.map_rows ins(%x : !x) outs(%x : !x) {
  ^bb0(%row: vector<64xf32>):
  // expected-error @+1 {{'plait.map_rows' op expects arith, math and vector ops on rows in its region, but got `memref.alloca`}}
    %y = memref.alloca() : memref<64xf32>
    plait.yield %row : vector<64xf32>
  } -> !x
  return
}

// -----

// map_rows_c8
!x = tensor<2x9x8x64xf32>
func.func @map_rows_c8(%x: !x) {
  plait.map_rows ins(%x : !x) outs(%x : !x) {
  ^bb0(%row: vector<64xf32>):
  // expected-error @+1 {{'plait.map_rows' op expects arith, math and vector ops on rows in its region, but got `vector.print`}}
    vector.print %row : vector<64xf32>
    plait.yield %row : vector<64xf32>
  } -> !x
  return
}

// -----

// map_rows_c8
!x = tensor<2x9x8x64xf32>
func.func @map_rows_c8(%x: !x) {
  plait.map_rows ins(%x : !x) outs(%x : !x) {
  ^bb0(%row: vector<64xf32>):
  // expected-error @+1 {{'plait.map_rows' op expects arith, math and vector ops on rows in its region, but got `arith.constant`}}
    %y = arith.constant dense<0.0> : tensor<64xf32>
    plait.yield %row : vector<64xf32>
  } -> !x
  return
}

// -----

// map_rows_c8
!x = tensor<2x9x8x64xf32>
func.func @map_rows_c8(%x: !x) {
  plait.map_rows ins(%x : !x) outs(%x : !x) {
  ^bb0(%row: vector<64xf32>):
    %y = arith.constant 0.0 : f32
  // expected-error @+1 {{'plait.map_rows' op expects arith, math and vector ops on rows in its region, but got `tensor.splat`}}
    %z = tensor.splat %y : tensor<64xf32>
    plait.yield %row : vector<64xf32>
  } -> !x
  return
}

// -----

// map_rows_c8
!x = tensor<2x9x8x64xf32>
func.func @map_rows_c8(%x: !x) {
  plait.map_rows ins(%x : !x) outs(%x : !x) {
  ^bb0(%row: vector<64xf32>):
  // expected-error @+1 {{'plait.map_rows' op expects ops that kernels can hold in its region, but got `vector.vscale`}}
    %n = vector.vscale
    plait.yield %row : vector<64xf32>
  } -> !x
  return
}

// -----

// map_rows_c8
!x = tensor<2x9x8x64xf32>
func.func @map_rows_c8(%x: !x) {
  plait.map_rows ins(%x : !x) outs(%x : !x) {
  ^bb0(%row: vector<64xf32>):
  // expected-error @+1 {{'plait.map_rows' op expects the rounding mode to_nearest_even in its region, but got upward}}
    %n = arith.truncf %row upward : vector<64xf32> to vector<64xbf16>
    plait.yield %row : vector<64xf32>
  } -> !x
  return
}

// -----

// map_rows_c8
!x = tensor<2x9x8x16xf32>
func.func @map_rows_c8(%x: !x) -> !x {
  %y = plait.map_rows ins(%x : !x) outs(%x : !x) {
  ^bb0(%row: vector<16xf32>):
    // expected-error @+1 {{'plait.map_rows' op expects rows of fixed length of f16, bf16, f32, f64, index or integers of at most 64 bits in its region, but got 'vector<16xf8E4M3FN>'}}
    %narrow = arith.truncf %row : vector<16xf32> to vector<16xf8E4M3FN>
    %wide = arith.extf %narrow : vector<16xf8E4M3FN> to vector<16xf32>
    plait.yield %wide : vector<16xf32>
  } -> !x
  return %y : !x
}

// -----

// map_rows_c8
!x = tensor<2x9x8x16xf32>
func.func @map_rows_c8(%x: !x) -> !x {
  %y = plait.map_rows ins(%x : !x) outs(%x : !x) {
  ^bb0(%row: vector<16xf32>):
    // expected-error @+1 {{but got 'vector<16xi128>'}}
    %wide = arith.fptosi %row : vector<16xf32> to vector<16xi128>
    plait.yield %row : vector<16xf32>
  } -> !x
  return %y : !x
}

// -----

// map_rows_c8
!x = tensor<2x9x8x16xf32>
func.func @map_rows_c8(%x: !x) -> !x {
  %y = plait.map_rows ins(%x : !x) outs(%x : !x) {
  ^bb0(%row: vector<16xf32>):
    // expected-error @+1 {{but got 'vector<[4]xf32>'}}
    %scalable = arith.constant dense<0.0> : vector<[4]xf32>
    plait.yield %row : vector<16xf32>
  } -> !x
  return %y : !x
}
