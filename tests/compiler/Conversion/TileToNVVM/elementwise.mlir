// RUN: plait-opt %s --plait-set-target=target=sm_80 --convert-tile-to-nvvm | FileCheck %s

!c = !tile.fragment<16x8xf32, #tile.mma<accumulator, warps = [1, 1]>>
!p = !tile.fragment<16x16xf32, #tile.mma<accumulator, warps = [1, 1]>>
!a = !tile.fragment<16x16xbf16, #tile.mma<a, warps = [1, 1]>>
!column = !tile.fragment<16x1xf32, #tile.slice<column, #tile.mma<accumulator, warps = [1, 1]>>>

// The body is there for each register: rows g and g + 8, columns 2 t and 2 t + 1.
// CHECK-LABEL: llvm.func @map(
func.func @map(%x: memref<16x8xf32>, %g: memref<16x1xf32>, %s: memref<f32>)
    attributes {plait.kernel, tile.warps = 1 : i64, tile.alignment = array<i64: 8, 4, 4>} {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  // CHECK: %[[TWICE:.*]] = arith.muli %{{.*}}, %c2_i32 : i32
  // CHECK: %[[LANES:.*]] = arith.shrui %{{.*}}, %c2_i32 : i32
  // CHECK: %[[GROUP:.*]] = arith.addi %{{.*}}, %[[LANES]] : i32
  // CHECK: %[[S:.*]] = llvm.load {{.*}} -> f32
  %scale = memref.load %s[] : memref<f32>
  %f = tile.load_global %x[%c0, %c0] along 0 rows %c16 : memref<16x8xf32> -> !c
  // CHECK: %[[D0:.*]] = scf.if %{{.*}} -> (f32)
  // CHECK: %[[D1:.*]] = scf.if %{{.*}} -> (f32)
  %d = tile.load_global %g[%c0, %c0] along 0 rows %c16 : memref<16x1xf32> -> !column
  // CHECK: %[[ROW:.*]] = arith.addi %[[GROUP]], %c0_i32{{.*}} : i32
  // CHECK: %[[R:.*]] = arith.index_castui %[[ROW]] : i32 to index
  // CHECK: %[[COLUMN:.*]] = arith.addi %[[TWICE]], %c0_i32{{.*}} : i32
  // CHECK: %[[C:.*]] = arith.index_castui %[[COLUMN]] : i32 to index
  // CHECK: %[[KEEP:.*]] = arith.cmpi sge, %[[R]], %[[C]] : index
  // CHECK: %[[Y:.*]] = arith.mulf %{{.*}}, %[[D0]] : f32
  // CHECK: arith.select %[[KEEP]], %[[Y]], %[[S]] : f32
  // CHECK: arith.addi %[[TWICE]], %c1_i32{{.*}} : i32
  // CHECK: arith.mulf %{{.*}}, %[[D0]] : f32
  // CHECK: arith.addi %[[GROUP]], %c8_i32{{.*}} : i32
  // CHECK: arith.mulf %{{.*}}, %[[D1]] : f32
  // CHECK: arith.mulf %{{.*}}, %[[D1]] : f32
  // CHECK-NOT: arith.mulf
  %h = tile.map %f, %d {
  ^bb0(%e: f32, %decay: f32, %row: index, %column: index):
    %keep = arith.cmpi sge, %row, %column : index
    %y = arith.mulf %e, %decay : f32
    %z = arith.select %keep, %y, %scale : f32
    tile.yield %z : f32
  } : !c, !column -> !c
  // CHECK: llvm.store %{{.*}} {alignment = 8 : i64} : vector<2xf32>, !llvm.ptr<1>
  tile.store_global %h to %x[%c0, %c0] along 0 rows %c16 : !c, memref<16x8xf32>
  return
}

