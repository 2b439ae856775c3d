// RUN: plait-opt %s --plait-set-target=target=sm_80 --convert-tile-to-nvvm | FileCheck %s

!c = !tile.fragment<64x32xf32, #tile.mma<accumulator, warps = [4, 1]>>
!a = !tile.fragment<64x32xbf16, #tile.mma<a, warps = [4, 1]>>
!b = !tile.fragment<32x32xbf16, #tile.mma<b, warps = [4, 1]>>
!k = !tile.shared<32x32xbf16, stages = 2>

// Two columns of pieces share a load; each step of 16 uses all accumulators. Threads may have as many registers as
// one CTA on a multiprocessor leaves them.
// CHECK-LABEL: llvm.func @shared(
// CHECK-SAME: nvvm.kernel, nvvm.minctasm = 1 : i32
func.func @shared(%y: memref<f32>) attributes {plait.kernel, tile.warps = 4 : i64, tile.alignment = array<i64: 4>} {
  %zero = arith.constant 0.0 : f32
  %i = tile.program_id 0 : index
  %q = tile.alloc at 0 : !tile.shared<64x32xbf16>
  %k = tile.alloc at 4096 : !k
  %z = tile.splat %zero : f32 -> !c
  // CHECK: %[[ALOAD:.*]] = nvvm.ldmatrix {{.*}}#nvvm.mma_layout<row>, num = 4
  // CHECK: %[[A0:.*]] = llvm.extractvalue %[[ALOAD]][0]
  // CHECK: %[[BLOAD:.*]] = nvvm.ldmatrix {{.*}}#nvvm.mma_layout<row>, num = 4
  // CHECK: %[[B0:.*]] = llvm.extractvalue %[[BLOAD]][0]
  // CHECK: %[[B1:.*]] = llvm.extractvalue %[[BLOAD]][1]
  // CHECK: %[[B2:.*]] = llvm.extractvalue %[[BLOAD]][2]
  // CHECK: %[[B3:.*]] = llvm.extractvalue %[[BLOAD]][3]
  // CHECK: %[[FIRST:.*]] = nvvm.mma.sync A[%[[A0]], %{{.*}}] B[%[[B0]], %[[B1]]] C[%{{.*}}] {layoutA = #nvvm.mma_layout<row>, layoutB = #nvvm.mma_layout<col>, multiplicandAPtxType = #nvvm.mma_type<bf16>, multiplicandBPtxType = #nvvm.mma_type<bf16>, shape = #nvvm.shape<m = 16, n = 8, k = 16>}
  // CHECK: %[[SUM:.*]] = llvm.extractvalue %[[FIRST]][0]
  // CHECK: nvvm.mma.sync A[%[[A0]], %{{.*}}] B[%[[B2]], %[[B3]]]
  // CHECK-COUNT-2: nvvm.mma.sync
  // CHECK-COUNT-2: nvvm.ldmatrix
  // CHECK: nvvm.mma.sync A[%{{.*}}] B[%{{.*}}] C[%[[SUM]], %{{.*}}]
  // CHECK-COUNT-3: nvvm.mma.sync
  // CHECK-NOT: nvvm.mma.sync
  %d = tile.mma %q, %k[%i] transposed, %z : !tile.shared<64x32xbf16>, !k, !c
  // CHECK: nvvm.barrier0
  tile.barrier
  // CHECK: nvvm.ldmatrix {{.*}}#nvvm.mma_layout<row>
  // CHECK: nvvm.ldmatrix {{.*}}#nvvm.mma_layout<col>
  %e = tile.mma %q, %k[%i], %d : !tile.shared<64x32xbf16>, !k, !c
  return
}

// CHECK-LABEL: llvm.func @registers(
func.func @registers(%y: memref<f32>) attributes {plait.kernel, tile.warps = 4 : i64, tile.alignment = array<i64: 4>} {
  %q = tile.alloc at 0 : !tile.shared<64x32xbf16>
  %k = tile.alloc at 4096 : !tile.shared<32x32xbf16>
  %zero = arith.constant 0.0 : f32
  %z = tile.splat %zero : f32 -> !c
  // CHECK-COUNT-2: nvvm.ldmatrix
  %a = tile.load %q : !tile.shared<64x32xbf16> -> !a
  // CHECK-COUNT-4: nvvm.ldmatrix {{.*}}#nvvm.mma_layout<col>
  %b = tile.load %k : !tile.shared<32x32xbf16> -> !b
  // CHECK-NOT: nvvm.ldmatrix
  // CHECK-COUNT-8: nvvm.mma.sync
  %d = tile.mma %a, %b, %z : !a, !b, !c
  // CHECK: llvm.return
  return
}

