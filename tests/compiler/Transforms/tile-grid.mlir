// DEFINE: %{clean} = canonicalize,plait-unify-dims,cse
// DEFINE: %{bound} = plait-decompose-attention,plait-promote-types,canonicalize,cse,plait-choose-form,plait-bind-buffers,%{clean}
// RUN: plait-opt %s --pass-pipeline='builtin.module(func.func(%{bound},plait-tile-grid,%{clean}))' | FileCheck %s

// Each recurrence gets a grid over batch and head, and takes its producers along.

// CHECK-LABEL: func @attention
// CHECK: scf.forall (%{{.*}}, %{{.*}}) in (%{{.*}}, 8)
// CHECK-COUNT-2: plait.map_rows
// CHECK: linalg.fill
// CHECK: plait.recur {{.*}} -> tensor<1x?x1x64xf32>, tensor<1x1x64x64xf32>
// CHECK: scf.forall.in_parallel
// CHECK: scf.forall (%{{.*}}, %{{.*}}) in (%{{.*}}, 8)
// CHECK: plait.recur {{.*}} -> tensor<1x?x1x1xf32>, tensor<1x1x64x1xf32>
// CHECK: scf.forall.in_parallel
// The quotient is a consumer: plait-fuse moves it.
// CHECK: plait.map_rows

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
