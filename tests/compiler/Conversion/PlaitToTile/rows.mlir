// RUN: plait-opt %s --plait-decompose-stage=target=sm_90a --plait-tile-stage --plait-bufferize-stage --convert-plait-to-tile --plait-assign-layouts --canonicalize --cse | FileCheck %s
// RUN: plait-opt %s '--plait-decompose-stage=target=sm_90a schedule=alignment=2' --plait-tile-stage --plait-bufferize-stage --convert-plait-to-tile | FileCheck %s --check-prefix=LOOSE

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
// LOOSE: %[[WHOLE:.*]] = tile.load {{.*}} -> !tile.fragment<32x64xf32, #tile.blocked<vector = 1, warps = 4>>
// LOOSE: tile.store_global %[[WHOLE]]
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

// A recurrence and its normaliser share scores, whose rows are summed; the product is taken with tokens as columns, and
// of each token's sum the inverse in one lane of each warp.
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
// CHECK: %[[TOKEN_SUMS:.*]] = tile.reduce add %[[MASKED]], %[[READ]] along row {{.*}} -> !tile.fragment<1x64xf32, #tile.blocked<

// The keys, which are weighed with 1, are summed by products into rows that are all the same.
// CHECK-NOT: arith.mulf
// CHECK: %[[ROWS:.*]] = tile.map %[[Z]] {
// CHECK: %[[SUMS:.*]] = tile.mma %{{.*}}, %{{.*}}, %[[ROWS]] rounded : !tile.fragment<16x
// CHECK: tile.reduce any %[[SUMS]] along column
// CHECK: %[[INVERSES:.*]] = tile.map %[[TOKEN_SUMS]] {
// CHECK: arith.divf
// CHECK: %[[DEALT:.*]] = tile.shuffle %[[INVERSES]] : {{.*}} -> !tile.fragment<1x64xf32, #tile.slice<row
// CHECK: tile.map %{{.*}}, %[[DEALT]] {
// CHECK-NOT: arith.divf
// CHECK: tile.yield
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

// A copy that a map updates in place is no copy any more.
// CHECK-LABEL: func.func @copy_in_place_0(
// CHECK: tile.copy_async %{{.*}} to %[[K:[0-9]+]] : memref<?x?x?x64xbf16
// CHECK: %[[ROWS:.*]] = tile.load %[[K]]
// CHECK: %[[WIDE:.*]] = tile.convert %[[ROWS]]
// CHECK: tile.map %[[WIDE]] {
// CHECK: arith.mulf
func.func @copy_in_place(%k: tensor<?x?x?x64xbf16> {plait.name = "k"}, %q: tensor<?x?x?x64xf32> {plait.name = "q"},
                         %s: tensor<?x?x64x64xf32> {plait.name = "s", plait.result = 1 : index})
    -> (tensor<?x?x?x64xf32> {plait.name = "o"}, tensor<?x?x64x64xf32> {plait.name = "s1"}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %b = tensor.dim %q, %c0 : tensor<?x?x?x64xf32>
  %t = tensor.dim %q, %c1 : tensor<?x?x?x64xf32>
  %h = tensor.dim %q, %c2 : tensor<?x?x?x64xf32>
  %e = tensor.empty(%b, %t, %h) : tensor<?x?x?x64xf32>
  %out = tensor.empty(%b, %t, %h) : tensor<?x?x?x64xf32>
  %wide = plait.map_rows ins(%k : tensor<?x?x?x64xbf16>) outs(%e : tensor<?x?x?x64xf32>) {
  ^bb0(%row: vector<64xbf16>):
    %y = arith.extf %row : vector<64xbf16> to vector<64xf32>
    plait.yield %y : vector<64xf32>
  } -> tensor<?x?x?x64xf32>
  %squares = plait.map_rows ins(%wide : tensor<?x?x?x64xf32>) outs(%wide : tensor<?x?x?x64xf32>) {
  ^bb0(%row: vector<64xf32>):
    %y = arith.mulf %row, %row : vector<64xf32>
    plait.yield %y : vector<64xf32>
  } -> tensor<?x?x?x64xf32>
  %o, %s1 = plait.recur ins(%q, %squares, %q : tensor<?x?x?x64xf32>, tensor<?x?x?x64xf32>, tensor<?x?x?x64xf32>)
    outs(%out, %s : tensor<?x?x?x64xf32>, tensor<?x?x64x64xf32>) -> tensor<?x?x?x64xf32>, tensor<?x?x64x64xf32>
  return %o, %s1 : tensor<?x?x?x64xf32>, tensor<?x?x64x64xf32>
}

