// RUN: plait-opt %s --plait-choose-form | FileCheck %s

// Blocks are of 16 tokens where longer ones would be too much for registers or shared memory; warps have
// 32 channels where there is little beside the state.
!f = tensor<?x?x?x128xf32>
!h = tensor<?x?x?x128xf16>
!n = tensor<?x?x?x128xbf16>
!w = tensor<?x?x?x256xbf16>
!l = tensor<?x?x?x256xf32>
!s = tensor<?x?x128x128xf32>
!t = tensor<?x?x256x128xf32>
module attributes {plait.target = #plait.target<"sm_80", {capability = 80 : i64, fma, shared = 166912 : i64}>} {
  // CHECK-LABEL: @usual
  func.func @usual(%x: !f, %n: !n, %w: !w, %h: tensor<128xf32>, %s: !s, %t: !t) {
    // CHECK-COUNT-5: block = 32 : i64, channels = 16
    // CHECK-NOT: block
    %a:2 = plait.recur ins(%x, %x, %x : !f, !f, !f) decay(%x : !f) outs(%x, %s : !f, !s) -> !f, !s
    %b:2 = plait.recur ins(%x, %x, %x : !f, !f, !f) value_decay(%x : !f) outs(%x, %s : !f, !s) -> !f, !s
    %c:2 = plait.recur ins(%n, %n, %n : !n, !n, !n) decay(%x : !f) outs(%n, %s : !n, !s) {group_size = 2 : i64} -> !n, !s
    %d:2 = plait.recur ins(%w, %w, %n : !w, !w, !n) outs(%n, %t : !n, !t) -> !n, !t
    %e:2 = plait.recur ins(%x, %x, %x : !f, !f, !f) decay(%h : tensor<128xf32>) outs(%x, %s : !f, !s) -> !f, !s
    return
  }
  // CHECK-LABEL: @roomy
  func.func @roomy(%n: !n, %h: tensor<128xf32>, %c: tensor<?x?x?x1xbf16>, %s: !s, %z: tensor<?x?x128x1xf32>) {
    // CHECK-COUNT-2: block = 32 : i64, channels = 32
    %a:2 = plait.recur ins(%n, %n, %n : !n, !n, !n) decay(%h : tensor<128xf32>) outs(%n, %s : !n, !s) -> !n, !s
    %b:2 = plait.recur ins(%n, %n, %c : !n, !n, tensor<?x?x?x1xbf16>) decay(%h : tensor<128xf32>) outs(%c, %z : tensor<?x?x?x1xbf16>, tensor<?x?x128x1xf32>) -> tensor<?x?x?x1xbf16>, tensor<?x?x128x1xf32>
    return
  }
  // Of few values a warp with 32 channels would be one of two.
  // CHECK-LABEL: @few_values
  func.func @few_values(%n: !n, %v: tensor<?x?x?x64xbf16>, %s: tensor<?x?x128x64xf32>) {
    // CHECK: block = 32 : i64, channels = 16
    %a:2 = plait.recur ins(%n, %n, %v : !n, !n, tensor<?x?x?x64xbf16>) outs(%v, %s : tensor<?x?x?x64xbf16>, tensor<?x?x128x64xf32>) -> tensor<?x?x?x64xbf16>, tensor<?x?x128x64xf32>
    return
  }
  // Decays of many key channels want the registers of more warps than few values have.
  // CHECK-LABEL: @starved
  func.func @starved(%w: !w, %v: tensor<?x?x?x64xbf16>, %s: tensor<?x?x256x64xf32>) {
    // CHECK: block = 16 : i64, channels = 8
    %a:2 = plait.recur ins(%w, %w, %v : !w, !w, tensor<?x?x?x64xbf16>) decay(%w : !w) outs(%v, %s : tensor<?x?x?x64xbf16>, tensor<?x?x256x64xf32>) -> tensor<?x?x?x64xbf16>, tensor<?x?x256x64xf32>
    return
  }
  // CHECK-LABEL: @no_decays
  func.func @no_decays(%l: !l, %v: tensor<?x?x?x64xf32>, %s: tensor<?x?x256x64xf32>) {
    // CHECK: block = 16 : i64, channels = 16
    %a:2 = plait.recur ins(%l, %l, %v : !l, !l, tensor<?x?x?x64xf32>) outs(%v, %s : tensor<?x?x?x64xf32>, tensor<?x?x256x64xf32>) -> tensor<?x?x?x64xf32>, tensor<?x?x256x64xf32>
    return
  }
  // Few warps have no registers for long blocks of queries and keys that maps make, beside a state of many keys or their
  // decays.
  // CHECK-LABEL: @computed
  func.func @computed(%w: !w, %v: tensor<?x?x?x64xbf16>, %s: tensor<?x?x256x64xf32>) {
    // CHECK-COUNT-2: block = 16 : i64, channels = 16
    // CHECK-NOT: block
    %m = plait.map_rows ins(%w : !w) outs(%w : !w) {
    ^bb0(%row: vector<256xbf16>):
      %y = arith.negf %row : vector<256xbf16>
      plait.yield %y : vector<256xbf16>
    } -> !w
    %a:2 = plait.recur ins(%m, %m, %v : !w, !w, tensor<?x?x?x64xbf16>) outs(%v, %s : tensor<?x?x?x64xbf16>, tensor<?x?x256x64xf32>) -> tensor<?x?x?x64xbf16>, tensor<?x?x256x64xf32>
    return
  }
  // CHECK-LABEL: @computed_f32
  func.func @computed_f32(%l: !l, %v: tensor<?x?x?x64xf32>, %s: tensor<?x?x256x64xf32>) {
    // CHECK-COUNT-2: block = 16 : i64, channels = 8
    %m = plait.map_rows ins(%l : !l) outs(%l : !l) {
    ^bb0(%row: vector<256xf32>):
      %y = arith.negf %row : vector<256xf32>
      plait.yield %y : vector<256xf32>
    } -> !l
    %a:2 = plait.recur ins(%m, %m, %v : !l, !l, tensor<?x?x?x64xf32>) outs(%v, %s : tensor<?x?x?x64xf32>, tensor<?x?x256x64xf32>) -> tensor<?x?x?x64xf32>, tensor<?x?x256x64xf32>
    return
  }
  // CHECK-LABEL: @computed_f16
  func.func @computed_f16(%w: tensor<?x?x?x256xf16>, %v: tensor<?x?x?x64xf16>, %s: tensor<?x?x256x64xf32>) {
    // CHECK-COUNT-2: block = 16 : i64, channels = 16
    %m = plait.map_rows ins(%w : tensor<?x?x?x256xf16>) outs(%w : tensor<?x?x?x256xf16>) {
    ^bb0(%row: vector<256xf16>):
      %y = arith.negf %row : vector<256xf16>
      plait.yield %y : vector<256xf16>
    } -> tensor<?x?x?x256xf16>
    %a:2 = plait.recur ins(%m, %m, %v : tensor<?x?x?x256xf16>, tensor<?x?x?x256xf16>, tensor<?x?x?x64xf16>) outs(%v, %s : tensor<?x?x?x64xf16>, tensor<?x?x256x64xf32>) -> tensor<?x?x?x64xf16>, tensor<?x?x256x64xf32>
    return
  }
  // CHECK-LABEL: @computed_decayed
  func.func @computed_decayed(%n: !n, %v: tensor<?x?x?x64xbf16>, %s: tensor<?x?x128x64xf32>) {
    // CHECK-COUNT-2: block = 16 : i64, channels = 16
    // CHECK-NOT: block
    %m = plait.map_rows ins(%n : !n) outs(%n : !n) {
    ^bb0(%row: vector<128xbf16>):
      %y = arith.negf %row : vector<128xbf16>
      plait.yield %y : vector<128xbf16>
    } -> !n
    %a:2 = plait.recur ins(%m, %m, %v : !n, !n, tensor<?x?x?x64xbf16>) decay(%n : !n) outs(%v, %s : tensor<?x?x?x64xbf16>, tensor<?x?x128x64xf32>) -> tensor<?x?x?x64xbf16>, tensor<?x?x128x64xf32>
    return
  }
  // Without decays, of one alone, and of many values.
  // CHECK-LABEL: @computed_less
  func.func @computed_less(%n: !n, %v: tensor<?x?x?x64xbf16>, %s: tensor<?x?x128x64xf32>) {
    // CHECK-COUNT-2: block = 32 : i64
    // CHECK-NOT: block
    %m = plait.map_rows ins(%n : !n) outs(%n : !n) {
    ^bb0(%row: vector<128xbf16>):
      %y = arith.negf %row : vector<128xbf16>
      plait.yield %y : vector<128xbf16>
    } -> !n
    %a:2 = plait.recur ins(%m, %m, %v : !n, !n, tensor<?x?x?x64xbf16>) outs(%v, %s : tensor<?x?x?x64xbf16>, tensor<?x?x128x64xf32>) -> tensor<?x?x?x64xbf16>, tensor<?x?x128x64xf32>
    return
  }
  // CHECK-LABEL: @computed_keys
  func.func @computed_keys(%n: !n, %v: tensor<?x?x?x64xbf16>, %s: tensor<?x?x128x64xf32>) {
    // CHECK-COUNT-2: block = 32 : i64
    // CHECK-NOT: block
    %m = plait.map_rows ins(%n : !n) outs(%n : !n) {
    ^bb0(%row: vector<128xbf16>):
      %y = arith.negf %row : vector<128xbf16>
      plait.yield %y : vector<128xbf16>
    } -> !n
    %a:2 = plait.recur ins(%n, %m, %v : !n, !n, tensor<?x?x?x64xbf16>) decay(%n : !n) outs(%v, %s : tensor<?x?x?x64xbf16>, tensor<?x?x128x64xf32>) -> tensor<?x?x?x64xbf16>, tensor<?x?x128x64xf32>
    return
  }
  // CHECK-LABEL: @computed_queries
  func.func @computed_queries(%n: !n, %v: tensor<?x?x?x64xbf16>, %s: tensor<?x?x128x64xf32>) {
    // CHECK-COUNT-2: block = 32 : i64
    // CHECK-NOT: block
    %m = plait.map_rows ins(%n : !n) outs(%n : !n) {
    ^bb0(%row: vector<128xbf16>):
      %y = arith.negf %row : vector<128xbf16>
      plait.yield %y : vector<128xbf16>
    } -> !n
    %a:2 = plait.recur ins(%m, %n, %v : !n, !n, tensor<?x?x?x64xbf16>) decay(%n : !n) outs(%v, %s : tensor<?x?x?x64xbf16>, tensor<?x?x128x64xf32>) -> tensor<?x?x?x64xbf16>, tensor<?x?x128x64xf32>
    return
  }
  // Another type is not computed.
  // CHECK-LABEL: @cast
  func.func @cast(%h: !h, %n: !n, %v: tensor<?x?x?x64xbf16>, %s: tensor<?x?x128x64xf32>) {
    // CHECK-COUNT-2: block = 32 : i64
    // CHECK-NOT: block
    %m = plait.map_rows ins(%h : !h) outs(%n : !n) {
    ^bb0(%row: vector<128xf16>):
      %wide = arith.extf %row : vector<128xf16> to vector<128xf32>
      %y = arith.truncf %wide : vector<128xf32> to vector<128xbf16>
      plait.yield %y : vector<128xbf16>
    } -> !n
    %a:2 = plait.recur ins(%m, %m, %v : !n, !n, tensor<?x?x?x64xbf16>) decay(%n : !n) outs(%v, %s : tensor<?x?x?x64xbf16>, tensor<?x?x128x64xf32>) -> tensor<?x?x?x64xbf16>, tensor<?x?x128x64xf32>
    return
  }
  // CHECK-LABEL: @computed_wide_and_many_values
  func.func @computed_wide_and_many_values(%w: !w, %n: !n, %t: !t) {
    // CHECK-COUNT-2: block = 32 : i64
    // CHECK-NOT: block
    %m = plait.map_rows ins(%w : !w) outs(%w : !w) {
    ^bb0(%row: vector<256xbf16>):
      %y = arith.negf %row : vector<256xbf16>
      plait.yield %y : vector<256xbf16>
    } -> !w
    %a:2 = plait.recur ins(%m, %m, %n : !w, !w, !n) outs(%n, %t : !n, !t) -> !n, !t
    return
  }
  // CHECK-LABEL: @computed_many_values
  func.func @computed_many_values(%n: !n, %s: !s) {
    // CHECK-COUNT-2: block = 32 : i64
    // CHECK-NOT: block
    %m = plait.map_rows ins(%n : !n) outs(%n : !n) {
    ^bb0(%row: vector<128xbf16>):
      %y = arith.negf %row : vector<128xbf16>
      plait.yield %y : vector<128xbf16>
    } -> !n
    %a:2 = plait.recur ins(%m, %m, %n : !n, !n, !n) decay(%n : !n) outs(%n, %s : !n, !s) -> !n, !s
    return
  }
  // CHECK-LABEL: @few_values_and_bonus
  func.func @few_values_and_bonus(%x: !f, %v: tensor<?x?x?x64xf32>, %u: tensor<?x128xf32>, %s: tensor<?x?x128x64xf32>) {
    // CHECK: block = 16 : i64, channels = 16
    %a:2 = plait.recur ins(%x, %x, %v : !f, !f, tensor<?x?x?x64xf32>) decay(%x : !f) bonus(%u : tensor<?x128xf32>) outs(%v, %s : tensor<?x?x?x64xf32>, tensor<?x?x128x64xf32>) read(exclusive) -> tensor<?x?x?x64xf32>, tensor<?x?x128x64xf32>
    return
  }
  // CHECK-LABEL: @few_values_and_bonus_of_bf16
  func.func @few_values_and_bonus_of_bf16(%n: !n, %v: tensor<?x?x?x64xbf16>, %u: tensor<?x128xf32>, %s: tensor<?x?x128x64xf32>) {
    // CHECK: block = 32 : i64, channels = 16
    %a:2 = plait.recur ins(%n, %n, %v : !n, !n, tensor<?x?x?x64xbf16>) decay(%n : !n) bonus(%u : tensor<?x128xf32>) outs(%v, %s : tensor<?x?x?x64xbf16>, tensor<?x?x128x64xf32>) read(exclusive) -> tensor<?x?x?x64xbf16>, tensor<?x?x128x64xf32>
    return
  }
  // CHECK-LABEL: @computed_normalised
  func.func @computed_normalised(%h: !h, %c: tensor<?x?x?x1xf16>, %s: !s, %z: tensor<?x?x128x1xf32>) {
    // CHECK-COUNT-3: block = 16 : i64, channels = 16
    %m = plait.map_rows ins(%h : !h) outs(%h : !h) {
    ^bb0(%row: vector<128xf16>):
      %y = arith.negf %row : vector<128xf16>
      plait.yield %y : vector<128xf16>
    } -> !h
    %a:2 = plait.recur ins(%m, %m, %h : !h, !h, !h) decay(%h : !h) outs(%h, %s : !h, !s) -> !h, !s
    %b:2 = plait.recur ins(%m, %m, %c : !h, !h, tensor<?x?x?x1xf16>) decay(%h : !h) outs(%c, %z : tensor<?x?x?x1xf16>, tensor<?x?x128x1xf32>) -> tensor<?x?x?x1xf16>, tensor<?x?x128x1xf32>
    return
  }
  // CHECK-LABEL: @computed_without_normaliser
  func.func @computed_without_normaliser(%h: !h, %s: !s) {
    // CHECK-COUNT-2: block = 32 : i64
    // CHECK-NOT: block
    %m = plait.map_rows ins(%h : !h) outs(%h : !h) {
    ^bb0(%row: vector<128xf16>):
      %y = arith.negf %row : vector<128xf16>
      plait.yield %y : vector<128xf16>
    } -> !h
    %a:2 = plait.recur ins(%m, %m, %h : !h, !h, !h) decay(%h : !h) outs(%h, %s : !h, !s) -> !h, !s
    return
  }
  // CHECK-LABEL: @computed_normalised_bf16
  func.func @computed_normalised_bf16(%n: !n, %c: tensor<?x?x?x1xbf16>, %s: !s, %z: tensor<?x?x128x1xf32>) {
    // CHECK-COUNT-3: block = 32 : i64
    // CHECK-NOT: block
    %m = plait.map_rows ins(%n : !n) outs(%n : !n) {
    ^bb0(%row: vector<128xbf16>):
      %y = arith.negf %row : vector<128xbf16>
      plait.yield %y : vector<128xbf16>
    } -> !n
    %a:2 = plait.recur ins(%m, %m, %n : !n, !n, !n) decay(%n : !n) outs(%n, %s : !n, !s) -> !n, !s
    %b:2 = plait.recur ins(%m, %m, %c : !n, !n, tensor<?x?x?x1xbf16>) decay(%n : !n) outs(%c, %z : tensor<?x?x?x1xbf16>, tensor<?x?x128x1xf32>) -> tensor<?x?x?x1xbf16>, tensor<?x?x128x1xf32>
    return
  }
  // f16 is no bf16, nor is what a map makes of it.
  // CHECK-LABEL: @f16
  func.func @f16(%h: !h, %s: !s) {
    // CHECK: block = 32 : i64, channels = 16
    %a:2 = plait.recur ins(%h, %h, %h : !h, !h, !h) outs(%h, %s : !h, !s) -> !h, !s
    return
  }
  // CHECK-LABEL: @mapped
  func.func @mapped(%h: !h, %n: !n, %s: !s) {
    // CHECK-COUNT-2: block = 32 : i64, channels = 16
    %q = plait.map_rows ins(%h : !h) outs(%n : !n) {
    ^bb0(%row: vector<128xf16>):
      %wide = arith.extf %row : vector<128xf16> to vector<128xf32>
      %y = arith.truncf %wide : vector<128xf32> to vector<128xbf16>
      plait.yield %y : vector<128xbf16>
    } -> !n
    %a:2 = plait.recur ins(%q, %n, %n : !n, !n, !n) outs(%n, %s : !n, !s) -> !n, !s
    return
  }
  // CHECK-LABEL: @normalised
  func.func @normalised(%x: !f, %c: tensor<?x?x?x1xf32>, %s: !s, %z: tensor<?x?x128x1xf32>) {
    // CHECK-COUNT-2: block = 16 : i64, channels = 16
    %a:2 = plait.recur ins(%x, %x, %x : !f, !f, !f) decay(%x : !f) outs(%x, %s : !f, !s) -> !f, !s
    %b:2 = plait.recur ins(%x, %x, %c : !f, !f, tensor<?x?x?x1xf32>) decay(%x : !f) outs(%c, %z : tensor<?x?x?x1xf32>, tensor<?x?x128x1xf32>) -> tensor<?x?x?x1xf32>, tensor<?x?x128x1xf32>
    return
  }
  // CHECK-LABEL: @normalised_f16
  func.func @normalised_f16(%h: !h, %c: tensor<?x?x?x1xf16>, %s: !s, %z: tensor<?x?x128x1xf32>) {
    // CHECK-COUNT-2: block = 32 : i64, channels = 16
    %a:2 = plait.recur ins(%h, %h, %h : !h, !h, !h) decay(%h : !h) outs(%h, %s : !h, !s) -> !h, !s
    %b:2 = plait.recur ins(%h, %h, %c : !h, !h, tensor<?x?x?x1xf16>) decay(%h : !h) outs(%c, %z : tensor<?x?x?x1xf16>, tensor<?x?x128x1xf32>) -> tensor<?x?x?x1xf16>, tensor<?x?x128x1xf32>
    return
  }
  // CHECK-LABEL: @normalised_scalar
  func.func @normalised_scalar(%x: !f, %g: tensor<?x?x?xf32>, %c: tensor<?x?x?x1xf32>, %s: !s, %z: tensor<?x?x128x1xf32>) {
    // CHECK-COUNT-2: block = 32 : i64, channels = 16
    %a:2 = plait.recur ins(%x, %x, %x : !f, !f, !f) decay(%g : tensor<?x?x?xf32>) outs(%x, %s : !f, !s) -> !f, !s
    %b:2 = plait.recur ins(%x, %x, %c : !f, !f, tensor<?x?x?x1xf32>) decay(%g : tensor<?x?x?xf32>) outs(%c, %z : tensor<?x?x?x1xf32>, tensor<?x?x128x1xf32>) -> tensor<?x?x?x1xf32>, tensor<?x?x128x1xf32>
    return
  }
  // Values of one channel are no normaliser by themselves.
  // CHECK-LABEL: @one_value
  func.func @one_value(%x: !f, %c: tensor<?x?x?x1xf32>, %z: tensor<?x?x128x1xf32>) {
    // CHECK: block = 32 : i64, channels = 16
    %a:2 = plait.recur ins(%x, %x, %c : !f, !f, tensor<?x?x?x1xf32>) decay(%x : !f) outs(%c, %z : tensor<?x?x?x1xf32>, tensor<?x?x128x1xf32>) -> tensor<?x?x?x1xf32>, tensor<?x?x128x1xf32>
    return
  }
  // CHECK-LABEL: @narrow
  func.func @narrow(%q: tensor<?x?x?x64xbf16>, %v: tensor<?x?x?x32xbf16>, %s: tensor<?x?x64x32xf32>) {
    // CHECK: block = 64 : i64, channels = 16
    %a:2 = plait.recur ins(%q, %q, %v : tensor<?x?x?x64xbf16>, tensor<?x?x?x64xbf16>, tensor<?x?x?x32xbf16>) outs(%v, %s : tensor<?x?x?x32xbf16>, tensor<?x?x64x32xf32>) -> tensor<?x?x?x32xbf16>, tensor<?x?x64x32xf32>
    return
  }
  // CHECK-LABEL: @two_states
  func.func @two_states(%n: !n, %s: !s) {
    // CHECK-COUNT-2: block = 32 : i64, channels = 16
    %a:2 = plait.recur ins(%n, %n, %n : !n, !n, !n) outs(%n, %s : !n, !s) -> !n, !s
    %b:2 = plait.recur ins(%n, %n, %a#0 : !n, !n, !n) outs(%n, %s : !n, !s) -> !n, !s
    return
  }
  // CHECK-LABEL: @matrix_beside
  func.func @matrix_beside(%n: !n, %m: tensor<?x128x128xbf16>, %s: !s) {
    // CHECK-COUNT-2: block = 32 : i64, channels = 16
    %k = plait.project ins(%n, %m : !n, tensor<?x128x128xbf16>) outs(%n : !n) -> !n
    %a:2 = plait.recur ins(%n, %k, %n : !n, !n, !n) outs(%n, %s : !n, !s) -> !n, !s
    return
  }
  // CHECK-LABEL: @scan_beside
  func.func @scan_beside(%n: !n, %c: tensor<?x?x128xf32>, %s: !s) {
    // CHECK-COUNT-2: block = 32 : i64, channels = 16
    %k:2 = plait.scan add ins(%n : !n) outs(%n, %c : !n, tensor<?x?x128xf32>) -> !n, tensor<?x?x128xf32>
    %a:2 = plait.recur ins(%n, %n, %n : !n, !n, !n) outs(%n, %s : !n, !s) -> !n, !s
    return
  }
  // CHECK-LABEL: @two_decays
  func.func @two_decays(%n: !n, %x: !f, %s: !s) {
    // CHECK: block = 16
    %a:2 = plait.recur ins(%n, %n, %n : !n, !n, !n) decay(%x : !f) value_decay(%x : !f) outs(%n, %s : !n, !s) -> !n, !s
    return
  }
  // A CTA has one query head of an odd group: it is as one that is alone.
  // CHECK-LABEL: @odd_group
  func.func @odd_group(%q: tensor<?x?x?x64xbf16>, %s: tensor<?x?x64x64xf32>) {
    // CHECK: block = 64 : i64, channels = 16 : i64, heads = 1
    %a:2 = plait.recur ins(%q, %q, %q : tensor<?x?x?x64xbf16>, tensor<?x?x?x64xbf16>, tensor<?x?x?x64xbf16>) outs(%q, %s : tensor<?x?x?x64xbf16>, tensor<?x?x64x64xf32>) group_size(3) -> tensor<?x?x?x64xbf16>, tensor<?x?x64x64xf32>
    return
  }
  // A CTA has one query head of a group.
  // CHECK-LABEL: @grouped_parts
  func.func @grouped_parts(%x: !f, %s: !s) {
    // CHECK: block = 32
    %a:2 = plait.recur ins(%x, %x, %x : !f, !f, !f) outs(%x, %s : !f, !s) {group_size = 2 : i64} -> !f, !s
    return
  }
  // CHECK-LABEL: @wide_parts
  func.func @wide_parts(%l: !l, %x: !f, %t: !t) {
    // CHECK: block = 16
    %a:2 = plait.recur ins(%l, %l, %x : !l, !l, !f) outs(%x, %t : !f, !t) -> !f, !t
    return
  }
  // CHECK-LABEL: @wide_keys_that_decay
  func.func @wide_keys_that_decay(%w: !w, %l: !l, %n: !n, %t: !t) {
    // CHECK: block = 16
    %a:2 = plait.recur ins(%w, %w, %n : !w, !w, !n) decay(%l : !l) outs(%n, %t : !n, !t) -> !n, !t
    return
  }
  // CHECK-LABEL: @wide_and_values_that_decay
  func.func @wide_and_values_that_decay(%w: !w, %x: !f, %n: !n, %t: !t) {
    // CHECK: block = 16
    %a:2 = plait.recur ins(%w, %w, %n : !w, !w, !n) value_decay(%x : !f) outs(%n, %t : !n, !t) -> !n, !t
    return
  }
  // CHECK-LABEL: @wide_groups
  func.func @wide_groups(%w: !w, %n: !n, %t: !t) {
    // CHECK: block = 32
    %a:2 = plait.recur ins(%w, %w, %n : !w, !w, !n) outs(%n, %t : !n, !t) {group_size = 2 : i64} -> !n, !t
    return
  }
  // One op's need is the function's.
  // CHECK-LABEL: @moves
  func.func @moves(%n: !n, %w: !w, %s: !s) {
    // CHECK-COUNT-2: block = 16
    // CHECK-NOT: block = 32
    %m = plait.map_rows ins(%n : !n) outs(%w : !w) {
    ^bb0(%x: vector<128xbf16>):
      %y = vector.shuffle %x, %x [0, 1] : vector<128xbf16>, vector<128xbf16>
      %z = vector.interleave %x, %x : vector<128xbf16> -> vector<256xbf16>
      plait.yield %z : vector<256xbf16>
    } -> !w
    %a:2 = plait.recur ins(%n, %n, %n : !n, !n, !n) outs(%n, %s : !n, !s) -> !n, !s
    return
  }
  // CHECK-LABEL: @short_moves
  func.func @short_moves(%n: tensor<?x?x?x32xbf16>, %o: tensor<?x?x?x64xbf16>, %w: !w) {
    // CHECK-COUNT-2: block = 32
    %m = plait.map_rows ins(%n : tensor<?x?x?x32xbf16>) outs(%o : tensor<?x?x?x64xbf16>) {
    ^bb0(%x: vector<32xbf16>):
      %z = vector.interleave %x, %x : vector<32xbf16> -> vector<64xbf16>
      plait.yield %z : vector<64xbf16>
    } -> tensor<?x?x?x64xbf16>
    %d = plait.map_rows ins(%w : !w) outs(%w : !w) {
    ^bb0(%x: vector<256xbf16>):
      %s = vector.reduction <add>, %x : vector<256xbf16> into bf16
      %y = vector.broadcast %s : bf16 to vector<256xbf16>
      plait.yield %y : vector<256xbf16>
    } -> !w
    return
  }
}
