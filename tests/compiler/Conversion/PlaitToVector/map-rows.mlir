// RUN: plait-opt %s --convert-plait-to-vector --canonicalize --cse | FileCheck %s

// The row is one vector; long rows of elementwise maps go in pieces.

module attributes {plait.target = #plait.target<"x86-64-v4", {fma, lanes = 16 : i64, registers = 32 : i64}>} {

// CHECK-LABEL: func @whole_row(
// CHECK:       scf.for
// CHECK:         vector.load {{.*}} vector<64xf32>
// CHECK:         math.exp {{.*}} vector<64xf32>
// CHECK:         vector.store
func.func @whole_row(%x: memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>, %y: memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>) {
  plait.map_rows ins(%x : memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>) outs(%y : memref<1x?x1x64xf32, strided<[?, ?, 64, 1], offset: ?>>) {
  ^bb0(%row: vector<64xf32>):
    %e = math.exp %row : vector<64xf32>
    plait.yield %e : vector<64xf32>
  }
  return
}

// CHECK-LABEL: func @pieces(
// CHECK:       scf.for %{{.*}} to %c256 step %c128
// CHECK:         math.exp {{.*}} vector<128xf32>
// CHECK:       math.exp {{.*}} vector<44xf32>
func.func @pieces(%x: memref<1x?x1x300xf32, strided<[?, ?, 300, 1], offset: ?>>, %y: memref<1x?x1x300xf32, strided<[?, ?, 300, 1], offset: ?>>) {
  plait.map_rows ins(%x : memref<1x?x1x300xf32, strided<[?, ?, 300, 1], offset: ?>>) outs(%y : memref<1x?x1x300xf32, strided<[?, ?, 300, 1], offset: ?>>) {
  ^bb0(%row: vector<300xf32>):
    %e = math.exp %row : vector<300xf32>
    plait.yield %e : vector<300xf32>
  }
  return
}

// Reductions take the fixed tree: 16 lanes gather the row, then halves fold.
// CHECK-LABEL: func @reduction(
// CHECK-NOT:   vector.reduction
// CHECK:       arith.addf {{.*}} vector<16xf32>
// CHECK:       arith.addf {{.*}} vector<8xf32>
// CHECK:       arith.addf {{.*}} vector<4xf32>
// CHECK:       arith.addf {{.*}} vector<2xf32>
// CHECK:       arith.addf {{.*}} : f32
func.func @reduction(%x: memref<1x?x1x40xf32, strided<[?, ?, 40, 1], offset: ?>>, %y: memref<1x?x1x40xf32, strided<[?, ?, 40, 1], offset: ?>>) {
  plait.map_rows ins(%x : memref<1x?x1x40xf32, strided<[?, ?, 40, 1], offset: ?>>) outs(%y : memref<1x?x1x40xf32, strided<[?, ?, 40, 1], offset: ?>>) {
  ^bb0(%row: vector<40xf32>):
    %sum = vector.reduction <add>, %row : vector<40xf32> into f32
    %all = vector.broadcast %sum : f32 to vector<40xf32>
    %r = arith.divf %row, %all : vector<40xf32>
    plait.yield %r : vector<40xf32>
  }
  return
}

// Of several dims some fold slice by slice, all of them as one row.
// CHECK-LABEL: func @multi_reduction(
// CHECK:       %[[SLICES:.*]] = vector.transpose %{{.*}}, [1, 0] : vector<4x2xf32> to vector<2x4xf32>
// CHECK:       %[[FIRST:.*]] = arith.addf %{{.*}}, %{{.*}} : vector<4xf32>
// CHECK:       arith.addf %[[FIRST]], %{{.*}} : vector<4xf32>
// CHECK:       arith.mulf {{.*}} vector<8xf32>
// CHECK-NOT:   vector.multi_reduction
// CHECK:       return
func.func @multi_reduction(%x: memref<1x?x1x8xf32>, %y: memref<1x?x1x8xf32>) {
  plait.map_rows ins(%x : memref<1x?x1x8xf32>) outs(%y : memref<1x?x1x8xf32>) {
  ^bb0(%row: vector<8xf32>):
    %pairs = vector.shape_cast %row : vector<8xf32> to vector<4x2xf32>
    %zeros = arith.constant dense<0.0> : vector<4xf32>
    %sums = vector.multi_reduction <add>, %pairs, %zeros [1] : vector<4x2xf32> to vector<4xf32>
    %one = arith.constant 1.0 : f32
    %product = vector.multi_reduction <mul>, %pairs, %one [0, 1] : vector<4x2xf32> to f32
    %r = vector.insert_strided_slice %sums, %row {offsets = [0], strides = [1]} : vector<4xf32> into vector<8xf32>
    %all = vector.insert %product, %r [7] : f32 into vector<8xf32>
    plait.yield %all : vector<8xf32>
  }
  return
}

// Integers sum to the same in any order: their reductions stay.
// CHECK-LABEL: func @integer_reduction(
// CHECK:       vector.reduction <mul>, {{.*}} : vector<8xi32> into i32
// CHECK:       vector.reduction <add>, {{.*}}, %{{.*}} : vector<8xi32> into i32
func.func @integer_reduction(%x: memref<1x?x1x8xf32>, %y: memref<1x?x1x8xf32>) {
  plait.map_rows ins(%x : memref<1x?x1x8xf32>) outs(%y : memref<1x?x1x8xf32>) {
  ^bb0(%row: vector<8xf32>):
    %whole = arith.fptosi %row : vector<8xf32> to vector<8xi32>
    %product = vector.reduction <mul>, %whole : vector<8xi32> into i32
    %pairs = vector.shape_cast %whole : vector<8xi32> to vector<4x2xi32>
    %sum = vector.multi_reduction <add>, %pairs, %product [0, 1] : vector<4x2xi32> to i32
    %number = arith.sitofp %sum : i32 to f32
    %r = vector.broadcast %number : f32 to vector<8xf32>
    plait.yield %r : vector<8xf32>
  }
  return
}

// A scalar for each token and head.
// CHECK-LABEL: func @scalars(
// CHECK:       %[[X:.*]] = memref.load
// CHECK:       %[[Y:.*]] = math.exp %[[X]] : f32
// CHECK:       memref.store %[[Y]]
func.func @scalars(%x: memref<1x?x1xf32>, %y: memref<1x?x1xf32>) {
  plait.map_rows ins(%x : memref<1x?x1xf32>) outs(%y : memref<1x?x1xf32>) {
  ^bb0(%g: f32):
    %e = math.exp %g : f32
    plait.yield %e : f32
  }
  return
}

// CHECK-LABEL: func @position(
// CHECK-SAME:    %[[FIRST:[^:]*]]: index
// CHECK:         arith.addi %[[FIRST]],
func.func @position(%first: index, %y: memref<1x?x1x16xf32, strided<[?, ?, 16, 1], offset: ?>>) {
  plait.map_rows ins() from(%first) outs(%y : memref<1x?x1x16xf32, strided<[?, ?, 16, 1], offset: ?>>) {
  ^bb0(%t: index):
    %i = arith.index_cast %t : index to i32
    %f = arith.sitofp %i : i32 to f32
    %r = vector.broadcast %f : f32 to vector<16xf32>
    plait.yield %r : vector<16xf32>
  }
  return
}

// A number for each token and head is a scalar.
// CHECK-LABEL: func @numbers(
// CHECK-SAME:    %[[A:[^:]*]]: memref<1xf32
// CHECK-SAME:    %[[X:[^:]*]]: memref<1x?x1xf32
// CHECK-SAME:    %[[Y:[^:]*]]: memref<1x?x1xf32
// CHECK-DAG:     %[[FACTOR:.*]] = memref.load %[[A]]
// CHECK-DAG:     %[[NUMBER:.*]] = memref.load %[[X]]
// CHECK:         %[[PRODUCT:.*]] = arith.mulf %[[FACTOR]], %[[NUMBER]] : f32
// CHECK:         memref.store %[[PRODUCT]], %[[Y]]
func.func @numbers(%a: memref<1xf32, strided<[1], offset: ?>>, %x: memref<1x?x1xf32, strided<[?, ?, 1], offset: ?>>, %y: memref<1x?x1xf32, strided<[?, ?, 1], offset: ?>>) {
  plait.map_rows ins(%a, %x : memref<1xf32, strided<[1], offset: ?>>, memref<1x?x1xf32, strided<[?, ?, 1], offset: ?>>) outs(%y : memref<1x?x1xf32, strided<[?, ?, 1], offset: ?>>) {
  ^bb0(%factor: f32, %number: f32):
    %product = arith.mulf %factor, %number : f32
    plait.yield %product : f32
  }
  return
}

}
