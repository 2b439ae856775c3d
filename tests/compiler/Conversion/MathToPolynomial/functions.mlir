// RUN: plait-opt %s --convert-math-to-polynomial | FileCheck %s

// One sequence of arithmetic for each function, on scalars and vectors.

module attributes {plait.target = #plait.target<"x86-64-v4", {fma, lanes = 16 : i64, registers = 32 : i64}>} {

// CHECK-LABEL: func @exp(
// CHECK-NOT:   math.exp
// CHECK:       arith.constant dense<1.44269502> : vector<64xf32>
// CHECK:       math.fma
// CHECK:       arith.bitcast {{.*}} vector<64xf32> to vector<64xi32>
func.func @exp(%x: vector<64xf32>) -> vector<64xf32> {
  %y = math.exp %x : vector<64xf32>
  return %y : vector<64xf32>
}

// What a select takes below zero alone needs no upper bound and one power of two.
// CHECK-LABEL: func @elu_plus_1(
// CHECK-NOT:   arith.constant dense<8.900000e+01>
// CHECK:       arith.constant dense<5.42101086E-20> : vector<64xf32>
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

}
