// RUN: plait-opt %s --plait-decompose-stage=target=sm_90a --plait-tile-stage --plait-bufferize-stage --convert-plait-to-tile --plait-assign-layouts --canonicalize --cse | FileCheck %s

// A sum over a row of 60 channels in a tile of 64: the others are 0.
// CHECK-LABEL: func.func @normalize_0(
// CHECK-SAME: tile.warps = 4
// CHECK: tile.copy_async %{{.*}} to %[[X:[0-9]+]]
// CHECK: %[[LOADED:.*]] = tile.load %[[X]]
// CHECK: %[[SQUARES:.*]] = tile.map %[[LOADED]] {
// CHECK-NEXT: ^bb0(%[[E:.*]]: f32, %[[ROW:.*]]: index, %[[COLUMN:.*]]: index):
// CHECK: arith.mulf %[[E]], %[[E]]
// CHECK: arith.cmpi slt, %[[ROW]]
// CHECK: arith.cmpi slt, %[[COLUMN]], %c60
// CHECK: %[[SUM:.*]] = tile.reduce add %[[SQUARES]] along row
// CHECK: %[[Y:.*]] = tile.map %{{.*}}, %{{.*}} {
// CHECK: math.rsqrt
// CHECK-NOT: arith.cmpi
// CHECK: tile.store %[[Y]] to %[[STAGED:[0-9]+]]
// CHECK: %[[WHOLE:.*]] = tile.load %[[STAGED]] : {{.*}} -> !tile.fragment<32x64xf32, #tile.blocked<vector = 4, warps = 4>>
// CHECK: tile.store_global %[[WHOLE]]
func.func @normalize(%x: tensor<?x?x?x60xf32> {plait.name = "x"}, %out: tensor<?x?x?x60xf32> {plait.name = "o"})
    -> (tensor<?x?x?x60xf32> {plait.name = "y"}) {
  %y = plait.map_rows ins(%x : tensor<?x?x?x60xf32>) outs(%out : tensor<?x?x?x60xf32>) {
  ^bb0(%row: vector<60xf32>):
    %squares = arith.mulf %row, %row : vector<60xf32>
    %sum = vector.reduction <add>, %squares : vector<60xf32> into f32
    %scale = math.rsqrt %sum : f32
    %scales = vector.broadcast %scale : f32 to vector<60xf32>
    %z = arith.mulf %row, %scales : vector<60xf32>
    plait.yield %z : vector<60xf32>
  } -> tensor<?x?x?x60xf32>
  return %y : tensor<?x?x?x60xf32>
}

// A recurrence and its normaliser share scores, whose rows are summed; the quotient is taken
// with tokens as columns.
// CHECK-LABEL: func.func @normalized_0(
// CHECK: scf.for {{.*}} -> (!tile.fragment<64x64xf32, {{.*}}>, !tile.fragment<1x64xf32, #tile.slice<row, {{.*}}>>)
// What is in f32 already is not rounded to be extended.
// CHECK: ^bb0(%[[X:[a-z0-9]+]]: f32
// CHECK-NOT: arith.truncf
// CHECK: arith.maximumf %[[X]]
// CHECK: %[[SCORES:.*]] = tile.mma %{{.*}}, %{{.*}} transposed
// CHECK: %[[MASKED:.*]] = tile.map %[[SCORES]]
// CHECK-COUNT-3: = tile.mma
// CHECK-NOT: = tile.mma
// CHECK: %[[READ:.*]] = tile.map %{{.*}}, %[[Z:[a-z0-9]+]] {
// CHECK: tile.reduce add %[[MASKED]], %[[READ]] along row

// The keys, which are weighed with 1, are summed by products into rows that are all the same.
// CHECK-NOT: arith.mulf
// CHECK: %[[ROWS:.*]] = tile.map %[[Z]] {
// CHECK: %[[SUMS:.*]] = tile.mma %{{.*}}, %{{.*}}, %[[ROWS]] rounded
// CHECK: tile.reduce any %[[SUMS]] along column
// CHECK: tile.map %{{.*}} {
// CHECK: arith.divf
func.func @normalized(%q: tensor<?x?x?x64xbf16> {plait.name = "q"}, %k: tensor<?x?x?x64xbf16> {plait.name = "k"},
                      %v: tensor<?x?x?x64xbf16> {plait.name = "v"}) -> (tensor<?x?x?x64xbf16> {plait.name = "o"}) {
  %o = plait.attention causal ins(%q, %k, %v : tensor<?x?x?x64xbf16>, tensor<?x?x?x64xbf16>, tensor<?x?x?x64xbf16>)
    normalize(sum, eps = 1.0e-6)
    feature_map {
    ^bb0(%x: vector<64xbf16>):
      %zero = arith.constant dense<0.0> : vector<64xbf16>
      %y = arith.maximumf %x, %zero : vector<64xbf16>
      plait.yield %y : vector<64xbf16>
    } -> tensor<?x?x?x64xbf16>
  return %o : tensor<?x?x?x64xbf16>
}

// One row, whose batch, token and head are known: nothing but the type has the number of its tokens.
// CHECK-LABEL: func.func @one_row_0(
// CHECK: tile.store_global %{{.*}} rows %c1
func.func @one_row(%x: tensor<1x1x1x64xf32> {plait.name = "x"}, %out: tensor<1x1x1x64xf32> {plait.name = "o"})
    -> (tensor<1x1x1x64xf32> {plait.name = "y"}) {
  %y = plait.map_rows ins(%x : tensor<1x1x1x64xf32>) outs(%out : tensor<1x1x1x64xf32>) {
  ^bb0(%row: vector<64xf32>):
    %z = math.exp %row : vector<64xf32>
    plait.yield %z : vector<64xf32>
  } -> tensor<1x1x1x64xf32>
  return %y : tensor<1x1x1x64xf32>
}
