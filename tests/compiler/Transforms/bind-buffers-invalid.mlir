// RUN: plait-opt %s --pass-pipeline='builtin.module(func.func(plait-bind-buffers))' -verify-diagnostics -split-input-file

// What plait-bind-buffers can't give buffers to.

// expected-error @+1 {{expects a body of one block}}
func.func private @declaration(tensor<4xf32>)

// -----

// expected-error @+1 {{expects arguments and results that are ranked tensors, but got '(f32) -> ()'}}
func.func @scalar(%x: f32) {
  return
}

// -----

// expected-error @+1 {{expects plait.result of argument 0 to name a result of its type, but got 0}}
func.func @no_result(%s: tensor<4xf32> {plait.result = 0 : index}) {
  return
}
