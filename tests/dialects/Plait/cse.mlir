// RUN: plait-opt %s --cse | FileCheck %s

// Equal ops on tensors are one: they have no effects, and regions are compared.

!q = tensor<2x9x8x64xf32>

// CHECK-LABEL: func @tensors
func.func @tensors(%q: !q, %m: tensor<64x64xf32>) -> (!q, !q) {
  // CHECK: %[[ROWS:.*]] = plait.map_rows
  // CHECK-NOT: plait.map_rows
  // CHECK: %[[Y:.*]] = plait.project ins(%[[ROWS]],
  // CHECK-NEXT: return %[[Y]], %[[Y]]
  %a = plait.map_rows ins(%q : !q) outs(%q : !q) {
  ^bb0(%row: vector<64xf32>):
    %exp = math.exp %row : vector<64xf32>
    plait.yield %exp : vector<64xf32>
  } -> !q
  %b = plait.map_rows ins(%q : !q) outs(%q : !q) {
  ^bb0(%row: vector<64xf32>):
    %exp = math.exp %row : vector<64xf32>
    plait.yield %exp : vector<64xf32>
  } -> !q
  %c = plait.project ins(%a, %m : !q, tensor<64x64xf32>) outs(%q : !q) -> !q
  %d = plait.project ins(%b, %m : !q, tensor<64x64xf32>) outs(%q : !q) -> !q
  return %c, %d : !q, !q
}

// On buffers each is a write.
// CHECK-LABEL: func @buffers
func.func @buffers(%x: memref<2x9x8x64xf32>, %m: memref<64x64xf32>, %y: memref<2x9x8x64xf32>) {
  // CHECK-COUNT-2: plait.project
  plait.project ins(%x, %m : memref<2x9x8x64xf32>, memref<64x64xf32>) outs(%y : memref<2x9x8x64xf32>)
  plait.project ins(%x, %m : memref<2x9x8x64xf32>, memref<64x64xf32>) outs(%y : memref<2x9x8x64xf32>)
  return
}
