// RUN: plait-opt %s --plait-decompose-stage=target=sm_90a --plait-tile-stage --plait-bufferize-stage --convert-plait-to-tile --plait-assign-layouts --canonicalize --cse | FileCheck %s

!x = tensor<?x1x?x128xbf16>
!s = tensor<?x?x128x128xf32>
!z = tensor<?x?x128x1xf32>

// Rows go from memory to where the state's elements are; the state is read and written once, by the same threads.
// CHECK-LABEL: func.func @gated_0(
// CHECK-SAME: %[[Q:arg0]]: {{.*}}, %[[K:arg1]]: {{.*}}, %[[V:arg2]]: {{.*}}, %[[G:arg3]]: {{.*}}, %[[STATE:arg4]]:
// CHECK-NOT: tile.copy_async
// CHECK-NOT: = tile.mma
// CHECK: %[[S:.*]] = tile.load_global %[[STATE]][{{.*}} transposed {{.*}} -> !tile.fragment<128x128xf32, #tile.mma<accumulator, warps = [2, 4]>>
// CHECK-DAG: tile.load_global %[[K]][{{.*}} -> !tile.fragment<1x128xbf16, #tile.slice<row,
// CHECK-DAG: tile.load_global %[[V]][{{.*}} transposed {{.*}} -> !tile.fragment<128x1xbf16, #tile.slice<column,
// CHECK-DAG: tile.load_global %[[G]][{{.*}} -> !tile.fragment<1x128xf32, #tile.slice<row,
// CHECK-NOT: tile.copy_async
// CHECK-NOT: = tile.mma
// CHECK: %[[D:.*]] = tile.map
// CHECK-NOT: tile.copy_async
// CHECK-NOT: = tile.mma
// CHECK: math.exp
// CHECK-NOT: tile.copy_async
// CHECK-NOT: = tile.mma
// CHECK: %[[NEXT:.*]] = tile.map %[[S]], %[[D]], %{{.*}}, %{{.*}} {
// CHECK-NOT: tile.copy_async
// CHECK-NOT: = tile.mma
// CHECK: arith.mulf
// CHECK-NOT: tile.copy_async
// CHECK-NOT: = tile.mma
// CHECK: math.fma
// CHECK-NOT: tile.copy_async
// CHECK-NOT: = tile.mma
// CHECK: %[[READ:.*]] = tile.map %{{.*}}, %[[NEXT]] {
// CHECK-NOT: tile.copy_async
// CHECK-NOT: = tile.mma
// CHECK: tile.reduce add %[[READ]] along row using
// CHECK-NOT: tile.copy_async
// CHECK-NOT: = tile.mma
// CHECK: tile.store_global %[[NEXT]] to %[[STATE]][
func.func @gated(%q: !x {plait.name = "q"}, %k: !x {plait.name = "k"}, %v: !x {plait.name = "v"},
                 %g: tensor<?x1x?x128xf32> {plait.name = "g"}, %s: !s {plait.name = "s", plait.result = 1 : index})
    -> (!x {plait.name = "o"}, !s {plait.name = "s1"}) {
  %o, %s1 = plait.attention causal ins(%q, %k, %v : !x, !x, !x) decay(%g : tensor<?x1x?x128xf32>) state(%s : !s)
    -> !x, state !s
  return %o, %s1 : !x, !s
}

// An exclusive read is of the state before, with the bonus; of a map's rows all but one are 0.
// CHECK-LABEL: func.func @exclusive_0(
// CHECK: %[[S:.*]] = tile.load_global {{.*}} transposed {{.*}} -> !tile.fragment<128x128xf32
// CHECK: %[[U:.*]] = tile.load_global {{.*}} : memref<?x128xf32
// CHECK: %[[SQUARES:.*]] = tile.map %{{.*}} {
// CHECK: arith.mulf
// CHECK: %[[ROW:.*]] = tile.reduce add %[[SQUARES]] along column
// CHECK: tile.store %[[ROW]] to %[[SHARED:[0-9]+]]
// CHECK: %[[K:.*]] = tile.load %[[SHARED]] : !tile.shared<1x128xf32>
// CHECK: %[[NEXT:.*]] = tile.map %[[S]], %[[V:[0-9]+]], %[[K]] {
// CHECK: %[[SEEN:.*]] = tile.map %[[S]], %[[V]], %[[K]], %[[U]] {
// CHECK: tile.map %{{.*}}, %[[SEEN]] {
// CHECK: tile.store_global %[[NEXT]]
func.func @exclusive(%q: !x {plait.name = "q"}, %k: !x {plait.name = "k"}, %v: !x {plait.name = "v"},
                     %u: tensor<?x128xf32> {plait.name = "u"}, %s: !s {plait.name = "s", plait.result = 1 : index})
    -> (!x {plait.name = "o"}, !s {plait.name = "s1"}) {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %b = tensor.dim %q, %c0 : !x
  %h = tensor.dim %q, %c2 : !x
  %e = tensor.empty(%b, %h) : !x
  %squares = plait.map_rows ins(%k : !x) outs(%e : !x) {
  ^bb0(%row: vector<128xbf16>):
    %y = arith.mulf %row, %row : vector<128xbf16>
    plait.yield %y : vector<128xbf16>
  } -> !x
  %o, %s1 = plait.recur ins(%q, %squares, %v : !x, !x, !x) bonus(%u : tensor<?x128xf32>)
    outs(%e, %s : !x, !s) read(exclusive) -> !x, !s
  return %o, %s1 : !x, !s
}

