// RUN: plait-opt %s --convert-math-to-polynomial --split-input-file --verify-diagnostics

// expected-error@+1 {{expects a module with the attribute plait.target, but got none}}
func.func @no_target() {
  return
}

// -----

module attributes {plait.target = #plait.target<"x86-64-v4", {fma, lanes = 16 : i64, registers = 32 : i64}>} {
func.func @unknown(%x: f32) -> f32 {
  // expected-error@+1 {{expects a function that kernels can hold, but got this one on 'f32'}}
  %y = math.atan %x : f32
  return %y : f32
}
}

// -----

module attributes {plait.target = #plait.target<"x86-64-v4", {fma, lanes = 16 : i64, registers = 32 : i64}>} {
func.func @wide(%x: f64) -> f64 {
  // expected-error@+1 {{expects a function that kernels can hold, but got this one on 'f64'}}
  %y = math.exp %x : f64
  return %y : f64
}
}

// -----

module attributes {plait.target = #plait.target<"x86-64-v4", {fma, lanes = 16 : i64, registers = 32 : i64}>} {
func.func @remainder(%x: f32) -> f32 {
  // expected-error@+1 {{expects a function that kernels can hold, but got this one on 'f32'}}
  %y = arith.remf %x, %x : f32
  return %y : f32
}
}

// -----

module attributes {plait.target = #plait.target<"x86-64-v4", {fma, lanes = 16 : i64, registers = 32 : i64}>} {
func.func @narrow(%x: vector<8xbf16>) -> vector<8xbf16> {
  // expected-error@+1 {{expects f32 or f64, but got 'vector<8xbf16>'}}
  %y = math.exp %x : vector<8xbf16>
  return %y : vector<8xbf16>
}
}
