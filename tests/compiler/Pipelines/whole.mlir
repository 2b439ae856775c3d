// RUN: plait-opt %s --plait-decompose-stage --plait-tile-stage --plait-bufferize-stage \
// RUN:   | FileCheck %s --implicit-check-not="memref.alloc(" --implicit-check-not=memref.copy --implicit-check-not="memref.alloca(%"

// Non-causal attention is two kernels; between them only the state and its normaliser are kept.

module attributes {plait.target = #plait.target<"x86-64-v4", {fma, lanes = 16 : i64, registers = 32 : i64}>} {

// CHECK-LABEL: func.func @whole_0(
// CHECK:         plait.recur
// CHECK:         plait.recur
// CHECK-LABEL: func.func @whole_1(
// CHECK:         plait.project
// CHECK:         plait.project
// CHECK:         plait.map_rows
// CHECK-LABEL: func.func @whole(
// CHECK-DAG:     %[[STATE:.*]] = memref.alloc({{.*}}) {{.*}} : memref<?x?x64x32xf32>
// CHECK-DAG:     %[[NORMALIZER:.*]] = memref.alloc({{.*}}) {{.*}} : memref<?x?x64x1xf32>
// CHECK:         call @whole_0
// CHECK:         call @whole_1
// CHECK-NOT:     call
func.func @whole(%q: tensor<?x?x?x64xf32>, %k: tensor<?x?x?x64xf32>, %v: tensor<?x?x?x32xf32>) -> tensor<?x?x?x32xf32> {
  %o = plait.attention ins(%q, %k, %v : tensor<?x?x?x64xf32>, tensor<?x?x?x64xf32>, tensor<?x?x?x32xf32>)
    normalize(sum, eps = 1.0e-6) feature_map {
  ^bb0(%x: vector<64xf32>):
    %e = math.exp %x : vector<64xf32>
    plait.yield %e : vector<64xf32>
  } -> tensor<?x?x?x32xf32>
  return %o : tensor<?x?x?x32xf32>
}

}