// A head's decay is one number. Without a row of decays sums of four warps cost more than rows of two.
// CHECK-LABEL: func.func @decayed_0(
// CHECK: tile.load_global {{.*}} -> !tile.fragment<128x128xf32, #tile.mma<accumulator, warps = [4, 2]>>
// CHECK: %[[G:.*]] = memref.load %{{.*}} : memref<?xf32
// CHECK-NOT: tile.shuffle
// CHECK: math.exp %[[G]]
func.func @decayed(%q: !x {plait.name = "q"}, %k: !x {plait.name = "k"}, %v: !x {plait.name = "v"},
                   %g: tensor<?xf32> {plait.name = "g"}, %s: !s {plait.name = "s", plait.result = 1 : index})
    -> (!x {plait.name = "o"}, !s {plait.name = "s1"}) {
  %o, %s1 = plait.attention causal ins(%q, %k, %v : !x, !x, !x) decay(%g : tensor<?xf32>) state(%s : !s)
    -> !x, state !s
  return %o, %s1 : !x, !s
}

// A normaliser's state is a row.
// CHECK-LABEL: func.func @normalized_0(
// CHECK: %[[Z:.*]] = tile.load_global {{.*}} : memref<?x?x128x1xf32, {{.*}} -> !tile.fragment<1x128xf32, #tile.slice<row,
// CHECK: %[[NEXT:.*]] = tile.map %[[Z]], %{{.*}} {
// CHECK: arith.addf
// CHECK: tile.map %{{.*}}, %[[NEXT]] {
// CHECK: tile.store_global %[[NEXT]]
func.func @normalized(%q: !x {plait.name = "q"}, %k: !x {plait.name = "k"}, %v: !x {plait.name = "v"},
                      %s: !s {plait.name = "s", plait.result = 1 : index},
                      %z: !z {plait.name = "z", plait.result = 2 : index})
    -> (!x {plait.name = "o"}, !s {plait.name = "s1"}, !z {plait.name = "z1"}) {
  %o, %s1, %z1 = plait.attention causal ins(%q, %k, %v : !x, !x, !x) state(%s : !s) normalizer(%z : !z)
    normalize(sum, eps = 1.0e-06) -> !x, state !s, normalizer !z
  return %o, %s1, %z1 : !x, !s, !z
}

// Tiles of values in turn: each reads the normaliser's state, and the last writes it.
// CHECK-LABEL: func.func @in_turn_0(
// CHECK-SAME: attributes {plait.kernel, plait.value_tiles = 2 : i64
// CHECK: scf.for %[[TILE:.*]] = %c0 to %c2 step %c1
// CHECK: %[[FIRST:.*]] = arith.muli %[[TILE]], %c128
// CHECK: %[[LAST:.*]] = arith.cmpi eq, %[[TILE]], %c1
// CHECK: tile.load_global %arg3[%{{.*}}, %{{.*}}, %c0, %[[FIRST]]]
// CHECK: tile.load_global %arg4
// CHECK: tile.store_global %{{.*}} to %arg3[%{{.*}}, %{{.*}}, %c0, %[[FIRST]]]
// CHECK: scf.if %[[LAST]] {
// CHECK-NEXT: tile.store_global %{{.*}} to %arg4
func.func @in_turn(%q: tensor<?x1x?x64xbf16> {plait.name = "q"}, %k: tensor<?x1x?x64xbf16> {plait.name = "k"},
                   %v: tensor<?x1x?x200xbf16> {plait.name = "v"},
                   %s: tensor<?x?x64x200xf32> {plait.name = "s", plait.result = 1 : index},
                   %z: tensor<?x?x64x1xf32> {plait.name = "z", plait.result = 2 : index})
    -> (tensor<?x1x?x200xbf16> {plait.name = "o"}, tensor<?x?x64x200xf32> {plait.name = "s1"},
        tensor<?x?x64x1xf32> {plait.name = "z1"}) {
  %o, %s1, %z1 = plait.attention causal ins(%q, %k, %v : tensor<?x1x?x64xbf16>, tensor<?x1x?x64xbf16>, tensor<?x1x?x200xbf16>)
    state(%s : tensor<?x?x64x200xf32>) normalizer(%z : tensor<?x?x64x1xf32>) normalize(sum, eps = 1.0e-06)
    -> tensor<?x1x?x200xbf16>, state tensor<?x?x64x200xf32>, normalizer tensor<?x?x64x1xf32>
  return %o, %s1, %z1 : tensor<?x1x?x200xbf16>, tensor<?x?x64x200xf32>, tensor<?x?x64x1xf32>
}
