// RUN: plait-opt %s --plait-decompose-stage=target=sm_90a --plait-tile-stage --plait-bufferize-stage | FileCheck %s
// RUN: plait-opt %s --plait-decompose-stage=target=sm_90a --plait-tile-stage --plait-bufferize-stage --convert-plait-to-tile --plait-assign-layouts --canonicalize | FileCheck %s --check-prefix=TILE
// RUN: plait-opt %s --plait-decompose-stage=target=x86-64-v3 --plait-tile-stage --plait-bufferize-stage | FileCheck %s --check-prefix=CPU

// CHECK: func.func @wide_0({{.*}} attributes {plait.kernel, plait.value_tiles = 2 : i64}
// CHECK: scf.forall (%{{.*}}, %{{.*}}, %[[V:.*]]) in (%{{.*}}, %{{.*}}, 2) {
// CHECK: %[[Z:.*]] = arith.index_castui %[[V]] : index to i32
// CHECK: func.call @wide_0({{.*}}, %[[Z]])

// Values and results are tiles of channels, queries and keys are whole.
// TILE: func.func @wide_0
// TILE: %[[Z:.*]] = tile.program_id 2
// TILE: %[[TILE:.*]] = arith.remui %[[Z]], %c2
// TILE: %[[FIRST:.*]] = arith.muli %[[TILE]], %c128
// TILE: tile.copy_async %arg0[%{{.*}}, %{{.*}}, %{{.*}}, %c0] {{.*}} !tile.shared<32x256xbf16>
// TILE: tile.copy_async %arg2[%{{.*}}, %{{.*}}, %{{.*}}, %[[FIRST]]] {{.*}} !tile.shared<32x128xbf16>
// TILE: tile.store_global %{{.*}} to %{{.*}}[%{{.*}}, %{{.*}}, %{{.*}}, %[[FIRST]]]

// CPU-NOT: plait.value_tiles
// CPU: scf.forall (%{{.*}}, %{{.*}}) in
func.func @wide(%q: tensor<?x?x?x256xbf16> {plait.name = "q"}, %k: tensor<?x?x?x256xbf16> {plait.name = "k"},
                %v: tensor<?x?x?x200xbf16> {plait.name = "v"}) -> (tensor<?x?x?x200xbf16> {plait.name = "o"}) {
  %o = plait.attention causal ins(%q, %k, %v : tensor<?x?x?x256xbf16>, tensor<?x?x?x256xbf16>, tensor<?x?x?x200xbf16>)
    -> tensor<?x?x?x200xbf16>
  return %o : tensor<?x?x?x200xbf16>
}

// A projection's grid has three directions: heads take the tiles in.
// CHECK: func.func @project_0({{.*}} attributes {plait.kernel, plait.value_tiles = 2 : i64}
// CHECK: %[[HEAD:.*]] = arith.divui %{{.*}}, %c2_i32
// CHECK: arith.index_castui %[[HEAD]]
// CHECK: %[[ITEMS:.*]] = affine.apply #{{.*}}()[%{{.*}}]
// CHECK: scf.forall {{.*}} to (%{{.*}}, %{{.*}}, %[[ITEMS]]) step (1, 32, 1)
// TILE: func.func @project_0
// TILE: %[[I:.*]] = tile.program_id 2
// TILE: %[[TILE:.*]] = arith.remui %{{.*}}, %c2
func.func @project(%x: tensor<?x?x?x64xbf16> {plait.name = "x"}, %m: tensor<?x64x200xf32> {plait.name = "m"},
                   %out: tensor<?x?x?x200xbf16> {plait.name = "o"}) -> (tensor<?x?x?x200xbf16> {plait.name = "y"}) {
  %y = plait.project ins(%x, %m : tensor<?x?x?x64xbf16>, tensor<?x64x200xf32>) outs(%out : tensor<?x?x?x200xbf16>)
    -> tensor<?x?x?x200xbf16>
  return %y : tensor<?x?x?x200xbf16>
}
