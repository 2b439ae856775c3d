// RUN: plait-opt %s --plait-decompose-stage=target=sm_90a --plait-tile-stage --plait-bufferize-stage --convert-plait-to-tile --plait-assign-layouts --canonicalize --cse | FileCheck %s

!x = tensor<?x?x?x60xf32>

// A row that is taken apart and put together goes through shared memory once.
// CHECK-LABEL: func.func @roll_0(
// CHECK: %[[ROW:.*]] = tile.load
// CHECK: %[[X:.*]] = tile.map %[[ROW]]
// CHECK: tile.store %[[X]] to %[[S:[0-9]+]]
// CHECK: tile.gather %[[S]] {
// CHECK-NEXT: ^bb0(%{{.*}}: index, %[[COLUMN:.*]]: index):
// CHECK-NEXT: %[[BEHIND:.*]] = arith.cmpi sge, %[[COLUMN]], %c10
// CHECK-NEXT: %[[STEP:.*]] = arith.select %[[BEHIND]], %c-10, %c50
// CHECK-NEXT: %[[FROM:.*]] = arith.addi %[[COLUMN]], %[[STEP]]
// CHECK-NEXT: tile.yield %[[FROM]] : index
// CHECK-NOT: tile.gather
func.func @roll(%x: !x {plait.name = "x"}, %out: !x {plait.name = "o"}) -> (!x {plait.name = "y"}) {
  %y = plait.map_rows ins(%x : !x) outs(%out : !x) {
  ^bb0(%row: vector<60xf32>):
    %zero = arith.constant dense<0.0> : vector<60xf32>
    %last = vector.extract_strided_slice %row {offsets = [50], sizes = [10], strides = [1]} : vector<60xf32> to vector<10xf32>
    %first = vector.extract_strided_slice %row {offsets = [0], sizes = [50], strides = [1]} : vector<60xf32> to vector<50xf32>
    %a = vector.insert_strided_slice %last, %zero {offsets = [0], strides = [1]} : vector<10xf32> into vector<60xf32>
    %b = vector.insert_strided_slice %first, %a {offsets = [10], strides = [1]} : vector<50xf32> into vector<60xf32>
    plait.yield %b : vector<60xf32>
  } -> !x
  return %y : !x
}

// Many pieces, and constants that differ, are tables.
// CHECK-LABEL: func.func @spread_0(
// CHECK-DAG: %[[PLACES:.*]] = arith.constant dense<[0, 3, 6, {{.*}}]> : vector<64xi32>
// CHECK-DAG: %[[WEIGHTS:.*]] = arith.constant dense<[1065353216, 1073741824, {{.*}}]> : vector<64xi32>
// CHECK: tile.gather
// CHECK: vector.extract %[[PLACES]][%{{.*}}]
// CHECK: arith.index_cast
// CHECK: tile.map
// CHECK: vector.extract %[[WEIGHTS]][%{{.*}}]
// CHECK: arith.bitcast
// CHECK: arith.mulf
func.func @spread(%x: !x {plait.name = "x"}, %out: tensor<?x?x?x20xf32> {plait.name = "o"}) -> (tensor<?x?x?x20xf32> {plait.name = "y"}) {
  %y = plait.map_rows ins(%x : !x) outs(%out : tensor<?x?x?x20xf32>) {
  ^bb0(%row: vector<60xf32>):
    %weights = arith.constant dense<[1.0, 2.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0]> : vector<20xf32>
    %thirds = vector.shuffle %row, %row [0, 3, 6, 9, 12, 15, 18, 21, 24, 27, 30, 33, 36, 39, 42, 45, 48, 51, 54, 57] : vector<60xf32>, vector<60xf32>
    %z = arith.mulf %thirds, %weights : vector<20xf32>
    plait.yield %z : vector<20xf32>
  } -> tensor<?x?x?x20xf32>
  return %y : tensor<?x?x?x20xf32>
}

// Of several rows each channel chooses one; what stays at its place is not moved. Integers are held as their bits.
// CHECK-LABEL: func.func @mask_0(
// CHECK: %[[ROW:.*]] = tile.load
// CHECK: %[[MASK:.*]] = tile.map %[[ROW]]
// CHECK: arith.extui %{{.*}} : i1 to i32
// CHECK: arith.bitcast %{{.*}} : i32 to f32
// CHECK: %[[OTHER:.*]] = tile.map %[[ROW]]
// CHECK: tile.store %[[OTHER]] to %[[S:[0-9]+]]
// CHECK: %[[SECOND:.*]] = tile.gather %[[S]]
// CHECK: arith.minui %{{.*}}, %c63
// CHECK: %[[BOTH:.*]] = tile.map %[[MASK]], %[[SECOND]] {
// CHECK: arith.cmpi sge, %{{.*}}, %c60
// CHECK: arith.select
// CHECK: tile.map %[[BOTH]]
// CHECK: arith.bitcast %{{.*}} : f32 to i32
// CHECK: arith.trunci %{{.*}} : i32 to i1
func.func @mask(%x: !x {plait.name = "x"}, %out: tensor<?x?x?x64xf32> {plait.name = "o"}) -> (tensor<?x?x?x64xf32> {plait.name = "y"}) {
  %y = plait.map_rows ins(%x : !x) outs(%out : tensor<?x?x?x64xf32>) {
  ^bb0(%row: vector<60xf32>):
    %zero = arith.constant dense<0.0> : vector<60xf32>
    %above = arith.cmpf ogt, %row, %zero : vector<60xf32>
    %below = arith.cmpf olt, %row, %zero : vector<60xf32>
    %none = arith.constant dense<false> : vector<64xi1>
    %a = vector.insert_strided_slice %above, %none {offsets = [0], strides = [1]} : vector<60xi1> into vector<64xi1>
    %first = vector.extract_strided_slice %below {offsets = [0], sizes = [4], strides = [1]} : vector<60xi1> to vector<4xi1>
    %b = vector.insert_strided_slice %first, %a {offsets = [60], strides = [1]} : vector<4xi1> into vector<64xi1>
    %z = arith.uitofp %b : vector<64xi1> to vector<64xf32>
    plait.yield %z : vector<64xf32>
  } -> tensor<?x?x?x64xf32>
  return %y : tensor<?x?x?x64xf32>
}
