// RUN: plait-opt %s --plait-assign-layouts --split-input-file | FileCheck %s

!scores = !tile.fragment<32x32xf32, #tile.mma<accumulator>>
!rows = !tile.shared<32x128xbf16>

// Eight warps load the queries four times and the keys twice: with four warps for the keys eight and twice, since
// there are but four pieces of columns. What is mapped with a product is split as it is.
// CHECK-LABEL: func.func @scores(
func.func @scores(%q: !rows, %k: !rows) attributes {tile.warps = 8 : i64} {
  // CHECK: tile.splat %{{.*}} -> !tile.fragment<32x32xf32, #tile.mma<accumulator, warps = [2, 4]>>
  %c0 = arith.constant 0.0 : f32
  %zero = tile.splat %c0 : f32 -> !scores
  // CHECK: tile.mma {{.*}} !tile.fragment<32x32xf32, #tile.mma<accumulator, warps = [2, 4]>>
  %x = tile.mma %q, %k transposed, %zero : !rows, !rows, !scores
  // CHECK: tile.map %{{.*}}, %{{.*}} {
  // CHECK: } : !tile.fragment<32x32xf32, #tile.mma<accumulator, warps = [2, 4]>>, !tile.fragment<1x32xf32, #tile.slice<row, #tile.mma<accumulator, warps = [2, 4]>>>
  %s = tile.alloc : !tile.shared<1x32xf32>
  %g = tile.load %s : !tile.shared<1x32xf32> -> !tile.fragment<1x32xf32, #tile.slice<row, #tile.mma<accumulator>>>
  %y = tile.map %x, %g {
  ^bb0(%e: f32, %h: f32, %i: index, %j: index):
    %z = arith.mulf %e, %h : f32
    tile.yield %z : f32
  } : !scores, !tile.fragment<1x32xf32, #tile.slice<row, #tile.mma<accumulator>>> -> !scores
  return
}

// -----

!scores = !tile.fragment<64x64xf32, #tile.mma<accumulator>>
!rows = !tile.shared<64x64xbf16>

// In two rows of two, four warps load least.
// CHECK-LABEL: func.func @square(
func.func @square(%q: !rows, %k: !rows) attributes {tile.warps = 4 : i64} {
  // CHECK: tile.mma {{.*}} warps = [2, 2]
  %c0 = arith.constant 0.0 : f32
  %zero = tile.splat %c0 : f32 -> !scores
  %x = tile.mma %q, %k transposed, %zero : !rows, !rows, !scores
  return
}

// -----

!state = !tile.fragment<128x64xf32, #tile.mma<accumulator>>
!operand = !tile.fragment<128x64xbf16, #tile.mma<a>>
!out = !tile.fragment<128x32xf32, #tile.mma<accumulator>>
!row = !tile.fragment<1x64xf32, #tile.slice<row, #tile.mma<accumulator>>>

// An accumulator that becomes an operand has whole rows in each warp, and what loops and branches carry with it.
// CHECK-LABEL: func.func @state(
func.func @state(%q: !tile.shared<32x64xbf16>, %n: index, %any: i1) attributes {tile.warps = 8 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %f0 = arith.constant 0.0 : f32
  // CHECK: tile.splat %{{.*}} -> !tile.fragment<128x64xf32, #tile.mma<accumulator, warps = [8, 1]>>
  %zero = tile.splat %f0 : f32 -> !state
  // CHECK: scf.for {{.*}} -> (!tile.fragment<128x64xf32, #tile.mma<accumulator, warps = [8, 1]>>)
  %last = scf.for %i = %c0 to %n step %c1 iter_args(%s = %zero) -> !state {
    // CHECK: tile.convert {{.*}} -> !tile.fragment<128x64xbf16, #tile.mma<a, warps = [8, 1]>>
    %a = tile.convert %s : !state -> !operand
    // CHECK: tile.splat %{{.*}} -> !tile.fragment<128x32xf32, #tile.mma<accumulator, warps = [8, 1]>>
    %none = tile.splat %f0 : f32 -> !out
    %o = tile.mma %a, %q transposed, %none : !operand, !tile.shared<32x64xbf16>, !out
    // CHECK: scf.if {{.*}} -> (!tile.fragment<1x64xf32, #tile.slice<row, #tile.mma<accumulator, warps = [8, 1]>>>)
    %row = scf.if %any -> !row {
      %one = tile.splat %f0 : f32 -> !row
      scf.yield %one : !row
    } else {
      %other = tile.splat %f0 : f32 -> !row
      scf.yield %other : !row
    }
    %next = tile.map %s, %row {
    ^bb0(%e: f32, %h: f32, %r: index, %c: index):
      %z = arith.mulf %e, %h : f32
      tile.yield %z : f32
    } : !state, !row -> !state
    scf.yield %next : !state
  }
  return
}

