// RUN: plait-opt %s --plait-choose-form | FileCheck %s
// RUN: plait-opt %s --plait-choose-form=schedule=block=64,channels=32,splits=8 | FileCheck %s --check-prefix=GIVEN

// One token is a step on CUDA, in the shortest block, whatever others get, and not split.
!q = tensor<?x1x8x64xbf16>
!long = tensor<?x9x8x64xbf16>
!s = tensor<?x8x64x64xf32>
module attributes {plait.target = #plait.target<"sm_80", {capability = 80 : i64, fma, shared = 166912 : i64}>} {
  // CHECK-LABEL: func.func @step
  // CHECK: plait.map_rows {{.*}}#plait.schedule<rows, {block = 16 : i64, channels = 16 : i64}>
  // CHECK: plait.recur {{.*}}#plait.schedule<step, {block = 16 : i64, channels = 16 : i64}>
  // GIVEN: plait.map_rows {{.*}}#plait.schedule<rows, {block = 16 : i64, channels = 32 : i64}>
  // GIVEN: plait.recur {{.*}}#plait.schedule<step, {block = 16 : i64, channels = 32 : i64}>
  func.func @step(%q: !q, %s: !s) -> (!q, !s) {
    %k = plait.map_rows ins(%q : !q) outs(%q : !q) {
    ^bb0(%row: vector<64xbf16>):
      %y = arith.mulf %row, %row : vector<64xbf16>
      plait.yield %y : vector<64xbf16>
    } -> !q
    %o, %t = plait.recur ins(%q, %k, %q : !q, !q, !q) outs(%q, %s : !q, !s) -> !q, !s
    return %o, %t : !q, !s
  }
  // CHECK: plait.recur {{.*}}#plait.schedule<chunk, {block = 64 : i64, channels = 16 : i64}>
  // GIVEN: plait.recur {{.*}}#plait.schedule<chunk, {block = 64 : i64, channels = 32 : i64, splits = 8 : i64}>
  func.func @all(%q: !long, %s: !s) -> (!long, !s) {
    %o, %t = plait.recur ins(%q, %q, %q : !long, !long, !long) outs(%q, %s : !long, !s) -> !long, !s
    return %o, %t : !long, !s
  }
}
