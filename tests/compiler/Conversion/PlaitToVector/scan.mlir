// RUN: plait-opt %s --convert-plait-to-vector --canonicalize --cse | FileCheck %s

// Lanes along D; time innermost, or tokens outermost over several heads.

module attributes {plait.target = #plait.target<"x86-64-v4", {fma, lanes = 16 : i64, registers = 32 : i64}>} {

// CHECK-LABEL: func @one_head(
// CHECK:       %{{.*}}:4 = scf.for {{.*}} -> (vector<16xf32>
// CHECK-COUNT-4: vector.fma
func.func @one_head(%a: memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>, %b: memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>, %o: memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>, %c: memref<1x1x64xf32>) {
  plait.scan affine ins(%a, %b : memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>, memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>) outs(%o, %c : memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>, memref<1x1x64xf32>)
  return
}

// CHECK-LABEL: func @heads(
// CHECK-SAME:    %[[C:[^:]*]]: memref<1x8x64xf32>
// CHECK:       scf.for
// CHECK:         scf.for {{.*}} to %c8
// CHECK:           %[[CARRY:.*]] = vector.load %[[C]]
// CHECK:           arith.addf %[[CARRY]],
func.func @heads(%x: memref<1x?x8x64xf32, strided<[?, ?, 64, 1], offset: ?>>, %o: memref<1x?x8x64xf32, strided<[?, ?, 64, 1], offset: ?>>, %c: memref<1x8x64xf32>) {
  plait.scan add ins(%x : memref<1x?x8x64xf32, strided<[?, ?, 64, 1], offset: ?>>) outs(%o, %c : memref<1x?x8x64xf32, strided<[?, ?, 64, 1], offset: ?>>, memref<1x8x64xf32>)
  return
}

// In reverse heads run down as tokens do.
// CHECK-LABEL: func @reverse(
// CHECK-SAME:    %[[X:[^:]*]]:
// CHECK:       %[[C7:.*]] = arith.constant 7 : index
// CHECK:       scf.for
// CHECK:         %[[TOKEN:.*]] = arith.subi
// CHECK:         scf.for %[[INDEX:.*]] =
// CHECK:           %[[HEAD:.*]] = arith.subi %[[C7]], %[[INDEX]]
// CHECK:           vector.load %[[X]][%c0, %[[TOKEN]], %[[HEAD]],
func.func @reverse(%x: memref<1x?x8x64xf32, strided<[?, ?, 64, 1], offset: ?>>, %o: memref<1x?x8x64xf32, strided<[?, ?, 64, 1], offset: ?>>, %c: memref<1x8x64xf32>) {
  plait.scan add ins(%x : memref<1x?x8x64xf32, strided<[?, ?, 64, 1], offset: ?>>) outs(%o, %c : memref<1x?x8x64xf32, strided<[?, ?, 64, 1], offset: ?>>, memref<1x8x64xf32>) reverse
  return
}

// A long row of one head goes token by token, too; in reverse from its end on, and
// so do the pieces of a row that goes past the cache.
// CHECK-LABEL: func @long_row_reverse(
// CHECK-SAME:    %[[X:[^:]*]]:
// CHECK:       scf.if
// CHECK:         scf.for
// CHECK:           vector.load %[[X]][%c0, %{{.*}}, %c0, %c128] : {{.*}}, vector<32xf32>
// CHECK:           vector.store {{.*}}%c156] {alignment = 16 : i64, nontemporal = true}
// CHECK-COUNT-6:   nontemporal
// CHECK:           vector.store {{.*}}%c128] {alignment = 16 : i64, nontemporal = true}
// CHECK:           scf.for %[[DONE:.*]] = %c0
// CHECK:             arith.subi %c64, %[[DONE]]
func.func @long_row_reverse(%x: memref<1x?x1x160xf32, strided<[?, ?, 160, 1], offset: ?>>, %o: memref<1x?x1x160xf32, strided<[?, ?, 160, 1], offset: ?>>, %c: memref<1x1x160xf32>) {
  plait.scan add ins(%x : memref<1x?x1x160xf32, strided<[?, ?, 160, 1], offset: ?>>) outs(%o, %c : memref<1x?x1x160xf32, strided<[?, ?, 160, 1], offset: ?>>, memref<1x1x160xf32>) reverse
  return
}

// Rows of several vectors go as one, whose operations LLVM interleaves; one
// power and one polynomial a step, no logarithm.
// CHECK-LABEL: func @log_sum_exp(
// CHECK-NOT:   math.{{(exp|log)}}
// CHECK:       arith.maximumf {{.*}} fastmath<nsz> : vector<64xf32>
// CHECK:       math.fma {{.*}} : vector<64xf32>
// CHECK-NOT:   scf.for
// CHECK:       arith.maximumf {{.*}} fastmath<nsz> : vector<16xf32>
// CHECK:       return
func.func @log_sum_exp(%x: memref<1x?x8x70xf32, strided<[?, ?, 70, 1], offset: ?>>, %o: memref<1x?x8x70xf32, strided<[?, ?, 70, 1], offset: ?>>, %c: memref<1x8x70xf32>) {
  plait.scan logsumexp ins(%x : memref<1x?x8x70xf32, strided<[?, ?, 70, 1], offset: ?>>) outs(%o, %c : memref<1x?x8x70xf32, strided<[?, ?, 70, 1], offset: ?>>, memref<1x8x70xf32>)
  return
}

// A large result whose rows start at multiples of 16 bytes goes past the cache, and
// other threads see it behind the fence.
// CHECK-LABEL: func @past_cache(
// CHECK-DAG:   %[[LIMIT:.*]] = arith.constant 33554432 : index
// CHECK-DAG:   arith.cmpi uge, %{{.*}}, %[[LIMIT]]
// CHECK:       scf.if
// CHECK:         memref.prefetch
// CHECK-COUNT-4: vector.store {{.*}} {alignment = 16 : i64, nontemporal = true} : {{.*}}, vector<4xf32>
// CHECK:         llvm.fence seq_cst
// CHECK:       } else {
// CHECK-NOT:     nontemporal
// CHECK:       return
func.func @past_cache(%x: memref<1x?x8x16xf32, strided<[?, ?, 16, 1], offset: ?>>, %o: memref<1x?x8x16xf32, strided<[?, ?, 16, 1], offset: ?>>, %c: memref<1x8x16xf32>) {
  plait.scan max ins(%x : memref<1x?x8x16xf32, strided<[?, ?, 16, 1], offset: ?>>) outs(%o, %c : memref<1x?x8x16xf32, strided<[?, ?, 16, 1], offset: ?>>, memref<1x8x16xf32>)
  return
}

// Neither one with rows of another length, nor scratch.
// CHECK-LABEL: func @kept(
// CHECK-NOT:   nontemporal
// CHECK-NOT:   llvm.fence
// CHECK:       return
func.func @kept(%x: memref<1x?x8x70xf32, strided<[?, ?, 70, 1], offset: ?>>, %o: memref<1x?x8x70xf32, strided<[?, ?, 70, 1], offset: ?>>, %c: memref<1x8x70xf32>, %y: memref<1x64x8x16xf32>, %d: memref<1x8x16xf32>) {
  plait.scan max ins(%x : memref<1x?x8x70xf32, strided<[?, ?, 70, 1], offset: ?>>) outs(%o, %c : memref<1x?x8x70xf32, strided<[?, ?, 70, 1], offset: ?>>, memref<1x8x70xf32>)
  %scratch = memref.alloca() : memref<1x64x8x16xf32>
  plait.scan max ins(%y : memref<1x64x8x16xf32>) outs(%scratch, %d : memref<1x64x8x16xf32>, memref<1x8x16xf32>)
  return
}

}