// Two rounded elements are a value; the accumulator's are operand A's in the same order.
// CHECK-LABEL: llvm.func @convert(
func.func @convert(%x: memref<f32>) attributes {plait.kernel, tile.warps = 1 : i64, tile.alignment = array<i64: 4>} {
  // CHECK: %[[ONE:.*]] = arith.constant 1.000000e+00 : f32
  %one = arith.constant 1.0 : f32
  %s = tile.alloc at 0 : !tile.shared<16x16xbf16>
  %p = tile.splat %one : f32 -> !p
  // CHECK: %[[BOTH:.*]] = nvvm.convert.f32x2.to.bf16x2 %[[ONE]], %[[ONE]] {rnd = #nvvm.fp_rnd_mode<rn>} : vector<2xbf16>
  // CHECK: %[[A0:.*]] = llvm.bitcast %[[BOTH]] : vector<2xbf16> to i32
  // CHECK: %[[A1:.*]] = llvm.bitcast
  // CHECK: %[[A2:.*]] = llvm.bitcast
  // CHECK: %[[A3:.*]] = llvm.bitcast
  %a = tile.convert %p : !p -> !a
  // CHECK: nvvm.mma.sync A[%[[A0]], %[[A1]], %[[A2]], %[[A3]]] B[%{{.*}}] C[%[[ONE]],
  %d = tile.mma %a, %s, %p : !a, !tile.shared<16x16xbf16>, !p
  // CHECK: %[[PAIR:.*]] = llvm.bitcast %[[A0]] : i32 to vector<2xbf16>
  // CHECK: llvm.extractelement %[[PAIR]]
  // CHECK-COUNT-8: arith.extf %{{.*}} : bf16 to f32
  %w = tile.map %a {
  ^bb0(%e: bf16, %row: index, %column: index):
    %f = arith.extf %e : bf16 to f32
    %q = math.exp2 %f : f32
    %r = math.rsqrt %q : f32
    %t = arith.truncf %r : f32 to bf16
    tile.yield %t : bf16
  } : !a -> !a
  tile.store %w to %s : !a, !tile.shared<16x16xbf16>
  // The first element is the low half of its value, the second the high one.
  // CHECK: nvvm.ldmatrix
  // CHECK: %[[WORD:.*]] = llvm.extractvalue %{{.*}}[0]
  // CHECK: %[[FIRST:.*]] = arith.shli %[[WORD]], %c16_i32{{.*}} : i32
  // CHECK: %[[SECOND:.*]] = arith.andi %[[WORD]], %c-65536_i32{{.*}} : i32
  // CHECK: arith.bitcast %[[FIRST]] : i32 to f32
  // CHECK: arith.bitcast %[[SECOND]] : i32 to f32
  // CHECK-NOT: arith.extf
  %b = tile.load %s : !tile.shared<16x16xbf16> -> !tile.fragment<16x16xbf16, #tile.mma<accumulator, warps = [1, 1]>>
  %f = tile.convert %b : !tile.fragment<16x16xbf16, #tile.mma<accumulator, warps = [1, 1]>> -> !p
  return
}

// CHECK-LABEL: llvm.func @approximations(
func.func @approximations(%x: memref<f32>) attributes {plait.kernel, tile.warps = 1 : i64, tile.alignment = array<i64: 4>} {
  // CHECK: %[[V:.*]] = llvm.load
  %v = memref.load %x[] : memref<f32>
  // CHECK: %[[E:.*]] = llvm.call_intrinsic "llvm.nvvm.ex2.approx.ftz.f32"(%[[V]]) : (f32) -> f32
  %e = math.exp2 %v : f32
  // CHECK: %[[R:.*]] = llvm.call_intrinsic "llvm.nvvm.rsqrt.approx.ftz.f"(%[[E]]) : (f32) -> f32
  %r = math.rsqrt %e : f32
  // CHECK: llvm.call_intrinsic "llvm.nvvm.div.full"(%[[E]], %[[R]]) : (f32, f32) -> f32
  %q = arith.divf %e, %r : f32
  return
}

