// RUN: plait-opt %s --convert-math-to-polynomial | FileCheck %s

// Without fused multiply-add there is a product and a sum, and rounding is
// arithmetic too: LLVM would call libm.

module attributes {plait.target = #plait.target<"x86-64", {lanes = 4 : i64, registers = 16 : i64}>} {

// CHECK-LABEL: func @instructions(
// CHECK:       arith.mulf
// CHECK:       arith.addf
// CHECK-NOT:   math.fma
// CHECK-NOT:   math.floor
func.func @instructions(%x: vector<4xf32>) -> vector<4xf32> {
  %y = math.fma %x, %x, %x : vector<4xf32>
  %z = math.floor %y : vector<4xf32>
  return %z : vector<4xf32>
}

// CHECK-LABEL: func @wide(
// CHECK:       arith.constant 0x4330000000000000 : f64
// CHECK-NOT:   math.floor
// CHECK:       return
func.func @wide(%x: f64) -> f64 {
  %y = math.floor %x : f64
  return %y : f64
}

}
