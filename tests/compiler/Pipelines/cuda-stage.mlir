// RUN: plait-opt %s --plait-set-target=target=sm_90a --plait-decompose-stage --plait-tile-stage --plait-bufferize-stage --plait-cuda-tile-stage | FileCheck %s

// What maps make of queries and keys is stored where it is made, and loaded by each of the two ways of a block. Copies
// have two stages all the same.
!q = tensor<?x?x?x256xbf16>
!v = tensor<?x?x?x128xbf16>
!s = tensor<?x?x256x128xf32>
// CHECK-LABEL: func.func @f_0(
// CHECK: tile.alloc {{.*}} : !tile.shared<16x256xbf16, stages = 2>
// CHECK: scf.for
// CHECK: math.exp
// CHECK: tile.store %{{.*}} to %[[Q:.*]] : !tile.fragment<16x256xf32, {{.*}}>, !tile.shared<16x256xf32>
// CHECK: math.absf
// CHECK: tile.store %{{.*}} to %[[K:.*]] : !tile.fragment<16x256xf32, {{.*}}>, !tile.shared<16x256xf32>
// CHECK: tile.load %[[K]]
// CHECK: tile.load %[[Q]]
// CHECK: scf.if {{.*}} -> (
// CHECK-DAG: tile.load %[[Q]]
// CHECK-DAG: tile.load %[[K]]
func.func @f(%q: !q, %k: !q, %v: !v, %g: !q, %s: !s) -> (!v, !s) {
  %query = plait.map_rows ins(%q : !q) outs(%q : !q) {
  ^bb0(%row: vector<256xbf16>):
    %wide = arith.extf %row : vector<256xbf16> to vector<256xf32>
    %y = math.exp %wide : vector<256xf32>
    %narrow = arith.truncf %y : vector<256xf32> to vector<256xbf16>
    plait.yield %narrow : vector<256xbf16>
  } -> !q
  %key = plait.map_rows ins(%k : !q) outs(%q : !q) {
  ^bb0(%row: vector<256xbf16>):
    %wide = arith.extf %row : vector<256xbf16> to vector<256xf32>
    %y = math.absf %wide : vector<256xf32>
    %narrow = arith.truncf %y : vector<256xf32> to vector<256xbf16>
    plait.yield %narrow : vector<256xbf16>
  } -> !q
  %o, %state = plait.recur ins(%query, %key, %v : !q, !q, !v) decay(%g : !q) outs(%v, %s : !v, !s) -> !v, !s
  return %o, %state : !v, !s
}
