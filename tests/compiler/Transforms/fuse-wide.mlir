// DEFINE: %{clean} = canonicalize,plait-unify-dims,cse
// DEFINE: %{bound} = plait-promote-types,canonicalize,cse,plait-choose-form,plait-bind-buffers,%{clean}
// RUN: plait-opt %s --pass-pipeline='builtin.module(plait-set-target{target=sm_90a},func.func(%{bound},plait-tile-grid,%{clean},plait-fuse,%{clean}))' | FileCheck %s --check-prefixes=CHECK,CUDA
// RUN: plait-opt %s --pass-pipeline='builtin.module(plait-set-target{target=x86-64-v4},func.func(%{bound},plait-tile-grid,%{clean},plait-fuse,%{clean}))' | FileCheck %s --check-prefixes=CHECK,CPU

// A CTA has 128 channels of values: what sums over 256, in front of a recurrence or behind it, stays outside.

!q = tensor<?x?x?x64xf32>
!v = tensor<?x?x?x256xf32>
!s = tensor<?x?x64x256xf32>

// CHECK-LABEL: func @whole_rows
// CUDA: plait.map_rows
// CUDA: vector.reduction <add>
// CHECK: scf.forall
// CPU: vector.reduction <add>
// CHECK: math.exp
// CHECK: plait.recur
// CHECK: math.absf
// CPU: vector.reduction <maximumf>
// CHECK: scf.forall.in_parallel
// CUDA: plait.map_rows
// CUDA: vector.reduction <maximumf>
// CHECK: return
func.func @whole_rows(%q: !q {plait.name = "q"}, %v: !v {plait.name = "v"}, %out: !v {plait.name = "out"}, %s: !s {plait.name = "s"},
                      %w: !v {plait.name = "w"}, %a: !v {plait.name = "a"}) -> (!v {plait.name = "o"}) {
  %scaled = plait.map_rows ins(%v : !v) outs(%w : !v) {
  ^bb0(%row: vector<256xf32>):
    %sum = vector.reduction <add>, %row : vector<256xf32> into f32
    %all = vector.broadcast %sum : f32 to vector<256xf32>
    %y = arith.divf %row, %all : vector<256xf32>
    plait.yield %y : vector<256xf32>
  } -> !v
  %exp = plait.map_rows ins(%scaled : !v) outs(%w : !v) {
  ^bb0(%row: vector<256xf32>):
    %y = math.exp %row : vector<256xf32>
    plait.yield %y : vector<256xf32>
  } -> !v
  %x, %state = plait.recur ins(%q, %q, %exp : !q, !q, !v) outs(%out, %s : !v, !s) -> !v, !s
  %y = plait.map_rows ins(%x : !v) outs(%a : !v) {
  ^bb0(%row: vector<256xf32>):
    %z = math.absf %row : vector<256xf32>
    plait.yield %z : vector<256xf32>
  } -> !v
  %o = plait.map_rows ins(%y : !v) outs(%a : !v) {
  ^bb0(%row: vector<256xf32>):
    %most = vector.reduction <maximumf>, %row : vector<256xf32> into f32
    %all = vector.broadcast %most : f32 to vector<256xf32>
    %z = arith.subf %row, %all : vector<256xf32>
    plait.yield %z : vector<256xf32>
  } -> !v
  return %o : !v
}
