// RUN: plait-opt %s --plait-decompose-stage --plait-tile-stage --plait-bufferize-stage | FileCheck %s

// A grid of one batch and one head, or of none, is a kernel all the same, and so is a single block of tokens.

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

// CHECK-LABEL: func.func @one_block_0(
// CHECK-NOT:     memref.alloc(
// CHECK:         scf.for
// CHECK:           plait.scan
// CHECK-LABEL: func.func @one_block(
func.func @one_block(%x: tensor<?x64x?x8xbf16>) -> (tensor<?x64x?x8xbf16>, tensor<?x?x8xf32>) {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %b = tensor.dim %x, %c0 : tensor<?x64x?x8xbf16>
  %h = tensor.dim %x, %c2 : tensor<?x64x?x8xbf16>
  %empty = tensor.empty(%b, %h) : tensor<?x64x?x8xbf16>
  %carries = tensor.empty(%b, %h) : tensor<?x?x8xf32>
  %zero = arith.constant 0.0 : f32
  %start = linalg.fill ins(%zero : f32) outs(%carries : tensor<?x?x8xf32>) -> tensor<?x?x8xf32>
  %o, %carry = plait.scan max ins(%x : tensor<?x64x?x8xbf16>) outs(%empty, %start : tensor<?x64x?x8xbf16>, tensor<?x?x8xf32>)
    -> tensor<?x64x?x8xbf16>, tensor<?x?x8xf32>
  return %o, %carry : tensor<?x64x?x8xbf16>, tensor<?x?x8xf32>
}

}
