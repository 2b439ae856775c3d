// RUN: plait-opt %s --plait-interleave-heads | FileCheck %s

// A kernel of one head becomes one of several: states side by side, started in the first block, also where
// there is no token.

!rows = memref<?x?x?x64xf32, strided<[?, ?, ?, 1]>>
!head = memref<1x?x1x64xf32, strided<[?, ?, ?, 1], offset: ?>>
!state = memref<1x1x64x64xf32>
!states = memref<?x?x64x64xf32, strided<[?, ?, ?, 1]>>
!last = memref<1x1x64x64xf32, strided<[?, ?, ?, 1], offset: ?>>

// CHECK-LABEL: func.func @state_0(
// CHECK-SAME:    %[[Q:[^ ]*]]: memref<?x?x?x64xf32, strided<[?, ?, ?, 1]>>,
// CHECK-SAME:    %{{.*}}: i32, %[[HEAD:.*]]: i32, %[[HEADS:.*]]: i32)
// CHECK-SAME:    attributes {plait.kernel, plait.span = 16 : i64}
// CHECK:         %[[T:.*]] = memref.dim %[[Q]]
// CHECK:         memref.alloca() {{.*}} : memref<262144xi8>
// CHECK:         memref.alloca() {{.*}} : memref<1x64x1x64xf32>
// CHECK:         %[[COUNT:.*]] = arith.index_castui %[[HEADS]]
// CHECK:         %[[END:.*]] = arith.maxsi %[[T]], %{{.*}}
// CHECK:         scf.for %[[TOKEN:.*]] = %{{.*}} to %[[END]] step
// CHECK:           scf.for %[[I:.*]] = %{{.*}} to %[[COUNT]] step
// CHECK:             %[[SHIFT:.*]] = arith.index_castui %[[I]] : index to i32
// CHECK:             arith.addi %[[HEAD]], %[[SHIFT]]
// CHECK:             %[[STATE:.*]] = memref.view %{{.*}} : memref<262144xi8> to memref<1x1x64x64xf32>
// CHECK:             memref.subview %[[Q]]
// CHECK:             %[[FIRST:.*]] = arith.cmpi eq, %[[TOKEN]]
// CHECK-NEXT:        scf.if %[[FIRST]]
// CHECK-NEXT:          linalg.fill ins({{.*}}) outs(%[[STATE]]
// CHECK:             plait.recur {{.*}} outs({{.*}}, %[[STATE]]
// CHECK-NOT:         scf.if
// CHECK:         return
func.func @state_0(%q: !rows, %o: !rows, %s: !states, %x: i32, %y: i32, %z: i32) attributes {plait.kernel} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %zero = arith.constant 0.0 : f32
  %T = memref.dim %q, %c1 : !rows
  %b = arith.index_castui %x : i32 to index
  %h = arith.index_castui %y : i32 to index
  %qh = memref.subview %q[%b, 0, %h, 0] [1, %T, 1, 64] [1, 1, 1, 1] : !rows to !head
  %oh = memref.subview %o[%b, 0, %h, 0] [1, %T, 1, 64] [1, 1, 1, 1] : !rows to !head
  %state = memref.alloca() {alignment = 64 : i64} : !state
  %block = memref.alloca() {alignment = 64 : i64} : memref<1x64x1x64xf32>
  linalg.fill ins(%zero : f32) outs(%state : !state)
  scf.for %t = %c0 to %T step %c64 {
    %n = affine.min affine_map<(d0)[s0] -> (-d0 + s0, 64)>(%t)[%T]
    %qt = memref.subview %qh[0, %t, 0, 0] [1, %n, 1, 64] [1, 1, 1, 1] : !head to !head
    %ot = memref.subview %oh[0, %t, 0, 0] [1, %n, 1, 64] [1, 1, 1, 1] : !head to !head
    %kt = memref.subview %block[0, 0, 0, 0] [1, %n, 1, 64] [1, 1, 1, 1] : memref<1x64x1x64xf32> to memref<1x?x1x64xf32, strided<[4096, 64, 64, 1]>>
    linalg.copy ins(%qt : !head) outs(%kt : memref<1x?x1x64xf32, strided<[4096, 64, 64, 1]>>)
    plait.recur ins(%qt, %kt, %qt : !head, memref<1x?x1x64xf32, strided<[4096, 64, 64, 1]>>, !head) outs(%ot, %state : !head, !state)
  }
  return
}

