// RUN: plait-opt %s --plait-decompose-stage=target=sm_90a --plait-tile-stage --plait-bufferize-stage --convert-plait-to-tile --canonicalize --cse | FileCheck %s

// The state of the caller is read and written once, transposed.
// CHECK-LABEL: func.func @gated_0(
// CHECK: %[[START:.*]] = tile.load_global %{{.*}} along 2 rows %{{.*}} transposed : {{.*}} -> !tile.fragment<64x64xf32
// CHECK: %[[END:.*]] = scf.for {{.*}} iter_args(%[[S:.*]] = %[[START]])

// Sums of decays are sums of rows in which what does not count is 0.
// CHECK: %[[G:.*]] = tile.load_global %{{.*}} along 1 rows %{{.*}} -> !tile.fragment<64x1xf32
// CHECK: tile.store %[[G]] to %{{.*}} transposed
// CHECK: arith.cmpi sle
// CHECK: %[[READ:.*]] = tile.reduce add %{{.*}} along row

// Scores: masked before the exponential, which is of a difference.
// CHECK: tile.map %{{.*}}, %[[READ]], %{{.*}} {
// CHECK: arith.subf
// CHECK: arith.select
// CHECK: math.exp

// What the state gives, and the state, are scaled; so are the values that are written to it.
// CHECK: %[[OLD:.*]] = tile.mma %{{.*}}, %{{.*}} transposed
// CHECK: tile.map %[[OLD]], %{{.*}} {
// CHECK: math.exp
// CHECK: tile.map %[[S]], %{{.*}} {
// CHECK: math.exp
// CHECK: arith.cmpi slt
// CHECK: tile.reduce add %{{.*}} along row
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

// A decay of a head is one number, which tokens past the block's have not.
// CHECK-LABEL: func.func @per_head_0(
// CHECK: %[[DECAY:.*]] = memref.load
// CHECK: tile.map {
// CHECK: arith.cmpi slt
// CHECK: arith.select %{{.*}}, %[[DECAY]]
func.func @per_head(%q: tensor<?x?x?x64xbf16> {plait.name = "q"}, %k: tensor<?x?x?x64xbf16> {plait.name = "k"},
                    %v: tensor<?x?x?x64xbf16> {plait.name = "v"}, %g: tensor<?xf32> {plait.name = "g"},
                    %o: tensor<?x?x?x64xbf16> {plait.name = "o"}, %s: tensor<?x?x64x64xf32> {plait.name = "s"})
    -> (tensor<?x?x?x64xbf16> {plait.name = "out"}, tensor<?x?x64x64xf32> {plait.name = "state"}) {
  %out, %state = plait.recur ins(%q, %k, %v : tensor<?x?x?x64xbf16>, tensor<?x?x?x64xbf16>, tensor<?x?x?x64xbf16>)
    decay(%g : tensor<?xf32>) outs(%o, %s : tensor<?x?x?x64xbf16>, tensor<?x?x64x64xf32>) reverse
    -> tensor<?x?x?x64xbf16>, tensor<?x?x64x64xf32>
  return %out, %state : tensor<?x?x?x64xbf16>, tensor<?x?x64x64xf32>
}
