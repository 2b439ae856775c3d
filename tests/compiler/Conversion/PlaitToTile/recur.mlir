// RUN: plait-opt %s --plait-decompose-stage=target=sm_90a --plait-tile-stage --plait-bufferize-stage --convert-plait-to-tile --plait-assign-layouts --canonicalize --cse | FileCheck %s
// RUN: plait-opt %s '--plait-decompose-stage=target=sm_90a schedule=alignment=4' --plait-tile-stage --plait-bufferize-stage --convert-plait-to-tile | FileCheck %s --check-prefix=LOOSE

// The host function is dropped, and the grid gives the kernel its batch and head.
// CHECK-LABEL: func.func @linear_0(
// CHECK-SAME: plait.kernel, tile.alignment = array<i64: 16, 16, 16, 16>, tile.warps = 4 : i64
// LOOSE: func.func @linear_0({{.*}} tile.alignment = array<i64: 4, 4, 4, 4>
// LOOSE: tile.load {{.*}} -> !tile.fragment<32x128xbf16, #tile.blocked<vector = 2, warps = 4>>
// LOOSE: tile.store_global
// CHECK-NOT: func.func
// CHECK-DAG: %[[B:.*]] = tile.program_id 0
// CHECK-DAG: %[[H:.*]] = tile.program_id 1
// CHECK: %[[ZERO:.*]] = tile.splat %{{.*}} -> !tile.fragment<128x128xf32, #tile.mma<accumulator, warps = [4, 1]>>

// The state is carried in registers; rows past the last token are zeros.
// CHECK: scf.for %[[T:.*]] = %{{.*}} iter_args(%[[S:.*]] = %[[ZERO]])
// CHECK: %[[N:.*]] = affine.min
// CHECK: %[[END:.*]] = arith.addi %[[T]], %[[N]]
// CHECK-DAG: tile.copy_async %arg0[%[[B]], %[[T]], %[[H]], %{{.*}}] along 1 rows %[[END]] to %[[Q:[0-9]+]]
// CHECK-DAG: tile.copy_async %arg1[{{.*}} to %[[K:[0-9]+]]
// CHECK-DAG: tile.copy_async %arg2[{{.*}} to %[[V:[0-9]+]]

// Queries are read where they lie; no store is between the products of scores and of the state, which can run
// side by side. V^T serves two products.
// CHECK: %[[P:.*]] = tile.mma %[[Q]], %[[K]] transposed
// CHECK: tile.map %[[P]]
// CHECK: arith.cmpi sle
// CHECK-NOT: tile.store
// CHECK: %[[ST:.*]] = tile.convert %[[S]]
// CHECK-NOT: tile.store
// CHECK: %[[OLD:.*]] = tile.mma %[[ST]], %[[Q]] transposed
// CHECK: tile.store %{{.*}} to %[[SCORES:[0-9]+]]
// CHECK: %[[VT:.*]] = tile.load %[[V]] transposed
// CHECK: %[[O:.*]] = tile.mma %[[VT]], %[[SCORES]] transposed within upper, %[[OLD]]
// CHECK: %[[NEXT:.*]] = tile.mma %[[VT]], %[[K]], %[[S]]

// CHECK: tile.store %{{.*}} transposed
// CHECK: tile.store_global
// CHECK: scf.yield %[[NEXT]]
func.func @linear(%q: tensor<?x?x?x128xbf16> {plait.name = "q"}, %k: tensor<?x?x?x128xbf16> {plait.name = "k"},
                  %v: tensor<?x?x?x128xbf16> {plait.name = "v"}) -> (tensor<?x?x?x128xbf16> {plait.name = "o"}) {
  %o = plait.attention causal ins(%q, %k, %v : tensor<?x?x?x128xbf16>, tensor<?x?x?x128xbf16>, tensor<?x?x?x128xbf16>)
    -> tensor<?x?x?x128xbf16>
  return %o : tensor<?x?x?x128xbf16>
}
