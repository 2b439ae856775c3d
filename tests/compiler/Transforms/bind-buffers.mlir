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

// Through several recurrences, and casts between them, it is still one state.
// CHECK-LABEL: func @in_place_twice
func.func @in_place_twice(%q: !q, %s: !s {plait.result = 0 : index}) -> !s {
  // CHECK-NOT: linalg.copy
  // CHECK: return
  %o, %state = plait.recur ins(%q, %q, %q : !q, !q, !q) outs(%q, %s : !q, !s) -> !q, !s
  %cast = tensor.cast %state : !s to tensor<1x?x16x16xf32>
  %back = tensor.cast %cast : tensor<1x?x16x16xf32> to !s
  %p, %last = plait.recur ins(%o, %q, %q : !q, !q, !q) outs(%q, %back : !q, !s) -> !q, !s
  return %last : !s
}

// An argument that nothing reads is memory for the result.
// CHECK-LABEL: func @memory
// CHECK-SAME: %{{[a-z0-9]+}}: {{.*}}, %[[S:[a-z0-9]+]]: {{.*}} plait.result = 0 : index}, %[[T:[a-z0-9]+]]: {{.*}})
func.func @memory(%q: !q, %s: !s {plait.result = 0 : index}, %t: !s) -> !s {
  // CHECK: linalg.copy
  // CHECK: bufferization.materialize_in_destination %{{.*}} in restrict writable %[[S]]
  %o, %state = plait.recur ins(%q, %q, %q : !q, !q, !q) outs(%q, %t : !q, !s) -> !q, !s
  return %state : !s
}
