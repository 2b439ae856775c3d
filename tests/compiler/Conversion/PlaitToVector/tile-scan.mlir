// RUN: plait-opt %s --convert-plait-to-vector --canonicalize --cse | FileCheck %s

// A tile of eight rows by two vectors stays in registers while time runs.

module attributes {plait.target = #plait.target<"x86-64-v4", {fma, lanes = 16 : i64, registers = 32 : i64}>} {

// CHECK-LABEL: func @whole_tiles(
// CHECK:       scf.for %[[J:.*]] = %c0 to %c64 step %c32
// CHECK:         scf.for %[[I:.*]] = %c0 to %c64 step %c8
// CHECK:           %[[TILE:.*]]:16 = scf.for {{.*}} -> (vector<16xf32>
// CHECK-COUNT-32:    vector.fma
// CHECK:             scf.yield
// CHECK-COUNT-16:  vector.store %[[TILE]]#
// CHECK-NOT:   plait.recur
func.func @whole_tiles(%q: memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>, %k: memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>, %v: memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>, %o: memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>, %s: memref<1x1x64x64xf32>) {
  plait.recur ins(%q, %k, %v : memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>, memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>, memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>)
    outs(%o, %s : memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>, memref<1x1x64x64xf32>)
  return
}

// Twelve lanes of the last vector exist; four rows are left below eight.
// CHECK-LABEL: func @remainders(
// CHECK:       vector.constant_mask [12] : vector<16xi1>
// CHECK:       vector.maskedload
// CHECK:       vector.maskedstore
func.func @remainders(%q: memref<1x?x1x12xf32, strided<[?, ?, 12, 1], offset: ?>>, %k: memref<1x?x1x12xf32, strided<[?, ?, 12, 1], offset: ?>>, %v: memref<1x?x1x60xf32, strided<[?, ?, 60, 1], offset: ?>>, %o: memref<1x?x1x60xf32, strided<[?, ?, 60, 1], offset: ?>>, %s: memref<1x1x12x60xf32>) {
  plait.recur ins(%q, %k, %v : memref<1x?x1x12xf32, strided<[?, ?, 12, 1], offset: ?>>, memref<1x?x1x12xf32, strided<[?, ?, 12, 1], offset: ?>>, memref<1x?x1x60xf32, strided<[?, ?, 60, 1], offset: ?>>)
    outs(%o, %s : memref<1x?x1x60xf32, strided<[?, ?, 60, 1], offset: ?>>, memref<1x1x12x60xf32>)
    {schedule = #plait.schedule<tile_scan, {rows = 4 : i64, columns = 4 : i64}>}
  return
}

// The state is updated once and read by each of four query heads.
// CHECK-LABEL: func @grouped(
// CHECK:       scf.for {{.*}} step %c8
// CHECK:         %{{.*}}:16 = scf.for
// CHECK-COUNT-80: vector.fma
// CHECK-NOT:     vector.fma
// CHECK:         scf.yield
func.func @grouped(%q: memref<1x?x4x64xf32, strided<[?, ?, 64, 1], offset: ?>>, %k: memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>, %v: memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>, %o: memref<1x?x4x64xf32, strided<[?, ?, 64, 1], offset: ?>>, %s: memref<1x1x64x64xf32>) {
  plait.recur ins(%q, %k, %v : memref<1x?x4x64xf32, strided<[?, ?, 64, 1], offset: ?>>, memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>, memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>)
    outs(%o, %s : memref<1x?x4x64xf32, strided<[?, ?, 64, 1], offset: ?>>, memref<1x1x64x64xf32>) group_size(4)
  return
}

// Time runs from the last token down; the scale is applied to whole sums.
// CHECK-LABEL: func @reverse_scaled(
// CHECK:       %[[LAST:.*]] = arith.addi %{{.*}}, %c-1
// CHECK:       arith.subi %{{.*}}, %{{.*}} : index
// CHECK:       arith.mulf %{{.*}}, %cst
func.func @reverse_scaled(%q: memref<1x?x1x8xf32, strided<[?, ?, 8, 1], offset: ?>>, %k: memref<1x?x1x8xf32, strided<[?, ?, 8, 1], offset: ?>>, %v: memref<1x?x1x32xf32, strided<[?, ?, 32, 1], offset: ?>>, %o: memref<1x?x1x32xf32, strided<[?, ?, 32, 1], offset: ?>>, %s: memref<1x1x8x32xf32>) {
  plait.recur ins(%q, %k, %v : memref<1x?x1x8xf32, strided<[?, ?, 8, 1], offset: ?>>, memref<1x?x1x8xf32, strided<[?, ?, 8, 1], offset: ?>>, memref<1x?x1x32xf32, strided<[?, ?, 32, 1], offset: ?>>)
    outs(%o, %s : memref<1x?x1x32xf32, strided<[?, ?, 32, 1], offset: ?>>, memref<1x1x8x32xf32>) reverse scale(0.5)
  return
}

}
