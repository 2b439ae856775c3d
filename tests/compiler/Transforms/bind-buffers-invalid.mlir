// RUN: plait-opt %s --pass-pipeline='builtin.module(func.func(plait-bind-buffers))' -verify-diagnostics -split-input-file

// What plait-bind-buffers can't give buffers to.

// expected-error @+1 {{expects a body of one block}}
func.func private @declaration(tensor<4xf32>)

// -----

// expected-error @+1 {{expects arguments and results that are ranked tensors, but got '(f32) -> ()'}}
func.func @scalar(%x: f32) {
  return
}
