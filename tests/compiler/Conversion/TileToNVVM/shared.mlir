// RUN: plait-opt %s --plait-set-target=target=sm_90a --convert-tile-to-nvvm | FileCheck %s --check-prefixes=CHECK,SM90
// RUN: plait-opt %s --plait-set-target=target=sm_80 --convert-tile-to-nvvm | FileCheck %s --check-prefixes=CHECK,SM80

!s = !tile.shared<64x64xbf16>
!a = !tile.fragment<64x64xbf16, #tile.mma<a, warps = [4, 1]>>
!c = !tile.fragment<64x64xbf16, #tile.mma<accumulator, warps = [4, 1]>>

// What depends on the thread is computed before the loop; a step flips bits of it.
// CHECK-LABEL: llvm.func @matrices
func.func @matrices(%y: memref<f32>) attributes {plait.kernel, tile.warps = 4 : i64, tile.alignment = array<i64: 4>} {
  %s = tile.alloc at 1024 : !s
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  // CHECK: %[[ROW:.*]] = arith.muli %{{.*}}, %c128_i32
  // CHECK: %[[CHUNK:.*]] = arith.xori
  // CHECK: %[[PLACE:.*]] = arith.addi %[[ROW]], %[[CHUNK]]
  // CHECK: scf.for
  scf.for %i = %c0 to %c8 step %c1 {
    // CHECK: %[[BASE:.*]] = llvm.getelementptr %{{.*}}[%[[PLACE]]] : (!llvm.ptr<3>, i32) -> !llvm.ptr<3>, i8
    // CHECK: %[[FIRST:.*]] = llvm.getelementptr %[[BASE]][1024]
    // CHECK: nvvm.ldmatrix %[[FIRST]] {eltType = #nvvm.ld_st_matrix_elt_type<b16>, layout = #nvvm.mma_layout<row>, num = 4 : i32
    // CHECK: %[[STEP:.*]] = arith.xori %[[PLACE]], %c32_i32
    // CHECK: llvm.getelementptr %{{.*}}[%[[STEP]]]
    // CHECK-COUNT-3: nvvm.ldmatrix
    // CHECK-NOT: nvvm.ldmatrix
    %a = tile.load %s : !s -> !a
    // CHECK-COUNT-4: nvvm.ldmatrix {{.*}}#nvvm.mma_layout<col>
    %t = tile.load %s transposed : !s -> !a
  }
  // CHECK: nvvm.barrier0
  tile.barrier
  // CHECK: nvvm.ldmatrix
  %c = tile.load %s : !s -> !c
  // SM90-COUNT-4: nvvm.stmatrix {{.*}}#nvvm.mma_layout<row>
  // SM80-COUNT-16: llvm.store %{{.*}} {alignment = 4 : i64} : i32, !llvm.ptr<3>
  tile.store %c to %s : !c, !s
  // SM90-COUNT-4: nvvm.stmatrix {{.*}}#nvvm.mma_layout<col>
  // SM80-COUNT-32: llvm.store %{{.*}} {alignment = 2 : i64} : bf16, !llvm.ptr<3>
  tile.store %c to %s transposed : !c, !s
  return
}

!f = !tile.shared<64x64xf32, stages = 2>
!w = !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>
!b = !tile.fragment<64x64xf32, #tile.blocked<vector = 4, warps = 8>>
!r = !tile.fragment<1x64xf32, #tile.slice<row, #tile.mma<accumulator, warps = [4, 2]>>>

// CHECK-LABEL: llvm.func @vectors
func.func @vectors(%y: memref<f32>) attributes {plait.kernel, tile.warps = 8 : i64, tile.alignment = array<i64: 4>} {
  %s = tile.alloc at 0 : !f
  %v = tile.alloc at 32768 : !tile.shared<1x64xf32>
  %i = tile.program_id 0 : index
  // CHECK: %[[STAGE:.*]] = arith.index_cast %{{.*}} : index to i32
  // CHECK: %[[START:.*]] = arith.muli %[[STAGE]], %c16384_i32
  // CHECK: arith.addi %[[START]], %{{.*}} : i32
  // CHECK-COUNT-4: llvm.load %{{.*}} {alignment = 16 : i64} : !llvm.ptr<3> -> vector<4xf32>
  %b = tile.load %s[%i] : !f -> !b
  // CHECK-COUNT-8: llvm.load %{{.*}} {alignment = 8 : i64} : !llvm.ptr<3> -> vector<2xf32>
  %w = tile.load %s[%i] : !f -> !w
  // CHECK-COUNT-16: llvm.store %{{.*}} {alignment = 4 : i64} : f32, !llvm.ptr<3>
  tile.store %w to %s[%i] transposed : !w, !f
  // CHECK-COUNT-4: llvm.load %{{.*}} {alignment = 8 : i64} : !llvm.ptr<3> -> vector<2xf32>
  %r = tile.load %v : !tile.shared<1x64xf32> -> !r
  // Threads that hold the same elements as another don't store.
  // CHECK: %[[FIRST:.*]] = arith.cmpi eq
  // CHECK: scf.if %[[FIRST]] {
  // CHECK-COUNT-4: llvm.store %{{.*}} {alignment = 8 : i64} : vector<2xf32>, !llvm.ptr<3>
  tile.store %r to %v : !r, !tile.shared<1x64xf32>
  return
}
