// RUN: plait-opt %s --plait-decompose-stage=target=sm_90a --plait-tile-stage --plait-bufferize-stage --convert-plait-to-tile --plait-assign-layouts --canonicalize --cse | FileCheck %s

// Each warp adds the decays of some channels, of all tokens: those of each half, and by products with zeros and ones
// those to the block's middle, to which keys and queries decay. Keys grow behind it, queries before.
// CHECK-LABEL: func.func @gated_0(
// CHECK: %[[BOUND:.*]] = arith.constant 3.200000e+01 : f32
// CHECK: %[[END:.*]] = scf.for {{.*}} iter_args(%[[S:.*]] = %
// CHECK-DAG: tile.copy_async %arg0[{{.*}} to %[[Q:[0-9]+]]
// CHECK-DAG: tile.copy_async %arg1[{{.*}} to %[[K:[0-9]+]]
// CHECK: %[[V:.*]] = tile.load %{{.*}} transposed
// CHECK: %[[G:.*]] = tile.load %{{.*}} -> !tile.fragment<32x64xf32, #tile.mma<b, warps = [1, 4]>>
// CHECK: %[[FIRST:.*]] = tile.reduce add %{{.*}} along column :
// CHECK: tile.map %[[FIRST]] {
// CHECK: math.exp
// CHECK: tile.store %{{.*}} to %[[TO:[0-9]+]]
// CHECK: %[[SECOND:.*]] = tile.reduce add %{{.*}} along column :
// CHECK: tile.map %[[SECOND]] {
// CHECK: math.exp
// CHECK: tile.store %{{.*}} to %[[FROM:[0-9]+]]
// CHECK: %[[PART:.*]] = tile.convert %[[G]]
// CHECK: %[[SUMS:.*]] = tile.mma %{{.*}}, (%[[PART]], %{{.*}}), %{{.*}}, !tile.fragment<32x64xf32, #tile.mma<accumulator, warps = [1, 4]>>
// CHECK: tile.map %{{.*}}, %[[SUMS]] {
// CHECK: %[[GROWN:.*]] = arith.subf %{{.*}}, %[[B:.*]] : f32
// CHECK: %[[E:.*]] = arith.select %{{.*}}, %[[GROWN]], %[[B]] : f32
// CHECK: math.exp %[[E]]
// CHECK: tile.store %{{.*}} to %[[KEYS:[0-9]+]]
// CHECK: tile.map %{{.*}}, %[[SUMS]] {
// CHECK: %[[GROWN:.*]] = arith.subf %{{.*}}, %[[B:.*]] : f32
// CHECK: %[[E:.*]] = arith.select %{{.*}}, %[[B]], %[[GROWN]] : f32
// CHECK: math.exp %[[E]]
// CHECK: tile.store %{{.*}} to %[[QUERIES:[0-9]+]]
// CHECK: %[[FEW:.*]] = arith.cmpi slt, %{{.*}}, %c16
// CHECK: %[[STEEP:.*]] = tile.exceeds %[[SUMS]] over %[[BOUND]] :
// CHECK: %[[EITHER:.*]] = arith.ori %[[STEEP]], %[[FEW]]
// CHECK: %[[WAY:.*]]:2 = scf.if %[[EITHER]]

// Steep decays, and those of few tokens, are those of halves of halves; a token with itself does not decay.
// CHECK: %[[WHOLE:.*]] = tile.mma %[[Q]], %[[K]] transposed
// CHECK: %[[OWN:.*]] = tile.map %[[WHOLE]] {
// CHECK: arith.cmpi eq
// CHECK: scf.for %{{.*}} = %c0 to %c5 step %c1 iter_args(%{{.*}} = %[[OWN]])
// CHECK: } else {

