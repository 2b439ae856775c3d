// RUN: plait-opt %s --convert-plait-to-vector --canonicalize --cse | FileCheck %s

// Tiles of thirteen rows by two vectors stay in registers while time runs: the
// first starts its sums, the last has the twelve rows that are left.

module attributes {plait.target = #plait.target<"x86-64-v4", {fma, lanes = 16 : i64, registers = 32 : i64}>} {

// CHECK-LABEL: func @whole_tiles(
// CHECK:       scf.for %[[J:.*]] = %c0 to %c64 step %c32
// CHECK:         %[[TILE:.*]]:26 = scf.for {{.*}} -> (vector<16xf32>
// CHECK-COUNT-2:   vector.load
// CHECK-NOT:       vector.load
// CHECK-COUNT-52:  vector.fma
// CHECK:           scf.yield
// CHECK-COUNT-26: vector.store %[[TILE]]#
// CHECK:         scf.for %{{.*}} = %c1 to %c4 step %c1
// CHECK:           scf.for {{.*}} -> (vector<16xf32>
// CHECK-COUNT-4:     vector.load
// CHECK-COUNT-52:    vector.fma
// CHECK-COUNT-2:     vector.store
// CHECK:         %{{.*}}:24 = scf.for
// CHECK-COUNT-48:  vector.fma
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
// CHECK:       %{{.*}}:16 = scf.for
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

// Rows that a loop over blocks takes from the caller's arrays are far apart:
// values and sums of a strip stay in scratch between its first tile and its last.
// CHECK-LABEL: func @callers_rows(
// CHECK-DAG:   memref.alloca() {alignment = 64 : i64} : memref<1x32x1x32xf32>
// CHECK-DAG:   memref.alloca() {alignment = 64 : i64} : memref<1x32x1x32xf32>
// CHECK:       %[[VROWS:.*]] = memref.subview %arg1
// CHECK:       %[[OROWS:.*]] = memref.subview %arg2
// CHECK:       %{{.*}}:16 = scf.for
// CHECK-COUNT-2: vector.load %[[VROWS]]
// CHECK-COUNT-2: vector.store %{{.*}}, %[[KEPT:.*]][%c0
// Eight lines, for no row need start on one, are four a tile.
// CHECK-COUNT-4: llvm.intr.prefetch
// CHECK-NOT:     llvm.intr.prefetch
// CHECK-COUNT-2: vector.store %{{.*}}, %[[SUM:.*]][%c0
// CHECK:       %{{.*}}:16 = scf.for
// CHECK-COUNT-2: vector.load %[[KEPT]]
// CHECK-COUNT-2: vector.load %[[SUM]]
// CHECK-COUNT-2: vector.store %{{.*}}, %[[OROWS]]
func.func @callers_rows(%q: memref<1x?x4x16xf32, strided<[?, ?, ?, 1], offset: ?>>, %v: memref<1x?x4x32xf32, strided<[?, ?, ?, 1], offset: ?>>, %o: memref<1x?x4x32xf32, strided<[?, ?, ?, 1], offset: ?>>, %s: memref<1x1x16x32xf32>, %h: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c32 = arith.constant 32 : index
  %T = memref.dim %q, %c1 : memref<1x?x4x16xf32, strided<[?, ?, ?, 1], offset: ?>>
  scf.for %t = %c0 to %T step %c32 {
    %left = arith.subi %T, %t : index
    %n = arith.minsi %left, %c32 : index
    %qt = memref.subview %q[0, %t, %h, 0] [1, %n, 1, 16] [1, 1, 1, 1] : memref<1x?x4x16xf32, strided<[?, ?, ?, 1], offset: ?>> to memref<1x?x1x16xf32, strided<[?, ?, ?, 1], offset: ?>>
    %vt = memref.subview %v[0, %t, %h, 0] [1, %n, 1, 32] [1, 1, 1, 1] : memref<1x?x4x32xf32, strided<[?, ?, ?, 1], offset: ?>> to memref<1x?x1x32xf32, strided<[?, ?, ?, 1], offset: ?>>
    %ot = memref.subview %o[0, %t, %h, 0] [1, %n, 1, 32] [1, 1, 1, 1] : memref<1x?x4x32xf32, strided<[?, ?, ?, 1], offset: ?>> to memref<1x?x1x32xf32, strided<[?, ?, ?, 1], offset: ?>>
    plait.recur ins(%qt, %qt, %vt : memref<1x?x1x16xf32, strided<[?, ?, ?, 1], offset: ?>>, memref<1x?x1x16xf32, strided<[?, ?, ?, 1], offset: ?>>, memref<1x?x1x32xf32, strided<[?, ?, ?, 1], offset: ?>>)
      outs(%ot, %s : memref<1x?x1x32xf32, strided<[?, ?, ?, 1], offset: ?>>, memref<1x1x16x32xf32>)
  }
  return
}

// Long rows of queries and keys are copied to where they do not share few sets of
// the cache, once for all strips.
// CHECK-LABEL: func @long_rows(
// CHECK-DAG:   %[[KEYS:.*]] = memref.alloca() {alignment = 64 : i64} : memref<1x32x1x272xf32>
// CHECK-DAG:   memref.alloca() {alignment = 64 : i64} : memref<1x32x1x272xf32>
// CHECK:       vector.store %{{.*}}, %[[KEYS]]
// CHECK:       scf.for %{{.*}} = %c0 to %c256 step %c32
func.func @long_rows(%q: memref<1x?x4x256xf32, strided<[?, ?, ?, 1], offset: ?>>, %v: memref<1x?x4x256xf32, strided<[?, ?, ?, 1], offset: ?>>, %o: memref<1x?x4x256xf32, strided<[?, ?, ?, 1], offset: ?>>, %s: memref<1x1x256x256xf32>, %h: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c32 = arith.constant 32 : index
  %T = memref.dim %q, %c1 : memref<1x?x4x256xf32, strided<[?, ?, ?, 1], offset: ?>>
  scf.for %t = %c0 to %T step %c32 {
    %left = arith.subi %T, %t : index
    %n = arith.minsi %left, %c32 : index
    %qt = memref.subview %q[0, %t, %h, 0] [1, %n, 1, 256] [1, 1, 1, 1] : memref<1x?x4x256xf32, strided<[?, ?, ?, 1], offset: ?>> to memref<1x?x1x256xf32, strided<[?, ?, ?, 1], offset: ?>>
    %vt = memref.subview %v[0, %t, %h, 0] [1, %n, 1, 256] [1, 1, 1, 1] : memref<1x?x4x256xf32, strided<[?, ?, ?, 1], offset: ?>> to memref<1x?x1x256xf32, strided<[?, ?, ?, 1], offset: ?>>
    %ot = memref.subview %o[0, %t, %h, 0] [1, %n, 1, 256] [1, 1, 1, 1] : memref<1x?x4x256xf32, strided<[?, ?, ?, 1], offset: ?>> to memref<1x?x1x256xf32, strided<[?, ?, ?, 1], offset: ?>>
    plait.recur ins(%qt, %qt, %vt : memref<1x?x1x256xf32, strided<[?, ?, ?, 1], offset: ?>>, memref<1x?x1x256xf32, strided<[?, ?, ?, 1], offset: ?>>, memref<1x?x1x256xf32, strided<[?, ?, ?, 1], offset: ?>>)
      outs(%ot, %s : memref<1x?x1x256xf32, strided<[?, ?, ?, 1], offset: ?>>, memref<1x1x256x256xf32>)
  }
  return
}

// Where a call takes several heads, the rows ahead are those of the next one; behind the last head, those of
// the first one's next block. Two query heads step by two.
// CHECK-LABEL: func @heads_together(
// CHECK-SAME:    %[[COUNT:[a-z0-9]+]]: index)
// CHECK:       scf.for %[[T:.*]] = %{{.*}} to %{{.*}} step %[[BLOCK:.*]] {
// CHECK:         scf.for %[[I:.*]] = %{{.*}} to %[[COUNT]] step
// CHECK:           %[[QUERIES:.*]] = memref.subview %arg0
// CHECK:           %[[BEHIND:.*]] = arith.addi %[[T]], %[[BLOCK]]
// CHECK:           %[[AFTER:.*]] = arith.addi %[[I]], %c1
// CHECK:           %[[MORE:.*]] = arith.cmpi slt, %[[AFTER]], %[[COUNT]]
// CHECK:           arith.select %[[MORE]], %[[T]], %[[BEHIND]]
// CHECK:           %[[BACK:.*]] = arith.subi %c0{{.*}}, %[[I]]
// CHECK:           %[[NEXT:.*]] = arith.select %[[MORE]], %c1{{.*}}, %[[BACK]]
// CHECK:           %{{.*}}, %[[OFFSET:.*]], %{{.*}}:4, %[[STRIDES:.*]]:4 = memref.extract_strided_metadata %[[QUERIES]]
// CHECK:           %[[APART:.*]] = arith.muli %[[NEXT]], %[[STRIDES]]#2
// CHECK:           %[[ALL:.*]] = arith.muli %[[APART]], %c2
// CHECK:           %[[FIRST:.*]] = arith.addi %[[OFFSET]], %[[ALL]]
// CHECK:           %[[BYTES:.*]] = arith.muli %[[FIRST]], %c4
// CHECK:           %[[BASE:.*]] = arith.addi %{{.*}}, %[[BYTES]]
// CHECK:           %[[APART:.*]] = arith.muli %[[STRIDES]]#2, %c4
// Two lines of two heads each, and of a key, which are values, too.
// CHECK:           %[[ROW:.*]] = arith.addi %[[BASE]], %{{.*}}
// CHECK-NEXT:      arith.addi %[[ROW]], %c63
// CHECK-NEXT:      %[[SECOND:.*]] = arith.addi %[[ROW]], %[[APART]]
// CHECK-NEXT:      arith.addi %[[SECOND]], %c63
// CHECK-COUNT-10:  llvm.intr.prefetch
// CHECK-NOT:       llvm.intr.prefetch
func.func @heads_together(%q: memref<1x?x?x16xf32, strided<[?, ?, ?, 1]>>, %k: memref<1x?x?x16xf32, strided<[?, ?, ?, 1]>>, %o: memref<1x?x?x16xf32, strided<[?, ?, ?, 1]>>, %s: memref<1x1x16x16xf32>, %heads: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c32 = arith.constant 32 : index
  %T = memref.dim %q, %c1 : memref<1x?x?x16xf32, strided<[?, ?, ?, 1]>>
  scf.for %t = %c0 to %T step %c32 {
    scf.for %h = %c0 to %heads step %c1 {
      %g = arith.muli %h, %c2 : index
      %qh = memref.subview %q[0, 0, %g, 0] [1, %T, 2, 16] [1, 1, 1, 1] : memref<1x?x?x16xf32, strided<[?, ?, ?, 1]>> to memref<1x?x2x16xf32, strided<[?, ?, ?, 1], offset: ?>>
      %kh = memref.subview %k[0, 0, %h, 0] [1, %T, 1, 16] [1, 1, 1, 1] : memref<1x?x?x16xf32, strided<[?, ?, ?, 1]>> to memref<1x?x1x16xf32, strided<[?, ?, ?, 1], offset: ?>>
      %oh = memref.subview %o[0, 0, %g, 0] [1, %T, 2, 16] [1, 1, 1, 1] : memref<1x?x?x16xf32, strided<[?, ?, ?, 1]>> to memref<1x?x2x16xf32, strided<[?, ?, ?, 1], offset: ?>>
      %left = arith.subi %T, %t : index
      %n = arith.minsi %left, %c32 : index
      %qt = memref.subview %qh[0, %t, 0, 0] [1, %n, 2, 16] [1, 1, 1, 1] : memref<1x?x2x16xf32, strided<[?, ?, ?, 1], offset: ?>> to memref<1x?x2x16xf32, strided<[?, ?, ?, 1], offset: ?>>
      %kt = memref.subview %kh[0, %t, 0, 0] [1, %n, 1, 16] [1, 1, 1, 1] : memref<1x?x1x16xf32, strided<[?, ?, ?, 1], offset: ?>> to memref<1x?x1x16xf32, strided<[?, ?, ?, 1], offset: ?>>
      %ot = memref.subview %oh[0, %t, 0, 0] [1, %n, 2, 16] [1, 1, 1, 1] : memref<1x?x2x16xf32, strided<[?, ?, ?, 1], offset: ?>> to memref<1x?x2x16xf32, strided<[?, ?, ?, 1], offset: ?>>
      plait.recur ins(%qt, %kt, %kt : memref<1x?x2x16xf32, strided<[?, ?, ?, 1], offset: ?>>, memref<1x?x1x16xf32, strided<[?, ?, ?, 1], offset: ?>>, memref<1x?x1x16xf32, strided<[?, ?, ?, 1], offset: ?>>)
        outs(%ot, %s : memref<1x?x2x16xf32, strided<[?, ?, ?, 1], offset: ?>>, memref<1x1x16x16xf32>) group_size(2)
    }
  }
  return
}

}
