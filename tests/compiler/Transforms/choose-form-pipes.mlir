// RUN: plait-opt %s --pass-pipeline='builtin.module(func.func(plait-choose-form))' | FileCheck %s

// Two multiply-adds a cycle take twice the chains of sums, and with them shorter blocks.

!q = tensor<1x9x8x64xf32>
!s = tensor<1x8x64x64xf32>
module attributes {plait.target = #plait.target<"x86-64-v4", {fma, lanes = 16 : i64, pipes = 2 : i64, registers = 32 : i64}>} {
  // CHECK-LABEL: func @plain
  // CHECK: plait.recur {{.*}}#plait.schedule<tile_scan, {block = 32 : i64, columns = 4 : i64, rows = 5 : i64}>
  func.func @plain(%q: !q, %s: !s) {
    plait.recur ins(%q, %q, %q : !q, !q, !q) outs(%q, %s : !q, !s) -> !q, !s
    return
  }

  // CHECK-LABEL: func @gated
  // CHECK: plait.recur {{.*}}#plait.schedule<tile_scan, {block = 32 : i64, columns = 4 : i64, rows = 5 : i64}>
  func.func @gated(%q: !q, %g: tensor<1x9x8xf32>, %s: !s) {
    plait.recur ins(%q, %q, %q : !q, !q, !q) decay(%g : tensor<1x9x8xf32>) outs(%q, %s : !q, !s) -> !q, !s
    return
  }

  // CHECK-LABEL: func @group
  // CHECK: plait.recur {{.*}}#plait.schedule<tile_scan, {block = 16 : i64, columns = 2 : i64, rows = 10 : i64}>
  func.func @group(%q: !q, %k: tensor<1x9x2x64xf32>, %s: tensor<1x2x64x64xf32>) {
    plait.recur ins(%q, %k, %k : !q, tensor<1x9x2x64xf32>, tensor<1x9x2x64xf32>) outs(%q, %s : !q, tensor<1x2x64x64xf32>) group_size(4) -> !q, tensor<1x2x64x64xf32>
    return
  }
}
