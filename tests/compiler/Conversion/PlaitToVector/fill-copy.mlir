// RUN: plait-opt %s --convert-plait-to-vector --canonicalize --cse | FileCheck %s

// Fills and copies are rows of vectors.

module attributes {plait.target = #plait.target<"x86-64-v4", {fma, lanes = 16 : i64, registers = 32 : i64}>} {

// CHECK-LABEL: func @fill_and_copy(
// CHECK:       vector.store %{{.*}} : memref<1x1x64x64xf32>, vector<16xf32>
// CHECK:       vector.load %{{.*}} : memref<1x1x64x64xf32>, vector<16xf32>
// CHECK-NOT:   linalg
func.func @fill_and_copy(%x: memref<1x1x64x64xf32>, %y: memref<1x1x64x64xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%x : memref<1x1x64x64xf32>)
  linalg.copy ins(%x : memref<1x1x64x64xf32>) outs(%y : memref<1x1x64x64xf32>)
  return
}

}
