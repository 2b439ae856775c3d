// RUN: plait-opt %s --pass-pipeline='builtin.module(func.func(plait-bind-buffers))' -verify-diagnostics -split-input-file

// Sizes that no call can satisfy, or whose common unit is not among them.

!q = tensor<1x9x?x16xf32>
!s = tensor<1x?x16x16xf32>
func.func @group_of_itself(%q: !q, %s: !s) -> (!q, !s) {
  // expected-error @+1 {{expects operands of agreeing sizes, but got one 1 and 2 times}}
  %o, %state = plait.recur ins(%q, %q, %q : !q, !q, !q) outs(%q, %s : !q, !s) group_size(2) -> !q, !s
  return %o, %state : !q, !s
}

// -----

!q = tensor<1x9x?x16xf32>
!s = tensor<1x?x16x16xf32>
func.func @groups(%q: !q, %k: !q, %l: !q, %s: !s, %u: !s) -> (!q, !s, !q, !s) {
  %o, %state = plait.recur ins(%q, %k, %k : !q, !q, !q) outs(%q, %s : !q, !s) group_size(2) -> !q, !s
  // expected-error @+1 {{expects head counts that are multiples of each other, but got groups of 2 and 3}}
  %p, %last = plait.recur ins(%q, %l, %l : !q, !q, !q) outs(%q, %u : !q, !s) group_size(3) -> !q, !s
  return %o, %state, %p, %last : !q, !s, !q, !s
}
