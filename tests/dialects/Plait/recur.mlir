// RUN: plait-opt %s | plait-opt | FileCheck %s
// RUN: plait-opt %s --mlir-print-op-generic | plait-opt | FileCheck %s
// RUN: plait-opt %s --emit-bytecode | plait-opt | FileCheck %s

// plait.recur in all its options: text, generic form and bytecode say the same.

!q = tensor<2x?x8x64xf32>
!k = tensor<2x?x8x64xf32>
!v = tensor<2x?x8x32xf32>
!s = tensor<2x8x64x32xf32>

// CHECK-LABEL: func @plain
// CHECK-SAME: %[[Q:.*]]: tensor<2x?x8x64xf32>, %[[V:.*]]: tensor<2x?x8x32xf32>, %[[S:.*]]: tensor<2x8x64x32xf32>
func.func @plain(%q: !q, %v: !v, %s: !s) -> (!v, !s) {
  // CHECK: %o, %state = plait.recur ins(%[[Q]], %[[Q]], %[[V]] : tensor<2x?x8x64xf32>, tensor<2x?x8x64xf32>, tensor<2x?x8x32xf32>)
  // CHECK-SAME: outs(%[[V]], %[[S]] : tensor<2x?x8x32xf32>, tensor<2x8x64x32xf32>) -> tensor<2x?x8x32xf32>, tensor<2x8x64x32xf32>
  %o, %state = plait.recur ins(%q, %q, %v : !q, !q, !v) outs(%v, %s : !v, !s) -> !v, !s
  // CHECK: return %o, %state
  return %o, %state : !v, !s
}

// Defaults that are written out are left out.
// CHECK-LABEL: func @defaults
func.func @defaults(%q: !q, %v: !v, %s: !s) {
  // CHECK: outs({{.*}} : tensor<2x?x8x32xf32>, tensor<2x8x64x32xf32>) -> tensor
  plait.recur ins(%q, %q, %v : !q, !q, !v) outs(%v, %s : !v, !s) read(inclusive) scale(1.0) group_size(1) substeps(1) -> !v, !s
  return
}

// CHECK-LABEL: func @decay_per_head
func.func @decay_per_head(%q: !q, %v: !v, %s: !s, %g: tensor<8xf32>) {
  // CHECK: decay(%{{.*}} : tensor<8xf32>) outs
  // CHECK-SAME: min_log_decay(-0.5) ->
  plait.recur ins(%q, %q, %v : !q, !q, !v) decay(%g : tensor<8xf32>) outs(%v, %s : !v, !s) min_log_decay(-0.5) -> !v, !s
  return
}

// CHECK-LABEL: func @decay_per_token
func.func @decay_per_token(%q: !q, %v: !v, %s: !s, %g: tensor<2x?x8xf32>) {
  // CHECK: decay(%{{.*}} : tensor<2x?x8xf32>) outs
  plait.recur ins(%q, %q, %v : !q, !q, !v) decay(%g : tensor<2x?x8xf32>) outs(%v, %s : !v, !s) -> !v, !s
  return
}

// CHECK-LABEL: func @decay_per_channel
func.func @decay_per_channel(%q: !q, %v: !v, %s: !s) {
  // CHECK: decay(%{{.*}} : tensor<2x?x8x64xf32>) value_decay(%{{.*}} : tensor<2x?x8x32xf32>) outs
  plait.recur ins(%q, %q, %v : !q, !q, !v) decay(%q : !q) value_decay(%v : !v) outs(%v, %s : !v, !s) -> !v, !s
  return
}

// CHECK-LABEL: func @low_rank
func.func @low_rank(%q: !q, %v: !v, %s: !s) {
  // CHECK: low_rank(%[[A:.*]], %[[A]] : tensor<2x?x8x64xf32>, tensor<2x?x8x64xf32>) outs
  plait.recur ins(%q, %q, %v : !q, !q, !v) low_rank(%q, %q : !q, !q) outs(%v, %s : !v, !s) -> !v, !s
  return
}

// DeltaProduct: two sub-steps a token.
// CHECK-LABEL: func @delta_product
func.func @delta_product(%q: tensor<2x6x8x64xf32>, %k: tensor<2x12x8x64xf32>, %v: tensor<2x12x8x32xf32>,
                         %beta: tensor<2x12x8xf32>, %o: tensor<2x6x8x32xf32>, %s: !s) {
  // CHECK: delta(%{{.*}} : tensor<2x12x8xf32>) outs
  // CHECK-SAME: substeps(2) ->
  plait.recur ins(%q, %k, %v : tensor<2x6x8x64xf32>, tensor<2x12x8x64xf32>, tensor<2x12x8x32xf32>)
    delta(%beta : tensor<2x12x8xf32>) outs(%o, %s : tensor<2x6x8x32xf32>, !s) substeps(2) -> tensor<2x6x8x32xf32>, !s
  return
}

