// RUN: plait-opt %s --convert-math-to-polynomial | FileCheck %s

// One sequence of arithmetic for each function, on scalars and vectors.

module attributes {plait.target = #plait.target<"x86-64-v4", {fma, lanes = 16 : i64, registers = 32 : i64}>} {

// CHECK-LABEL: func @exp_of_scalar(
// CHECK-NOT:   math.exp
// CHECK:       arith.constant 1.44269502 : f32
// CHECK:       math.fma
// CHECK:       arith.bitcast {{.*}} f32 to i32
func.func @exp_of_scalar(%x: f32) -> f32 {
  %y = math.exp %x : f32
  return %y : f32
}

// AVX-512 multiplies a register by powers of two; what is left of a row fills one up.
// CHECK-LABEL: func @exp(
// CHECK-NOT:   math.exp
// CHECK:       arith.constant dense<1.44269502> : vector<60xf32>
// CHECK:       math.fma
// CHECK-NOT:   arith.bitcast
// CHECK-COUNT-4: llvm.call_intrinsic "llvm.x86.avx512.mask.scalef.ps.512"
// CHECK-NOT:   llvm.call_intrinsic
// CHECK:       vector.extract_strided_slice {{.*}}sizes = [12]
// CHECK:       vector.insert_strided_slice {{.*}}offsets = [48]
// CHECK:       return
func.func @exp(%x: vector<60xf32>) -> vector<60xf32> {
  %y = math.exp %x : vector<60xf32>
  return %y : vector<60xf32>
}

// It takes rows alone.
// CHECK-LABEL: func @exp_of_rows(
// CHECK-NOT:   llvm.call_intrinsic
// CHECK:       arith.bitcast {{.*}} vector<2x16xf32> to vector<2x16xi32>
// CHECK-NOT:   llvm.call_intrinsic
// CHECK:       return
func.func @exp_of_rows(%x: vector<2x16xf32>) -> vector<2x16xf32> {
  %y = math.exp %x : vector<2x16xf32>
  return %y : vector<2x16xf32>
}

// What a select takes below zero alone needs no upper bound.
// CHECK-LABEL: func @elu_plus_1(
// CHECK-NOT:   arith.constant dense<8.900000e+01>
// CHECK:       return
func.func @elu_plus_1(%x: vector<64xf32>) -> vector<64xf32> {
  %zero = arith.constant dense<0.0> : vector<64xf32>
  %one = arith.constant dense<1.0> : vector<64xf32>
  %positive = arith.cmpf ogt, %x, %zero : vector<64xf32>
  %linear = arith.addf %x, %one : vector<64xf32>
  %falling = math.exp %x : vector<64xf32>
  %y = arith.select %positive, %linear, %falling : vector<64xi1>, vector<64xf32>
  return %y : vector<64xf32>
}

// Other selects take the whole function.
// CHECK-LABEL: func @above_zero(
// CHECK:       arith.constant dense<8.900000e+01>
func.func @above_zero(%x: vector<64xf32>) -> vector<64xf32> {
  %zero = arith.constant dense<0.0> : vector<64xf32>
  %positive = arith.cmpf ogt, %x, %zero : vector<64xf32>
  %y = math.exp %x : vector<64xf32>
  %z = arith.select %positive, %y, %x : vector<64xi1>, vector<64xf32>
  return %z : vector<64xf32>
}

// CHECK-LABEL: func @others(
// CHECK-NOT:   math.{{(log|tanh|erf|sin|cos|rsqrt|powf)}}
// CHECK:       return
func.func @others(%x: f32) -> f32 {
  %0 = math.log %x : f32
  %1 = math.log1p %0 : f32
  %2 = math.tanh %1 : f32
  %3 = math.erf %2 : f32
  %4 = math.sin %3 : f32
  %5 = math.cos %4 : f32
  %6 = math.rsqrt %5 : f32
  %7 = math.powf %6, %x : f32
  return %7 : f32
}

// CHECK-LABEL: func @square(
// CHECK-SAME:    %[[X:.*]]: f32
// CHECK:         %[[Y:.*]] = arith.mulf %[[X]], %[[X]]
// CHECK:         return %[[Y]]
func.func @square(%x: f32) -> f32 {
  %two = arith.constant 2.0 : f32
  %y = math.powf %x, %two : f32
  return %y : f32
}

// CHECK-LABEL: func @narrow(
// CHECK:       arith.shli
// CHECK:       arith.select
// CHECK:       arith.trunci {{.*}} vector<8xi32> to vector<8xi16>
// CHECK-NOT:   arith.truncf
func.func @narrow(%x: vector<8xbf16>) -> vector<8xbf16> {
  %w = arith.extf %x : vector<8xbf16> to vector<8xf32>
  %y = arith.truncf %w : vector<8xf32> to vector<8xbf16>
  return %y : vector<8xbf16>
}

// An f64 becomes the odd one of two floats before it is rounded again.
// CHECK-LABEL: func @narrow_from_f64(
// CHECK:       %[[SINGLE:.*]] = arith.truncf {{.*}} vector<8xf64> to vector<8xf32>
// CHECK:       arith.extf %[[SINGLE]]
// CHECK:       arith.cmpf one
// CHECK:       arith.trunci {{.*}} vector<8xi32> to vector<8xi16>
// CHECK:       arith.truncf {{.*}} vector<8xf32> to vector<8xf16>
func.func @narrow_from_f64(%x: vector<8xf64>) -> (vector<8xbf16>, vector<8xf16>) {
  %y = arith.truncf %x : vector<8xf64> to vector<8xbf16>
  %z = arith.truncf %x : vector<8xf64> to vector<8xf16>
  return %y, %z : vector<8xbf16>, vector<8xf16>
}

// CHECK-LABEL: func @narrow_to_f64(
// CHECK:       arith.extf {{.*}} vector<8xf32> to vector<8xf64>
func.func @narrow_to_f64(%x: vector<8xbf16>) -> vector<8xf64> {
  %y = arith.extf %x : vector<8xbf16> to vector<8xf64>
  return %y : vector<8xf64>
}

// A few ops each, on f64 too.
// CHECK-LABEL: func @simple(
// CHECK:       %[[WHOLE:.*]] = math.trunc %{{.*}} : f64
// CHECK:       arith.addf %[[WHOLE]]
// CHECK:       arith.maximumf
// CHECK:       arith.minimumf
// CHECK:       arith.divf
// CHECK-NOT:   math.is
// CHECK:       return
func.func @simple(%x: f64) -> (f64, f64, f64, i1, i1, i1, i1) {
  %0 = math.round %x : f64
  %1 = math.clampf %x to [%0, %x] : f64
  %2 = math.rsqrt %x : f64
  %3 = math.isinf %x : f64
  %4 = math.isnormal %x : f64
  %5 = math.isnan %x : f64
  %6 = math.isfinite %x : f64
  return %0, %1, %2, %3, %4, %5, %6 : f64, f64, f64, i1, i1, i1, i1
}

// The same zero on every target.
// CHECK-LABEL: func @number(
// CHECK-SAME:    %[[X:.*]]: f32, %[[Y:.*]]: f32
// CHECK:         %[[LEFT:.*]] = arith.select %{{.*}}, %[[Y]], %[[X]]
// CHECK:         %[[RIGHT:.*]] = arith.select %{{.*}}, %[[X]], %[[Y]]
// CHECK:         arith.maximumf %[[LEFT]], %[[RIGHT]]
func.func @number(%x: f32, %y: f32) -> f32 {
  %z = arith.maxnumf %x, %y : f32
  return %z : f32
}

// CHECK-LABEL: func @two_results(
// CHECK-NOT:   math.sincos
// CHECK:       return
func.func @two_results(%x: f32) -> (f32, f32) {
  %sin, %cos = math.sincos %x : f32
  return %sin, %cos : f32, f32
}

}
