// RUN: plait-opt %s --pass-pipeline='builtin.module(func.func(plait-bind-buffers))' -verify-diagnostics -split-input-file

// Bodies that are more than ops on tensors one after the other, and results that none of them computes.

// expected-error @+1 {{expects a function on tensors, but got a kernel (plait.kernel)}}
func.func @kernel(%x: tensor<2x9x8x16xf32>) attributes {plait.kernel} {
  return
}

// -----

!x = tensor<2x9x8x16xf32>
// expected-error @+1 {{expects a body of one block}}
func.func private @other(!x) -> !x
func.func @call(%x: !x) -> !x {
  // expected-error @+1 {{expects straight code, without calls, loops and branches, but got 'func.call'}}
  %y = func.call @other(%x) : (!x) -> !x
  return %y : !x
}

// -----

!x = tensor<2x9x8x16xf32>
func.func @loop(%x: !x) -> !x {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  // expected-error @+1 {{expects straight code, without calls, loops and branches, but got 'scf.for'}}
  %y = scf.for %i = %c0 to %c4 step %c1 iter_args(%carried = %x) -> !x {
    %z = plait.map_rows ins(%carried : !x) outs(%carried : !x) {
    ^bb0(%row: vector<16xf32>):
      plait.yield %row : vector<16xf32>
    } -> !x
    scf.yield %z : !x
  }
  return %y : !x
}

// -----

func.func @constant() -> tensor<2x9x8x16xf32> {
  %y = arith.constant dense<1.0> : tensor<2x9x8x16xf32>
  // expected-error @+1 {{expects result 0 to be computed by an op of the dialect, but got 'arith.constant'}}
  return %y : tensor<2x9x8x16xf32>
}

// -----

func.func @copy(%x: tensor<2x?x8x16xf32>, %o: tensor<2x9x8x16xf32>) -> tensor<2x9x8x16xf32> {
  %cast = tensor.cast %x : tensor<2x?x8x16xf32> to tensor<2x9x8x16xf32>
  %y = linalg.copy ins(%cast : tensor<2x9x8x16xf32>) outs(%o : tensor<2x9x8x16xf32>) -> tensor<2x9x8x16xf32>
  // expected-error @+1 {{expects result 0 to be computed by an op of the dialect, but got argument 0}}
  return %y : tensor<2x9x8x16xf32>
}
