// DEFINE: %{clean} = canonicalize,plait-unify-dims,cse
// DEFINE: %{bound} = canonicalize,cse,plait-choose-form,plait-bind-buffers,%{clean}
// RUN: plait-opt %s --pass-pipeline='builtin.module(func.func(%{bound},plait-tile-projections,%{clean}))' | FileCheck %s

// A grid over batch, blocks of tokens and matrix heads; a tile takes the two
// query heads that share a matrix, and the map that makes its rows.

// CHECK-LABEL: func @projected
// CHECK-NOT: plait.map_rows
// CHECK: scf.forall (%[[B:.*]], %[[T:.*]], %[[H:.*]]) = (0, 0, 0) to (%{{.*}}, %{{.*}}, 4) step (1, 64, 1)
// CHECK: %[[MAPPED:.*]] = plait.map_rows
// CHECK: %[[MATRIX:.*]] = tensor.extract_slice %{{.*}}[%[[B]], %[[H]], 0, 0] [1, 1, 32, 48]
// CHECK: plait.project ins(%[[MAPPED]], %[[MATRIX]] : tensor<1x?x2x32xf32>, tensor<1x1x32x48xf32>)
// CHECK: scf.forall.in_parallel

!x = tensor<?x?x8x32xf32>
!m = tensor<?x4x32x48xf32>
!y = tensor<?x?x8x48xf32>
module attributes {plait.target = #plait.target<"x86-64-v4", {fma, lanes = 16 : i64, registers = 32 : i64}>} {
  func.func @projected(%x: !x {plait.name = "x"}, %m: !m {plait.name = "m"}) -> (!y {plait.name = "y"}) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %B = tensor.dim %x, %c0 : !x
    %T = tensor.dim %x, %c1 : !x
    %e = tensor.empty(%B, %T) : !x
    %rows = plait.map_rows ins(%x : !x) outs(%e : !x) {
    ^bb0(%row: vector<32xf32>):
      %twice = arith.addf %row, %row : vector<32xf32>
      plait.yield %twice : vector<32xf32>
    } -> !x
    %o = tensor.empty(%B, %T) : !y
    %y = plait.project ins(%rows, %m : !x, !m) outs(%o : !y) group_size(2) -> !y
    return %y : !y
  }
}