// The grid takes one head a call.
// CHECK-LABEL: func.func @state(
// CHECK:         %[[ONE:.*]] = arith.constant 1 : i32
// CHECK:         call @state_0({{.*}}, %[[ONE]])
func.func @state(%q: !rows, %o: !rows, %s: !states, %B: index, %H: index) {
  scf.forall (%b, %h) in (%B, %H) {
    %x = arith.index_castui %b : index to i32
    %y = arith.index_castui %h : index to i32
    %z = arith.constant 0 : i32
    func.call @state_0(%q, %o, %s, %x, %y, %z) : (!rows, !rows, !states, i32, i32, i32) -> ()
  }
  return
}

// A state of 512 x 512 fills the cache alone.
// CHECK-LABEL: func.func @large_0(
// CHECK-NOT:     plait.span
// CHECK:         scf.for
// CHECK-NOT:     scf.for
// CHECK:         return
func.func @large_0(%q: memref<?x?x?x512xf32>, %o: memref<?x?x?x512xf32>, %s: memref<?x?x512x512xf32>, %x: i32, %y: i32, %z: i32)
    attributes {plait.kernel} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %T = memref.dim %q, %c1 : memref<?x?x?x512xf32>
  scf.for %t = %c0 to %T step %c1 {
    plait.recur ins(%q, %q, %q : memref<?x?x?x512xf32>, memref<?x?x?x512xf32>, memref<?x?x?x512xf32>)
      outs(%o, %s : memref<?x?x?x512xf32>, memref<?x?x512x512xf32>)
  }
  return
}

// Two loops over tokens stay one head's.
// CHECK-LABEL: func.func @twice_0(
// CHECK-NOT:     plait.span
// CHECK-COUNT-2: scf.for
// CHECK:         return
func.func @twice_0(%q: !rows, %o: !rows, %s: !states, %x: i32, %y: i32, %z: i32) attributes {plait.kernel} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %T = memref.dim %q, %c1 : !rows
  scf.for %t = %c0 to %T step %c1 {
    plait.recur ins(%q, %q, %q : !rows, !rows, !rows) outs(%o, %s : !rows, !states)
  }
  scf.for %t = %c0 to %T step %c1 {
    plait.recur ins(%o, %q, %q : !rows, !rows, !rows) outs(%o, %s : !rows, !states)
  }
  return
}

// What depends on more than one head, or hands a value on, stays one head's.
// CHECK-LABEL: func.func @bound_of_head_0(
// CHECK-NOT:     plait.span
// CHECK:         return
func.func @bound_of_head_0(%q: !rows, %o: !rows, %s: !states, %x: i32, %y: i32, %z: i32) attributes {plait.kernel} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %h = arith.index_castui %y : i32 to index
  scf.for %t = %c0 to %h step %c1 {
    plait.recur ins(%q, %q, %q : !rows, !rows, !rows) outs(%o, %s : !rows, !states)
  }
  return
}

// CHECK-LABEL: func.func @loaded_0(
// CHECK-NOT:     plait.span
// CHECK:         return
func.func @loaded_0(%q: !rows, %o: !rows, %s: !states, %sizes: memref<?xindex>, %x: i32, %y: i32, %z: i32) attributes {plait.kernel} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %T = memref.load %sizes[%c0] : memref<?xindex>
  scf.for %t = %c0 to %T step %c1 {
    plait.recur ins(%q, %q, %q : !rows, !rows, !rows) outs(%o, %s : !rows, !states)
  }
  return
}

