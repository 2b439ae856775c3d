// RUN: plait-opt %s --plait-decompose-stage="target=sm_90a schedule=heads=4" --plait-tile-stage --plait-bufferize-stage | FileCheck %s
// RUN: plait-opt %s --plait-decompose-stage="target=sm_90a schedule=heads=4,splits=4" --plait-tile-stage --plait-bufferize-stage | FileCheck %s --check-prefix=SPLITS
// RUN: plait-opt %s --plait-decompose-stage=target=x86-64-v4 --plait-tile-stage --plait-bufferize-stage | FileCheck %s --check-prefix=CPU

// Of 16 query heads a key head, four are a work item's here: it has the key head at a quotient.
// CHECK-DAG: #[[$TIMES:.*]] = affine_map<()[s0] -> (s0 * 4)>
// CHECK-DAG: #[[$BY:.*]] = affine_map<()[s0] -> (s0 floordiv 4)>
// CHECK-LABEL: func.func @apart_0(
// CHECK-DAG: %{{.*}} = affine.apply #[[$TIMES]]()[%{{.*}}]
// CHECK-DAG: %[[K:.*]] = affine.apply #[[$BY]]()[%{{.*}}]
// CHECK-DAG: memref.subview %{{.*}}[%{{.*}}, 0, %{{.*}}, 0] [1, %{{.*}}, 4, 64]
// CHECK-DAG: memref.subview %{{.*}}[%{{.*}}, 0, %[[K]], 0] [1, %{{.*}}, 1, 64]
// CHECK-DAG: memref.subview %{{.*}}[%{{.*}}, %[[K]], 0, 0] [1, 1, 64, 64]
// CHECK: plait.recur {{.*}} group_size(4)
// CHECK: func.func @apart(
// CHECK: %[[COUNT:.*]] = affine.apply #[[$TIMES]]()[%{{.*}}]
// CHECK: scf.forall (%{{.*}}, %{{.*}}) in (%{{.*}}, %[[COUNT]])

// A CPU's core takes a group whole.
// CPU-LABEL: func.func @apart_0(
// CPU: plait.recur {{.*}} group_size(16)
!q = tensor<?x?x?x64xf32>
!s = tensor<?x?x64x64xf32>
func.func @apart(%q: !q {plait.name = "q"}, %k: !q {plait.name = "k"}, %v: !q {plait.name = "v"}, %s: !s {plait.name = "s"})
    -> (!q {plait.name = "o"}, !s {plait.name = "s1"}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %b = tensor.dim %q, %c0 : !q
  %t = tensor.dim %q, %c1 : !q
  %h = tensor.dim %q, %c2 : !q
  %e = tensor.empty(%b, %t, %h) : !q
  %o, %s1 = plait.recur ins(%q, %k, %v : !q, !q, !q) outs(%e, %s : !q, !s) group_size(16) -> !q, !s
  return %o, %s1 : !q, !s
}

// One CTA takes all parts where their state is updated in place, but for ranges of tokens: those read it in a launch
// before the one that writes it.
// CHECK-LABEL: func.func @in_place_0(
// CHECK-SAME: plait.parts_in_turn = 4 : i64
// CHECK: func.func @in_place(
// CHECK: %[[HEADS:.*]] = memref.dim %arg1, %c2
// CHECK: scf.forall (%{{.*}}, %{{.*}}) in (%{{.*}}, %[[HEADS]])
// SPLITS-NOT: parts_in_turn
func.func @in_place(%q: !q {plait.name = "q"}, %k: !q {plait.name = "k"}, %v: !q {plait.name = "v"},
                    %s: !s {plait.name = "s", plait.result = 1 : index})
    -> (!q {plait.name = "o"}, !s {plait.name = "s1"}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %b = tensor.dim %q, %c0 : !q
  %t = tensor.dim %q, %c1 : !q
  %h = tensor.dim %q, %c2 : !q
  %e = tensor.empty(%b, %t, %h) : !q
  %o, %s1 = plait.recur ins(%q, %k, %v : !q, !q, !q) outs(%e, %s : !q, !s) group_size(16) -> !q, !s
  return %o, %s1 : !q, !s
}
