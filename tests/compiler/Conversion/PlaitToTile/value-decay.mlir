// RUN: plait-opt %s --plait-decompose-stage=target=sm_90a --plait-tile-stage --plait-bufferize-stage --convert-plait-to-tile --plait-assign-layouts --canonicalize --cse | FileCheck %s

// Scores are undecayed. What the state gives decays from the block's start: each sum of decays
// is a product with zeros and ones.
// CHECK-LABEL: func.func @slots_0(
// CHECK: scf.for {{.*}} iter_args(%[[S:.*]] = %
// CHECK-DAG: tile.copy_async %arg0[{{.*}} to %[[Q:[0-9]+]]
// CHECK-DAG: tile.copy_async %arg1[{{.*}} to %[[K:[0-9]+]]
// CHECK-DAG: tile.copy_async %arg2[{{.*}} to %[[V:[0-9]+]]
// CHECK-DAG: tile.copy_async %arg3[{{.*}} to %[[W:[0-9]+]]
// CHECK: %[[RAW:.*]] = tile.mma %[[Q]], %[[K]] transposed
// CHECK: %[[P:.*]] = tile.map %[[RAW]] {
// CHECK: arith.cmpi sle
// CHECK: %[[OLD:.*]] = tile.mma %{{.*}}, %[[Q]] transposed
// CHECK: arith.cmpi sle
// CHECK: tile.store %{{.*}} to %[[ONES:[0-9]+]]
// CHECK: tile.load %[[W]] transposed
// CHECK: tile.mma (%{{[0-9]+, %[0-9]+}}), %[[ONES]] transposed
// CHECK: math.exp
// CHECK: %[[READ:.*]] = tile.map %[[OLD]], %{{.*}} {

// The diagonal does not decay.
// CHECK: tile.map %[[P]] {
// CHECK: arith.cmpi eq
// CHECK: tile.store %{{.*}} to %[[SAME:[0-9]+]]
// CHECK: %[[START:.*]] = tile.mma %{{.*}}, %[[SAME]] transposed, %[[READ]]

// Of halves, values decay to the middle, and their sum from there.
// CHECK: scf.for {{.*}} iter_args(%[[O:.*]] = %[[START]])
// CHECK: arith.shrui
// CHECK: tile.store %{{.*}} to %[[BETWEEN:[0-9]+]]
// CHECK: tile.mma (%{{[0-9]+, %[0-9]+}}), %[[BETWEEN]] transposed
// CHECK: %[[HALFWAY:.*]] = tile.map
// CHECK: math.exp
// CHECK: %[[VALUES:.*]] = tile.convert %{{.*}} : !tile.fragment<128x32xbf16{{.*}} -> !tile.fragment<128x32xf32
// CHECK: tile.map %[[VALUES]], %[[HALFWAY]] {
// CHECK: tile.map %[[P]] {
// CHECK: arith.xori
// CHECK: %[[MORE:.*]] = tile.mma
// CHECK: %[[SUM:.*]] = tile.map %[[O]], %[[MORE]], %[[HALFWAY]] {
// CHECK: math.fma
// CHECK: scf.yield %[[SUM]]

