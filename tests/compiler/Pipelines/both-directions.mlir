// RUN: plait-opt %s --plait-decompose-stage --plait-tile-stage --plait-bufferize-stage -verify-diagnostics | FileCheck %s

// A sum of a forward and a reverse recurrence: no loop over tokens has both their rows, so that the sum is a
// kernel of its own.

module attributes {plait.target = #plait.target<"x86-64-v4", {fma, lanes = 16 : i64, registers = 32 : i64}>} {

// CHECK-LABEL: func.func @both_0(
// CHECK:         plait.recur
// CHECK:         plait.recur
// CHECK-NOT:     arith.addf
// CHECK-LABEL: func.func @both_1(
// CHECK:         plait.map_rows
// CHECK-NEXT:    ^bb0
// CHECK-NEXT:      arith.addf
// CHECK-LABEL: func.func @both(
func.func @both(%q: tensor<?x?x?x8xf32>) -> tensor<?x?x?x8xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %b = tensor.dim %q, %c0 : tensor<?x?x?x8xf32>
  %t = tensor.dim %q, %c1 : tensor<?x?x?x8xf32>
  %h = tensor.dim %q, %c2 : tensor<?x?x?x8xf32>
  %empty = tensor.empty(%b, %t, %h) : tensor<?x?x?x8xf32>
  %forward = plait.attention causal ins(%q, %q, %q : tensor<?x?x?x8xf32>, tensor<?x?x?x8xf32>, tensor<?x?x?x8xf32>)
    -> tensor<?x?x?x8xf32>
  %backward = plait.attention causal ins(%q, %q, %q : tensor<?x?x?x8xf32>, tensor<?x?x?x8xf32>, tensor<?x?x?x8xf32>)
    reverse -> tensor<?x?x?x8xf32>
  // expected-remark @+1 {{a consumer of the recurrence stays outside its loop}}
  %o = plait.map_rows ins(%forward, %backward : tensor<?x?x?x8xf32>, tensor<?x?x?x8xf32>) outs(%empty : tensor<?x?x?x8xf32>) {
  ^bb0(%x: vector<8xf32>, %y: vector<8xf32>):
    %sum = arith.addf %x, %y : vector<8xf32>
    plait.yield %sum : vector<8xf32>
  } -> tensor<?x?x?x8xf32>
  return %o : tensor<?x?x?x8xf32>
}

}
