// DEFINE: %{clean} = canonicalize,plait-unify-dims,cse
// DEFINE: %{bound} = plait-decompose-attention,plait-promote-types,canonicalize,cse,plait-choose-form,plait-bind-buffers,%{clean}
// DEFINE: %{tiled} = plait-tile-grid,%{clean},plait-fuse,%{clean},plait-tile-tokens,%{clean},plait-fuse,%{clean},plait-tile-projections,%{clean},plait-fuse,%{clean},plait-tile-rows
// DEFINE: %{buffers} = func.func(%{bound},%{tiled},plait-drop-carried,canonicalize,plait-bound-empty),eliminate-empty-tensors,one-shot-bufferize,func.func(cse,canonicalize,buffer-loop-hoisting,promote-buffers-to-stack{max-alloc-size-in-bytes=1048576 max-rank-of-allocated-memref=8})
// RUN: plait-opt %s --pass-pipeline='builtin.module(%{buffers},plait-outline-kernels,plait-lower-kernel-abi)' | FileCheck %s

// A kernel takes descriptors, scratch and three item numbers; the bytes of scratch are stated.

// CHECK: func.func @attention_0(%{{.*}}: !llvm.ptr {llvm.noalias}, %{{.*}}: !llvm.ptr {llvm.noalias}, %{{.*}}: i32, %{{.*}}: i32, %{{.*}}: i32)
// CHECK-SAME: plait.scratch = {{[1-9][0-9]*}} : i64
// CHECK-NOT: memref.alloca
// CHECK: plait.recur

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
