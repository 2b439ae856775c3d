// RUN: plait-opt %s --convert-plait-to-vector --canonicalize --cse | FileCheck %s

// A fold block is swept by halves where four columns keep much of each step; the
// state takes its factors after the last.

!r = memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>
module attributes {plait.target = #plait.target<"x86-64-v4", {fma, lanes = 16 : i64, pipes = 2 : i64, registers = 32 : i64}>} {

// CHECK-LABEL: func @halves(
// CHECK-DAG:   %[[C32:.*]] = arith.constant 32 : index
// CHECK-DAG:   %[[C33:.*]] = arith.constant 33 : index
// CHECK-DAG:   %[[ONE:.*]] = arith.constant dense<1.000000e+00>
// CHECK:       vector.store %[[ONE]], %[[ONES:.*]][%{{.*}}] : memref<64xf32>
// CHECK:       scf.for %[[BEGIN:.*]] = {{.*}} step %[[C32]] {
// CHECK-NEXT:    %[[LEFT:.*]] = arith.subi %{{.*}}, %[[BEGIN]]
// CHECK-NEXT:    %[[LAST:.*]] = arith.cmpi slt, %[[LEFT]], %[[C33]]
// CHECK:         arith.select %[[LAST]], %{{.*}}, %[[ONES]] : memref<64xf32>
// CHECK:         %{{.*}}:20 = scf.for
func.func @halves(%q: !r, %k: !r, %v: !r, %g: memref<1x?x1xf32>, %o: !r, %s: memref<1x1x64x64xf32>) {
  plait.recur ins(%q, %k, %v : !r, !r, !r) decay(%g : memref<1x?x1xf32>) outs(%o, %s : !r, memref<1x1x64x64xf32>)
  return
}

}
