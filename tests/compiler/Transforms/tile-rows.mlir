// DEFINE: %{clean} = canonicalize,plait-unify-dims,cse
// DEFINE: %{bound} = canonicalize,cse,plait-choose-form,plait-bind-buffers,%{clean}
// RUN: plait-opt %s --pass-pipeline='builtin.module(func.func(%{bound},plait-tile-rows,%{clean}))' | FileCheck %s

// A chain of maps is one grid, made for its last; a map in another grid stays.

// CHECK-LABEL: func @chain
// CHECK: scf.forall {{.*}} step (1, 64, 1)
// CHECK: plait.map_rows
// CHECK: math.exp
// CHECK: plait.map_rows
// CHECK: arith.negf
// CHECK: scf.forall.in_parallel
// CHECK-NOT: scf.forall
// CHECK-NOT: plait.map_rows

!x = tensor<?x?x8x32xf32>
module attributes {plait.target = #plait.target<"x86-64-v4", {fma, lanes = 16 : i64, registers = 32 : i64}>} {
  func.func @chain(%x: !x {plait.name = "x"}) -> (!x {plait.name = "y"}) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %B = tensor.dim %x, %c0 : !x
    %T = tensor.dim %x, %c1 : !x
    %e = tensor.empty(%B, %T) : !x
    %a = plait.map_rows ins(%x : !x) outs(%e : !x) {
    ^bb0(%row: vector<32xf32>):
      %r = math.exp %row : vector<32xf32>
      plait.yield %r : vector<32xf32>
    } -> !x
    %f = tensor.empty(%B, %T) : !x
    %y = plait.map_rows ins(%a : !x) outs(%f : !x) {
    ^bb0(%row: vector<32xf32>):
      %r = arith.negf %row : vector<32xf32>
      plait.yield %r : vector<32xf32>
    } -> !x
    return %y : !x
  }
}
