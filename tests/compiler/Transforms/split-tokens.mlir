// RUN: plait-opt %s --plait-decompose-stage="target=sm_90a schedule=heads=2,splits=4" --plait-tile-stage --plait-bufferize-stage --canonicalize --cse | FileCheck %s
// RUN: plait-opt %s --plait-decompose-stage="target=sm_90a schedule=heads=2,splits=4" --plait-tile-stage --plait-bufferize-stage --convert-plait-to-tile --plait-assign-layouts --canonicalize --cse | FileCheck %s --check-prefix=TILE
// RUN: plait-opt %s --plait-decompose-stage=target=sm_90a --plait-tile-stage --plait-bufferize-stage | FileCheck %s --check-prefix=WHOLE

// Item 0 leaves the caller's state; item p + 1 takes range p from a state of zeros. Queries are not read.
// CHECK: func.func @gated_0_updates({{.*}}, %[[Z:[a-z0-9]*]]: i32) attributes
// CHECK: %[[ITEM:.*]] = arith.index_castui %[[Z]]
// CHECK: %[[FIRST:.*]] = arith.cmpi eq, %[[ITEM]], %c0
// CHECK: %[[EACH:.*]] = affine.apply #[[RANGE:.*]]()[%[[T:.*]]]
// CHECK: %[[END:.*]] = arith.muli %[[ITEM]], %[[EACH]]
// CHECK: %[[LAST:.*]] = arith.minui %[[T]], %[[END]]
// CHECK: %[[SLOT:.*]] = arith.addi %{{.*}}, %[[ITEM]]
// CHECK: %[[STATE:.*]] = memref.subview %[[UPDATES:.*]][%{{.*}}, %[[SLOT]], 0, 0] [1, 1, 64, 64]
// CHECK: linalg.generic {{.*}} outs(%[[STATE]]
// CHECK: arith.select %[[FIRST]], %in, %
// CHECK: linalg.fill ins(%cst{{.*}}) outs(%[[FACTOR:.*]] : memref<1x1x64x1xf32
// CHECK: scf.for %{{.*}} = %{{.*}} to %[[LAST]] step %c32
// CHECK: plait.recur ins(%[[K:.*]], %[[K]], %{{.*}}) decay({{.*}}) outs(%{{.*}}, %[[STATE]]
// CHECK: %[[ZERO:.*]] = arith.constant dense<0.000000e+00> : vector<1xf32>
// CHECK: plait.recur {{.*}} outs(%{{.*}}, %[[FACTOR]]

// The kernel folds what is before its range, and the last range leaves the state.
// CHECK: func.func @gated_0({{.*}}, %[[Z:[a-z0-9]*]]: i32) attributes
// CHECK: %[[ITEM:.*]] = arith.index_castui %[[Z]]
// CHECK: %[[NEXT:.*]] = arith.addi %[[ITEM]], %c1
// CHECK: linalg.fill ins(%cst{{.*}}) outs(%[[STATE:.*]] :
// CHECK: scf.for %{{.*}} = %c0 to %[[NEXT]] step %c1
// CHECK: linalg.generic {{.*}} outs(%[[STATE]]
// CHECK: %[[KEPT:.*]] = arith.mulf %out, %
// CHECK: arith.addf %[[KEPT]], %in
// CHECK: scf.for
// CHECK: plait.recur {{.*}} outs(%{{.*}}, %[[STATE]]
// CHECK: %[[IS_LAST:.*]] = arith.cmpi eq, %[[ITEM]], %c3
// CHECK: scf.if %[[IS_LAST]] {
// CHECK-NEXT: linalg.copy ins(%[[STATE]]

