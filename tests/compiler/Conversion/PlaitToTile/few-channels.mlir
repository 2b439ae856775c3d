// RUN: plait-opt %s '--plait-decompose-stage=target=sm_90a schedule=channels=8' --plait-tile-stage --plait-bufferize-stage --convert-plait-to-tile | FileCheck %s

// Eight warps have 8 of 64 value channels each: tiles are of 128, and so are rows in shared memory.
// CHECK-LABEL: func.func @few_0(
// CHECK-SAME: tile.warps = 8
// CHECK: scf.for {{.*}} -> (!tile.fragment<128x128xf32, #tile.mma<accumulator>>)
// CHECK: tile.copy_async %arg2{{.*}} !tile.shared<32x128xbf16>
func.func @few(%q: tensor<?x?x?x128xbf16> {plait.name = "q"}, %k: tensor<?x?x?x128xbf16> {plait.name = "k"},
                 %v: tensor<?x?x?x64xbf16> {plait.name = "v"}) -> (tensor<?x?x?x64xbf16> {plait.name = "o"}) {
  %o = plait.attention causal ins(%q, %k, %v : tensor<?x?x?x128xbf16>, tensor<?x?x?x128xbf16>, tensor<?x?x?x64xbf16>)
    -> tensor<?x?x?x64xbf16>
  return %o : tensor<?x?x?x64xbf16>
}
