// RUN: plait-opt %s --convert-plait-to-vector --canonicalize --cse | FileCheck %s

// With one value column the state is a row along K; sums take the fixed tree.

module attributes {plait.target = #plait.target<"x86-64-v4", {fma, lanes = 16 : i64, registers = 32 : i64}>} {

// CHECK-LABEL: func @normalizer(
// CHECK:       %{{.*}}:4 = scf.for {{.*}} -> (vector<16xf32>
// CHECK-COUNT-8: vector.fma
// CHECK:         vector.extract_strided_slice {{.*}} sizes = [8]
// CHECK:         vector.extract_strided_slice {{.*}} sizes = [4]
// CHECK:         vector.extract_strided_slice {{.*}} sizes = [2]
// CHECK-NOT:     vector.reduction
func.func @normalizer(%q: memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>, %k: memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>, %v: memref<1x?x1x1xf32, strided<[?, ?, 1, 1], offset: ?>>, %o: memref<1x?x1x1xf32, strided<[?, ?, 1, 1], offset: ?>>, %s: memref<1x1x64x1xf32>) {
  plait.recur ins(%q, %k, %v : memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>, memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>, memref<1x?x1x1xf32, strided<[?, ?, 1, 1], offset: ?>>) outs(%o, %s : memref<1x?x1x1xf32, strided<[?, ?, 1, 1], offset: ?>>, memref<1x1x64x1xf32>)
  return
}

}
