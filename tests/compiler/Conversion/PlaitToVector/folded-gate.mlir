// RUN: plait-opt %s --convert-plait-to-vector --canonicalize --cse | FileCheck %s

// Gates are folded into rows of q and k; blocks end where a sum leaves [-20, 4].

module attributes {plait.target = #plait.target<"x86-64-v4", {fma, lanes = 16 : i64, registers = 32 : i64}>} {

// CHECK-LABEL: func @vector_gate(
// CHECK-DAG:   %[[BOUND:.*]] = arith.constant dense<1.200000e+01> : vector<16xf32>
// CHECK:       memref.alloca() {alignment = 64 : i64} : memref<1x32x1x64xf32>
// CHECK:       scf.while
// CHECK:         arith.cmpf ugt, %{{.*}}, %[[BOUND]]
// CHECK:         vector.reduction <or>
// A token past the bound updates the state itself.
// CHECK:         scf.if
// CHECK:           math.exp {{.*}} : vector<64xf32>
// CHECK:         else
// CHECK:           scf.while
// CHECK:             arith.shli
// CHECK:           %{{.*}}:26 = scf.for
// CHECK-NOT:   plait.recur
func.func @vector_gate(%q: memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>, %k: memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>, %v: memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>, %g: memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>, %o: memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>, %s: memref<1x1x64x64xf32>) {
  plait.recur ins(%q, %k, %v : memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>, memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>, memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>) decay(%g : memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>)
    outs(%o, %s : memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>, memref<1x1x64x64xf32>)
  return
}

// The running sum of scalars is one scalar; exponentials go by tokens. Values take
// e^-G where the first tile reads them, outputs e^G where the last writes them, and
// no row of q or k is written.
// CHECK-LABEL: func @scalar_gate(
// CHECK:       %[[GROWING:.*]] = memref.alloca() {{.*}} : memref<32xf32>
// CHECK:       %[[FALLING:.*]] = memref.alloca() {{.*}} : memref<32xf32>
// CHECK:       %[[SUMS:.*]] = memref.alloca() {{.*}} : memref<32xf32>
// CHECK:       scf.while {{.*}} : (index, i1, f32)
// CHECK:         memref.store %{{.*}}, %[[SUMS]]
// CHECK:       vector.load %[[SUMS]]
// CHECK-NOT:   vector.store {{.*}} memref<1x32x1x64xf32>
// CHECK:         %[[FACTOR:.*]] = memref.load %[[FALLING]][%{{.*}}]
// CHECK:         %[[ROW:.*]] = vector.broadcast %[[FACTOR]]
// CHECK:         %[[VALUE:.*]] = arith.mulf %{{.*}}, %[[ROW]]
// CHECK:         vector.store %[[VALUE]], {{.*}} : memref<1x32x1x32xf32>
// CHECK-NOT:   memref.load %[[FALLING]]
// CHECK:         %[[FACTOR:.*]] = memref.load %[[GROWING]][%{{[a-z].*}}]
// CHECK:         %[[ROW:.*]] = vector.broadcast %[[FACTOR]]
// CHECK:         %[[OUT:.*]] = arith.mulf %{{.*}}, %[[ROW]]
// CHECK:         vector.store %[[OUT]], %{{.*}} : memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>
// CHECK:       arith.mulf %{{.*}}#0, %{{.*}} : vector<16xf32>
func.func @scalar_gate(%q: memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>, %k: memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>, %v: memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>, %g: memref<1x?x1xf32>, %o: memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>, %s: memref<1x1x64x64xf32>) {
  plait.recur ins(%q, %k, %v : memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>, memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>, memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>) decay(%g : memref<1x?x1xf32>)
    outs(%o, %s : memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>, memref<1x1x64x64xf32>)
  return
}

// A value gate has a row of factors a token.
// CHECK-LABEL: func @value_gate(
// CHECK:       %[[GROWING:.*]] = memref.alloca() {{.*}} : memref<32x64xf32>
// CHECK:       %[[FALLING:.*]] = memref.alloca() {{.*}} : memref<32x64xf32>
// CHECK:       %{{.*}}:26 = scf.for %[[STEP:[a-z0-9]+]] =
// CHECK:         %[[ROW:.*]] = vector.load %[[FALLING]][%[[STEP]], %{{.*}}]
// CHECK:         arith.mulf %{{.*}}, %[[ROW]]
// CHECK:         %[[ROW:.*]] = vector.load %[[GROWING]][
// CHECK:         %[[OUT:.*]] = arith.mulf %{{.*}}, %[[ROW]]
// CHECK:         vector.store %[[OUT]], %{{.*}} : memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>
func.func @value_gate(%q: memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>, %k: memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>, %v: memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>, %w: memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>, %o: memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>, %s: memref<1x1x64x64xf32>) {
  plait.recur ins(%q, %k, %v : memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>, memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>, memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>) value_decay(%w : memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>)
    outs(%o, %s : memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>, memref<1x1x64x64xf32>)
  return
}

// Chunks of one, two, four registers, never three. A step on the state itself
// stores a row without its mask, whose rest would overlap the next one.
// CHECK-LABEL: func @rest(
// CHECK-NOT:   vector<48xf32>
// CHECK:       scf.if
// CHECK:         scf.for
// CHECK:           vector.store %{{.*}}, %[[S:.*]][%{{.*}}] : {{.*}}, vector<32xf32>
// CHECK:         scf.for
// CHECK:           vector.maskedload {{.*}} into vector<16xf32>
// CHECK-NOT:       vector.maskedstore
// CHECK:           vector.store {{.*}}, vector<12xf32>
// CHECK:       else
// CHECK-NOT:   vector<48xf32>
// CHECK:       return
func.func @rest(%q: memref<1x?x1x44xf32, strided<[?, ?, 44, 1], offset: ?>>, %k: memref<1x?x1x44xf32, strided<[?, ?, 44, 1], offset: ?>>, %v: memref<1x?x1x44xf32, strided<[?, ?, 44, 1], offset: ?>>, %g: memref<1x?x1x44xf32, strided<[?, ?, 44, 1], offset: ?>>, %o: memref<1x?x1x44xf32, strided<[?, ?, 44, 1], offset: ?>>, %s: memref<1x1x44x44xf32>) {
  plait.recur ins(%q, %k, %v : memref<1x?x1x44xf32, strided<[?, ?, 44, 1], offset: ?>>, memref<1x?x1x44xf32, strided<[?, ?, 44, 1], offset: ?>>, memref<1x?x1x44xf32, strided<[?, ?, 44, 1], offset: ?>>) decay(%g : memref<1x?x1x44xf32, strided<[?, ?, 44, 1], offset: ?>>) outs(%o, %s : memref<1x?x1x44xf32, strided<[?, ?, 44, 1], offset: ?>>, memref<1x1x44x44xf32>) {schedule = #plait.schedule<tile_scan, {block = 64 : i64, columns = 2 : i64, rows = 4 : i64}>}
  return
}

}