// Of gentle ones the state decays to the middle, too. Queries and keys are rounded; the state and scores are two numbers.
// CHECK: %[[TO_MIDDLE:.*]] = tile.load %[[TO]]
// CHECK: %[[MIDDLE:.*]] = tile.map %[[S]], %[[TO_MIDDLE]] {
// CHECK: tile.mma %[[QUERIES]], %[[KEYS]] transposed
// CHECK: %[[ST:.*]] = tile.convert %[[MIDDLE]]
// CHECK: %[[PAIRS:.*]] = tile.convert %[[MIDDLE]]
// CHECK: %[[ROUNDED:.*]] = tile.convert %[[PAIRS]]
// CHECK: %[[REST:.*]] = tile.map %[[MIDDLE]], %[[ROUNDED]] {
// CHECK: %[[ST2:.*]] = tile.convert %[[REST]]
// CHECK: %[[OLD:.*]] = tile.mma (%[[ST]], %[[ST2]]), %[[QUERIES]] transposed
// CHECK: tile.store %{{.*}} to %[[P:[0-9]+]]
// CHECK: tile.store %{{.*}} to %[[P2:[0-9]+]]
// CHECK: %[[OUT:.*]] = tile.mma %[[V]], (%[[P]], %[[P2]]) transposed within upper, %[[OLD]]
// CHECK: %[[WRITTEN:.*]] = tile.mma %[[V]], %[[KEYS]], %[[MIDDLE]]
// CHECK: %[[FROM_MIDDLE:.*]] = tile.load %[[FROM]]
// CHECK: %[[NEXT:.*]] = tile.map %[[WRITTEN]], %[[FROM_MIDDLE]] {
// CHECK: scf.yield %[[OUT]], %[[NEXT]]
// CHECK: scf.yield %[[WAY]]#1
func.func @gated(%q: tensor<?x?x?x64xbf16> {plait.name = "q"}, %k: tensor<?x?x?x64xbf16> {plait.name = "k"},
                 %v: tensor<?x?x?x64xbf16> {plait.name = "v"}, %g: tensor<?x?x?x64xf32> {plait.name = "g"},
                 %o: tensor<?x?x?x64xbf16> {plait.name = "o"}, %s: tensor<?x?x64x64xf32> {plait.name = "s"})
    -> (tensor<?x?x?x64xbf16> {plait.name = "out"}, tensor<?x?x64x64xf32> {plait.name = "state"}) {
  %out, %state = plait.recur ins(%q, %k, %v : tensor<?x?x?x64xbf16>, tensor<?x?x?x64xbf16>, tensor<?x?x?x64xbf16>)
    decay(%g : tensor<?x?x?x64xf32>) outs(%o, %s : tensor<?x?x?x64xbf16>, tensor<?x?x64x64xf32>)
    -> tensor<?x?x?x64xbf16>, tensor<?x?x64x64xf32>
  return %out, %state : tensor<?x?x?x64xbf16>, tensor<?x?x64x64xf32>
}

// Where a token does not read itself, it has no score, and sums for queries are others than for keys.
// CHECK-LABEL: func.func @exclusive_0(
// CHECK: tile.exceeds %{{.*}}, %{{.*}} over %
// CHECK: } else {
// CHECK-COUNT-4: = tile.mma
// CHECK-NOT: = tile.mma
// CHECK: tile.store_global
func.func @exclusive(%q: tensor<?x?x?x64xbf16> {plait.name = "q"}, %k: tensor<?x?x?x64xbf16> {plait.name = "k"},
                     %v: tensor<?x?x?x64xbf16> {plait.name = "v"}, %g: tensor<?x?x?x64xf32> {plait.name = "g"},
                     %o: tensor<?x?x?x64xbf16> {plait.name = "o"}, %s: tensor<?x?x64x64xf32> {plait.name = "s"})
    -> (tensor<?x?x?x64xbf16> {plait.name = "out"}, tensor<?x?x64x64xf32> {plait.name = "state"}) {
  %out, %state = plait.recur ins(%q, %k, %v : tensor<?x?x?x64xbf16>, tensor<?x?x?x64xbf16>, tensor<?x?x?x64xbf16>)
    decay(%g : tensor<?x?x?x64xf32>) outs(%o, %s : tensor<?x?x?x64xbf16>, tensor<?x?x64x64xf32>) read(exclusive)
    -> tensor<?x?x?x64xbf16>, tensor<?x?x64x64xf32>
  return %out, %state : tensor<?x?x?x64xbf16>, tensor<?x?x64x64xf32>
}

// f32 goes the way of any decays. Each block adds to the state with rounding.
// CHECK-LABEL: func.func @in_parts_0(
// CHECK-NOT: tile.exceeds
// CHECK: tile.mma {{.*}} rounded
func.func @in_parts(%q: tensor<?x?x?x64xf32> {plait.name = "q"}, %k: tensor<?x?x?x64xf32> {plait.name = "k"},
                    %v: tensor<?x?x?x64xf32> {plait.name = "v"}, %g: tensor<?x?x?x64xf32> {plait.name = "g"},
                    %o: tensor<?x?x?x64xf32> {plait.name = "o"}, %s: tensor<?x?x64x64xf32> {plait.name = "s"})
    -> (tensor<?x?x?x64xf32> {plait.name = "out"}, tensor<?x?x64x64xf32> {plait.name = "state"}) {
  %out, %state = plait.recur ins(%q, %k, %v : tensor<?x?x?x64xf32>, tensor<?x?x?x64xf32>, tensor<?x?x?x64xf32>)
    decay(%g : tensor<?x?x?x64xf32>) outs(%o, %s : tensor<?x?x?x64xf32>, tensor<?x?x64x64xf32>)
    -> tensor<?x?x?x64xf32>, tensor<?x?x64x64xf32>
  return %out, %state : tensor<?x?x?x64xf32>, tensor<?x?x64x64xf32>
}
