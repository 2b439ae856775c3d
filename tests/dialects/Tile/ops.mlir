// RUN: plait-opt %s | plait-opt | FileCheck %s
// RUN: plait-opt %s -mlir-print-op-generic | plait-opt | FileCheck %s

#accumulator = #tile.mma<accumulator, warps = [4, 2]>
#a = #tile.mma<a, warps = [4, 2]>
#blocked = #tile.blocked<vector = 8, warps = 8>
#column = #tile.slice<column, #tile.mma<accumulator, warps = [4, 2]>>
#row = #tile.slice<row, #tile.mma<accumulator, warps = [4, 2]>>

// CHECK-LABEL: func @alloc
func.func @alloc() {
  // CHECK: tile.alloc : !tile.shared<64x128xbf16, stages = 2>
  %s = tile.alloc : !tile.shared<64x128xbf16, stages = 2>
  // CHECK: tile.alloc at 1024 : !tile.shared<64x64xf16>
  %placed = tile.alloc at 1024 : !tile.shared<64x64xf16>
  return
}

// The swizzle with most bits is not written.
// CHECK-LABEL: func private @shared
// CHECK-SAME: !tile.shared<64x128xf32>
// CHECK-SAME: !tile.shared<64x128xf32, #tile.swizzle<none>>
// CHECK-SAME: !tile.shared<64x32xbf16>
// CHECK-SAME: !tile.shared<64x96xbf16, stages = 3, #tile.swizzle<1>>
// CHECK-SAME: !tile.shared<64x1xf32>
func.func private @shared(!tile.shared<64x128xf32, #tile.swizzle<3>>, !tile.shared<64x128xf32, #tile.swizzle<none>>,
  !tile.shared<64x32xbf16, #tile.swizzle<2>>, !tile.shared<64x96xbf16, stages = 3, #tile.swizzle<1>>,
  !tile.shared<64x1xf32, stages = 1, #tile.swizzle<none>>)

// A row of one element is not filled up: of 16 bytes these would be 2^31.
// CHECK-LABEL: func private @columns
func.func private @columns(!tile.shared<65536x1xf32, stages = 2048>)

// CHECK-LABEL: func @copies
// CHECK-SAME: (%[[M:.*]]: memref<?x?x8x128xbf16>, %[[B:.*]]: index, %[[T:.*]]: index, %[[H:.*]]: index, %[[N:.*]]: index, %[[S:.*]]: !tile.shared<64x128xbf16, stages = 2>, %[[I:.*]]: index, %[[ONE:.*]]: !tile.shared<1x128xbf16>)
func.func @copies(%m: memref<?x?x8x128xbf16>, %b: index, %t: index, %h: index, %n: index,
                  %s: !tile.shared<64x128xbf16, stages = 2>, %i: index, %one: !tile.shared<1x128xbf16>) {
  // CHECK: tile.copy_async %[[M]][%[[B]], %[[T]], %[[H]], %{{.*}}] along 1 rows %[[N]] to %[[S]][%[[I]]] : memref<?x?x8x128xbf16>, !tile.shared<64x128xbf16, stages = 2>
  %c0 = arith.constant 0 : index
  tile.copy_async %m[%b, %t, %h, %c0] along 1 rows %n to %s[%i] : memref<?x?x8x128xbf16>, !tile.shared<64x128xbf16, stages = 2>
  // CHECK: tile.copy_async %[[M]][%[[B]], %[[T]], %[[H]], %{{.*}}] to %[[ONE]] : memref<?x?x8x128xbf16>, !tile.shared<1x128xbf16>
  tile.copy_async %m[%b, %t, %h, %c0] to %one : memref<?x?x8x128xbf16>, !tile.shared<1x128xbf16>
  // CHECK: %[[GROUP:.*]] = tile.commit : !tile.token
  %group = tile.commit : !tile.token
  // CHECK: tile.wait %[[GROUP]] pending 1
  tile.wait %group pending 1
  // CHECK: tile.barrier
  tile.barrier
  return
}

// CHECK-LABEL: func @shared_memory
func.func @shared_memory(%s: !tile.shared<64x128xbf16, stages = 2>, %p: !tile.shared<64x128xbf16>, %i: index) {
  // CHECK: %[[F:.*]] = tile.load %{{.*}}[%{{.*}}] : !tile.shared<64x128xbf16, stages = 2> -> !tile.fragment<64x128xbf16, #tile.mma<a, warps = [4, 2]>>
  %f = tile.load %s[%i] : !tile.shared<64x128xbf16, stages = 2> -> !tile.fragment<64x128xbf16, #a>
  // CHECK: %[[G:.*]] = tile.load %{{.*}} transposed : !tile.shared<64x128xbf16> -> !tile.fragment<128x64xbf16, #tile.blocked<vector = 8, warps = 8>>
  %g = tile.load %p transposed : !tile.shared<64x128xbf16> -> !tile.fragment<128x64xbf16, #blocked>
  // CHECK: tile.store %[[F]] to %{{.*}} : !tile.fragment<64x128xbf16, #tile.mma<a, warps = [4, 2]>>, !tile.shared<64x128xbf16>
  tile.store %f to %p : !tile.fragment<64x128xbf16, #a>, !tile.shared<64x128xbf16>
  // CHECK: tile.store %[[G]] to %{{.*}}[%{{.*}}] transposed : !tile.fragment<128x64xbf16, #tile.blocked<vector = 8, warps = 8>>, !tile.shared<64x128xbf16, stages = 2>
  tile.store %g to %s[%i] transposed : !tile.fragment<128x64xbf16, #blocked>, !tile.shared<64x128xbf16, stages = 2>
  return
}

// CHECK-LABEL: func @gather
func.func @gather(%s: !tile.shared<64x128xf32>, %first: index) {
  // CHECK: tile.gather %{{.*}} {
  // CHECK-NEXT: ^bb0(%{{.*}}: index, %[[COLUMN:.*]]: index):
  // CHECK-NEXT: %[[FROM:.*]] = arith.addi %[[COLUMN]], %{{.*}} : index
  // CHECK-NEXT: tile.yield %[[FROM]] : index
  // CHECK-NEXT: } : !tile.shared<64x128xf32> -> !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>
  %x = tile.gather %s {
  ^bb0(%row: index, %column: index):
    %from = arith.addi %column, %first : index
    tile.yield %from : index
  } : !tile.shared<64x128xf32> -> !tile.fragment<64x64xf32, #accumulator>
  return
}

// CHECK-LABEL: func @global_memory
func.func @global_memory(%m: memref<?x?x8x128xbf16, strided<[?, ?, ?, 1]>>, %g: memref<?x?x8xf32>, %b: index,
                         %t: index, %h: index, %n: index) {
  %c0 = arith.constant 0 : index
  // CHECK: %[[F:.*]] = tile.load_global %{{.*}}[%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}] along 1 rows %{{.*}} : memref<?x?x8x128xbf16, strided<[?, ?, ?, 1]>> -> !tile.fragment<64x128xbf16, #tile.blocked<vector = 8, warps = 8>>
  %f = tile.load_global %m[%b, %t, %h, %c0] along 1 rows %n : memref<?x?x8x128xbf16, strided<[?, ?, ?, 1]>> -> !tile.fragment<64x128xbf16, #blocked>
  // CHECK: tile.store_global %[[F]] to %{{.*}}[%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}] along 1 rows %{{.*}} : !tile.fragment<64x128xbf16, #tile.blocked<vector = 8, warps = 8>>, memref<?x?x8x128xbf16, strided<[?, ?, ?, 1]>>
  tile.store_global %f to %m[%b, %t, %h, %c0] along 1 rows %n : !tile.fragment<64x128xbf16, #blocked>, memref<?x?x8x128xbf16, strided<[?, ?, ?, 1]>>
  // CHECK: %[[G:.*]] = tile.load_global %{{.*}}[%{{.*}}, %{{.*}}, %{{.*}}] along 1 rows %{{.*}} transposed : memref<?x?x8xf32> -> !tile.fragment<1x64xf32, #tile.slice<row, #tile.mma<accumulator, warps = [4, 2]>>>
  %gates = tile.load_global %g[%b, %t, %h] along 1 rows %n transposed : memref<?x?x8xf32> -> !tile.fragment<1x64xf32, #row>
  // CHECK: tile.store_global %[[G]] to %{{.*}}[%{{.*}}, %{{.*}}, %{{.*}}] along 1 rows %{{.*}} transposed : !tile.fragment<1x64xf32, #tile.slice<row, #tile.mma<accumulator, warps = [4, 2]>>>, memref<?x?x8xf32>
  tile.store_global %gates to %g[%b, %t, %h] along 1 rows %n transposed : !tile.fragment<1x64xf32, #row>, memref<?x?x8xf32>
  return
}

// CHECK-LABEL: func @mma
func.func @mma(%a: !tile.fragment<64x128xbf16, #a>, %b: !tile.fragment<128x64xbf16, #tile.mma<b, warps = [4, 2]>>,
               %s: !tile.shared<64x128xbf16, stages = 2>, %t: !tile.shared<128x64xbf16>, %i: index,
               %c: !tile.fragment<64x64xf32, #accumulator>, %p: !tile.fragment<64x128xbf16, #accumulator>,
               %x: !tile.shared<128x64xf32>) {
  // CHECK: tile.mma %{{.*}}, %{{.*}}, %{{.*}} : !tile.fragment<64x128xbf16, #tile.mma<a, warps = [4, 2]>>, !tile.fragment<128x64xbf16, #tile.mma<b, warps = [4, 2]>>, !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>
  %0 = tile.mma %a, %b, %c : !tile.fragment<64x128xbf16, #a>, !tile.fragment<128x64xbf16, #tile.mma<b, warps = [4, 2]>>, !tile.fragment<64x64xf32, #accumulator>
  // CHECK: tile.mma %{{.*}}, %{{.*}}[%{{.*}}] transposed, %{{.*}} : !tile.fragment<64x128xbf16, #tile.mma<a, warps = [4, 2]>>, !tile.shared<64x128xbf16, stages = 2>
  %1 = tile.mma %a, %s[%i] transposed, %c : !tile.fragment<64x128xbf16, #a>, !tile.shared<64x128xbf16, stages = 2>, !tile.fragment<64x64xf32, #accumulator>
  // CHECK: tile.mma %{{.*}}[%{{.*}}], %{{.*}}, %{{.*}} : !tile.shared<64x128xbf16, stages = 2>, !tile.shared<128x64xbf16>
  %2 = tile.mma %s[%i], %t, %c : !tile.shared<64x128xbf16, stages = 2>, !tile.shared<128x64xbf16>, !tile.fragment<64x64xf32, #accumulator>
  // CHECK: tile.mma (%{{[a-z0-9]+, %[a-z0-9]+}}), (%{{[a-z0-9]+, %[a-z0-9]+, %[a-z0-9]+}}), %{{.*}} : !tile.fragment<64x128xbf16, {{[^!]*}}, !tile.shared<128x64xbf16>, !tile.fragment<64x64xf32
  %4 = tile.mma (%a, %a), (%t, %t, %t), %c : !tile.fragment<64x128xbf16, #a>, !tile.shared<128x64xbf16>, !tile.fragment<64x64xf32, #accumulator>
  // CHECK: tile.mma %{{.*}}, %{{.*}}[%{{.*}}] transposed within upper, %{{.*}} :
  %6 = tile.mma %a, %s[%i] transposed within upper, %c : !tile.fragment<64x128xbf16, #a>, !tile.shared<64x128xbf16, stages = 2>, !tile.fragment<64x64xf32, #accumulator>
  // CHECK: tile.mma %{{.*}}, %{{.*}} within lower, %{{.*}} :
  %7 = tile.mma %a, %t within lower, %c : !tile.fragment<64x128xbf16, #a>, !tile.shared<128x64xbf16>, !tile.fragment<64x64xf32, #accumulator>
  // CHECK: tile.mma %{{.*}}[%{{.*}}], %{{.*}}, %{{.*}} rounded : !tile.shared<64x128xbf16, stages = 2>
  %5 = tile.mma %s[%i], %t, %c rounded : !tile.shared<64x128xbf16, stages = 2>, !tile.shared<128x64xbf16>, !tile.fragment<64x64xf32, #accumulator>
  // CHECK: tile.mma %{{.*}}, %{{.*}}, %{{.*}} rounded using %{{.*}} : !tile.shared<128x64xf32> : !tile.fragment<64x128xbf16, #tile.mma<accumulator, warps = [4, 2]>>
  %8 = tile.mma %p, %t, %c rounded using %x : !tile.shared<128x64xf32> : !tile.fragment<64x128xbf16, #accumulator>, !tile.shared<128x64xbf16>, !tile.fragment<64x64xf32, #accumulator>
  // CHECK: tile.mma %{{.*}} transposed, %{{.*}}[%{{.*}}] transposed, %{{.*}} : !tile.shared<128x64xbf16>, !tile.shared<64x128xbf16, stages = 2>
  %3 = tile.mma %t transposed, %s[%i] transposed, %c : !tile.shared<128x64xbf16>, !tile.shared<64x128xbf16, stages = 2>, !tile.fragment<64x64xf32, #accumulator>
  return
}

// CHECK-LABEL: func @elements
func.func @elements(%x: !tile.fragment<64x64xf32, #accumulator>, %y: !tile.fragment<64x1xf32, #column>,
                    %z: !tile.fragment<128x64xf32, #tile.mma<accumulator, warps = [8, 1]>>, %s: f32,
                    %scratch: !tile.shared<2x64xf32>) {
  // CHECK: tile.convert %{{.*}} : !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>> -> !tile.fragment<64x64xbf16, #tile.mma<accumulator, warps = [4, 2]>>
  %0 = tile.convert %x : !tile.fragment<64x64xf32, #accumulator> -> !tile.fragment<64x64xbf16, #accumulator>
  // CHECK: tile.convert %{{.*}} : !tile.fragment<128x64xf32, #tile.mma<accumulator, warps = [8, 1]>> -> !tile.fragment<128x64xf16, #tile.mma<a, warps = [8, 1]>>
  %1 = tile.convert %z : !tile.fragment<128x64xf32, #tile.mma<accumulator, warps = [8, 1]>> -> !tile.fragment<128x64xf16, #tile.mma<a, warps = [8, 1]>>
  // CHECK: tile.splat %{{.*}} : f32 -> !tile.fragment<64x1xf32, #tile.slice<column, #tile.mma<accumulator, warps = [4, 2]>>>
  %2 = tile.splat %s : f32 -> !tile.fragment<64x1xf32, #column>
  // CHECK: tile.map %{{.*}}, %{{.*}} {
  // CHECK-NEXT: ^bb0(%{{.*}}: f32, %{{.*}}: f32, %{{.*}}: index, %{{.*}}: index):
  // CHECK-NEXT: %[[P:.*]] = arith.mulf
  // CHECK-NEXT: tile.yield %[[P]] : f32
  // CHECK-NEXT: } : !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>, !tile.fragment<64x1xf32, #tile.slice<column, #tile.mma<accumulator, warps = [4, 2]>>> -> !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>
  %3 = tile.map %x, %y {
  ^bb0(%ex: f32, %ey: f32, %row: index, %column: index):
    %p = arith.mulf %ex, %ey : f32
    tile.yield %p : f32
  } : !tile.fragment<64x64xf32, #accumulator>, !tile.fragment<64x1xf32, #column> -> !tile.fragment<64x64xf32, #accumulator>
  // CHECK: tile.map {
  // CHECK: } -> !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>
  %4 = tile.map {
  ^bb0(%row: index, %column: index):
    tile.yield %s : f32
  } -> !tile.fragment<64x64xf32, #accumulator>
  // CHECK: tile.reduce add %{{.*}} along row using %{{.*}} : !tile.shared<2x64xf32> : !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>> -> !tile.fragment<64x1xf32, #tile.slice<column, #tile.mma<accumulator, warps = [4, 2]>>>
  %5 = tile.reduce add %x along row using %scratch : !tile.shared<2x64xf32> : !tile.fragment<64x64xf32, #accumulator> -> !tile.fragment<64x1xf32, #column>
  // CHECK: tile.reduce max %{{.*}} along row : !tile.fragment<128x64xf32, #tile.mma<accumulator, warps = [8, 1]>> -> !tile.fragment<128x1xf32, #tile.slice<column, #tile.mma<accumulator, warps = [8, 1]>>>
  %6 = tile.reduce max %z along row : !tile.fragment<128x64xf32, #tile.mma<accumulator, warps = [8, 1]>> -> !tile.fragment<128x1xf32, #tile.slice<column, #tile.mma<accumulator, warps = [8, 1]>>>
  // CHECK: tile.exceeds %{{.*}}, %{{.*}} over %{{.*}} : !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>, !tile.fragment<128x64xf32, #tile.mma<accumulator, warps = [8, 1]>>
  %7 = tile.exceeds %x, %z over %s : !tile.fragment<64x64xf32, #accumulator>, !tile.fragment<128x64xf32, #tile.mma<accumulator, warps = [8, 1]>>
  return
}

// Before warps are assigned: any number of them may hold a tile.
// CHECK-LABEL: func @unassigned
func.func @unassigned(%x: !tile.fragment<16x24xf32, #tile.mma<accumulator>>, %g: !tile.fragment<1x32xf32, #tile.blocked<vector = 1, warps = 2>>) {
  // CHECK: tile.convert %{{.*}} : !tile.fragment<16x24xf32, #tile.mma<accumulator>> -> !tile.fragment<16x24xbf16, #tile.mma<accumulator>>
  %0 = tile.convert %x : !tile.fragment<16x24xf32, #tile.mma<accumulator>> -> !tile.fragment<16x24xbf16, #tile.mma<accumulator>>
  // CHECK: tile.reduce add %{{.*}} along row : !tile.fragment<16x24xf32, #tile.mma<accumulator>> -> !tile.fragment<16x1xf32, #tile.slice<column, #tile.mma<accumulator>>>
  %1 = tile.reduce add %x along row : !tile.fragment<16x24xf32, #tile.mma<accumulator>> -> !tile.fragment<16x1xf32, #tile.slice<column, #tile.mma<accumulator>>>
  // CHECK: tile.shuffle %{{.*}} : !tile.fragment<1x32xf32, #tile.blocked<vector = 1, warps = 2>> -> !tile.fragment<1x32xf32, #tile.slice<row, #tile.mma<a>>>
  %2 = tile.shuffle %g : !tile.fragment<1x32xf32, #tile.blocked<vector = 1, warps = 2>> -> !tile.fragment<1x32xf32, #tile.slice<row, #tile.mma<a>>>
  return
}

// CHECK-LABEL: func @lanes
func.func @lanes(%x: !tile.fragment<1x32xf32, #tile.blocked<vector = 1, warps = 2>>) {
  // CHECK: tile.cumsum %{{.*}} : !tile.fragment<1x32xf32, #tile.blocked<vector = 1, warps = 2>>
  %0 = tile.cumsum %x : !tile.fragment<1x32xf32, #tile.blocked<vector = 1, warps = 2>>
  // CHECK: tile.cumsum %{{.*}} exclusive reverse : !tile.fragment<1x32xf32, #tile.blocked<vector = 1, warps = 2>>
  %1 = tile.cumsum %x exclusive reverse : !tile.fragment<1x32xf32, #tile.blocked<vector = 1, warps = 2>>
  // CHECK: tile.shuffle %{{.*}} : !tile.fragment<1x32xf32, #tile.blocked<vector = 1, warps = 2>> -> !tile.fragment<32x1xf32, #tile.slice<column, #tile.mma<accumulator, warps = [2, 1]>>>
  %2 = tile.shuffle %0 : !tile.fragment<1x32xf32, #tile.blocked<vector = 1, warps = 2>> -> !tile.fragment<32x1xf32, #tile.slice<column, #tile.mma<accumulator, warps = [2, 1]>>>
  // CHECK: tile.shuffle %{{.*}} at 31 : !tile.fragment<1x32xf32, #tile.blocked<vector = 1, warps = 2>> -> !tile.fragment<64x1xf32, #tile.slice<column, #tile.mma<accumulator, warps = [2, 1]>>>
  %3 = tile.shuffle %1 at 31 : !tile.fragment<1x32xf32, #tile.blocked<vector = 1, warps = 2>> -> !tile.fragment<64x1xf32, #tile.slice<column, #tile.mma<accumulator, warps = [2, 1]>>>
  return
}

// CHECK-LABEL: func @program_id
func.func @program_id() -> index {
  // CHECK: tile.program_id 2 : index
  %z = tile.program_id 2 : index
  return %z : index
}
