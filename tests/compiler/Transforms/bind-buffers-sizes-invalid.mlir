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

// -----

// Groups of groups of heads.
!x = tensor<1x9x?x1xf32>
!s = tensor<1x?x1x1xf32>
func.func @unit(%x0: !x, %x1: !x, %x2: !x, %x3: !x, %x4: !x, %x5: !x, %x6: !x, %s0: !s, %s1: !s, %s2: !s, %s3: !s, %s4: !s, %s5: !s) -> !x {
  %o0, %t0 = plait.recur ins(%x0, %x1, %x1 : !x, !x, !x) outs(%x0, %s0 : !x, !s) group_size(512) -> !x, !s
  %o1, %t1 = plait.recur ins(%x1, %x2, %x2 : !x, !x, !x) outs(%x1, %s1 : !x, !s) group_size(512) -> !x, !s
  %o2, %t2 = plait.recur ins(%x2, %x3, %x3 : !x, !x, !x) outs(%x2, %s2 : !x, !s) group_size(512) -> !x, !s
  %o3, %t3 = plait.recur ins(%x3, %x4, %x4 : !x, !x, !x) outs(%x3, %s3 : !x, !s) group_size(512) -> !x, !s
  %o4, %t4 = plait.recur ins(%x4, %x5, %x5 : !x, !x, !x) outs(%x4, %s4 : !x, !s) group_size(512) -> !x, !s
  // expected-error @+1 {{expects sizes of at most 2^50 times their common unit, but got more}}
  %o5, %t5 = plait.recur ins(%x5, %x6, %x6 : !x, !x, !x) outs(%x5, %s5 : !x, !s) group_size(512) -> !x, !s
  return %o0 : !x
}

// -----

func.func @no_such_dim(%x: tensor<1x9x?x16xf32>) -> index {
  %c4 = arith.constant 4 : index
  // expected-error @+1 {{expects a dimension below 4, but got 4}}
  %d = tensor.dim %x, %c4 : tensor<1x9x?x16xf32>
  return %d : index
}