// f16 are converted by pairs, too; one that is left over with itself.
// CHECK-LABEL: llvm.func @odd(
func.func @odd(%x: memref<16x8xf32>, %y: memref<16x8xf16>, %v: memref<16x1xf32>, %w: memref<16x1xbf16>)
    attributes {plait.kernel, tile.warps = 1 : i64, tile.alignment = array<i64: 8, 4, 4, 2>} {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %f = tile.load_global %x[%c0, %c0] along 0 rows %c16 : memref<16x8xf32> -> !c
  // CHECK: nvvm.convert.f32x2.to.f16x2 %[[V:[0-9]+]]#1, %[[V]]#0
  // CHECK: nvvm.convert.f32x2.to.f16x2
  // CHECK: nvvm.convert.f32x2.to.bf16x2 %[[V]]#1, %[[V]]#0
  // CHECK: nvvm.convert.f32x2.to.bf16x2
  %h = tile.convert %f : !c -> !tile.fragment<16x8xf16, #tile.mma<accumulator, warps = [1, 1]>>
  %i = tile.convert %f : !c -> !tile.fragment<16x8xbf16, #tile.mma<accumulator, warps = [1, 1]>>
  tile.store_global %h to %y[%c0, %c0] along 0 rows %c16 : !tile.fragment<16x8xf16, #tile.mma<accumulator, warps = [1, 1]>>, memref<16x8xf16>
  %g = tile.load_global %v[%c0, %c0] along 0 rows %c16 : memref<16x1xf32> -> !tile.fragment<16x1xf32, #tile.blocked<vector = 1, warps = 1>>
  // CHECK: nvvm.convert.f32x2.to.bf16x2 %[[ONE:[0-9]+]], %[[ONE]]
  // CHECK-NOT: nvvm.convert
  %b = tile.convert %g : !tile.fragment<16x1xf32, #tile.blocked<vector = 1, warps = 1>> -> !tile.fragment<16x1xbf16, #tile.blocked<vector = 1, warps = 1>>
  tile.store_global %b to %w[%c0, %c0] along 0 rows %c16 : !tile.fragment<16x1xbf16, #tile.blocked<vector = 1, warps = 1>>, memref<16x1xbf16>
  return
}

// Fragments that a branch gives are first of one type, then of another that nothing before has had.
// CHECK-LABEL: llvm.func @branches(
// CHECK: scf.if %{{.*}} -> (f32, f32, f32, f32, f32, f32, f32, f32)
func.func @branches(%x: memref<?x8xf32>) attributes {plait.kernel, tile.warps = 1 : i64, tile.alignment = array<i64: 4>} {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %n = memref.dim %x, %c0 : memref<?x8xf32>
  %some = arith.cmpi sgt, %n, %c0 : index
  %y:2 = scf.if %some -> (!tile.fragment<16x8xf32, #tile.mma<accumulator, warps = [1, 1]>>, !tile.fragment<1x16xf32, #tile.slice<row, #tile.mma<accumulator, warps = [1, 1]>>>) {
    %a = tile.splat %zero : f32 -> !tile.fragment<16x8xf32, #tile.mma<accumulator, warps = [1, 1]>>
    %b = tile.splat %zero : f32 -> !tile.fragment<1x16xf32, #tile.slice<row, #tile.mma<accumulator, warps = [1, 1]>>>
    scf.yield %a, %b : !tile.fragment<16x8xf32, #tile.mma<accumulator, warps = [1, 1]>>, !tile.fragment<1x16xf32, #tile.slice<row, #tile.mma<accumulator, warps = [1, 1]>>>
  } else {
    %one = arith.constant 1.0 : f32
    %a = tile.splat %one : f32 -> !tile.fragment<16x8xf32, #tile.mma<accumulator, warps = [1, 1]>>
    %b = tile.splat %one : f32 -> !tile.fragment<1x16xf32, #tile.slice<row, #tile.mma<accumulator, warps = [1, 1]>>>
    scf.yield %a, %b : !tile.fragment<16x8xf32, #tile.mma<accumulator, warps = [1, 1]>>, !tile.fragment<1x16xf32, #tile.slice<row, #tile.mma<accumulator, warps = [1, 1]>>>
  }
  return
}
