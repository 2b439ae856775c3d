// RUN: plait-opt %s --plait-decompose-stage=target=sm_90a --plait-tile-stage --plait-bufferize-stage --convert-plait-to-tile --canonicalize --cse | FileCheck %s

// Sums of decays to the block's middle, products with zeros and ones, say which way a block goes.
// CHECK-LABEL: func.func @gated_0(
// CHECK: %[[BOUND:.*]] = arith.constant 3.200000e+01 : f32
// CHECK: %[[END:.*]] = scf.for {{.*}} iter_args(%[[S:.*]] = %
// CHECK: tile.copy_async %{{.*}} to %[[Q:[0-9]+]]
// CHECK: tile.copy_async %{{.*}} to %[[K:[0-9]+]]
// CHECK: %[[V:.*]] = tile.load %{{.*}} transposed
// CHECK: %[[FIRST:.*]] = tile.reduce add %{{.*}} along column
// CHECK: %[[SECOND:.*]] = tile.reduce add %{{.*}} along column
// CHECK: tile.map %[[FIRST]] {
// CHECK: math.exp
// CHECK: tile.store %{{.*}} to %[[TO:[0-9]+]]
// CHECK: tile.map %[[SECOND]] {
// CHECK: math.exp
// CHECK: tile.store %{{.*}} to %[[FROM:[0-9]+]]
// CHECK: %[[SUMS:.*]] = tile.mma
// CHECK: %[[STEEP:.*]] = tile.exceeds %[[SUMS]] over %[[BOUND]] :
// CHECK: %[[WAY:.*]]:2 = scf.if %[[STEEP]]

// Steep decays are those of halves of halves; a token with itself does not decay.
// CHECK: %[[WHOLE:.*]] = tile.mma %[[Q]], %[[K]] transposed
// CHECK: %[[OWN:.*]] = tile.map %[[WHOLE]] {
// CHECK: arith.cmpi eq
// CHECK: scf.for %{{.*}} = %c0 to %c5 step %c1 iter_args(%{{.*}} = %[[OWN]])
// CHECK: } else {

// Gentle ones lead to the middle: the state, keys, and queries as two numbers each. Keys grow behind it, queries before.
// CHECK: %[[TO_MIDDLE:.*]] = tile.load %[[TO]]
// CHECK: %[[MIDDLE:.*]] = tile.map %[[S]], %[[TO_MIDDLE]] {
// CHECK: %[[KEY:.*]] = tile.map %{{.*}}, %[[SUMS]] {
// CHECK: %[[GROWN:.*]] = arith.subf %{{.*}}, %[[B:.*]] : f32
// CHECK: %[[E:.*]] = arith.select %{{.*}}, %[[GROWN]], %[[B]] : f32
// CHECK: math.exp %[[E]]
// CHECK: tile.store %{{.*}} to %[[KEYS:[0-9]+]]
// CHECK: %[[QUERY:.*]] = tile.map %{{.*}}, %[[SUMS]] {
// CHECK: %[[GROWN:.*]] = arith.subf %{{.*}}, %[[B:.*]] : f32
// CHECK: %[[E:.*]] = arith.select %{{.*}}, %[[B]], %[[GROWN]] : f32
// CHECK: math.exp %[[E]]
// CHECK: tile.store %{{.*}} to %[[HIGH:[0-9]+]]
// CHECK: tile.store %{{.*}} to %[[LOW:[0-9]+]]
// CHECK: %[[ST:.*]] = tile.convert %[[MIDDLE]]
// CHECK: %[[RAW:.*]] = tile.mma %[[LOW]], %[[KEYS]] transposed
// CHECK: %[[OLD:.*]] = tile.mma %[[ST]], %[[LOW]] transposed
// CHECK: %[[RAW2:.*]] = tile.mma %[[HIGH]], %[[KEYS]] transposed, %[[RAW]]
// CHECK: %[[OLD2:.*]] = tile.mma %[[ST]], %[[HIGH]] transposed, %[[OLD]]
// CHECK: tile.mma %[[Q]], %[[K]] transposed
// CHECK: tile.map %[[RAW2]], %{{.*}} {
// CHECK: arith.cmpi eq
// CHECK: %[[OUT:.*]] = tile.mma %[[V]], %{{.*}} transposed, %[[OLD2]]
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
// CHECK-COUNT-6: = tile.mma
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