// A head's row, and its number, for each token: they are not rows of tokens.
// CHECK-LABEL: func.func @of_heads_0(
// CHECK-NOT: tile.copy_async
// CHECK: %[[ROW:.*]] = tile.load_global %{{.*}} : memref<?x64xf32{{.*}} -> !tile.fragment<1x64xf32
// CHECK-NOT: tile.copy_async
// CHECK: tile.map %[[ROW]] {
// CHECK-LABEL: func.func @of_heads_1(
// CHECK-NOT: tile.copy_async
// CHECK: memref.load %{{.*}} : memref<?xf32
// CHECK-NOT: tile.copy_async
func.func @of_heads(%q: tensor<?x?x?x64xf32> {plait.name = "q"}, %u: tensor<?x64xf32> {plait.name = "u"},
                    %n: tensor<?xf32> {plait.name = "n"})
    -> (tensor<?x?x?x64xf32> {plait.name = "o"}, tensor<?x?x?xf32> {plait.name = "p"}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %b = tensor.dim %q, %c0 : tensor<?x?x?x64xf32>
  %t = tensor.dim %q, %c1 : tensor<?x?x?x64xf32>
  %h = tensor.dim %q, %c2 : tensor<?x?x?x64xf32>
  %e = tensor.empty(%b, %t, %h) : tensor<?x?x?x64xf32>
  %f = tensor.empty(%b, %t, %h) : tensor<?x?x?xf32>
  %o = plait.map_rows ins(%u : tensor<?x64xf32>) outs(%e : tensor<?x?x?x64xf32>) {
  ^bb0(%row: vector<64xf32>):
    plait.yield %row : vector<64xf32>
  } -> tensor<?x?x?x64xf32>
  %p = plait.map_rows ins(%n : tensor<?xf32>) outs(%f : tensor<?x?x?xf32>) {
  ^bb0(%number: f32):
    plait.yield %number : f32
  } -> tensor<?x?x?xf32>
  return %o, %p : tensor<?x?x?x64xf32>, tensor<?x?x?xf32>
}

// Eight warps and scores of 32 columns: a normaliser's product is as tall as the block.
// CHECK-LABEL: func.func @normalized_wide_0(
// CHECK: tile.mma %{{.*}} rounded : !tile.fragment<32x
func.func @normalized_wide(%q: tensor<?x?x?x256xbf16> {plait.name = "q"}, %v: tensor<?x?x?x128xbf16> {plait.name = "v"})
    -> (tensor<?x?x?x128xbf16> {plait.name = "o"}) {
  %o = plait.attention causal ins(%q, %q, %v : tensor<?x?x?x256xbf16>, tensor<?x?x?x256xbf16>, tensor<?x?x?x128xbf16>)
    normalize(sum, eps = 1.0e-6) -> tensor<?x?x?x128xbf16>
  return %o : tensor<?x?x?x128xbf16>
}

// Of two numbers of a token the second, which is made of the first, and of what is no float, each thread makes its own.
// CHECK-LABEL: func.func @numbers_0(
// CHECK: %[[NUMBERS:.*]] = tile.load {{.*}} -> !tile.fragment<1x64xf32, #tile.blocked<
// CHECK: %[[SUM:.*]] = tile.map %[[NUMBERS]] {
// CHECK: arith.addf
// CHECK: %[[DEALT:.*]] = tile.shuffle %[[SUM]] : {{.*}} -> !tile.fragment<1x64xf32, #tile.slice<row
// CHECK-NOT: tile.shuffle
// CHECK: tile.map {{.*}}%[[DEALT]]
// CHECK: arith.divf
func.func @numbers(%q: tensor<?x?x?x64xbf16> {plait.name = "q"}, %n: tensor<?x?x?x1xf32> {plait.name = "n"},
                   %o: tensor<?x?x?x64xbf16> {plait.name = "o"}, %s: tensor<?x?x64x64xf32> {plait.name = "s"})
    -> (tensor<?x?x?x64xbf16> {plait.name = "out"}) {
  %read, %state = plait.recur ins(%q, %q, %q : tensor<?x?x?x64xbf16>, tensor<?x?x?x64xbf16>, tensor<?x?x?x64xbf16>)
    outs(%o, %s : tensor<?x?x?x64xbf16>, tensor<?x?x64x64xf32>) -> tensor<?x?x?x64xbf16>, tensor<?x?x64x64xf32>
  %out = plait.map_rows ins(%read, %n : tensor<?x?x?x64xbf16>, tensor<?x?x?x1xf32>) outs(%o : tensor<?x?x?x64xbf16>) {
  ^bb0(%row: vector<64xbf16>, %number: vector<1xf32>):
    %one = arith.constant 1.0 : f32
    %x = vector.extract %number[0] : f32 from vector<1xf32>
    %above = arith.cmpf ogt, %x, %one : f32
    %sum = arith.addf %x, %one : f32
    %inverse = arith.divf %one, %sum : f32
    %sums = vector.broadcast %sum : f32 to vector<64xf32>
    %choices = vector.broadcast %above : i1 to vector<64xi1>
    %inverses = vector.broadcast %inverse : f32 to vector<64xf32>
    %wide = arith.extf %row : vector<64xbf16> to vector<64xf32>
    %y = arith.mulf %wide, %sums : vector<64xf32>
    %z = arith.select %choices, %y, %inverses : vector<64xi1>, vector<64xf32>
    %narrow = arith.truncf %z : vector<64xf32> to vector<64xbf16>
    plait.yield %narrow : vector<64xbf16>
  } -> tensor<?x?x?x64xbf16>
  return %out : tensor<?x?x?x64xbf16>
}

