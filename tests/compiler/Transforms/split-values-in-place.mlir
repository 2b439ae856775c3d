// RUN: plait-opt %s --plait-decompose-stage=target=sm_90a --plait-tile-stage --plait-bufferize-stage | FileCheck %s
// RUN: plait-opt %s '--plait-decompose-stage=target=sm_90a schedule=channels=8' --plait-tile-stage --plait-bufferize-stage | FileCheck %s --check-prefix=FEW

// Tiles of a head read the normaliser's state, which the last of them updates: they are no direction of the grid.
// CHECK: func.func @in_place_0({{.*}} attributes {plait.kernel, plait.tiles_in_turn, plait.value_tiles = 2 : i64}
// CHECK: func.func @in_place(
// CHECK: scf.forall (%{{.*}}, %{{.*}}) in (%{{.*}}, %{{.*}}) {
// CHECK: func.call @in_place_0(
// CHECK-NOT: scf.forall
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
// CHECK-LABEL: func.func @apart_0({{.*}} attributes {plait.kernel, plait.value_tiles = 2 : i64}
// CHECK: scf.forall (%{{.*}}, %{{.*}}, %{{.*}}) in (%{{.*}}, %{{.*}}, 2) {
func.func @apart(%q: !q {plait.name = "q"}, %k: !q {plait.name = "k"}, %v: !v {plait.name = "v"},
                 %s: !s {plait.name = "s"}, %z: !z {plait.name = "z"})
    -> (!v {plait.name = "o"}, !s {plait.name = "s1"}, !z {plait.name = "z1"}) {
  %o, %s1, %z1 = plait.attention causal ins(%q, %k, %v : !q, !q, !v) state(%s : !s) normalizer(%z : !z)
    normalize(sum, eps = 1.0e-06) -> !v, state !s, normalizer !z
  return %o, %s1, %z1 : !v, !s, !z
}

// A state of 64 columns is read by all tiles, too.
// CHECK-LABEL: func.func @beside_0({{.*}} plait.tiles_in_turn, plait.value_tiles = 2 : i64}
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
  %ev = tensor.empty(%b, %t, %h) : !v
  %ew = tensor.empty(%b, %t, %h) : !q
  %o, %s1 = plait.recur ins(%q, %k, %v : !q, !q, !v) outs(%ev, %s : !v, !s) -> !v, !s
  %p, %z1 = plait.recur ins(%q, %k, %w : !q, !q, !q) outs(%ew, %z : !q, tensor<?x?x64x64xf32>) -> !q, tensor<?x?x64x64xf32>
  return %o, %p, %s1, %z1 : !v, !q, !s, tensor<?x?x64x64xf32>
}

// A state of 100 columns is split where CTAs have 64: each tile has its own part.
// FEW-LABEL: func.func @narrow_0({{.*}} attributes {plait.kernel, plait.value_tiles = 2 : i64}
func.func @narrow(%q: !q {plait.name = "q"}, %k: !q {plait.name = "k"}, %v: tensor<?x?x?x100xbf16> {plait.name = "v"},
                  %s: tensor<?x?x64x100xf32> {plait.name = "s", plait.result = 1 : index})
    -> (tensor<?x?x?x100xbf16> {plait.name = "o"}, tensor<?x?x64x100xf32> {plait.name = "s1"}) {
  %o, %s1 = plait.attention causal ins(%q, %k, %v : !q, !q, tensor<?x?x?x100xbf16>)
    state(%s : tensor<?x?x64x100xf32>) -> tensor<?x?x?x100xbf16>, state tensor<?x?x64x100xf32>
  return %o, %s1 : tensor<?x?x?x100xbf16>, tensor<?x?x64x100xf32>
}