// -----

!state = !tile.fragment<64x256xf32, #tile.mma<accumulator>>
!operand = !tile.fragment<64x256xbf16, #tile.mma<accumulator>>
!out = !tile.fragment<64x16xf32, #tile.mma<accumulator>>

// One that stays an accumulator has its columns in two warps, which exchange their sums: with four they would load less
// of the keys, which are three parts, but add up more.
// CHECK-LABEL: func.func @shared_depth(
func.func @shared_depth(%q: !tile.shared<16x256xbf16>) attributes {tile.warps = 8 : i64} {
  // CHECK: %[[S:.*]] = tile.alloc : !tile.shared<128x16xf32>
  %f0 = arith.constant 0.0 : f32
  %s = tile.splat %f0 : f32 -> !state
  // CHECK: %[[A:.*]] = tile.convert {{.*}} -> !tile.fragment<64x256xbf16, #tile.mma<accumulator, warps = [4, 2]>>
  %a = tile.convert %s : !state -> !operand
  %none = tile.splat %f0 : f32 -> !out
  // CHECK: tile.mma %[[A]], (%{{.*}}, %{{.*}}, %{{.*}}) transposed, %{{.*}} using %[[S]] : {{.*}} !tile.fragment<64x16xf32, #tile.mma<accumulator, warps = [4, 2]>>
  %o = tile.mma %a, (%q, %q, %q) transposed, %none : !operand, !tile.shared<16x256xbf16>, !out
  // CHECK: tile.mma %{{.*}} transposed, (%{{.*}}, %{{.*}}, %{{.*}}), %{{.*}} : {{.*}} !tile.fragment<64x256xf32, #tile.mma<accumulator, warps = [4, 2]>>
  %v = tile.alloc : !tile.shared<16x64xbf16>
  %t = tile.mma %v transposed, (%q, %q, %q), %s : !tile.shared<16x64xbf16>, !tile.shared<16x256xbf16>, !state
  return
}

// -----

!sums = !tile.fragment<32x128xf32, #tile.mma<accumulator>>
!gates = !tile.fragment<32x128xbf16, #tile.mma<b>>

// A product with an operand B in registers, which each warp but holds its columns of.
// CHECK-LABEL: func.func @sums(
func.func @sums(%g: !tile.shared<32x128xbf16>) attributes {tile.warps = 8 : i64} {
  %one = arith.constant 1.0 : bf16
  %f0 = arith.constant 0.0 : f32
  // CHECK: tile.splat %{{.*}} -> !tile.fragment<32x32xbf16, #tile.mma<a, warps = [1, 8]>>
  %ones = tile.splat %one : bf16 -> !tile.fragment<32x32xbf16, #tile.mma<a>>
  // CHECK: tile.load %{{.*}} -> !tile.fragment<32x128xbf16, #tile.mma<b, warps = [1, 8]>>
  %b = tile.load %g : !tile.shared<32x128xbf16> -> !gates
  %zero = tile.splat %f0 : f32 -> !sums
  %s = tile.mma %ones, %b, %zero : !tile.fragment<32x32xbf16, #tile.mma<a>>, !gates, !sums
  // CHECK: tile.reduce any %{{.*}} along column : {{.*}} -> !tile.fragment<1x128xf32, #tile.slice<row, #tile.mma<accumulator, warps = [1, 8]>>>
  %r = tile.reduce any %s along column : !sums -> !tile.fragment<1x128xf32, #tile.slice<row, #tile.mma<accumulator>>>
  return
}

// -----

!rows = !tile.fragment<32x128xf32, #tile.mma<accumulator>>
!column = !tile.fragment<32x1xf32, #tile.slice<column, #tile.mma<accumulator>>>

// 32 rows are too few for eight warps to have whole ones: they exchange.
// CHECK-LABEL: func.func @reduction(
func.func @reduction(%x: !tile.shared<32x128xf32>) attributes {tile.warps = 8 : i64} {
  // CHECK: %[[S:.*]] = tile.alloc : !tile.shared<4x32xf32>
  %f = tile.load %x : !tile.shared<32x128xf32> -> !rows
  // CHECK: tile.reduce add %{{.*}} along row using %[[S]]
  %r = tile.reduce add %f along row : !rows -> !column
  return
}