// A number of another type is converted in lanes, too; one of a head is the same in all threads.
// CHECK-LABEL: func.func @narrow_number_0(
// CHECK: %[[LOADED:.*]] = tile.load {{.*}} -> !tile.fragment<1x64xf32, #tile.blocked<
// CHECK: %[[NUMBER:.*]] = tile.map %[[LOADED]] {
// CHECK: %[[DEALT:.*]] = tile.shuffle %[[NUMBER]] : {{.*}} -> !tile.fragment<1x64xf32, #tile.slice<row
// CHECK-NOT: tile.shuffle
// CHECK: tile.map {{.*}}%[[DEALT]]
// CHECK: math.exp
func.func @narrow_number(%q: tensor<?x?x?x64xbf16> {plait.name = "q"}, %n: tensor<?x?x?x1xf16> {plait.name = "n"},
                         %h: tensor<?xf32> {plait.name = "h"},
                         %o: tensor<?x?x?x64xbf16> {plait.name = "o"}, %s: tensor<?x?x64x64xf32> {plait.name = "s"})
    -> (tensor<?x?x?x64xbf16> {plait.name = "out"}) {
  %read, %state = plait.recur ins(%q, %q, %q : tensor<?x?x?x64xbf16>, tensor<?x?x?x64xbf16>, tensor<?x?x?x64xbf16>)
    outs(%o, %s : tensor<?x?x?x64xbf16>, tensor<?x?x64x64xf32>) -> tensor<?x?x?x64xbf16>, tensor<?x?x64x64xf32>
  %out = plait.map_rows ins(%read, %n, %h : tensor<?x?x?x64xbf16>, tensor<?x?x?x1xf16>, tensor<?xf32>)
      outs(%o : tensor<?x?x?x64xbf16>) {
  ^bb0(%row: vector<64xbf16>, %number: vector<1xf16>, %head: f32):
    %x = vector.extract %number[0] : f16 from vector<1xf16>
    %w = arith.extf %x : f16 to f32
    %e = math.exp %head : f32
    %ws = vector.broadcast %w : f32 to vector<64xf32>
    %es = vector.broadcast %e : f32 to vector<64xf32>
    %wide = arith.extf %row : vector<64xbf16> to vector<64xf32>
    %y = arith.mulf %wide, %ws : vector<64xf32>
    %z = arith.mulf %y, %es : vector<64xf32>
    %narrow = arith.truncf %z : vector<64xf32> to vector<64xbf16>
    plait.yield %narrow : vector<64xbf16>
  } -> tensor<?x?x?x64xbf16>
  return %out : tensor<?x?x?x64xbf16>
}