// The sums of both steps of 16 begin with 0, and meet the accumulator when all are done. Those that a loop carries stay
// before what follows.
// CHECK-LABEL: llvm.func @rounded(
func.func @rounded(%y: memref<f32>) attributes {plait.kernel, tile.warps = 4 : i64, tile.alignment = array<i64: 4>} {
  %q = tile.alloc at 0 : !tile.shared<64x32xbf16>
  %k = tile.alloc at 4096 : !tile.shared<32x32xbf16>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %one = arith.constant 1.0 : f32
  %z = tile.splat %one : f32 -> !c
  // CHECK: scf.for {{.*}} iter_args(%[[OLD:[a-z0-9]+]] =
  %carried = scf.for %i = %c0 to %c1 step %c1 iter_args(%c = %z) -> !c {
    // CHECK: %[[ZERO:.*]] = arith.constant 0.0
    // CHECK: nvvm.mma.sync A[%{{.*}}] B[%{{.*}}] C[%[[ZERO]], %[[ZERO]], %[[ZERO]], %[[ZERO]]]
    // CHECK: nvvm.mma.sync A[%{{.*}}] B[%{{.*}}] C[%[[ZERO]], %[[ZERO]], %[[ZERO]], %[[ZERO]]]
    // CHECK: %[[SECOND:.*]] = nvvm.mma.sync
    // CHECK: %[[SUM:.*]] = llvm.extractvalue %[[SECOND]][0]
    // CHECK-COUNT-5: nvvm.mma.sync
    // CHECK-NOT: nvvm.mma.sync
    // CHECK: llvm.inline_asm has_side_effects "add.rn.f32 $0, $1, $2;", "=f,f,f" %[[OLD]], %[[SUM]] : (f32, f32) -> f32
    // CHECK-COUNT-15: "add.rn.f32
    // CHECK: scf.yield
    %d = tile.mma %q, %k transposed, %c rounded : !tile.shared<64x32xbf16>, !tile.shared<32x32xbf16>, !c
    scf.yield %d : !c
  }
  // CHECK-COUNT-16: arith.addf
  %d = tile.mma %q, %k transposed, %z rounded : !tile.shared<64x32xbf16>, !tile.shared<32x32xbf16>, !c
  return
}

// Of more than registers hold beside the accumulator they meet it column after column.
// CHECK-LABEL: llvm.func @rounded_columns(
func.func @rounded_columns(%y: memref<f32>) attributes {plait.kernel, tile.warps = 1 : i64, tile.alignment = array<i64: 4>} {
  %q = tile.alloc at 0 : !tile.shared<16x16xbf16>
  %k = tile.alloc at 512 : !tile.shared<144x16xbf16>
  %one = arith.constant 1.0 : f32
  %z = tile.splat %one : f32 -> !tile.fragment<16x144xf32, #tile.mma<accumulator, warps = [1, 1]>>
  // CHECK-COUNT-2: nvvm.mma.sync
  // CHECK-NOT: nvvm.mma.sync
  // CHECK-COUNT-8: arith.addf
  // CHECK: nvvm.mma.sync
  %d = tile.mma %q, %k transposed, %z rounded : !tile.shared<16x16xbf16>, !tile.shared<144x16xbf16>, !tile.fragment<16x144xf32, #tile.mma<accumulator, warps = [1, 1]>>
  return
}

// An odd number of columns of pieces, in f16.
// CHECK-LABEL: llvm.func @odd(
func.func @odd(%y: memref<f32>) attributes {plait.kernel, tile.warps = 1 : i64, tile.alignment = array<i64: 4>} {
  %q = tile.alloc at 0 : !tile.shared<16x16xf16>
  %k = tile.alloc at 512 : !tile.shared<24x16xf16>
  %zero = arith.constant 0.0 : f32
  %z = tile.splat %zero : f32 -> !tile.fragment<16x24xf32, #tile.mma<accumulator, warps = [1, 1]>>
  // CHECK-COUNT-2: nvvm.ldmatrix {{.*}} num = 4
  // CHECK: llvm.bitcast %{{.*}} : i32 to vector<2xf16>
  // CHECK-COUNT-2: nvvm.mma.sync {{.*}} : (vector<2xf16>, vector<2xf16>, f32) -> !llvm.struct<(f32, f32, f32, f32)>
  // CHECK: nvvm.ldmatrix {{.*}} num = 2
  // CHECK: nvvm.mma.sync
  %d = tile.mma %q, %k transposed, %z : !tile.shared<16x16xf16>, !tile.shared<24x16xf16>, !tile.fragment<16x24xf32, #tile.mma<accumulator, warps = [1, 1]>>
  return
}

