// RUN: plait-opt %s --plait-set-target=target=sm_80 --convert-tile-to-nvvm | FileCheck %s

!m = memref<?x?x64xbf16, strided<[?, ?, 1]>>
!s = !tile.shared<64x64xbf16>

// CHECK-LABEL: llvm.func @chunks(
func.func @chunks(%x: !m, %y: !m) attributes {plait.kernel, tile.warps = 4 : i64, tile.alignment = array<i64: 16, 8>} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %s = tile.alloc at 0 : !s
  %i = tile.program_id 0 : index
  %n = memref.dim %x, %c1 : !m
  // What is outside becomes zero.
  // CHECK: %[[INSIDE:.*]] = arith.cmpi slt
  // CHECK: %[[COUNT:.*]] = arith.select %[[INSIDE]], %c8_i32{{.*}}, %c0_i32{{.*}} : i32
  // CHECK: %[[BYTES:.*]] = arith.muli %[[COUNT]], %c2_i32
  // CHECK: nvvm.cp.async.shared.global %{{.*}}, %{{.*}}, 16, cache = cg, %[[BYTES]]
  // CHECK-COUNT-3: 16, cache = cg
  // CHECK-NOT: cache = cg
  tile.copy_async %x[%i, %c0, %c0] along 1 rows %n to %s : !m, !s
  // CHECK-COUNT-8: 8, cache = ca
  tile.copy_async %y[%i, %c0, %c0] along 1 rows %n to %s : !m, !s
  // CHECK: nvvm.cp.async.commit.group
  %g = tile.commit : !tile.token
  // CHECK: nvvm.cp.async.wait.group 0
  tile.wait %g pending 0
  return
}

!narrow = memref<?x12xbf16, strided<[?, 1]>>

// Fewer columns than the tile's: the last chunk is part of a row.
// CHECK-LABEL: llvm.func @part(
func.func @part(%x: !narrow) attributes {plait.kernel, tile.warps = 1 : i64, tile.alignment = array<i64: 16>} {
  %c0 = arith.constant 0 : index
  %n = memref.dim %x, %c0 : !narrow
  %s = tile.alloc at 0 : !tile.shared<16x16xbf16>
  // CHECK: %[[LEFT:.*]] = arith.subi %{{.*}} : i32
  // CHECK: %[[POSITIVE:.*]] = arith.maxsi %[[LEFT]]
  // CHECK: %[[COUNT:.*]] = arith.minsi %[[POSITIVE]], %c8_i32
  // CHECK: arith.select %{{.*}}, %[[COUNT]], %{{.*}} : i32
  // CHECK: 16, cache = cg
  tile.copy_async %x[%c0, %c0] along 0 rows %n to %s : !narrow, !tile.shared<16x16xbf16>
  return
}

// Fewer pieces than threads, and pieces that cp.async can't copy.
// CHECK-LABEL: llvm.func @column(
func.func @column(%x: memref<?x8xf32>, %y: memref<?x8xbf16>)
    attributes {plait.kernel, tile.warps = 4 : i64, tile.alignment = array<i64: 4, 2>} {
  %c0 = arith.constant 0 : index
  %h = tile.program_id 0 : index
  %n = memref.dim %x, %c0 : memref<?x8xf32>
  %s = tile.alloc at 0 : !tile.shared<64x1xf32>
  %t = tile.alloc at 1024 : !tile.shared<128x1xbf16>
  // CHECK: %[[BELOW:.*]] = arith.cmpi ult, %{{.*}}, %c64_i32{{.*}} : i32
  // CHECK: scf.if %[[BELOW]] {
  // CHECK: 4, cache = ca
  tile.copy_async %x[%c0, %h] along 0 rows %n to %s : memref<?x8xf32>, !tile.shared<64x1xf32>
  // CHECK: %[[ZERO:.*]] = arith.constant 0.000000e+00 : bf16
  // CHECK: %[[V:.*]] = scf.if %{{.*}} -> (bf16) {
  // CHECK: %[[LOADED:.*]] = llvm.load
  // CHECK: scf.yield %[[LOADED]]
  // CHECK: } else {
  // CHECK: scf.yield %[[ZERO]]
  // CHECK: llvm.store %[[V]], %{{.*}} {alignment = 2 : i64} : bf16, !llvm.ptr<3>
  tile.copy_async %y[%c0, %h] along 0 rows %n to %t : memref<?x8xbf16>, !tile.shared<128x1xbf16>
  return
}

// Rows of 24 and of 8 bytes: no piece reaches into the next one.
// CHECK-LABEL: llvm.func @ragged(
func.func @ragged(%x: memref<?x12xbf16>, %y: memref<?x4xbf16>)
    attributes {plait.kernel, tile.warps = 1 : i64, tile.alignment = array<i64: 16, 16>} {
  %c0 = arith.constant 0 : index
  %n = memref.dim %x, %c0 : memref<?x12xbf16>
  %s = tile.alloc at 0 : !tile.shared<16x12xbf16>
  %t = tile.alloc at 1024 : !tile.shared<16x4xbf16>
  // Thread 0 to 31 copies a piece, then thread 0 to 15 does.
  // CHECK: %[[THREAD:.*]] = nvvm.read.ptx.sreg.tid.x
  // CHECK: %[[THIRD:.*]] = arith.remui %[[THREAD]], %c3_i32
  // CHECK: %[[COLUMN:.*]] = arith.muli %[[THIRD]], %c4_i32
  // CHECK: %[[ROW:.*]] = arith.divui %[[THREAD]], %c3_i32
  // CHECK: %[[NEXT:.*]] = arith.addi %[[THREAD]], %c32_i32
  // CHECK: %[[NEXT_THIRD:.*]] = arith.remui %[[NEXT]], %c3_i32
  // CHECK: %[[NEXT_COLUMN:.*]] = arith.muli %[[NEXT_THIRD]], %c4_i32
  // CHECK: %[[NEXT_ROW:.*]] = arith.divui %[[NEXT]], %c3_i32
  // CHECK: arith.extui %[[COLUMN]]
  // CHECK: %[[ROW64:.*]] = arith.extui %[[ROW]]
  // CHECK: arith.muli %[[ROW64]], %c12_i64
  // CHECK: %[[COUNT:.*]] = arith.select %{{.*}}, %c4_i32{{.*}}, %c0_i32{{.*}} : i32
  // CHECK: %[[BYTES:.*]] = arith.muli %[[COUNT]], %c2_i32
  // CHECK: nvvm.cp.async.shared.global %{{.*}}, %{{.*}}, 8, cache = ca, %[[BYTES]]
  // CHECK: %[[LAST:.*]] = arith.cmpi ult, %[[THREAD]], %c16_i32{{.*}} : i32
  // CHECK: scf.if %[[LAST]] {
  // CHECK: arith.extui %[[NEXT_COLUMN]]
  // CHECK: arith.extui %[[NEXT_ROW]]
  // CHECK: 8, cache = ca
  tile.copy_async %x[%c0, %c0] along 0 rows %n to %s : memref<?x12xbf16>, !tile.shared<16x12xbf16>
  // CHECK: %[[FEW:.*]] = arith.cmpi ult, %[[THREAD]], %c16_i32{{.*}} : i32
  // CHECK: scf.if %[[FEW]] {
  // CHECK: 8, cache = ca
  // CHECK-NOT: cache =
  tile.copy_async %y[%c0, %c0] along 0 rows %n to %t : memref<?x4xbf16>, !tile.shared<16x4xbf16>
  return
}
