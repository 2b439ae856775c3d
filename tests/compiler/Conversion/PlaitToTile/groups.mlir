// RUN: plait-opt %s --plait-decompose-stage="target=sm_90a schedule=heads=4" --plait-tile-stage --plait-bufferize-stage --convert-plait-to-tile | FileCheck %s

// The last of four parts writes the state that all compute.
// CHECK-DAG: #[[$PART:.*]] = affine_map<()[s0] -> (s0 mod 4)>
// CHECK-LABEL: func.func @apart_0(
// CHECK: scf.for
// CHECK: tile.store_global %{{.*}} to %[[OUT:arg[0-9]+]]
// CHECK: %[[NUMBER:.*]] = affine.apply #[[$PART]]()[%{{.*}}]
// CHECK: %[[IS_LAST:.*]] = arith.cmpi eq, %[[NUMBER]], %c3{{.*}}
// CHECK: scf.if %[[IS_LAST]] {
// CHECK: tile.store_global {{.*}} transposed
// CHECK-NEXT: }
!q = tensor<?x?x?x64xbf16>
!s = tensor<?x?x64x64xf32>
func.func @apart(%q: !q {plait.name = "q"}, %k: !q {plait.name = "k"}, %v: !q {plait.name = "v"}, %s: !s {plait.name = "s"})
    -> (!q {plait.name = "o"}, !s {plait.name = "s1"}) {
  %o, %s1 = plait.attention causal ins(%q, %k, %v : !q, !q, !q) state(%s : !s) group_size(16) -> !q, state !s
  return %o, %s1 : !q, !s
}

// In place they take turns: each starts from the state as it was.
// CHECK-LABEL: func.func @in_place_0(
// CHECK: scf.for %[[TURN:.*]] = %{{.*}} to %c4{{.*}} step
// CHECK: %[[HEAD:.*]] = tile.program_id 1
// CHECK: %[[FIRST:.*]] = arith.muli %[[HEAD]], %c4{{.*}}
// CHECK: arith.addi %[[FIRST]], %[[TURN]]
// CHECK: tile.load_global %[[STATE:arg[0-9]+]]{{.*}} transposed
// CHECK: scf.for
// CHECK: scf.if
// CHECK: tile.store_global %{{.*}} to %[[STATE]]{{.*}} transposed
func.func @in_place(%q: !q {plait.name = "q"}, %k: !q {plait.name = "k"}, %v: !q {plait.name = "v"},
                    %s: !s {plait.name = "s", plait.result = 1 : index})
    -> (!q {plait.name = "o"}, !s {plait.name = "s1"}) {
  %o, %s1 = plait.attention causal ins(%q, %k, %v : !q, !q, !q) state(%s : !s) group_size(16) -> !q, state !s
  return %o, %s1 : !q, !s
}