// Of two parts each, three products in each step of 16: small ones first, and B's words are loaded once.
// CHECK-LABEL: llvm.func @parts(
func.func @parts(%y: memref<f32>) attributes {plait.kernel, tile.warps = 1 : i64, tile.alignment = array<i64: 4>} {
  %zero = arith.constant 0.0 : f32
  %z = tile.splat %zero : f32 -> !tile.fragment<16x8xf32, #tile.mma<accumulator, warps = [1, 1]>>
  %a0 = tile.alloc at 0 : !tile.shared<16x32xbf16>
  %a1 = tile.alloc at 1024 : !tile.shared<16x32xbf16>
  %b0 = tile.alloc at 2048 : !tile.shared<8x32xbf16>
  %b1 = tile.alloc at 2560 : !tile.shared<8x32xbf16>
  // CHECK: %[[LOAD0:.*]] = nvvm.ldmatrix {{.*}} num = 4
  // CHECK: %[[A0:.*]] = llvm.extractvalue %[[LOAD0]][0]
  // CHECK: %[[LOAD1:.*]] = nvvm.ldmatrix {{.*}} num = 4
  // CHECK: %[[A1:.*]] = llvm.extractvalue %[[LOAD1]][0]
  // CHECK: %[[LOAD2:.*]] = nvvm.ldmatrix {{.*}} num = 2
  // CHECK: %[[B0:.*]] = llvm.extractvalue %[[LOAD2]][0]
  // CHECK: %[[LOAD3:.*]] = nvvm.ldmatrix {{.*}} num = 2
  // CHECK: %[[B1:.*]] = llvm.extractvalue %[[LOAD3]][0]
  // CHECK: nvvm.mma.sync A[%[[A0]], %{{.*}}] B[%[[B1]], %{{.*}}] C[%{{.*}}]
  // CHECK: nvvm.mma.sync A[%[[A1]], %{{.*}}] B[%[[B0]], %{{.*}}] C[%{{.*}}]
  // CHECK: nvvm.mma.sync A[%[[A0]], %{{.*}}] B[%[[B0]], %{{.*}}] C[%{{.*}}]
  // CHECK-COUNT-4: nvvm.ldmatrix
  // CHECK-COUNT-3: nvvm.mma.sync
  // CHECK-NOT: nvvm.mma.sync
  %d = tile.mma (%a0, %a1), (%b0, %b1) transposed, %z : !tile.shared<16x32xbf16>, !tile.shared<8x32xbf16>, !tile.fragment<16x8xf32, #tile.mma<accumulator, warps = [1, 1]>>
  return
}

