// RUN: plait-opt %s --plait-decompose-stage=target=sm_90a --plait-tile-stage --plait-bufferize-stage --convert-plait-to-tile --plait-assign-layouts --canonicalize --cse | FileCheck %s

// Each channel's tokens come into one thread by shared memory; the carried numbers stay in registers
// from block to block. Tokens past the last leave them, and channels past the width are 0.
// CHECK-LABEL: func.func @sums_0(
// CHECK-SAME: tile.warps = 4
// CHECK: %[[HEAD:.*]] = tile.program_id 1
// CHECK: %[[START:.*]] = tile.load_global %arg2[%{{.*}}, %[[HEAD]], %c0] transposed : {{.*}} -> !tile.fragment<64x1xf32, #tile.blocked<vector = 1, warps = 4>>
// CHECK: %[[END:.*]] = scf.for {{.*}} iter_args(%[[CARRY:.*]] = %[[START]])
// CHECK: tile.copy_async %{{.*}} to %[[X:[0-9]+]]
// CHECK: %[[ROWS:.*]] = tile.load %[[X]] transposed : {{.*}} -> !tile.fragment<64x32xf32, #tile.blocked<vector = 32, warps = 4>>
// CHECK: %[[Y:.*]], %[[LAST:.*]] = tile.scan %[[ROWS]] from %[[CARRY]] reverse {
// CHECK-NEXT: ^bb0(%[[C:.*]]: f32, %[[E:.*]]: f32, %[[CHANNEL:.*]]: index, %[[TOKEN:.*]]: index):
// CHECK: %[[NEXT:.*]] = arith.addf %[[C]], %[[E]]
// CHECK: %[[INSIDE:.*]] = arith.cmpi slt, %[[TOKEN]]
// CHECK: %[[KEPT:.*]] = arith.select %[[INSIDE]], %[[NEXT]], %[[C]]
// CHECK: arith.cmpi slt, %[[CHANNEL]], %c60
// CHECK: %[[OUT:.*]] = arith.select %{{.*}}, %[[C]], %cst
// CHECK: tile.yield %[[KEPT]], %[[OUT]]
// CHECK: tile.store %[[Y]] to %[[STAGED:[0-9]+]] transposed
// CHECK-NEXT: %[[WHOLE:.*]] = tile.load %[[STAGED]] :
// CHECK-NEXT: tile.store_global %[[WHOLE]]
// CHECK: scf.yield %[[LAST]]
// CHECK: tile.store_global %[[END]] to %{{.*}} transposed
func.func @sums(%x: tensor<?x?x?x60xf32> {plait.name = "x"}, %out: tensor<?x?x?x60xf32> {plait.name = "o"},
                %c: tensor<?x?x60xf32> {plait.name = "c"}) -> (tensor<?x?x?x60xf32> {plait.name = "y"}, tensor<?x?x60xf32> {plait.name = "l"}) {
  %y:2 = plait.scan add ins(%x : tensor<?x?x?x60xf32>) outs(%out, %c : tensor<?x?x?x60xf32>, tensor<?x?x60xf32>)
    read(exclusive) reverse -> tensor<?x?x?x60xf32>, tensor<?x?x60xf32>
  return %y#0, %y#1 : tensor<?x?x?x60xf32>, tensor<?x?x60xf32>
}
