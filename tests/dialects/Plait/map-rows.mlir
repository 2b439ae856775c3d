// RUN: plait-opt %s | plait-opt | FileCheck %s
// RUN: plait-opt %s --mlir-print-op-generic | plait-opt | FileCheck %s
// RUN: plait-opt %s --emit-bytecode | plait-opt | FileCheck %s

// plait.map_rows: operands of every rank, the position, several results.

!x = tensor<?x?x8x64xf32>

// CHECK-LABEL: func @one_row
func.func @one_row(%x: !x) -> !x {
  // CHECK: %rows = plait.map_rows ins(%[[X:.*]] : tensor<?x?x8x64xf32>) outs(%[[X]] : tensor<?x?x8x64xf32>) {
  // CHECK-NEXT: ^bb0(%[[ROW:.*]]: vector<64xf32>):
  // CHECK-NEXT: %[[NEG:.*]] = arith.negf %[[ROW]] : vector<64xf32>
  // CHECK-NEXT: plait.yield %[[NEG]] : vector<64xf32>
  // CHECK-NEXT: } -> tensor<?x?x8x64xf32>
  %rows = plait.map_rows ins(%x : !x) outs(%x : !x) {
  ^bb0(%row: vector<64xf32>):
    %neg = arith.negf %row : vector<64xf32>
    plait.yield %neg : vector<64xf32>
  } -> !x
  return %rows : !x
}

// CHECK-LABEL: func @every_rank
func.func @every_rank(%x: !x, %w: tensor<8x32xbf16>, %bias: tensor<64xf16>, %t: tensor<?x?x8xf32>, %h: tensor<8xf32>,
                      %first: index) {
  // CHECK: %rows, %rows_0 = plait.map_rows
  // CHECK-SAME: ins(%{{.*}} : tensor<?x?x8x64xf32>, tensor<8x32xbf16>, tensor<64xf16>, tensor<?x?x8xf32>, tensor<8xf32>)
  // CHECK-SAME: from(%{{.*}}) outs(%{{.*}} : tensor<?x?x8x64xf32>, tensor<?x?x8xf32>)
  // CHECK-NEXT: ^bb0(%{{.*}}: vector<64xf32>, %{{.*}}: vector<32xbf16>, %{{.*}}: vector<64xf16>, %{{.*}}: f32, %{{.*}}: f32, %{{.*}}: index):
  plait.map_rows ins(%x, %w, %bias, %t, %h : !x, tensor<8x32xbf16>, tensor<64xf16>, tensor<?x?x8xf32>, tensor<8xf32>)
    from(%first) outs(%x, %t : !x, tensor<?x?x8xf32>) {
  ^bb0(%a: vector<64xf32>, %b: vector<32xbf16>, %c: vector<64xf16>, %d: f32, %e: f32, %position: index):
    plait.yield %a, %e : vector<64xf32>, f32
  } -> !x, tensor<?x?x8xf32>
  return
}

// CHECK-LABEL: func @no_input
func.func @no_input(%x: tensor<?x?x8x1xf32>) {
  // CHECK: plait.map_rows ins() outs(%{{.*}} : tensor<?x?x8x1xf32>) {
  plait.map_rows ins() outs(%x : tensor<?x?x8x1xf32>) {
    %one = arith.constant dense<1.0> : vector<1xf32>
    plait.yield %one : vector<1xf32>
  } -> tensor<?x?x8x1xf32>
  return
}

// CHECK-LABEL: func @buffers
func.func @buffers(%x: memref<1x?x1x64xf32, strided<[?, ?, ?, 1], offset: ?>>, %o: memref<1x64x1x64xf32>) {
  // CHECK: plait.map_rows ins({{.*}}) outs({{.*}}) attributes {schedule = #plait.schedule<rows, {}>} {
  plait.map_rows ins(%x : memref<1x?x1x64xf32, strided<[?, ?, ?, 1], offset: ?>>) outs(%o : memref<1x64x1x64xf32>)
      attributes {schedule = #plait.schedule<rows, {}>} {
  ^bb0(%row: vector<64xf32>):
    plait.yield %row : vector<64xf32>
  }
  return
}