// Of two steps of 16 the second has nothing for the first 16 columns above the diagonal, the first nothing for the
// last 16 below it.
// CHECK-LABEL: llvm.func @triangles(
func.func @triangles(%y: memref<f32>) attributes {plait.kernel, tile.warps = 4 : i64, tile.alignment = array<i64: 4>} {
  %q = tile.alloc at 0 : !tile.shared<64x32xbf16>
  %p = tile.alloc at 4096 : !tile.shared<32x32xbf16>
  %zero = arith.constant 0.0 : f32
  // CHECK: %[[ZERO:.*]] = arith.constant 0.0
  %z = tile.splat %zero : f32 -> !c
  // CHECK-COUNT-2: nvvm.mma.sync A[%{{.*}}] B[%{{.*}}] C[%[[ZERO]], %[[ZERO]], %[[ZERO]], %[[ZERO]]]
  // CHECK: %[[M:.*]] = nvvm.mma.sync A[%{{.*}}] B[%{{.*}}] C[%[[ZERO]], %[[ZERO]], %[[ZERO]], %[[ZERO]]]
  // CHECK: %[[THIRD:.*]] = llvm.extractvalue %[[M]][0]
  // CHECK: nvvm.mma.sync A[%{{.*}}] B[%{{.*}}] C[%[[ZERO]], %[[ZERO]], %[[ZERO]], %[[ZERO]]]
  // CHECK-COUNT-2: nvvm.ldmatrix
  // CHECK-NOT: nvvm.ldmatrix
  // CHECK: nvvm.mma.sync A[%{{.*}}] B[%{{.*}}] C[%[[THIRD]],
  // CHECK: nvvm.mma.sync
  // CHECK-NOT: nvvm.mma.sync
  // CHECK: nvvm.barrier0
  %upper = tile.mma %q, %p transposed within upper, %z : !tile.shared<64x32xbf16>, !tile.shared<32x32xbf16>, !c
  tile.barrier
  // CHECK: %[[M:.*]] = nvvm.mma.sync A[%{{.*}}] B[%{{.*}}] C[%[[ZERO]], %[[ZERO]], %[[ZERO]], %[[ZERO]]]
  // CHECK: %[[FIRST:.*]] = llvm.extractvalue %[[M]][0]
  // CHECK: nvvm.mma.sync A[%{{.*}}] B[%{{.*}}] C[%[[ZERO]], %[[ZERO]], %[[ZERO]], %[[ZERO]]]
  // CHECK: nvvm.mma.sync A[%{{.*}}] B[%{{.*}}] C[%[[FIRST]],
  // CHECK: nvvm.mma.sync
  // CHECK-COUNT-2: nvvm.mma.sync A[%{{.*}}] B[%{{.*}}] C[%[[ZERO]], %[[ZERO]], %[[ZERO]], %[[ZERO]]]
  // CHECK-NOT: nvvm.mma.sync
  // CHECK: nvvm.barrier0
  %lower = tile.mma %q, %p within lower, %z : !tile.shared<64x32xbf16>, !tile.shared<32x32xbf16>, !c
  tile.barrier
  // Where the sum over K comes first, 0 is added to the accumulator.
  // CHECK-COUNT-6: nvvm.mma.sync
  // CHECK-NOT: nvvm.mma.sync
  // CHECK: nvvm.barrier0
  %rounded = tile.mma %q, %p within upper, %z rounded : !tile.shared<64x32xbf16>, !tile.shared<32x32xbf16>, !c
  tile.barrier
  return
}

// Of a B of more rows than columns the last rows are nothing but 0, and nothing of A is loaded for them.
// CHECK-LABEL: llvm.func @high_triangle(
func.func @high_triangle(%y: memref<f32>) attributes {plait.kernel, tile.warps = 1 : i64, tile.alignment = array<i64: 4>} {
  %q = tile.alloc at 0 : !tile.shared<16x48xbf16>
  %p = tile.alloc at 4096 : !tile.shared<48x16xbf16>
  %zero = arith.constant 0.0 : f32
  %z = tile.splat %zero : f32 -> !tile.fragment<16x16xf32, #tile.mma<accumulator, warps = [1, 1]>>
  // CHECK-COUNT-2: nvvm.ldmatrix
  // CHECK-NOT: nvvm.ldmatrix
  // CHECK-COUNT-2: nvvm.mma.sync
  // CHECK-NOT: nvvm.ldmatrix
  // CHECK-NOT: nvvm.mma.sync
  // CHECK: llvm.return
  %d = tile.mma %q, %p within upper, %z : !tile.shared<16x48xbf16>, !tile.shared<48x16xbf16>, !tile.fragment<16x16xf32, #tile.mma<accumulator, warps = [1, 1]>>
  return
}

// Floats where B has them, of four rows in a load each, become B.
// CHECK-LABEL: llvm.func @rounded_operand(
func.func @rounded_operand(%y: memref<f32>) attributes {plait.kernel, tile.warps = 1 : i64, tile.alignment = array<i64: 4>} {
  %s = tile.alloc at 0 : !tile.shared<16x8xf32>
  %one = arith.constant 1.0 : bf16
  %zero = arith.constant 0.0 : f32
  %a = tile.splat %one : bf16 -> !tile.fragment<16x16xbf16, #tile.mma<a, warps = [1, 1]>>
  %z = tile.splat %zero : f32 -> !tile.fragment<16x8xf32, #tile.mma<accumulator, warps = [1, 1]>>
  // CHECK: %[[X:.*]] = llvm.load %{{.*}} : !llvm.ptr<3> -> f32
  // CHECK-COUNT-3: llvm.load %{{.*}} : !llvm.ptr<3> -> f32
  // CHECK-NOT: llvm.load
  %f = tile.load %s : !tile.shared<16x8xf32> -> !tile.fragment<16x8xf32, #tile.mma<b, warps = [1, 1]>>
  // CHECK: nvvm.convert.f32x2.to.bf16x2 %{{.*}}, %[[X]] {
  %b = tile.convert %f : !tile.fragment<16x8xf32, #tile.mma<b, warps = [1, 1]>> -> !tile.fragment<16x8xbf16, #tile.mma<b, warps = [1, 1]>>
  // CHECK: nvvm.mma.sync
  %d = tile.mma %a, %b, %z : !tile.fragment<16x16xbf16, #tile.mma<a, warps = [1, 1]>>, !tile.fragment<16x8xbf16, #tile.mma<b, warps = [1, 1]>>, !tile.fragment<16x8xf32, #tile.mma<accumulator, warps = [1, 1]>>
  return
}

