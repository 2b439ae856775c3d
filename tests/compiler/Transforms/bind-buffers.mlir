// RUN: plait-opt %s --pass-pipeline='builtin.module(func.func(plait-bind-buffers))' | FileCheck %s

// Arguments and results become buffers of the caller, with the sizes they share.

!q = tensor<?x?x?x16xf32>
!s = tensor<?x?x16x16xf32>

// CHECK-LABEL: func @outputs
// CHECK-SAME: memref<?x?x?x16xf32, strided<[?, ?, ?, 1]>> {plait.dims = ["B", "T", "H", "16"], plait.name = "q"}
// CHECK-SAME: memref<?x?x16x16xf32, strided<[?, ?, ?, 1]>> {plait.dims = ["B", "H", "16", "16"], plait.name = "s"}
// CHECK-SAME: {plait.dims = ["B", "T", "H", "16"], plait.name = "o", plait.output}
// CHECK-SAME: {plait.dims = ["B", "H", "16", "16"], plait.name = "last", plait.output}
func.func @outputs(%q: !q {plait.name = "q"}, %s: !s {plait.name = "s"})
    -> (!q {plait.name = "o"}, !s {plait.name = "last"}) {
  // The caller's initial state is not overwritten.
  // CHECK: linalg.copy
  // CHECK: plait.recur
  // CHECK-COUNT-2: bufferization.materialize_in_destination
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %batches = tensor.dim %q, %c0 : !q
  %tokens = tensor.dim %q, %c1 : !q
  %heads = tensor.dim %q, %c2 : !q
  %out = tensor.empty(%batches, %tokens, %heads) : !q
  %o, %state = plait.recur ins(%q, %q, %q : !q, !q, !q) outs(%out, %s : !q, !s) -> !q, !s
  return %o, %state : !q, !s
}

// A decode step updates the state where it is.
// CHECK-LABEL: func @in_place
// CHECK-SAME: {plait.dims = ["B", "H", "16", "16"], plait.name = "s", plait.result = 1 : index}
// CHECK-SAME: plait.name = "o", plait.output})
func.func @in_place(%q: !q {plait.name = "q"}, %s: !s {plait.name = "s", plait.result = 1 : index})
    -> (!q {plait.name = "o"}, !s) {
  // CHECK-NOT: linalg.copy
  // CHECK: return
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %batches = tensor.dim %q, %c0 : !q
  %tokens = tensor.dim %q, %c1 : !q
  %heads = tensor.dim %q, %c2 : !q
  %out = tensor.empty(%batches, %tokens, %heads) : !q
  %o, %state = plait.recur ins(%q, %q, %q : !q, !q, !q) outs(%out, %s : !q, !s) -> !q, !s
  return %o, %state : !q, !s
}
