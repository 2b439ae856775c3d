// RUN: plait-opt %s --plait-decompose-stage --plait-tile-stage --plait-bufferize-stage | FileCheck %s

// A grid of one batch and one head, or of none, is a kernel all the same.

module attributes {plait.target = #plait.target<"x86-64-v4", {fma, lanes = 16 : i64, registers = 32 : i64}>} {

// CHECK-LABEL: func.func @one_0(
// CHECK:         plait.recur
// CHECK-LABEL: func.func @one(
// CHECK:         scf.forall (%{{.*}}, %{{.*}}) in (1, 1)
func.func @one(%q: tensor<1x?x1x8xf32>) -> tensor<1x?x1x8xf32> {
  %o = plait.attention causal ins(%q, %q, %q : tensor<1x?x1x8xf32>, tensor<1x?x1x8xf32>, tensor<1x?x1x8xf32>) -> tensor<1x?x1x8xf32>
  return %o : tensor<1x?x1x8xf32>
}

// CHECK-LABEL: func.func @none(
// CHECK:         scf.forall (%{{.*}}, %{{.*}}) in (0, %{{.*}})
func.func @none(%q: tensor<0x?x?x8xf32>) -> tensor<0x?x?x8xf32> {
  %o = plait.attention causal ins(%q, %q, %q : tensor<0x?x?x8xf32>, tensor<0x?x?x8xf32>, tensor<0x?x?x8xf32>) -> tensor<0x?x?x8xf32>
  return %o : tensor<0x?x?x8xf32>
}

}