// Numbers of channels are read once, into shared memory. Values that are computed, and bonuses, leave no more in
// registers than they are when scores are computed.
// CHECK-LABEL: func.func @weighted_0(
// CHECK: %[[W:.*]] = tile.load_global %{{.*}} : memref<64xbf16
// CHECK: %[[F:.*]] = tile.convert %[[W]]
// CHECK: tile.store %[[F]] to %[[WEIGHTS:[0-9]+]]
// CHECK: %[[U:.*]] = tile.load_global %{{.*}} : memref<?x64xbf16
// CHECK: %[[G:.*]] = tile.convert %[[U]]
// CHECK: tile.store %[[G]] to %[[FACTORS:[0-9]+]]
// CHECK: scf.for
// CHECK-NOT: tile.load_global
// CHECK: %[[X:.*]] = tile.load %[[WEIGHTS]]
// CHECK: tile.map %{{.*}}, %[[X]] {
// CHECK: %[[Y:.*]] = tile.load %[[FACTORS]]
// CHECK: tile.map %{{.*}}, %{{.*}}, %[[Y]] {
// CHECK: %[[BONUS:.*]] = tile.reduce add
// CHECK: tile.store %{{.*}} to %[[V:[0-9]+]] : {{.*}} !tile.shared<32x64xbf16>
// CHECK: %[[SCORES:.*]] = tile.mma %{{.*}} transposed
// CHECK: tile.map %[[SCORES]], %[[BONUS]] {
// CHECK: tile.load %[[V]] transposed
func.func @weighted(%q: tensor<?x?x?x64xbf16> {plait.name = "q"}, %k: tensor<?x?x?x64xbf16> {plait.name = "k"},
                    %v: tensor<?x?x?x64xbf16> {plait.name = "v"}, %w: tensor<64xbf16> {plait.name = "w"},
                    %u: tensor<?x64xbf16> {plait.name = "u"}, %s: tensor<?x?x64x64xf32> {plait.name = "s"},
                    %o: tensor<?x?x?x64xbf16> {plait.name = "o"}) -> (tensor<?x?x?x64xbf16> {plait.name = "y"}) {
  %x = plait.map_rows ins(%v, %w : tensor<?x?x?x64xbf16>, tensor<64xbf16>) outs(%o : tensor<?x?x?x64xbf16>) {
  ^bb0(%row: vector<64xbf16>, %weights: vector<64xbf16>):
    %z = arith.mulf %row, %weights : vector<64xbf16>
    plait.yield %z : vector<64xbf16>
  } -> tensor<?x?x?x64xbf16>
  %y, %e = plait.recur ins(%q, %k, %x : tensor<?x?x?x64xbf16>, tensor<?x?x?x64xbf16>, tensor<?x?x?x64xbf16>)
    bonus(%u : tensor<?x64xbf16>) outs(%o, %s : tensor<?x?x?x64xbf16>, tensor<?x?x64x64xf32>) read(exclusive)
    -> tensor<?x?x?x64xbf16>, tensor<?x?x64x64xf32>
  return %y : tensor<?x?x?x64xbf16>
}

// Weights of all heads are there once, however many heads a CTA has.
// CHECK-LABEL: func.func @group_0(
// CHECK: tile.load_global %{{.*}} : memref<64xbf16
// CHECK: tile.store %{{.*}} to %[[WEIGHTS:[0-9]+]]
// CHECK-NOT: tile.store
// CHECK: scf.for
// CHECK: %[[W:.*]] = tile.load %[[WEIGHTS]]
// CHECK: tile.map %{{.*}}, %[[W]] {
// CHECK: tile.map %{{.*}}, %[[W]] {
func.func @group(%q: tensor<?x?x2x64xbf16> {plait.name = "q"}, %k: tensor<?x?x1x64xbf16> {plait.name = "k"},
                 %w: tensor<64xbf16> {plait.name = "w"}, %s: tensor<?x1x64x64xf32> {plait.name = "s"},
                 %o: tensor<?x?x2x64xbf16> {plait.name = "o"}) -> (tensor<?x?x2x64xbf16> {plait.name = "y"}) {
  %x = plait.map_rows ins(%q, %w : tensor<?x?x2x64xbf16>, tensor<64xbf16>) outs(%o : tensor<?x?x2x64xbf16>) {
  ^bb0(%row: vector<64xbf16>, %weights: vector<64xbf16>):
    %z = arith.mulf %row, %weights : vector<64xbf16>
    plait.yield %z : vector<64xbf16>
  } -> tensor<?x?x2x64xbf16>
  %y, %e = plait.recur ins(%x, %k, %k : tensor<?x?x2x64xbf16>, tensor<?x?x1x64xbf16>, tensor<?x?x1x64xbf16>)
    outs(%o, %s : tensor<?x?x2x64xbf16>, tensor<?x1x64x64xf32>) group_size(2)
    -> tensor<?x?x2x64xbf16>, tensor<?x1x64x64xf32>
  return %y : tensor<?x?x2x64xbf16>
}
