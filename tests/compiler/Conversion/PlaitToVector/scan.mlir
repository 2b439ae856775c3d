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
