// DEFINE: %{clean} = canonicalize,plait-unify-dims,cse
// DEFINE: %{bound} = plait-decompose-attention,plait-promote-types,canonicalize,cse,plait-choose-form,plait-bind-buffers,%{clean}
// DEFINE: %{tiled} = plait-tile-grid,%{clean},plait-fuse,%{clean},plait-tile-tokens,%{clean},plait-fuse,%{clean},plait-tile-projections,%{clean},plait-fuse,%{clean},plait-tile-rows
// RUN: plait-opt %s --pass-pipeline='builtin.module(func.func(%{bound},%{tiled},plait-drop-carried,canonicalize,plait-bound-empty))' | FileCheck %s

// Intermediate rows keep a block of tokens at most, whatever T is.

// CHECK-LABEL: func @attention
// CHECK: scf.forall
// CHECK-DAG: tensor.empty() : tensor<1x64x1x64xf32>
// CHECK-DAG: tensor.empty() : tensor<1x64x1x1xf32>
// CHECK-NOT: tensor.empty(%
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

  // Long rows are a line more than a power of two apart; those of the state stay as they are.
  // CHECK-LABEL: func @long_rows
  // CHECK: scf.forall
  // CHECK-NOT: tensor<1x64x1x256xf32>
  // CHECK-DAG: tensor.empty() : tensor<1x64x1x272xf32>
  // CHECK-DAG: tensor.empty() : tensor<1x1x256x256xf32>
  // CHECK: scf.forall.in_parallel
  func.func @long_rows(%q: tensor<?x?x8x256xf32> {plait.name = "q"}) -> (tensor<?x?x8x256xf32> {plait.name = "o"}) {
    %o = plait.attention causal ins(%q, %q, %q : tensor<?x?x8x256xf32>, tensor<?x?x8x256xf32>, tensor<?x?x8x256xf32>)
      feature_map {
    ^bb0(%row: vector<256xf32>):
      %phi = math.exp %row : vector<256xf32>
      plait.yield %phi : vector<256xf32>
    } -> tensor<?x?x8x256xf32>
    return %o : tensor<?x?x8x256xf32>
  }
}
