// RUN: plait-opt %s --plait-choose-form=schedule=block=8 -verify-diagnostics
// RUN: not plait-opt %s --plait-choose-form=schedule=rows=8 2>&1 | FileCheck %s
// RUN: not plait-opt %s --plait-choose-form=schedule=splits=65 2>&1 | FileCheck %s --check-prefix=MANY
// RUN: not plait-opt %s --plait-choose-form=schedule=channels=64 2>&1 | FileCheck %s --check-prefix=CHANNELS
// RUN: plait-opt %s --plait-choose-form=schedule=channels=8 | FileCheck %s --check-prefix=FEW
// RUN: plait-opt %s --plait-choose-form=schedule=channels=32 | FileCheck %s --check-prefix=WIDE
// RUN: plait-opt %s --plait-choose-form=schedule=block=64 | FileCheck %s --check-prefix=LONG
// RUN: not plait-opt %s --plait-choose-form=schedule=alignment=32 2>&1 | FileCheck %s --check-prefix=ALIGNED
// RUN: not plait-opt %s --plait-choose-form=schedule=alignment=6 2>&1 | FileCheck %s --check-prefix=ODD
// RUN: plait-opt %s --plait-choose-form=schedule=alignment=4 | FileCheck %s --check-prefix=LOOSE
// RUN: plait-opt %s --plait-choose-form=schedule=splits=8 | FileCheck %s --check-prefix=SPLITS

!q = tensor<1x9x8x64xf32>
!s = tensor<1x8x64x64xf32>
module attributes {plait.target = #plait.target<"sm_80", {capability = 80 : i64, fma, shared = 166912 : i64}>} {
  func.func @chunk(%q: !q, %s: !s) -> !q {
    // CHECK: error: 'plait.recur' op expects schedule parameters alignment, block, channels, heads, splits, but got 'rows'
    // CHANNELS: error: 'plait.recur' op expects 8, 16 or 32 channels of a warp, but got 64
    // FEW: schedule = #plait.schedule<chunk, {block = 32 : i64, channels = 8 : i64}>
    // WIDE: schedule = #plait.schedule<chunk, {block = 32 : i64, channels = 32 : i64}>
    // ALIGNED: error: 'plait.recur' op expects an alignment of 1, 2, 4, 8 or 16 bytes, but got 32
    // ODD: error: 'plait.recur' op expects an alignment of 1, 2, 4, 8 or 16 bytes, but got 6
    // LOOSE: schedule = #plait.schedule<chunk, {alignment = 4 : i64, block = 32 : i64, channels = 16 : i64}>
    // MANY: error: 'plait.recur' op expects at most 64 splits, but got 65
    // LONG: schedule = #plait.schedule<chunk, {block = 64 : i64, channels = 16 : i64}>
    // SPLITS: schedule = #plait.schedule<chunk, {block = 32 : i64, channels = 16 : i64, splits = 8 : i64}>
    // expected-error @+1 {{expects a block of 16, 32 or 64 tokens, but got 8}}
    %o, %t = plait.recur ins(%q, %q, %q : !q, !q, !q) outs(%q, %s : !q, !s) -> !q, !s
    return %o : !q
  }
}
