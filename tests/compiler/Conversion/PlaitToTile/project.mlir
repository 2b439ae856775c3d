// RUN: plait-opt %s --plait-decompose-stage=target=sm_90a --plait-tile-stage --plait-bufferize-stage --convert-plait-to-tile --plait-assign-layouts --canonicalize --cse | FileCheck %s

// The transpose of the matrix of each head is an operand in registers; a block's rows are one in
// shared memory. Rows of 200 bytes begin at multiples of 8, and threads beside each other write 8 each.
// CHECK-LABEL: func.func @heads_0(
// CHECK-SAME: tile.warps = 8
// CHECK: tile.copy_async %arg0{{.*}} to %[[X:[0-9]+]]
// CHECK: %[[M:.*]] = tile.load_global %arg1[%{{.*}}, %c0, %c0] along 1 rows %c64 transposed : {{.*}} -> !tile.fragment<128x64xf32, #tile.mma<accumulator, warps = [8, 1]>>
// CHECK: %[[MT:.*]] = tile.convert %[[M]]
// CHECK: %[[O:.*]] = tile.mma %[[MT]], %[[X]] transposed
// CHECK: tile.map %[[O]]
// CHECK: arith.mulf %{{.*}}, %cst
// CHECK: %[[WHOLE:.*]] = tile.load {{.*}} -> !tile.fragment<32x128xbf16, #tile.blocked<vector = 4, warps = 8>>
// CHECK: tile.store_global %[[WHOLE]]
func.func @heads(%x: tensor<?x?x?x64xbf16> {plait.name = "x"}, %m: tensor<?x64x100xf32> {plait.name = "m"},
                 %out: tensor<?x?x?x100xbf16> {plait.name = "o"}) -> (tensor<?x?x?x100xbf16> {plait.name = "y"}) {
  %y = plait.project ins(%x, %m : tensor<?x?x?x64xbf16>, tensor<?x64x100xf32>) outs(%out : tensor<?x?x?x100xbf16>)
    scale(0.5) -> tensor<?x?x?x100xbf16>
  return %y : tensor<?x?x?x100xbf16>
}

// Attention that is not causal sums its state without a score, and the second kernel multiplies
// queries by it.
// CHECK-LABEL: func.func @whole_0(
// CHECK-COUNT-1: = tile.mma
// CHECK-NOT: = tile.mma
// CHECK-LABEL: func.func @whole_1(
// CHECK-COUNT-1: = tile.mma
// CHECK-NOT: = tile.mma
func.func @whole(%q: tensor<?x?x?x64xbf16> {plait.name = "q"}, %k: tensor<?x?x?x64xbf16> {plait.name = "k"},
                 %v: tensor<?x?x?x64xbf16> {plait.name = "v"}) -> (tensor<?x?x?x64xbf16> {plait.name = "o"}) {
  %o = plait.attention ins(%q, %k, %v : tensor<?x?x?x64xbf16>, tensor<?x?x?x64xbf16>, tensor<?x?x?x64xbf16>)
    -> tensor<?x?x?x64xbf16>
  return %o : tensor<?x?x?x64xbf16>
}
