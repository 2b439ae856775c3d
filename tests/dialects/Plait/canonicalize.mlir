// RUN: plait-opt %s --canonicalize | FileCheck %s

// Each canonicalisation of the dialect, and the cases that it must leave alone.

!q = tensor<2x9x8x64xf32>
!s = tensor<2x8x64x64xf32>
!t = tensor<2x9x8xf32>

//===----------------------------------------------------------------------===//
// recur
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func @zero_decay
func.func @zero_decay(%q: !q, %s: !s) -> (!q, !s) {
  // CHECK-NOT: decay
  // CHECK: plait.recur ins(%{{.*}}) outs(%{{.*}}) ->
  %g = arith.constant dense<0.0> : tensor<8xf32>
  %o, %state = plait.recur ins(%q, %q, %q : !q, !q, !q) decay(%g : tensor<8xf32>) outs(%q, %s : !q, !s)
    min_log_decay(-1.0) -> !q, !s
  return %o, %state : !q, !s
}

// CHECK-LABEL: func @zero_fill
func.func @zero_fill(%q: !q, %s: !s) -> (!q, !s) {
  // CHECK-NOT: decay
  // CHECK: plait.recur ins(%{{.*}}) outs(%{{.*}}) ->
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : !t
  %g = linalg.fill ins(%zero : f32) outs(%empty : !t) -> !t
  %w = tensor.splat %zero : !q
  %o, %state = plait.recur ins(%q, %q, %q : !q, !q, !q) decay(%g : !t) value_decay(%w : !q) outs(%q, %s : !q, !s)
    -> !q, !s
  return %o, %state : !q, !s
}

// The bound stays with the decay that is left.
// CHECK-LABEL: func @other_decay
func.func @other_decay(%q: !q, %s: !s, %w: !q) -> (!q, !s) {
  // CHECK: plait.recur ins(%{{.*}}) value_decay(%{{.*}}) outs(%{{.*}}) min_log_decay(-1.0) ->
  %g = arith.constant dense<0.0> : tensor<8xf32>
  %o, %state = plait.recur ins(%q, %q, %q : !q, !q, !q) decay(%g : tensor<8xf32>) value_decay(%w : !q)
    outs(%q, %s : !q, !s) min_log_decay(-1.0) -> !q, !s
  return %o, %state : !q, !s
}

// CHECK-LABEL: func @decay_of_stabilizer
func.func @decay_of_stabilizer(%q: !q, %s: !s, %i: !t, %m: tensor<2x8xf32>) -> !q {
  // CHECK: decay(%{{.*}} : tensor<8xf32>) stabilize
  %g = arith.constant dense<0.0> : tensor<8xf32>
  %o, %state, %rm, %fm = plait.recur ins(%q, %q, %q : !q, !q, !q) decay(%g : tensor<8xf32>) stabilize(%i : !t)
    outs(%q, %s, %i, %m : !q, !s, !t, tensor<2x8xf32>) -> !q, !s, !t, tensor<2x8xf32>
  return %o : !q
}

// An op that nobody reads goes.
// CHECK-LABEL: func @dead
func.func @dead(%q: !q, %s: !s) {
  // CHECK-NEXT: return
  %o, %state = plait.recur ins(%q, %q, %q : !q, !q, !q) outs(%q, %s : !q, !s) -> !q, !s
  %i = tensor.empty() : tensor<2x8x64xf32>
  %h, %c = plait.scan add ins(%q : !q) outs(%q, %i : !q, tensor<2x8x64xf32>) -> !q, tensor<2x8x64xf32>
  %y = plait.map_rows ins(%q : !q) outs(%q : !q) {
  ^bb0(%row: vector<64xf32>):
    plait.yield %row : vector<64xf32>
  } -> !q
  %m = tensor.empty() : tensor<64x64xf32>
  %p = plait.project ins(%y, %m : !q, tensor<64x64xf32>) outs(%q : !q) -> !q
  %a = plait.attention ins(%p, %p, %p : !q, !q, !q) -> !q
  return
}

// A cast that only forgets sizes goes too: upstream folds it for any op in
// destination style.
// CHECK-LABEL: func @cast
func.func @cast(%q: !q, %s: !s) -> !q {
  // CHECK: plait.recur ins(%{{.*}} : tensor<2x9x8x64xf32>, tensor<2x9x8x64xf32>, tensor<2x9x8x64xf32>)
  %d = tensor.cast %q : !q to tensor<?x?x8x64xf32>
  %o, %state = plait.recur ins(%d, %q, %q : tensor<?x?x8x64xf32>, !q, !q) outs(%q, %s : !q, !s) -> !q, !s
  return %o : !q
}

//===----------------------------------------------------------------------===//
// map_rows
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func @forward_row
// CHECK-SAME: (%[[Q:.*]]: tensor<2x9x8x64xf32>, %[[M:.*]]: tensor<64x64xf32>, %[[E:.*]]: tensor<2x9x8x64xf32>)
func.func @forward_row(%q: !q, %m: tensor<64x64xf32>, %e: !q) -> !q {
  // CHECK-NOT: map_rows
  // CHECK: plait.project ins(%[[Q]], %[[M]] : {{.*}}) outs(%[[E]] :
  %y = plait.map_rows ins(%q : !q) outs(%e : !q) {
  ^bb0(%row: vector<64xf32>):
    plait.yield %row : vector<64xf32>
  } -> !q
  %p = plait.project ins(%y, %m : !q, tensor<64x64xf32>) outs(%e : !q) -> !q
  return %p : !q
}

