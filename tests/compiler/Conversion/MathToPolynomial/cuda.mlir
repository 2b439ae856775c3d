// RUN: plait-opt %s --plait-set-target=target=sm_80 --convert-math-to-polynomial | FileCheck %s

// GPUs approximate powers of two and reciprocal roots, and convert by instruction.
// CHECK-LABEL: func @instructions
// CHECK-SAME: %[[X:.*]]: f32
func.func @instructions(%x: f32) -> (f32, f32, f32, bf16, f32) {
  // CHECK: %[[LOG2E:.*]] = arith.constant 1.44269502 : f32
  // CHECK: %[[SCALED:.*]] = arith.mulf %[[X]], %[[LOG2E]] : f32
  // CHECK: %[[EXP:.*]] = math.exp2 %[[SCALED]] : f32
  %exp = math.exp %x : f32
  // CHECK: %[[EXP2:.*]] = math.exp2 %[[X]] : f32
  %exp2 = math.exp2 %x : f32
  // CHECK: %[[RSQRT:.*]] = math.rsqrt %[[X]] : f32
  %rsqrt = math.rsqrt %x : f32
  // CHECK: %[[NARROW:.*]] = arith.truncf %[[X]] : f32 to bf16
  %narrow = arith.truncf %x : f32 to bf16
  // CHECK: %[[WIDE:.*]] = arith.extf %[[NARROW]] : bf16 to f32
  %wide = arith.extf %narrow : bf16 to f32
  // CHECK: return %[[EXP]], %[[EXP2]], %[[RSQRT]], %[[NARROW]], %[[WIDE]]
  return %exp, %exp2, %rsqrt, %narrow, %wide : f32, f32, f32, bf16, f32
}

// CHECK-LABEL: func @polynomial
func.func @polynomial(%x: f32) -> f32 {
  // CHECK-NOT: math.log
  // CHECK: math.fma
  %y = math.log %x : f32
  return %y : f32
}
