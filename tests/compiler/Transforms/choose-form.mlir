// RUN: plait-opt %s --pass-pipeline='builtin.module(func.func(plait-choose-form))' | FileCheck %s
// RUN: plait-opt %s --pass-pipeline='builtin.module(func.func(plait-choose-form{schedule=rows=4,columns=1}))' | FileCheck %s --check-prefix=GIVEN

// The form follows from the op, its parameters from the machine or the option.

!q = tensor<1x9x8x64xf32>
!z = tensor<1x9x8x1xf32>
module attributes {plait.target = #plait.target<"x86-64-v4", {fma, lanes = 16 : i64, registers = 32 : i64}>} {
  // CHECK-LABEL: func @forms
  // GIVEN-LABEL: func @forms
  func.func @forms(%q: !q, %z: !z, %s: tensor<1x8x64x64xf32>, %n: tensor<1x8x64x1xf32>, %c: tensor<1x8x64xf32>) {
    // CHECK: plait.recur {{.*}}#plait.schedule<tile_scan, {block = 64 : i64, columns = 2 : i64, rows = 13 : i64}>
    // GIVEN: plait.recur {{.*}}#plait.schedule<tile_scan, {block = 64 : i64, columns = 1 : i64, rows = 4 : i64}>
    plait.recur ins(%q, %q, %q : !q, !q, !q) outs(%q, %s : !q, tensor<1x8x64x64xf32>) -> !q, tensor<1x8x64x64xf32>
    // CHECK: plait.recur {{.*}}#plait.schedule<row_scan, {block = 64 : i64}>
    // GIVEN: plait.recur {{.*}}#plait.schedule<row_scan, {block = 64 : i64}>
    plait.recur ins(%q, %q, %z : !q, !q, !z) outs(%z, %n : !z, tensor<1x8x64x1xf32>) -> !z, tensor<1x8x64x1xf32>
    // CHECK: plait.scan {{.*}}#plait.schedule<lanes, {block = 64 : i64}>
    plait.scan add ins(%q : !q) outs(%q, %c : !q, tensor<1x8x64xf32>) -> !q, tensor<1x8x64xf32>
    // CHECK: plait.map_rows {{.*}}#plait.schedule<rows, {block = 64 : i64}>
    plait.map_rows ins(%q : !q) outs(%q : !q) {
    ^bb0(%row: vector<64xf32>):
      plait.yield %row : vector<64xf32>
    } -> !q
    return
  }
}