// RWKV-6: the bonus, read before the write.
// CHECK-LABEL: func @bonus
func.func @bonus(%q: !q, %v: !v, %s: !s, %u: tensor<8x64xf32>) {
  // CHECK: bonus(%{{.*}} : tensor<8x64xf32>) outs
  // CHECK-SAME: read(exclusive) reverse scale(0.125) ->
  plait.recur ins(%q, %q, %v : !q, !q, !v) bonus(%u : tensor<8x64xf32>) outs(%v, %s : !v, !s)
    read(exclusive) reverse scale(0.125) -> !v, !s
  return
}

// mLSTM: four results, each with a name.
// CHECK-LABEL: func @stabilize
func.func @stabilize(%q: !q, %v: !v, %s: !s, %g: tensor<2x?x8xf32>, %m: tensor<2x8xf32>) {
  // CHECK: %o, %state, %m, %final_m = plait.recur
  // CHECK-SAME: stabilize(%{{.*}} : tensor<2x?x8xf32>) outs
  plait.recur ins(%q, %q, %v : !q, !q, !v) decay(%g : tensor<2x?x8xf32>) stabilize(%g : tensor<2x?x8xf32>)
    outs(%v, %s, %g, %m : !v, !s, tensor<2x?x8xf32>, tensor<2x8xf32>) -> !v, !s, tensor<2x?x8xf32>, tensor<2x8xf32>
  return
}

// CHECK-LABEL: func @segments
func.func @segments(%q: tensor<1x?x8x64xf32>, %v: tensor<1x?x8x32xf32>, %s: tensor<3x8x64x32xf32>, %n: tensor<4xi32>) {
  // CHECK: segments(%{{.*}} : tensor<4xi32>) outs
  plait.recur ins(%q, %q, %v : tensor<1x?x8x64xf32>, tensor<1x?x8x64xf32>, tensor<1x?x8x32xf32>)
    segments(%n : tensor<4xi32>) outs(%v, %s : tensor<1x?x8x32xf32>, tensor<3x8x64x32xf32>)
    -> tensor<1x?x8x32xf32>, tensor<3x8x64x32xf32>
  return
}

// CHECK-LABEL: func @grouped_heads
func.func @grouped_heads(%q: tensor<?x?x16x64xbf16>, %k: tensor<?x?x4x64xbf16>, %v: tensor<?x?x4x32xbf16>,
                         %o: tensor<?x?x16x32xf32>, %s: tensor<?x4x64x32xf32>) {
  // CHECK: group_size(4) ->
  plait.recur ins(%q, %k, %v : tensor<?x?x16x64xbf16>, tensor<?x?x4x64xbf16>, tensor<?x?x4x32xbf16>)
    outs(%o, %s : tensor<?x?x16x32xf32>, tensor<?x4x64x32xf32>) group_size(4) -> tensor<?x?x16x32xf32>, tensor<?x4x64x32xf32>
  return
}

// On buffers there are no results; once scheduled, a strip of V may be dynamic.
// CHECK-LABEL: func @buffers
func.func @buffers(%q: memref<1x64x1x64xf32>, %v: memref<1x64x1x?xf32, strided<[?, ?, ?, 1], offset: ?>>,
                   %s: memref<1x1x64x?xf32>) {
  // CHECK: plait.recur ins({{.*}}) outs(%{{.*}}, %{{.*}} : memref<1x64x1x?xf32, strided<[?, ?, ?, 1], offset: ?>>, memref<1x1x64x?xf32>) {schedule = #plait.schedule<tile_scan, {block = 64 : i64, rows = 8 : i64}>}
  plait.recur ins(%q, %q, %v : memref<1x64x1x64xf32>, memref<1x64x1x64xf32>, memref<1x64x1x?xf32, strided<[?, ?, ?, 1], offset: ?>>)
    outs(%v, %s : memref<1x64x1x?xf32, strided<[?, ?, ?, 1], offset: ?>>, memref<1x1x64x?xf32>)
    {schedule = #plait.schedule<tile_scan, {block = 64 : i64, rows = 8 : i64}>}
  return
}

// Numbers are written in the shortest form that reads back.
// CHECK-LABEL: func @numbers
func.func @numbers(%q: !q, %v: !v, %s: !s) {
  // CHECK: scale(1.0e-6) min_log_decay(-0.0) ->
  plait.recur ins(%q, %q, %v : !q, !q, !v) outs(%v, %s : !v, !s) scale(1.0e-6) min_log_decay(-0.0) -> !v, !s
  // CHECK: scale(0.088388346) ->
  plait.recur ins(%q, %q, %v : !q, !q, !v) outs(%v, %s : !v, !s) scale(0.08838834764) -> !v, !s
  // CHECK: scale(1.0e+30) ->
  plait.recur ins(%q, %q, %v : !q, !q, !v) outs(%v, %s : !v, !s) scale(1.0e30) -> !v, !s
  // CHECK: scale(-3.0) ->
  plait.recur ins(%q, %q, %v : !q, !q, !v) outs(%v, %s : !v, !s) scale(-3.0) -> !v, !s
  // CHECK: scale(0x7FC00000) ->
  plait.recur ins(%q, %q, %v : !q, !q, !v) outs(%v, %s : !v, !s) scale(0x7FC00000) -> !v, !s
  return
}
