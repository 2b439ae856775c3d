// RUN: plait-opt %s --pass-pipeline='builtin.module(func.func(plait-drop-carried,canonicalize))' | FileCheck %s

// Only the body reads the rows that it writes: each block gets a tile of its own,
// and the loop carries the sum alone.

// CHECK-LABEL: func @dropped
// CHECK:       scf.for {{.*}} iter_args(%{{[^,]*}} = %{{[^,]*}}) -> (f32)
// CHECK:         %[[TILE:.*]] = tensor.empty() : tensor<1x8x1x4xf32>
// CHECK:         plait.map_rows {{.*}} outs(%[[TILE]] :
// CHECK-NOT:     tensor.insert_slice
func.func @dropped(%x: tensor<1x?x1x4xf32>, %n: index, %init: f32) -> f32 {
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  %e = tensor.empty(%n) : tensor<1x?x1x4xf32>
  %r:2 = scf.for %i = %c0 to %n step %c8 iter_args(%all = %e, %sum = %init) -> (tensor<1x?x1x4xf32>, f32) {
    %out = tensor.extract_slice %all[0, %i, 0, 0] [1, 8, 1, 4] [1, 1, 1, 1] : tensor<1x?x1x4xf32> to tensor<1x8x1x4xf32>
    %in = tensor.extract_slice %x[0, %i, 0, 0] [1, 8, 1, 4] [1, 1, 1, 1] : tensor<1x?x1x4xf32> to tensor<1x8x1x4xf32>
    %tile = plait.map_rows ins(%in : tensor<1x8x1x4xf32>) outs(%out : tensor<1x8x1x4xf32>) {
    ^bb0(%row: vector<4xf32>):
      %twice = arith.addf %row, %row : vector<4xf32>
      plait.yield %twice : vector<4xf32>
    } -> tensor<1x8x1x4xf32>
    %first = tensor.extract %tile[%c0, %c0, %c0, %c0] : tensor<1x8x1x4xf32>
    %next = arith.addf %sum, %first : f32
    %put = tensor.insert_slice %tile into %all[0, %i, 0, 0] [1, 8, 1, 4] [1, 1, 1, 1] : tensor<1x8x1x4xf32> into tensor<1x?x1x4xf32>
    scf.yield %put, %next : tensor<1x?x1x4xf32>, f32
  }
  return %r#1 : f32
}

// A result that is used is carried on.
// CHECK-LABEL: func @used
// CHECK:       scf.for {{.*}} -> (tensor<1x?x1x4xf32>)
// CHECK:         tensor.insert_slice
func.func @used(%x: tensor<1x?x1x4xf32>, %n: index) -> tensor<1x?x1x4xf32> {
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  %e = tensor.empty(%n) : tensor<1x?x1x4xf32>
  %r = scf.for %i = %c0 to %n step %c8 iter_args(%all = %e) -> (tensor<1x?x1x4xf32>) {
    %out = tensor.extract_slice %all[0, %i, 0, 0] [1, 8, 1, 4] [1, 1, 1, 1] : tensor<1x?x1x4xf32> to tensor<1x8x1x4xf32>
    %in = tensor.extract_slice %x[0, %i, 0, 0] [1, 8, 1, 4] [1, 1, 1, 1] : tensor<1x?x1x4xf32> to tensor<1x8x1x4xf32>
    %tile = plait.map_rows ins(%in : tensor<1x8x1x4xf32>) outs(%out : tensor<1x8x1x4xf32>) {
    ^bb0(%row: vector<4xf32>):
      %twice = arith.addf %row, %row : vector<4xf32>
      plait.yield %twice : vector<4xf32>
    } -> tensor<1x8x1x4xf32>
    %put = tensor.insert_slice %tile into %all[0, %i, 0, 0] [1, 8, 1, 4] [1, 1, 1, 1] : tensor<1x8x1x4xf32> into tensor<1x?x1x4xf32>
    scf.yield %put : tensor<1x?x1x4xf32>
  }
  return %r : tensor<1x?x1x4xf32>
}
