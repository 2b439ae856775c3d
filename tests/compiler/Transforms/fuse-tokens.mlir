// DEFINE: %{clean} = canonicalize,plait-unify-dims,cse
// DEFINE: %{bound} = plait-decompose-attention,plait-promote-types,canonicalize,cse,plait-choose-form,plait-bind-buffers,%{clean}
// RUN: plait-opt %s --pass-pipeline='builtin.module(func.func(%{bound},plait-tile-grid,%{clean},plait-fuse,%{clean},plait-tile-tokens,%{clean},plait-fuse,%{clean}))' | FileCheck %s

// Inside the grid the loops over tokens become one, with the quotient in it.

// CHECK-LABEL: func @attention
// CHECK: scf.forall
// CHECK: scf.for
// CHECK: plait.recur
// CHECK: plait.recur
// CHECK: arith.divf
// CHECK: scf.yield
// CHECK-NOT: scf.for %
// CHECK: scf.forall.in_parallel

!q = tensor<?x?x8x64xf32>
module attributes {plait.target = #plait.target<"x86-64-v4", {fma, lanes = 16 : i64, registers = 32 : i64}>} {
  func.func @attention(%q: !q {plait.name = "q"}, %k: !q {plait.name = "k"}, %v: !q {plait.name = "v"})
      -> (!q {plait.name = "o"}) {
    %o = plait.attention causal ins(%q, %k, %v : !q, !q, !q) normalize(sum, eps = 1.0e-6) feature_map {
    ^bb0(%row: vector<64xf32>):
      %phi = math.exp %row : vector<64xf32>
      plait.yield %phi : vector<64xf32>
    } -> !q
    return %o : !q
  }
}