// Which columns are a warp's is not known where they are split.
// CHECK-LABEL: llvm.func @split_triangle(
func.func @split_triangle(%y: memref<f32>) attributes {plait.kernel, tile.warps = 2 : i64, tile.alignment = array<i64: 4>} {
  %q = tile.alloc at 0 : !tile.shared<16x32xbf16>
  %p = tile.alloc at 4096 : !tile.shared<32x32xbf16>
  %zero = arith.constant 0.0 : f32
  %z = tile.splat %zero : f32 -> !tile.fragment<16x32xf32, #tile.mma<accumulator, warps = [1, 2]>>
  // CHECK-COUNT-4: nvvm.mma.sync
  // CHECK-NOT: nvvm.mma.sync
  %d = tile.mma %q, %p within upper, %z : !tile.shared<16x32xbf16>, !tile.shared<32x32xbf16>, !tile.fragment<16x32xf32, #tile.mma<accumulator, warps = [1, 2]>>
  return
}

// Warps 2 i and 2 i + 1 have the same rows and half of K each. Each stores its sums of all columns, below those of the
// other, and adds what both have of its own columns to the accumulator, in the same order.
// CHECK-LABEL: llvm.func @shared_depth(
func.func @shared_depth(%y: memref<f32>) attributes {plait.kernel, tile.warps = 2 : i64, tile.alignment = array<i64: 4>} {
  %q = tile.alloc at 0 : !tile.shared<16x32xbf16>
  %s = tile.alloc at 4096 : !tile.shared<32x16xf32>
  %half = arith.constant 0.5 : bf16
  %two = arith.constant 2.0 : f32
  %a = tile.splat %half : bf16 -> !tile.fragment<16x32xbf16, #tile.mma<accumulator, warps = [1, 2]>>
  // CHECK: %[[TWO:.*]] = arith.constant 2.0
  %z = tile.splat %two : f32 -> !tile.fragment<16x16xf32, #tile.mma<accumulator, warps = [1, 2]>>
  // CHECK: %[[ZERO:.*]] = arith.constant 0.0
  // CHECK: nvvm.mma.sync {{.*}} C[%[[ZERO]], %[[ZERO]], %[[ZERO]], %[[ZERO]]]
  // CHECK: nvvm.mma.sync {{.*}} C[%[[ZERO]], %[[ZERO]], %[[ZERO]], %[[ZERO]]]
  // CHECK-NOT: nvvm.mma.sync
  // CHECK-COUNT-4: llvm.store {{.*}} : vector<2xf32>, !llvm.ptr<3>
  // CHECK-NEXT: nvvm.barrier0
  // CHECK: %[[P:.*]] = llvm.load {{.*}} -> vector<2xf32>
  // CHECK: %[[P0:.*]] = llvm.extractelement %[[P]]
  // CHECK: %[[FIRST:.*]] = arith.addf %[[TWO]], %[[P0]] : f32
  // CHECK: llvm.load {{.*}} -> vector<2xf32>
  // CHECK: %[[O:.*]] = llvm.load {{.*}} -> vector<2xf32>
  // CHECK: %[[O0:.*]] = llvm.extractelement %[[O]]
  // CHECK: arith.addf %[[FIRST]], %[[O0]] : f32
  // CHECK: llvm.load {{.*}} -> vector<2xf32>
  // CHECK-NOT: llvm.load
  %d = tile.mma %a, %q transposed, %z using %s : !tile.shared<32x16xf32> : !tile.fragment<16x32xbf16, #tile.mma<accumulator, warps = [1, 2]>>, !tile.shared<16x32xbf16>, !tile.fragment<16x16xf32, #tile.mma<accumulator, warps = [1, 2]>>
  return
}