// The state's rows decay, and values to the block's end.
// CHECK: %[[TOTAL:.*]] = tile.reduce add %{{.*}} along row
// CHECK: %[[KEPT:.*]] = tile.map %[[S]], %[[TOTAL]] {
// CHECK: arith.cmpi slt
// CHECK: %[[NEXT:.*]] = tile.mma %{{.*}}, %[[K]], %[[KEPT]]
// CHECK: scf.yield %[[NEXT]]
func.func @slots(%q: tensor<?x?x?x64xbf16> {plait.name = "q"}, %k: tensor<?x?x?x64xbf16> {plait.name = "k"},
                 %v: tensor<?x?x?x128xbf16> {plait.name = "v"}, %w: tensor<?x?x?x128xf32> {plait.name = "w"},
                 %o: tensor<?x?x?x128xbf16> {plait.name = "o"}, %s: tensor<?x?x64x128xf32> {plait.name = "s"})
    -> (tensor<?x?x?x128xbf16> {plait.name = "out"}, tensor<?x?x64x128xf32> {plait.name = "state"}) {
  %out, %state = plait.recur ins(%q, %k, %v : tensor<?x?x?x64xbf16>, tensor<?x?x?x64xbf16>, tensor<?x?x?x128xbf16>)
    value_decay(%w : tensor<?x?x?x128xf32>) outs(%o, %s : tensor<?x?x?x128xbf16>, tensor<?x?x64x128xf32>)
    -> tensor<?x?x?x128xbf16>, tensor<?x?x64x128xf32>
  return %out, %state : tensor<?x?x?x128xbf16>, tensor<?x?x64x128xf32>
}

// The decay of a single channel is one of tokens, beside which there may be another.
// CHECK-LABEL: func.func @column_0(
// CHECK-DAG: tile.copy_async %arg3[{{.*}} to %[[W:[0-9]+]] : memref<?x?x?x1xf32
// CHECK-DAG: tile.copy_async %arg2[{{.*}} to %[[G:[0-9]+]] : memref<?x?x?xf32
// CHECK-DAG: %[[OF_COLUMN:.*]] = tile.load %[[W]] transposed
// CHECK-DAG: %[[OF_TOKENS:.*]] = tile.load %[[G]] transposed
// CHECK: tile.map %[[OF_COLUMN]], %[[OF_TOKENS]] {
// CHECK: arith.addf
// CHECK-NOT: arith.xori
func.func @column(%q: tensor<?x?x?x64xf32> {plait.name = "q"}, %v: tensor<?x?x?x1xf32> {plait.name = "v"},
                  %g: tensor<?x?x?xf32> {plait.name = "g"}, %w: tensor<?x?x?x1xf32> {plait.name = "w"},
                  %o: tensor<?x?x?x1xf32> {plait.name = "o"}, %s: tensor<?x?x64x1xf32> {plait.name = "s"})
    -> tensor<?x?x?x1xf32> {
  %out, %state = plait.recur ins(%q, %q, %v : tensor<?x?x?x64xf32>, tensor<?x?x?x64xf32>, tensor<?x?x?x1xf32>)
    decay(%g : tensor<?x?x?xf32>) value_decay(%w : tensor<?x?x?x1xf32>)
    outs(%o, %s : tensor<?x?x?x1xf32>, tensor<?x?x64x1xf32>) -> tensor<?x?x?x1xf32>, tensor<?x?x64x1xf32>
  return %out : tensor<?x?x?x1xf32>
}

// Scores have the decay of a single channel: recurrences of two have two.
// CHECK-LABEL: func.func @two_columns_0(
// CHECK-COUNT-2: tile.mma %{{.*}} transposed
!q = tensor<?x?x?x64xbf16>
!v = tensor<?x?x?x1xbf16>
!s = tensor<?x?x64x1xf32>
func.func @two_columns(%q: !q {plait.name = "q"}, %v: !v {plait.name = "v"}, %w: !v {plait.name = "w"}, %x: !v {plait.name = "x"},
                       %o: !v {plait.name = "o"}, %p: !v {plait.name = "p"}, %s: !s {plait.name = "s"}, %t: !s {plait.name = "t"})
    -> (!v {plait.name = "y"}, !v {plait.name = "z"}) {
  %y, %s1 = plait.recur ins(%q, %q, %v : !q, !q, !v) value_decay(%w : !v) outs(%o, %s : !v, !s) -> !v, !s
  %z, %s2 = plait.recur ins(%q, %q, %v : !q, !q, !v) value_decay(%x : !v) outs(%p, %t : !v, !s) -> !v, !s
  return %y, %z : !v, !v
}
