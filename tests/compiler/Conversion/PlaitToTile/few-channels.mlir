// RUN: plait-opt %s '--plait-decompose-stage=target=sm_90a schedule=channels=8' --plait-tile-stage --plait-bufferize-stage --convert-plait-to-tile | FileCheck %s
// RUN: plait-opt %s '--plait-decompose-stage=target=sm_90a schedule=channels=8' --plait-tile-stage --plait-bufferize-stage --convert-plait-to-tile --plait-assign-layouts | FileCheck %s --check-prefix=WARPS

// Eight warps have 8 of 64 value channels each, as 16 of half the keys. What reads a state then has it as accumulators,
// and exchanges the sums.
// CHECK-LABEL: func.func @few_0(
// CHECK-SAME: tile.warps = 8
// CHECK: scf.for {{.*}} -> (!tile.fragment<64x128xf32, #tile.mma<accumulator>>)
// CHECK: tile.copy_async %arg2{{.*}} !tile.shared<32x64xbf16>
// CHECK: %[[STATE:.*]] = tile.convert {{.*}} -> !tile.fragment<64x128xbf16, #tile.mma<accumulator>>
// CHECK: tile.mma %[[STATE]],
// WARPS: tile.mma {{.*}} using %{{.*}} : !tile.shared<128x32xf32> : {{.*}} !tile.fragment<64x32xf32, #tile.mma<accumulator, warps = [4, 2]>>
func.func @few(%q: tensor<?x?x?x128xbf16> {plait.name = "q"}, %k: tensor<?x?x?x128xbf16> {plait.name = "k"},
                 %v: tensor<?x?x?x64xbf16> {plait.name = "v"}) -> (tensor<?x?x?x64xbf16> {plait.name = "o"}) {
  %o = plait.attention causal ins(%q, %k, %v : tensor<?x?x?x128xbf16>, tensor<?x?x?x128xbf16>, tensor<?x?x?x64xbf16>)
    -> tensor<?x?x?x64xbf16>
  return %o : tensor<?x?x?x64xbf16>
}

// Of more value channels a CTA has 64. Values of f32, in parts, are operands in shared memory: no warp has whole rows.
// CHECK-LABEL: func.func @more_0(
// CHECK-SAME: plait.value_tiles = 2 : i64
// CHECK: arith.muli %{{.*}}, %c64
// CHECK: tile.load %{{.*}} transposed : !tile.shared<32x64xf32> -> !tile.fragment<64x32xf32, #tile.mma<accumulator>>
// CHECK: tile.mma (%[[PART:[a-z0-9_]+]], %{{[a-z0-9_]+}}, %{{[a-z0-9_]+}}), {{.*}} : !tile.shared<64x32xbf16>, !tile.shared<32x32xbf16>, !tile.fragment<64x32xf32
// CHECK: tile.mma (%[[PART]], %{{.*}}, %{{.*}}), {{.*}} rounded : !tile.shared<64x32xbf16>
func.func @more(%q: tensor<?x?x?x64xf32> {plait.name = "q"}, %k: tensor<?x?x?x64xf32> {plait.name = "k"},
                  %v: tensor<?x?x?x100xf32> {plait.name = "v"}) -> (tensor<?x?x?x100xf32> {plait.name = "o"}) {
  %o = plait.attention causal ins(%q, %k, %v : tensor<?x?x?x64xf32>, tensor<?x?x?x64xf32>, tensor<?x?x?x100xf32>)
    -> tensor<?x?x?x100xf32>
  return %o : tensor<?x?x?x100xf32>
}
