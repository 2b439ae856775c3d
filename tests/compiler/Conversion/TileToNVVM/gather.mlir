// RUN: plait-opt %s --plait-set-target=target=sm_80 --convert-tile-to-nvvm | FileCheck %s

!s = !tile.shared<32x32xf32>
!h = !tile.shared<32x32xbf16, #tile.swizzle<none>>
!x = !tile.fragment<32x4xf32, #tile.blocked<vector = 4, warps = 1>>
!y = !tile.fragment<32x2xbf16, #tile.blocked<vector = 2, warps = 1>>

// A table that two places read is one.
// CHECK-DAG: llvm.mlir.global internal constant @[[$TABLE:plait_table_[0-9]+]](dense<[3, 1, 2, 0]> : tensor<4xi32>) {addr_space = 1 : i32{{.*}}} : !llvm.array<4 x i32>
// CHECK-DAG: llvm.mlir.global internal constant @{{plait_table_[0-9]+}}(dense<[1, 0]> : tensor<2xi32>)
// CHECK-NOT: llvm.mlir.global internal constant

// A thread has a row of 4; the swizzle flips chunks of 16 bytes in it by the row's last bits.
// CHECK-LABEL: llvm.func @gather(
func.func @gather(%m: memref<32x4xf32>) attributes {plait.kernel, tile.warps = 1 : i64, tile.alignment = array<i64: 16>} {
  %c0 = arith.constant 0 : index
  %c7 = arith.constant 7 : index
  %c32 = arith.constant 32 : index
  %s = tile.alloc at 512 : !s
  // What is made of a thread's number once more stays where it is.
  // CHECK: %[[THREAD:.*]] = llvm.inline_asm has_side_effects "mov.u32 $0, %tid.x;", "=r" : () -> i32
  // CHECK: %[[ROW:.*]] = arith.andi %[[THREAD]], %c7_i32
  // CHECK: %[[FLIP:.*]] = arith.muli %[[ROW]], %c16_i32
  // CHECK: %[[INDEX:.*]] = arith.subi %c7, %{{.*}} : index
  // CHECK: %[[COLUMN:.*]] = arith.index_castui %[[INDEX]] : index to i32
  // CHECK: %[[BYTE:.*]] = arith.muli %[[COLUMN]], %c4_i32
  // CHECK: %[[FLIPPED:.*]] = arith.xori %[[BYTE]], %[[FLIP]] : i32
  // CHECK: %[[IN_ROW:.*]] = arith.addi %[[FLIPPED]], %{{.*}} : i32
  // CHECK: %[[FROM:.*]] = llvm.getelementptr %{{.*}}[%[[IN_ROW]]]
  // CHECK: %[[PLACE:.*]] = llvm.getelementptr %[[FROM]][512]
  // CHECK: %[[X:.*]] = llvm.load %[[PLACE]] {{.*}} -> f32
  // CHECK-COUNT-3: llvm.load %{{.*}} -> f32
  %x = tile.gather %s {
  ^bb0(%row: index, %column: index):
    %from = arith.subi %c7, %column : index
    tile.yield %from : index
  } : !s -> !x
  tile.store_global %x to %m[%c0, %c0] along 0 rows %c32 : !x, memref<32x4xf32>
  return
}

// Elements of 16 bits are packed; a constant that is read at a place known at run time is a table.
// CHECK-LABEL: llvm.func @table(
func.func @table(%m: memref<32x2xbf16>, %n: memref<32x4xf32>)
    attributes {plait.kernel, tile.warps = 1 : i64, tile.alignment = array<i64: 4, 16>} {
  %c0 = arith.constant 0 : index
  %c32 = arith.constant 32 : index
  %s = tile.alloc at 0 : !h
  %swap = arith.constant dense<[1, 0]> : vector<2xi32>
  // CHECK-COUNT-2: llvm.load %{{.*}} -> bf16
  // CHECK: llvm.insertelement
  %x = tile.gather %s {
  ^bb0(%row: index, %column: index):
    %i = vector.extract %swap[%column] : i32 from vector<2xi32>
    %from = arith.index_cast %i : i32 to index
    tile.yield %from : index
  } : !h -> !y
  tile.store_global %x to %m[%c0, %c0] along 0 rows %c32 : !y, memref<32x2xbf16>
  %ones = arith.constant dense<1.0> : vector<4xf32>
  %weights = arith.constant dense<[3, 1, 2, 0]> : vector<4xi32>
  // CHECK: %[[MEMORY:.*]] = llvm.mlir.addressof @[[$TABLE]] : !llvm.ptr<1>
  // CHECK: %[[AT:.*]] = llvm.getelementptr %[[MEMORY]][%{{.*}}] : (!llvm.ptr<1>, i32) -> !llvm.ptr<1>, i32
  // CHECK: llvm.load %[[AT]] : !llvm.ptr<1> -> i32
  // CHECK: arith.addf %{{.*}}, %cst
  %y = tile.map {
  ^bb0(%row: index, %column: index):
    %i = vector.extract %weights[%column] : i32 from vector<4xi32>
    %f = arith.bitcast %i : i32 to f32
    %one = vector.extract %ones[%column] : f32 from vector<4xf32>
    %g = arith.addf %f, %one : f32
    tile.yield %g : f32
  } -> !x
  tile.store_global %y to %n[%c0, %c0] along 0 rows %c32 : !x, memref<32x4xf32>
  return
}
