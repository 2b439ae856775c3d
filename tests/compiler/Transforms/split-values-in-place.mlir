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
