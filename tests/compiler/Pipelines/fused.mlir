// RUN: plait-opt %s --plait-decompose-stage --plait-tile-stage --plait-bufferize-stage \
// RUN:   | FileCheck %s --implicit-check-not="memref.alloc(" --implicit-check-not=memref.copy \
// RUN:       --implicit-check-not="memref.alloca(%" --implicit-check-not="memref.alloca() {{.*}}1000"

// One kernel does each of these: nothing of a sequence's size is written but the results, nothing is
// allocated or copied, and scratch is of one block of tokens.

module attributes {plait.target = #plait.target<"x86-64-v4", {fma, lanes = 16 : i64, registers = 32 : i64}>} {

// The paper's attention: maps, sums, normaliser and quotient in one loop over tokens.
// CHECK-LABEL: func.func @paper_0(
// CHECK-SAME:    plait.span = 15
// CHECK:         memref.alloca() {{.*}} : memref<245760xi8>
// CHECK:         memref.alloca() {{.*}} : memref<3840xi8>
// CHECK:         memref.alloca() {{.*}} : memref<1x64x1x64xf32>
// CHECK:         scf.for
// CHECK:           scf.for
// CHECK:             plait.map_rows
// CHECK:             plait.map_rows
// CHECK:             plait.recur
// CHECK:             plait.recur
// CHECK:             plait.map_rows
// CHECK:           }
// CHECK:         }
// CHECK-LABEL: func.func @paper(
// CHECK:         scf.forall
// CHECK-NEXT:      arith.index_castui
// CHECK-NEXT:      arith.index_castui
// CHECK:           call @paper_0
// CHECK-NOT:     call
func.func @paper(%q: tensor<?x?x?x64xf32>, %k: tensor<?x?x?x64xf32>, %v: tensor<?x?x?x64xf32>) -> tensor<?x?x?x64xf32> {
  %o = plait.attention causal ins(%q, %k, %v : tensor<?x?x?x64xf32>, tensor<?x?x?x64xf32>, tensor<?x?x?x64xf32>)
    normalize(sum, eps = 1.0e-6) feature_map {
  ^bb0(%x: vector<64xf32>):
    %e = math.exp %x : vector<64xf32>
    plait.yield %e : vector<64xf32>
  } -> tensor<?x?x?x64xf32>
  return %o : tensor<?x?x?x64xf32>
}

// Groups of heads, from the last token to the first, from a state to a state: the copy of the initial state
// is an op of the kernel.
// CHECK-LABEL: func.func @groups_0(
// CHECK:         scf.for
// CHECK:           scf.for
// CHECK:             scf.if
// CHECK:               linalg.copy
// CHECK:               linalg.copy
// CHECK:             }
// CHECK-LABEL: func.func @groups(
// CHECK:           call @groups_0
// CHECK-NOT:     call
func.func @groups(%q: tensor<?x?x8x64xf32>, %k: tensor<?x?x2x64xf32>, %v: tensor<?x?x2x32xf32>, %s: tensor<?x2x64x32xf32>,
                  %z: tensor<?x2x64x1xf32>) -> (tensor<?x?x8x32xf32>, tensor<?x2x64x32xf32>, tensor<?x2x64x1xf32>) {
  %o:3 = plait.attention causal ins(%q, %k, %v : tensor<?x?x8x64xf32>, tensor<?x?x2x64xf32>, tensor<?x?x2x32xf32>)
    state(%s : tensor<?x2x64x32xf32>) normalizer(%z : tensor<?x2x64x1xf32>) reverse normalize(clamp, eps = 1.0)
    group_size(4) -> tensor<?x?x8x32xf32>, state tensor<?x2x64x32xf32>, normalizer tensor<?x2x64x1xf32>
  return %o#0, %o#1, %o#2 : tensor<?x?x8x32xf32>, tensor<?x2x64x32xf32>, tensor<?x2x64x1xf32>
}

// States in place are not copied.
// CHECK-LABEL: func.func @in_place_0(
// CHECK-NOT:     linalg.copy ins({{.*}}x64x64xf32
// CHECK-LABEL: func.func @in_place(
// CHECK:           call @in_place_0
// CHECK-NOT:     call
func.func @in_place(%q: tensor<?x?x?x64xf32>, %k: tensor<?x?x?x64xf32>, %v: tensor<?x?x?x64xf32>, %g: tensor<?x?x?x64xf32>,
                    %s: tensor<?x?x64x64xf32> {plait.result = 1 : index}) -> (tensor<?x?x?x64xf32>, tensor<?x?x64x64xf32>) {
  %o:2 = plait.attention causal ins(%q, %k, %v : tensor<?x?x?x64xf32>, tensor<?x?x?x64xf32>, tensor<?x?x?x64xf32>)
    decay(%g : tensor<?x?x?x64xf32>) state(%s : tensor<?x?x64x64xf32>)
    -> tensor<?x?x?x64xf32>, state tensor<?x?x64x64xf32>
  return %o#0, %o#1 : tensor<?x?x?x64xf32>, tensor<?x?x64x64xf32>
}

// Narrow rows are converted block by block.
// CHECK-LABEL: func.func @narrow_0(
// CHECK:         memref.alloca() {{.*}} : memref<1x32x1x64xf32>
// CHECK:         scf.for
// CHECK:           arith.extf
// CHECK:           arith.truncf
// CHECK-LABEL: func.func @narrow(
// CHECK:           call @narrow_0
// CHECK-NOT:     call
func.func @narrow(%q: tensor<?x?x?x64xbf16>, %k: tensor<?x?x?x64xbf16>, %v: tensor<?x?x?x64xbf16>, %g: tensor<?x?x?xbf16>)
    -> tensor<?x?x?x64xbf16> {
  %o = plait.attention causal ins(%q, %k, %v : tensor<?x?x?x64xbf16>, tensor<?x?x?x64xbf16>, tensor<?x?x?x64xbf16>)
    decay(%g : tensor<?x?x?xbf16>) normalize(sum, eps = 1.0e-6) -> tensor<?x?x?x64xbf16>
  return %o : tensor<?x?x?x64xbf16>
}

// What consumes the rows comes along, with the row maps of its other operands.
// CHECK-LABEL: func.func @gated_0(
// CHECK:         scf.for
// CHECK:           plait.recur
// CHECK:           arith.mulf
// CHECK-LABEL: func.func @gated(
// CHECK:           call @gated_0
// CHECK-NOT:     call
func.func @gated(%q: tensor<?x1000x?x64xf32>, %v: tensor<?x1000x?x64xf32>, %gate: tensor<?x1000x?x64xf32>)
    -> tensor<?x1000x?x64xf32> {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %b = tensor.dim %q, %c0 : tensor<?x1000x?x64xf32>
  %h = tensor.dim %q, %c2 : tensor<?x1000x?x64xf32>
  %empty = tensor.empty(%b, %h) : tensor<?x1000x?x64xf32>
  %a = plait.attention causal ins(%q, %q, %v : tensor<?x1000x?x64xf32>, tensor<?x1000x?x64xf32>, tensor<?x1000x?x64xf32>)
    -> tensor<?x1000x?x64xf32>
  %exp = plait.map_rows ins(%gate : tensor<?x1000x?x64xf32>) outs(%empty : tensor<?x1000x?x64xf32>) {
  ^bb0(%x: vector<64xf32>):
    %e = math.exp %x : vector<64xf32>
    plait.yield %e : vector<64xf32>
  } -> tensor<?x1000x?x64xf32>
  %o = plait.map_rows ins(%a, %exp : tensor<?x1000x?x64xf32>, tensor<?x1000x?x64xf32>) outs(%empty : tensor<?x1000x?x64xf32>) {
  ^bb0(%x: vector<64xf32>, %y: vector<64xf32>):
    %m = arith.mulf %x, %y : vector<64xf32>
    plait.yield %m : vector<64xf32>
  } -> tensor<?x1000x?x64xf32>
  return %o : tensor<?x1000x?x64xf32>
}

}