// The map that copies a row into a result, or broadcasts it, stays.
// CHECK-LABEL: func @copy_of_row
func.func @copy_of_row(%q: !q, %e: !q, %b: tensor<64xf32>, %m: tensor<64x64xf32>) -> (!q, !q) {
  // CHECK: %[[COPY:.*]] = plait.map_rows ins(%{{.*}} : tensor<2x9x8x64xf32>)
  %y = plait.map_rows ins(%q : !q) outs(%e : !q) {
  ^bb0(%row: vector<64xf32>):
    plait.yield %row : vector<64xf32>
  } -> !q
  // CHECK: %[[BROADCAST:.*]] = plait.map_rows ins(%{{.*}} : tensor<64xf32>)
  %z = plait.map_rows ins(%b : tensor<64xf32>) outs(%e : !q) {
  ^bb0(%row: vector<64xf32>):
    plait.yield %row : vector<64xf32>
  } -> !q
  // CHECK: plait.project ins(%[[BROADCAST]],
  %p = plait.project ins(%z, %m : !q, tensor<64x64xf32>) outs(%e : !q) -> !q
  // CHECK: return %[[COPY]],
  return %y, %p : !q, !q
}

// CHECK-LABEL: func @unused_inputs
// CHECK-SAME: (%[[Q:.*]]: tensor<2x9x8x64xf32>, %[[T:.*]]: tensor<2x9x8xf32>, %{{.*}}: index)
func.func @unused_inputs(%q: !q, %t: !t, %i: index) -> !q {
  // CHECK: plait.map_rows ins(%[[Q]] : tensor<2x9x8x64xf32>) outs(
  // CHECK-NEXT: ^bb0(%[[ROW:.*]]: vector<64xf32>):
  // CHECK-NEXT: arith.negf %[[ROW]]
  %y = plait.map_rows ins(%t, %q, %t : !t, !q, !t) from(%i) outs(%q : !q) {
  ^bb0(%a: f32, %row: vector<64xf32>, %b: f32, %position: index):
    %neg = arith.negf %row : vector<64xf32>
    plait.yield %neg : vector<64xf32>
  } -> !q
  return %y : !q
}

// CHECK-LABEL: func @equal_inputs
// CHECK-SAME: (%[[Q:.*]]: tensor<2x9x8x64xf32>)
func.func @equal_inputs(%q: !q) -> !q {
  // CHECK: plait.map_rows ins(%[[Q]] : tensor<2x9x8x64xf32>) outs(
  // CHECK-NEXT: ^bb0(%[[ROW:.*]]: vector<64xf32>):
  // CHECK-NEXT: arith.addf %[[ROW]], %[[ROW]]
  %y = plait.map_rows ins(%q, %q : !q, !q) outs(%q : !q) {
  ^bb0(%a: vector<64xf32>, %b: vector<64xf32>):
    %sum = arith.addf %a, %b : vector<64xf32>
    plait.yield %sum : vector<64xf32>
  } -> !q
  return %y : !q
}

// CHECK-LABEL: func @unused_rows
// CHECK-SAME: (%[[Q:.*]]: tensor<2x9x8x64xf32>, %[[T:.*]]: tensor<2x9x8xf32>)
func.func @unused_rows(%q: !q, %t: !t) -> !t {
  // CHECK: %[[ROWS:.*]] = plait.map_rows ins(%[[Q]] : tensor<2x9x8x64xf32>) outs(%[[T]] : tensor<2x9x8xf32>) attributes {tag} {
  // CHECK: plait.yield %{{.*}} : f32
  // CHECK-NEXT: } -> tensor<2x9x8xf32>
  %y, %z = plait.map_rows ins(%q : !q) outs(%q, %t : !q, !t) attributes {tag} {
  ^bb0(%row: vector<64xf32>):
    %exp = math.exp %row : vector<64xf32>
    %first = vector.extract %row[0] : f32 from vector<64xf32>
    plait.yield %exp, %first : vector<64xf32>, f32
  } -> !q, !t
  // CHECK: return %[[ROWS]]
  return %z : !t
}

//===----------------------------------------------------------------------===//
// attention
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func @identity_map
func.func @identity_map(%q: !q) -> !q {
  // CHECK: plait.attention causal ins({{.*}}) -> tensor
  %o = plait.attention causal ins(%q, %q, %q : !q, !q, !q) feature_map {
  ^bb0(%row: vector<64xf32>):
    plait.yield %row : vector<64xf32>
  } key_map {
  ^bb0(%row: vector<64xf32>):
    plait.yield %row : vector<64xf32>
  } -> !q
  return %o : !q
}

// Without its key_map the keys would get phi.
// CHECK-LABEL: func @identity_key_map
func.func @identity_key_map(%q: !q) -> !q {
  // CHECK: } key_map {
  %o = plait.attention causal ins(%q, %q, %q : !q, !q, !q) feature_map {
  ^bb0(%row: vector<64xf32>):
    %phi = math.exp %row : vector<64xf32>
    plait.yield %phi : vector<64xf32>
  } key_map {
  ^bb0(%row: vector<64xf32>):
    plait.yield %row : vector<64xf32>
  } -> !q
  return %o : !q
}

// CHECK-LABEL: func @equal_maps
func.func @equal_maps(%q: !q) -> !q {
  // CHECK: feature_map {
  // CHECK: plait.yield
  // CHECK-NEXT: } -> tensor
  %o = plait.attention causal ins(%q, %q, %q : !q, !q, !q) feature_map {
  ^bb0(%row: vector<64xf32>):
    %phi = math.exp %row : vector<64xf32>
    plait.yield %phi : vector<64xf32>
  } key_map {
  ^bb0(%row: vector<64xf32>):
    %phi = math.exp %row : vector<64xf32>
    plait.yield %phi : vector<64xf32>
  } -> !q
  return %o : !q
}