// CHECK-LABEL: func.func @ends_0(
// CHECK-NOT:     plait.span
// CHECK:         return
func.func @ends_0(%q: !rows, %o: !rows, %s: !states, %x: i32, %y: i32, %z: i32) attributes {plait.kernel} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %T = memref.dim %q, %c1 : !rows
  %b = arith.index_castui %x : i32 to index
  %h = arith.index_castui %y : i32 to index
  %state = memref.alloca() {alignment = 64 : i64} : !state
  scf.for %t = %c0 to %T step %c1 {
    plait.recur ins(%q, %q, %q : !rows, !rows, !rows) outs(%o, %state : !rows, !state)
  }
  %sh = memref.subview %s[%b, %h, 0, 0] [1, 1, 64, 64] [1, 1, 1, 1] : !states to !last
  linalg.copy ins(%state : !state) outs(%sh : !last)
  return
}

// CHECK-LABEL: func.func @third_number_0(
// CHECK-NOT:     plait.span
// CHECK:         return
func.func @third_number_0(%q: !rows, %o: !rows, %s: !states, %x: i32, %y: i32, %z: i32) attributes {plait.kernel} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %T = arith.index_castui %z : i32 to index
  scf.for %t = %c0 to %T step %c1 {
    plait.recur ins(%q, %q, %q : !rows, !rows, !rows) outs(%o, %s : !rows, !states)
  }
  return
}

// CHECK-LABEL: func.func @buffer_of_gaps_0(
// CHECK-NOT:     plait.span
// CHECK:         return
func.func @buffer_of_gaps_0(%q: !rows, %o: !rows, %x: i32, %y: i32, %z: i32) attributes {plait.kernel} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %T = memref.dim %q, %c1 : !rows
  %state = memref.alloca() : memref<1x1x64x64xf32, strided<[8192, 8192, 128, 1]>>
  linalg.fill ins(%zero : f32) outs(%state : memref<1x1x64x64xf32, strided<[8192, 8192, 128, 1]>>)
  scf.for %t = %c0 to %T step %c1 {
    plait.recur ins(%q, %q, %q : !rows, !rows, !rows) outs(%o, %state : !rows, memref<1x1x64x64xf32, strided<[8192, 8192, 128, 1]>>)
  }
  return
}

// What a region takes of a head is computed for each, and a state of the caller's is not scratch.
// CHECK-LABEL: func.func @region_0(
// CHECK-SAME:    %[[HEAD:[a-z0-9]+]]: i32, %{{[a-z0-9]+}}: i32) attributes {plait.kernel, plait.span = 16 : i64}
// CHECK-NOT:     memref.alloca
// CHECK:         scf.for
// CHECK:           scf.for
// CHECK:             %[[EACH:.*]] = arith.addi %[[HEAD]],
// CHECK-NEXT:        %[[OWN:.*]] = scf.if
// CHECK-NEXT:          arith.index_castui %[[EACH]]
// CHECK:             memref.subview %{{.*}}[0, 0, %[[OWN]], 0]
// CHECK-NOT:         scf.if
// CHECK:         return
func.func @region_0(%q: !rows, %o: !rows, %s: !states, %any: i1, %x: i32, %y: i32, %z: i32) attributes {plait.kernel} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %T = memref.dim %q, %c1 : !rows
  %h = scf.if %any -> index {
    %i = arith.index_castui %y : i32 to index
    scf.yield %i : index
  } else {
    scf.yield %c0 : index
  }
  %qh = memref.subview %q[0, 0, %h, 0] [1, %T, 1, 64] [1, 1, 1, 1] : !rows to !head
  scf.for %t = %c0 to %T step %c1 {
    plait.recur ins(%qh, %qh, %qh : !head, !head, !head) outs(%qh, %s : !head, !states)
  }
  return
}

// CHECK: func.func private @declared
func.func private @declared(!rows, i32, i32, i32) attributes {plait.kernel}
