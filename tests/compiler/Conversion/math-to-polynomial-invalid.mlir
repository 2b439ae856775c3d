// RUN: plait-opt %s --pass-pipeline='builtin.module(func.func(convert-math-to-polynomial))' -verify-diagnostics -split-input-file

// Polynomials are chosen for a machine.

// expected-error @+1 {{expects a module with the attribute plait.target, but got none}}
func.func @no_target(%x: vector<16xf32>) -> vector<16xf32> {
  %y = math.exp %x : vector<16xf32>
  return %y : vector<16xf32>
}
