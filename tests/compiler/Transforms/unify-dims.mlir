// RUN: plait-opt %s --pass-pipeline='builtin.module(func.func(plait-unify-dims,cse))' | FileCheck %s

// Sizes of one symbol are read off the first argument that has it; a size of
// another symbol stays.

// CHECK-LABEL: func @sizes(
// CHECK-DAG:   %[[T:.*]] = memref.dim %arg0, %c1
// CHECK-DAG:   %[[N:.*]] = memref.dim %arg1, %c0
// CHECK:       return %[[T]], %[[T]], %[[N]]
func.func @sizes(%q: memref<?x?x8x4xf32> {plait.dims = ["B", "T", "", ""]}, %v: memref<?x?x8x6xf32> {plait.dims = ["N", "T", "", ""]}) -> (index, index, index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %a = memref.dim %q, %c1 : memref<?x?x8x4xf32>
  %b = memref.dim %v, %c1 : memref<?x?x8x6xf32>
  %n = memref.dim %v, %c0 : memref<?x?x8x6xf32>
  return %a, %b, %n : index, index, index
}