// -----

!wide = !tile.fragment<16x128xf32, #tile.mma<accumulator>>
!narrow = !tile.fragment<16x16xf32, #tile.mma<accumulator>>
!column = !tile.fragment<16x1xf32, #tile.slice<column, #tile.mma<accumulator>>>

// Eight warps split the wide source, two the narrow one: each is reduced, and the sums, or maxima, are combined.
// CHECK-LABEL: func.func @sources(
func.func @sources(%x: !tile.shared<16x128xf32>, %y: !tile.shared<16x16xf32>) attributes {tile.warps = 8 : i64} {
  // CHECK-DAG: %[[WIDE:.*]] = tile.alloc : !tile.shared<8x16xf32>
  // CHECK-DAG: %[[NARROW:.*]] = tile.alloc : !tile.shared<2x16xf32>
  %f = tile.load %x : !tile.shared<16x128xf32> -> !wide
  %g = tile.load %y : !tile.shared<16x16xf32> -> !narrow
  // CHECK: %[[A:.*]] = tile.reduce add %{{.*}} along row using
  // CHECK: %[[B:.*]] = tile.reduce add %{{.*}} along row using
  // CHECK: tile.map %[[A]], %[[B]] {
  // CHECK: arith.addf
  %r = tile.reduce add %f, %g along row : !wide, !narrow -> !column
  // CHECK: tile.reduce max
  // CHECK: tile.reduce max
  // CHECK: arith.maximumf
  %m = tile.reduce max %f, %g along row : !wide, !narrow -> !column
  return
}

// -----

!wide = !tile.fragment<16x128xf32, #tile.mma<accumulator>>
!narrow = !tile.fragment<16x16xf32, #tile.mma<accumulator>>

// Any of equal elements: those of the first.
// CHECK-LABEL: func.func @any(
func.func @any(%x: !tile.shared<16x128xf32>, %y: !tile.shared<16x16xf32>) attributes {tile.warps = 8 : i64} {
  // CHECK: %[[F:.*]] = tile.load
  %f = tile.load %x : !tile.shared<16x128xf32> -> !wide
  %g = tile.load %y : !tile.shared<16x16xf32> -> !narrow
  // CHECK: tile.reduce any %[[F]] along row : !tile.fragment<16x128xf32
  %r = tile.reduce any %f, %g along row : !wide, !narrow -> !tile.fragment<16x1xf32, #tile.slice<column, #tile.mma<accumulator>>>
  return
}

// -----

!out = !tile.fragment<32x64xf32, #tile.mma<accumulator>>

// With all columns a warp leaves out what a triangle has not; else half of B is less to load than half of A.
// CHECK-LABEL: func.func @triangle(
func.func @triangle(%a: !tile.shared<32x64xbf16>, %p: !tile.shared<64x64xbf16>) attributes {tile.warps = 2 : i64} {
  %c0 = arith.constant 0.0 : f32
  // CHECK: tile.mma {{.*}} within upper, {{.*}} warps = [2, 1]
  %zero = tile.splat %c0 : f32 -> !out
  %x = tile.mma %a, %p within upper, %zero : !tile.shared<32x64xbf16>, !tile.shared<64x64xbf16>, !out
  // CHECK: tile.mma {{.*}} warps = [1, 2]
  %other = tile.splat %c0 : f32 -> !out
  %y = tile.mma %a, %p, %other : !tile.shared<32x64xbf16>, !tile.shared<64x64xbf16>, !out
  return
}

// -----

// What is assigned stays, and functions without warps.
// CHECK-LABEL: func.func @assigned(
func.func @assigned(%x: !tile.shared<64x128xf32>) attributes {tile.warps = 8 : i64} {
  // CHECK: tile.load {{.*}} warps = [4, 2]
  %f = tile.load %x : !tile.shared<64x128xf32> -> !tile.fragment<64x128xf32, #tile.mma<accumulator, warps = [4, 2]>>
  return
}

// CHECK-LABEL: func.func @elsewhere(
func.func @elsewhere(%x: !tile.shared<64x128xf32>) {
  // CHECK: tile.load {{.*}} #tile.mma<accumulator>>
  %f = tile.load %x : !tile.shared<64x128xf32> -> !tile.fragment<64x128xf32, #tile.mma<accumulator>>
  return
}