// CHECK: func.func @gated(
// CHECK: %[[SLOTS:.*]] = affine.apply
// CHECK: %[[UPDATES:.*]] = memref.alloc(%{{.*}}, %[[SLOTS]]) : memref<?x?x64x64xf32>
// CHECK: %[[FACTORS:.*]] = memref.alloc(%{{.*}}, %[[SLOTS]]) : memref<?x?x64x1xf32>
// CHECK: scf.forall (%{{.*}}, %{{.*}}, %{{.*}}) in (%{{.*}}, %{{.*}}, 4)
// CHECK: func.call @gated_0_updates(
// CHECK: scf.forall (%{{.*}}, %{{.*}}, %{{.*}}) in (%{{.*}}, %{{.*}}, 4)
// CHECK: func.call @gated_0(

// A factor for each key is a row beside the transposed state.
// TILE: func.func @gated_0_updates
// TILE: %[[START:.*]] = tile.load_global {{.*}} transposed {{.*}} -> !tile.fragment<64x64xf32
// TILE: tile.map %[[START]]
// Sums of decays, as three numbers, and one product with the values: that of zeros is none.
// TILE-COUNT-2: = tile.mma
// TILE-NOT: = tile.mma
// TILE: func.func @gated_0(
// TILE: scf.for
// TILE: tile.load_global {{.*}} -> !tile.fragment<1x64xf32, #tile.slice<row, #tile.mma<accumulator
// TILE: scf.if %{{[a-z0-9]+}} {
// TILE-NEXT: tile.store_global {{.*}} transposed

// WHOLE-NOT: _updates
func.func @gated(%q: tensor<?x?x?x64xbf16> {plait.name = "q"}, %k: tensor<?x?x?x64xbf16> {plait.name = "k"},
                 %v: tensor<?x?x?x64xbf16> {plait.name = "v"}, %g: tensor<?x?x?x64xf32> {plait.name = "g"},
                 %out: tensor<?x?x?x64xf32> {plait.name = "o"}, %s: tensor<?x?x64x64xf32> {plait.name = "s"})
    -> (tensor<?x?x?x64xf32> {plait.name = "y"}, tensor<?x?x64x64xf32> {plait.name = "t"}) {
  %o, %state = plait.recur ins(%q, %k, %v : tensor<?x?x?x64xbf16>, tensor<?x?x?x64xbf16>, tensor<?x?x?x64xbf16>)
    decay(%g : tensor<?x?x?x64xf32>) outs(%out, %s : tensor<?x?x?x64xf32>, tensor<?x?x64x64xf32>)
    -> tensor<?x?x?x64xf32>, tensor<?x?x64x64xf32>
  return %o, %state : tensor<?x?x?x64xf32>, tensor<?x?x64x64xf32>
}

// Without queries there are no groups of them, and no bonus.
// CHECK: func.func @grouped_0_updates(
// CHECK-NOT: bonus
// CHECK: plait.recur ins(%[[K:[a-z0-9_]*]], %[[K]], %{{[a-z0-9_]*}} :
// CHECK-NOT: {{bonus|group_size}}
// CHECK: func.func @grouped_0(
// CHECK: plait.recur {{.*}} bonus({{.*}} group_size(2)
func.func @grouped(%q: tensor<?x?x?x64xf32> {plait.name = "q"}, %k: tensor<?x?x?x64xf32> {plait.name = "k"},
                   %v: tensor<?x?x?x64xf32> {plait.name = "v"}, %u: tensor<?x64xf32> {plait.name = "u"},
                   %out: tensor<?x?x?x64xf32> {plait.name = "o"}, %s: tensor<?x?x64x64xf32> {plait.name = "s"})
    -> (tensor<?x?x?x64xf32> {plait.name = "y"}) {
  %o, %state = plait.recur ins(%q, %k, %v : tensor<?x?x?x64xf32>, tensor<?x?x?x64xf32>, tensor<?x?x?x64xf32>)
    bonus(%u : tensor<?x64xf32>) outs(%out, %s : tensor<?x?x?x64xf32>, tensor<?x?x64x64xf32>)
    read(exclusive) group_size(2) -> tensor<?x?x?x64xf32>, tensor<?x?x64x64xf32>
  return %o : tensor<?x?x?x64xf32>
}
