// RUN: plait-opt %s --pass-pipeline='builtin.module(func.func(plait-bind-buffers))' -verify-diagnostics -split-input-file

// Results that have no buffer of their own, and arguments that can't be updated where they are.

!q = tensor<1x9x8x16xf32>
func.func @argument(%q: !q) -> !q {
  // expected-error @+1 {{expects result 0 to be computed by an op of the dialect, but got argument 0}}
  return %q : !q
}

// -----

!s = tensor<1x8x16x16xf32>
func.func @swapped(%s: !s {plait.result = 1 : index}, %t: !s {plait.result = 0 : index}) -> (!s, !s) {
  // expected-error @+1 {{expects result 0 to be computed by an op of the dialect, but got argument 0}}
  return %s, %t : !s, !s
}

// -----

!q = tensor<1x9x8x16xf32>
!s = tensor<1x8x16x16xf32>
func.func @same_value(%q: !q, %s: !s) -> (!s, !s) {
  %o, %state = plait.recur ins(%q, %q, %q : !q, !q, !q) outs(%q, %s : !q, !s) -> !q, !s
  // expected-error @+1 {{expects a value of its own for each result, but got one for results 0 and 1}}
  return %state, %state : !s, !s
}

// -----

// The second recurrence would read keys that the first has overwritten.
!q = tensor<1x9x8x16xf32>
!s = tensor<1x8x16x16xf32>
func.func @overwritten_keys(%q: !q, %k: !q {plait.result = 0 : index}, %s: !s, %t: !s) -> (!q, !q) {
  %e = tensor.empty() : !q
  // expected-error @+1 {{expects result 0 to continue argument 1, which is updated to it (plait.result), but got 'plait.recur'}}
  %o, %state = plait.recur ins(%q, %k, %q : !q, !q, !q) outs(%e, %s : !q, !s) -> !q, !s
  %p, %last = plait.recur ins(%q, %k, %q : !q, !q, !q) outs(%e, %t : !q, !s) reverse -> !q, !s
  return %o, %p : !q, !q
}

// -----

!q = tensor<1x9x8x16xf32>
!s = tensor<1x8x16x16xf32>
func.func @crossed(%q: !q, %s: !s {plait.result = 1 : index}, %t: !s {plait.result = 0 : index}) -> (!s, !s) {
  %e = tensor.empty() : !q
  %o, %state = plait.recur ins(%q, %q, %q : !q, !q, !q) outs(%e, %s : !q, !s) -> !q, !s
  // expected-error @+1 {{expects result 1 to continue argument 1, which is updated to it (plait.result), but got argument 2}}
  %p, %last = plait.recur ins(%q, %q, %q : !q, !q, !q) outs(%e, %t : !q, !s) reverse -> !q, !s
  return %state, %last : !s, !s
}

// -----

!q = tensor<1x9x8x16xf32>
!s = tensor<1x8x16x16xf32>
func.func @zero_state(%q: !q, %s: !s {plait.result = 1 : index}, %m: tensor<1x8x16x16xf32>) -> (!q, !s) {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : !q
  %d = tensor.empty() : !s
  %z = linalg.fill ins(%zero : f32) outs(%d : !s) -> !s
  // expected-error @+1 {{expects result 1 to continue argument 1, which is updated to it (plait.result), but got 'linalg.fill'}}
  %o, %state = plait.recur ins(%q, %q, %q : !q, !q, !q) outs(%e, %z : !q, !s) -> !q, !s
  %y = plait.project ins(%o, %s : !q, !s) outs(%e : !q) -> !q
  return %y, %state : !q, !s
}

// -----

!q = tensor<1x9x8x16xf32>
!s = tensor<1x8x16x16xf32>
func.func @second_reader(%q: !q, %s: !s {plait.result = 1 : index}) -> (!q, !s, !q) {
  %e = tensor.empty() : !q
  %o, %state = plait.recur ins(%q, %q, %q : !q, !q, !q) outs(%e, %s : !q, !s) -> !q, !s
  // expected-error @+1 {{expects the state that argument 1 is updated to (plait.result) to be continued once, but got a second use}}
  %p, %last = plait.recur ins(%q, %q, %q : !q, !q, !q) outs(%e, %s : !q, !s) reverse -> !q, !s
  return %o, %state, %p : !q, !s, !q
}

// -----

!q = tensor<1x9x8x16xf32>
!s = tensor<1x8x16x16xf32>
func.func @returned_between(%q: !q, %s: !s {plait.result = 1 : index}) -> (!s, !s) {
  %e = tensor.empty() : !q
  %o, %state = plait.recur ins(%q, %q, %q : !q, !q, !q) outs(%e, %s : !q, !s) -> !q, !s
  %p, %last = plait.recur ins(%o, %q, %q : !q, !q, !q) outs(%e, %state : !q, !s) -> !q, !s
  // expected-error @+1 {{expects the state that argument 1 is updated to (plait.result) to be continued once, but got a second use}}
  return %state, %last : !s, !s
}
