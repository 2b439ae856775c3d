// RUN: plait-opt %s --plait-set-target=target=sm_80 --convert-tile-to-nvvm | FileCheck %s

!x = !tile.fragment<32x4xf32, #tile.blocked<vector = 4, warps = 1>>
!c = !tile.fragment<32x1xf32, #tile.blocked<vector = 1, warps = 1>>

// A thread goes along its row, each element after the one before; with `reverse` from the last.
// CHECK-LABEL: llvm.func @scan(
func.func @scan(%x: memref<32x4xf32>, %c: memref<32x1xf32>)
    attributes {plait.kernel, tile.warps = 1 : i64, tile.alignment = array<i64: 16, 4>} {
  %c0 = arith.constant 0 : index
  %c32 = arith.constant 32 : index
  // CHECK: %[[X:.*]]:4 = scf.if
  %e = tile.load_global %x[%c0, %c0] along 0 rows %c32 : memref<32x4xf32> -> !x
  // CHECK: %[[C:.*]] = scf.if
  %carry = tile.load_global %c[%c0, %c0] along 0 rows %c32 : memref<32x1xf32> -> !c
  // CHECK: %[[S0:.*]] = arith.addf %[[C]], %[[X]]#0
  // CHECK: %[[S1:.*]] = arith.addf %[[S0]], %[[X]]#1
  // CHECK: %[[S2:.*]] = arith.addf %[[S1]], %[[X]]#2
  // CHECK: %[[S3:.*]] = arith.addf %[[S2]], %[[X]]#3
  %y, %last = tile.scan %e from %carry {
  ^bb0(%sum: f32, %f: f32, %row: index, %column: index):
    %next = arith.addf %sum, %f : f32
    tile.yield %next, %next : f32, f32
  } : !x -> !x, !c
  // CHECK: %[[P3:.*]] = arith.mulf %[[S3]], %[[S3]]
  // CHECK: %[[P2:.*]] = arith.mulf %[[P3]], %[[S2]]
  // CHECK: %[[P1:.*]] = arith.mulf %[[P2]], %[[S1]]
  // CHECK: %[[P0:.*]] = arith.mulf %[[P1]], %[[S0]]
  // CHECK: llvm.store {{.*}}
  %z, %product = tile.scan %y from %last reverse {
  ^bb0(%before: f32, %f: f32, %row: index, %column: index):
    %next = arith.mulf %before, %f : f32
    tile.yield %next, %before : f32, f32
  } : !x -> !x, !c
  // CHECK: llvm.store %[[P0]]
  tile.store_global %z to %x[%c0, %c0] along 0 rows %c32 : !x, memref<32x4xf32>
  tile.store_global %product to %c[%c0, %c0] along 0 rows %c32 : !c, memref<32x1xf32>
  return
}
