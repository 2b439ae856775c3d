// RUN: plait-opt %s --plait-decompose-stage=target=sm_90a --plait-tile-stage --plait-bufferize-stage | FileCheck %s

// Tiles of a head read the normaliser's state, which none writes: a launch behind them does, from the keys (the
// queries say how many tokens there are).
// CHECK: func.func @in_place_0({{.*}} plait.value_tiles = 2 : i64
// CHECK: %[[Z:.*]] = memref.subview %arg4
// CHECK: %[[OWN:.*]] = memref.alloca() : memref<1x1x64x1xf32>
// CHECK: linalg.copy ins(%[[Z]] : {{.*}} outs(%[[OWN]] :
// CHECK: plait.recur {{.*}} outs(%{{.*}}, %[[OWN]] :
// CHECK: func.func @in_place_0_states(%arg0: memref<?x?x?x64xbf16{{.*}}, %arg1: memref<?x?x?x64xbf16{{.*}}, %arg2: memref<?x?x64x1xf32{{.*}}, %arg3: i32, %arg4: i32, %arg5: i32) attributes {plait.kernel}
// CHECK: %[[Z:.*]] = memref.subview %arg2
// CHECK-NOT: memref.alloca() : memref<1x1x64x1xf32>
// CHECK: plait.recur {{.*}} outs(%{{.*}}, %[[Z]] :
// CHECK-NOT: plait.recur
// CHECK: func.func @in_place(
// CHECK: scf.forall (%{{.*}}, %{{.*}}, %{{.*}}) in (%{{.*}}, %{{.*}}, 2) {
// CHECK: func.call @in_place_0(
// CHECK: scf.forall (%{{.*}}, %{{.*}}) in (%{{.*}}, %{{.*}}) {
// CHECK: func.call @in_place_0_states(%arg0, %arg1, %arg4,
!q = tensor<?x?x?x64xbf16>
!v = tensor<?x?x?x200xbf16>
!s = tensor<?x?x64x200xf32>
!z = tensor<?x?x64x1xf32>
func.func @in_place(%q: !q {plait.name = "q"}, %k: !q {plait.name = "k"}, %v: !v {plait.name = "v"},
                    %s: !s {plait.name = "s", plait.result = 1 : index},
                    %z: !z {plait.name = "z", plait.result = 2 : index})
    -> (!v {plait.name = "o"}, !s {plait.name = "s1"}, !z {plait.name = "z1"}) {
  %o, %s1, %z1 = plait.attention causal ins(%q, %k, %v : !q, !q, !v) state(%s : !s) normalizer(%z : !z)
    normalize(sum, eps = 1.0e-06) -> !v, state !s, normalizer !z
  return %o, %s1, %z1 : !v, !s, !z
}

// With a result of its own all tiles may read the state given.
// CHECK: func.func @apart_0({{.*}} plait.value_tiles = 2 : i64
// CHECK-NOT: func.func @apart_0_states
func.func @apart(%q: !q {plait.name = "q"}, %k: !q {plait.name = "k"}, %v: !v {plait.name = "v"},
                 %s: !s {plait.name = "s"}, %z: !z {plait.name = "z"})
    -> (!v {plait.name = "o"}, !s {plait.name = "s1"}, !z {plait.name = "z1"}) {
  %o, %s1, %z1 = plait.attention causal ins(%q, %k, %v : !q, !q, !v) state(%s : !s) normalizer(%z : !z)
    normalize(sum, eps = 1.0e-06) -> !v, state !s, normalizer !z
  return %o, %s1, %z1 : !v, !s, !z
}

// What nothing of the second launch wants: queries, and a result that is the caller's. A state of 64 columns is read by
// all tiles, too.
// CHECK: func.func @beside_0({{.*}} plait.value_tiles = 2 : i64
// CHECK: func.func @beside_0_states(
// CHECK: %[[Z:.*]] = memref.subview %{{.*}} : memref<?x?x64x64xf32
// CHECK-NOT: arith.mulf
// CHECK: plait.recur ins(%[[KEYS:[a-z_0-9]+]], %[[KEYS]], %{{.*}}, %[[Z]] :
// CHECK-NOT: plait.recur
// CHECK: func.func @beside(
func.func @beside(%q: !q {plait.name = "q"}, %k: !q {plait.name = "k"}, %v: !v {plait.name = "v"}, %w: !q {plait.name = "w"},
                  %s: !s {plait.name = "s", plait.result = 2 : index},
                  %z: tensor<?x?x64x64xf32> {plait.name = "z", plait.result = 3 : index})
    -> (!v {plait.name = "o"}, !q {plait.name = "p"}, !s {plait.name = "s1"}, tensor<?x?x64x64xf32> {plait.name = "z1"}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %b = tensor.dim %q, %c0 : !q
  %t = tensor.dim %q, %c1 : !q
  %h = tensor.dim %q, %c2 : !q
  %e = tensor.empty(%b, %t, %h) : !q
  %ev = tensor.empty(%b, %t, %h) : !v
  %ew = tensor.empty(%b, %t, %h) : !q
  %qq = plait.map_rows ins(%q : !q) outs(%e : !q) {
  ^bb0(%row: vector<64xbf16>):
    %y = arith.mulf %row, %row : vector<64xbf16>
    plait.yield %y : vector<64xbf16>
  } -> !q
  %o, %s1 = plait.recur ins(%qq, %k, %v : !q, !q, !v) outs(%ev, %s : !v, !s) -> !v, !s
  %p, %z1 = plait.recur ins(%qq, %k, %w : !q, !q, !q) outs(%ew, %z : !q, tensor<?x?x64x64xf32>) -> !q, tensor<?x?x64x64xf32>
  return %o, %p, %s1, %z1 : !v, !q, !s, tensor<?x?x64x64xf32>
}
