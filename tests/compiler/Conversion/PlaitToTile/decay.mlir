// RUN: plait-opt %s --plait-decompose-stage=target=sm_90a --plait-tile-stage --plait-bufferize-stage --convert-plait-to-tile --plait-assign-layouts --canonicalize --cse | FileCheck %s

// The state of the caller is read and written once, transposed.
// CHECK-LABEL: func.func @gated_0(
// CHECK: %[[START:.*]] = tile.load_global %{{.*}} along 2 rows %{{.*}} transposed : {{.*}} -> !tile.fragment<64x64xf32
// CHECK: %[[END:.*]] = scf.for {{.*}} iter_args(%[[S:.*]] = %[[START]])

// Decays are copied like other rows; each warp sums them up for itself, in both directions side by side.
// CHECK: tile.copy_async %{{.*}} to %[[G:[0-9]+]] : memref<?x?x?xf32
// CHECK: %[[DECAYS:.*]] = tile.load %[[G]] transposed : {{.*}} -> !tile.fragment<1x64xf32, #tile.blocked<vector = 2, warps = 4>>
// CHECK: %[[BOUNDED:.*]] = tile.map %[[DECAYS]] {
// CHECK: arith.maximumf
// CHECK-NEXT: tile.yield
// CHECK-NEXT: }
// CHECK-NEXT: %[[SUMS:.*]] = tile.cumsum %[[BOUNDED]] :
// CHECK-NEXT: %[[LATER:.*]] = tile.cumsum %[[BOUNDED]] exclusive reverse
// CHECK: %[[READ:.*]] = tile.shuffle %[[SUMS]] {{.*}} -> !tile.fragment<64x1xf32
// CHECK: %[[WRITTEN:.*]] = tile.shuffle %[[SUMS]] {{.*}} -> !tile.fragment<1x64xf32

// Scores: masked before the exponential, which is of a difference.
// CHECK: tile.map %{{.*}}, %[[READ]], %[[WRITTEN]] {
// CHECK: arith.subf
// CHECK: arith.select
// CHECK: math.exp

// What the state gives, and the state, are scaled; so are the values that are written to it.
// CHECK: %[[OLD:.*]] = tile.mma %{{.*}}, %{{.*}} transposed
// CHECK: %[[FACTORS:.*]] = tile.map %[[SUMS]] {
// CHECK: math.exp
// CHECK: %[[TO_READ:.*]] = tile.shuffle %[[FACTORS]] :
// CHECK: tile.map %[[OLD]], %[[TO_READ]] {
// CHECK: tile.store
// CHECK: %[[TOTAL:.*]] = tile.shuffle %[[FACTORS]] at 63
// CHECK: tile.map %[[S]], %[[TOTAL]] {
// CHECK: tile.map %[[LATER]] {
// CHECK: math.exp
// CHECK: scf.yield
// CHECK: tile.store_global %[[END]] to %{{.*}} along 2 rows %{{.*}} transposed
func.func @gated(%q: tensor<?x?x?x64xbf16> {plait.name = "q"}, %k: tensor<?x?x?x64xbf16> {plait.name = "k"},
                 %v: tensor<?x?x?x64xbf16> {plait.name = "v"}, %g: tensor<?x?x?xf32> {plait.name = "g"},
                 %o: tensor<?x?x?x64xbf16> {plait.name = "o"}, %s: tensor<?x?x64x64xf32> {plait.name = "s"})
    -> (tensor<?x?x?x64xbf16> {plait.name = "out"}, tensor<?x?x64x64xf32> {plait.name = "state"}) {
  %out, %state = plait.recur ins(%q, %k, %v : tensor<?x?x?x64xbf16>, tensor<?x?x?x64xbf16>, tensor<?x?x?x64xbf16>)
    decay(%g : tensor<?x?x?xf32>) outs(%o, %s : tensor<?x?x?x64xbf16>, tensor<?x?x64x64xf32>)
    -> tensor<?x?x?x64xbf16>, tensor<?x?x64x64xf32>
  return %out, %state : tensor<?x?x?x64xbf16>, tensor<?x?x64x64xf32>
}

// A decay of a head is one number, loaded once; a sum is a multiple of it, of as many as there are tokens.
// CHECK-LABEL: func.func @per_head_0(
// CHECK: %[[DECAY:.*]] = memref.load
// CHECK: scf.for
// CHECK: %[[LEAST:.*]] = arith.maximumf %[[DECAY]]
// CHECK-NOT: tile.cumsum
// CHECK: tile.map {
// CHECK: arith.maxsi
// CHECK: %[[COUNT:.*]] = arith.sitofp
// CHECK: arith.mulf %[[LEAST]], %[[COUNT]]
// CHECK-NOT: tile.cumsum
// In reverse a token reads those from it on.
// CHECK: tile.mma %{{.*}} transposed within lower, %
// CHECK-NOT: tile.cumsum
// CHECK: scf.yield
func.func @per_head(%q: tensor<?x?x?x64xbf16> {plait.name = "q"}, %k: tensor<?x?x?x64xbf16> {plait.name = "k"},
                    %v: tensor<?x?x?x64xbf16> {plait.name = "v"}, %g: tensor<?xf32> {plait.name = "g"},
                    %o: tensor<?x?x?x64xbf16> {plait.name = "o"}, %s: tensor<?x?x64x64xf32> {plait.name = "s"})
    -> (tensor<?x?x?x64xbf16> {plait.name = "out"}, tensor<?x?x64x64xf32> {plait.name = "state"}) {
  %out, %state = plait.recur ins(%q, %k, %v : tensor<?x?x?x64xbf16>, tensor<?x?x?x64xbf16>, tensor<?x?x?x64xbf16>)
    decay(%g : tensor<?xf32>) outs(%o, %s : tensor<?x?x?x64xbf16>, tensor<?x?x64x64xf32>) reverse
    -> tensor<?x?x?x64xbf16>, tensor<?x?x64x64xf32>
  return %out, %state : tensor<?x?x?x64xbf16>, tensor<?x?x64x64xf32>
}
