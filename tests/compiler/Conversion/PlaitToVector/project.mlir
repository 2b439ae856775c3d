// RUN: plait-opt %s --convert-plait-to-vector --canonicalize --cse | FileCheck %s

// Eight tokens by two vectors stay in registers while rows of the matrix run.

module attributes {plait.target = #plait.target<"x86-64-v4", {fma, lanes = 16 : i64, registers = 32 : i64}>} {

// CHECK-LABEL: func @shared_matrix(
// CHECK:       scf.for {{.*}} step %c32
// CHECK:         scf.for {{.*}} step %c8
// CHECK:           %{{.*}}:16 = scf.for
// CHECK-COUNT-16:    vector.fma
// CHECK:         scf.for
func.func @shared_matrix(%x: memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>, %m: memref<64x64xf32>, %y: memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>) {
  plait.project ins(%x, %m : memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>, memref<64x64xf32>) outs(%y : memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>)
  return
}

}
