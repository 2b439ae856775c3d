// RUN: plait-opt %s --convert-plait-to-vector | FileCheck %s

// What a region computes on bf16 and f16 is computed in f32; what only moves stays.

!x = memref<1x?x1x16xbf16>
module attributes {plait.target = #plait.target<"x86-64-v4", {fma, lanes = 16 : i64, registers = 32 : i64}>} {

// CHECK-LABEL: func @elementwise(
// CHECK:       %[[ROW:.*]] = vector.load {{.*}} vector<16xbf16>
// CHECK:       %[[X:.*]] = arith.extf %[[ROW]] : vector<16xbf16> to vector<16xf32>
// CHECK:       %[[Y:.*]] = arith.extf %[[ROW]] : vector<16xbf16> to vector<16xf32>
// CHECK:       %[[WIDE:.*]] = arith.addf %[[X]], %[[Y]] : vector<16xf32>
// CHECK:       %[[SUM:.*]] = arith.truncf %[[WIDE]] : vector<16xf32> to vector<16xbf16>
// CHECK:       arith.cmpf ogt, {{.*}} : vector<16xf32>
// CHECK:       %[[CHOICE:.*]] = arith.select %{{.*}}, %[[SUM]], %[[ROW]] : vector<16xi1>, vector<16xbf16>
// CHECK:       vector.store %[[CHOICE]]
func.func @elementwise(%x: !x, %y: !x) {
  plait.map_rows ins(%x : !x) outs(%y : !x) {
  ^bb0(%row: vector<16xbf16>):
    %sum = arith.addf %row, %row : vector<16xbf16>
    %above = arith.cmpf ogt, %sum, %row : vector<16xbf16>
    %r = arith.select %above, %sum, %row : vector<16xi1>, vector<16xbf16>
    plait.yield %r : vector<16xbf16>
  }
  return
}

// The sum is rounded, not its terms.
// CHECK-LABEL: func @reduction(
// CHECK:       arith.addf {{.*}} vector<8xf32>
// CHECK:       %[[SUM:.*]] = arith.addf {{.*}} f32
// CHECK:       arith.truncf %[[SUM]] : f32 to bf16
// CHECK-NOT:   arith.truncf
// CHECK:       vector.shuffle {{.*}} : vector<16xbf16>
func.func @reduction(%x: !x, %y: !x) {
  plait.map_rows ins(%x : !x) outs(%y : !x) {
  ^bb0(%row: vector<16xbf16>):
    %sum = vector.reduction <add>, %row : vector<16xbf16> into bf16
    %all = vector.broadcast %sum : bf16 to vector<16xbf16>
    %r = vector.shuffle %row, %all [0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23] : vector<16xbf16>, vector<16xbf16>
    plait.yield %r : vector<16xbf16>
  }
  return
}

// Neither is a term of a sum of several dims.
// CHECK-LABEL: func @multi_reduction(
// CHECK:       arith.extf {{.*}} : vector<8x2xbf16> to vector<8x2xf32>
// CHECK:       arith.addf {{.*}} vector<8xf32>
// CHECK:       %[[SUMS:.*]] = arith.addf {{.*}} vector<8xf32>
// CHECK:       arith.truncf %[[SUMS]] : vector<8xf32> to vector<8xbf16>
// CHECK-NOT:   arith.truncf
// CHECK:       return
func.func @multi_reduction(%x: !x, %y: !x) {
  plait.map_rows ins(%x : !x) outs(%y : !x) {
  ^bb0(%row: vector<16xbf16>):
    %pairs = vector.shape_cast %row : vector<16xbf16> to vector<8x2xbf16>
    %zeros = arith.constant dense<0.0> : vector<8xbf16>
    %sums = vector.multi_reduction <add>, %pairs, %zeros [1] : vector<8x2xbf16> to vector<8xbf16>
    %r = vector.shuffle %sums, %sums [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15] : vector<8xbf16>, vector<8xbf16>
    plait.yield %r : vector<16xbf16>
  }
  return
}

// An integer that f32 would round goes by f64.
// CHECK-LABEL: func @integers(
// CHECK:       arith.sitofp %{{.*}} : vector<16xi32> to vector<16xf64>
// CHECK:       arith.truncf %{{.*}} : vector<16xf64> to vector<16xbf16>
// CHECK:       arith.uitofp %{{.*}} : vector<16xi16> to vector<16xf32>
func.func @integers(%x: !x, %y: !x) {
  plait.map_rows ins(%x : !x) outs(%y : !x) {
  ^bb0(%row: vector<16xbf16>):
    %large = arith.fptosi %row : vector<16xbf16> to vector<16xi32>
    %rounded = arith.sitofp %large : vector<16xi32> to vector<16xbf16>
    %small = arith.bitcast %rounded : vector<16xbf16> to vector<16xi16>
    %r = arith.uitofp %small : vector<16xi16> to vector<16xbf16>
    plait.yield %r : vector<16xbf16>
  }
  return
}

}
