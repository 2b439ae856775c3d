// RUN: plait-opt %s --plait-set-target=target=sm_90a --plait-allocate-shared | FileCheck %s

!k = !tile.shared<64x128xbf16>
!p = !tile.shared<64x64xbf16>
!kf = !tile.fragment<64x128xbf16, #tile.mma<accumulator, warps = [4, 2]>>
!pf = !tile.fragment<64x64xbf16, #tile.mma<accumulator, warps = [4, 2]>>
!sum = !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>

// One after the other.
// CHECK-LABEL: func @in_turn
// CHECK-SAME: tile.shared_bytes = 16384 : i64
func.func @in_turn(%x: !kf, %y: !pf) attributes {plait.kernel} {
  // CHECK: tile.alloc at 0 : !tile.shared<64x128xbf16>
  %a = tile.alloc : !k
  // CHECK: tile.alloc at 0 : !tile.shared<64x64xbf16>
  %b = tile.alloc : !p
  tile.store %x to %a : !kf, !k
  %u = tile.load %a : !k -> !kf
  tile.store %y to %b : !pf, !p
  %v = tile.load %b : !p -> !pf
  return
}

// CHECK-LABEL: func @together
// CHECK-SAME: tile.shared_bytes = 24576 : i64
func.func @together(%x: !kf, %y: !pf) attributes {plait.kernel} {
  // CHECK: tile.alloc at 16384 : !tile.shared<64x64xbf16>
  %b = tile.alloc : !p
  // CHECK: tile.alloc at 0 : !tile.shared<64x128xbf16>
  %a = tile.alloc : !k
  tile.store %x to %a : !kf, !k
  tile.store %y to %b : !pf, !p
  %u = tile.load %a : !k -> !kf
  %v = tile.load %b : !p -> !pf
  return
}

// What a loop reads before it writes, or only reads, or has in stages, is in use all the time.
// CHECK-LABEL: func @loop
// CHECK-SAME: tile.shared_bytes = 73728 : i64
func.func @loop(%x: !kf, %y: !pf, %n: index) attributes {plait.kernel} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // CHECK: tile.alloc at 0 : !tile.shared<64x128xbf16, stages = 2>
  %stages = tile.alloc : !tile.shared<64x128xbf16, stages = 2>
  // CHECK: tile.alloc at 32768 : !tile.shared<64x128xbf16>
  %read = tile.alloc : !k
  // CHECK: tile.alloc at 65536 : !tile.shared<64x64xbf16>
  %carried = tile.alloc : !p
  // CHECK: tile.alloc at 49152 : !tile.shared<64x128xbf16>
  %first = tile.alloc : !k
  // CHECK: tile.alloc at 49152 : !tile.shared<64x128xbf16>
  %second = tile.alloc : !k
  tile.store %x to %read : !kf, !k
  scf.for %i = %c0 to %n step %c1 {
    tile.store %x to %stages[%c0] : !kf, !tile.shared<64x128xbf16, stages = 2>
    %r = tile.load %read : !k -> !kf
    %c = tile.load %carried : !p -> !pf
    tile.store %c to %carried : !pf, !p
    tile.store %x to %first : !kf, !k
    %u = tile.load %first : !k -> !kf
    tile.store %x to %second : !kf, !k
    %v = tile.load %second : !k -> !kf
  }
  return
}

// A copy that is under way keeps its place.
// CHECK-LABEL: func @copies
// CHECK-SAME: tile.shared_bytes = 32768 : i64
func.func @copies(%m: memref<64x128xbf16>, %x: !kf) attributes {plait.kernel} {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  // CHECK: tile.alloc at 0
  %a = tile.alloc : !k
  // CHECK: tile.alloc at 16384
  %b = tile.alloc : !k
  // CHECK: tile.alloc at 0
  %c = tile.alloc : !k
  tile.copy_async %m[%c0, %c0] along 0 rows %c64 to %a : memref<64x128xbf16>, !k
  %g = tile.commit : !tile.token
  tile.store %x to %b : !kf, !k
  tile.wait %g pending 0
  tile.store %x to %c : !kf, !k
  return
}

// While there is room, tiles have bytes of their own: here all, for three CTAs of 4 warps on a multiprocessor.
!four_k = !tile.fragment<64x128xbf16, #tile.mma<accumulator, warps = [2, 2]>>
!four_p = !tile.fragment<64x64xbf16, #tile.mma<accumulator, warps = [2, 2]>>
// CHECK-LABEL: func @alone
// CHECK-SAME: tile.shared_bytes = 24576 : i64
func.func @alone(%x: !four_k, %y: !four_p) attributes {plait.kernel, tile.warps = 4 : i64} {
  // CHECK: tile.alloc at 0 : !tile.shared<64x128xbf16>
  %a = tile.alloc : !k
  // CHECK: tile.alloc at 16384 : !tile.shared<64x64xbf16>
  %b = tile.alloc : !p
  tile.store %x to %a : !four_k, !k
  %u = tile.load %a : !k -> !four_k
  tile.store %y to %b : !four_p, !p
  %v = tile.load %b : !p -> !four_p
  return
}

// With more than half of a multiprocessor's 228 KB the second CTA would go: the largest share bytes.
!large = !tile.shared<192x256xbf16>
!largef = !tile.fragment<192x256xbf16, #tile.mma<accumulator, warps = [4, 1]>>
// CHECK-LABEL: func @crowded
// CHECK-SAME: tile.shared_bytes = 106496 : i64
func.func @crowded(%x: !largef, %y: !four_p, %z: !four_k) attributes {plait.kernel, tile.warps = 4 : i64} {
  // CHECK: tile.alloc at 0 : !tile.shared<192x256xbf16>
  %a = tile.alloc : !large
  // CHECK: tile.alloc at 0 : !tile.shared<64x128xbf16>
  %b = tile.alloc : !k
  // CHECK: tile.alloc at 98304 : !tile.shared<64x64xbf16>
  %c = tile.alloc : !p
  tile.store %x to %a : !largef, !large
  %u = tile.load %a : !large -> !largef
  tile.store %z to %b : !four_k, !k
  %v = tile.load %b : !k -> !four_k
  tile.store %y to %c : !four_p, !p
  %w = tile.load %c : !p -> !four_p
  return
}

// Three CTAs of 72 KB fit, or two of 88 KB: which, what a loop carries says.
!third = !tile.shared<144x256xbf16>
!thirdf = !tile.fragment<144x256xbf16, #tile.blocked<vector = 8, warps = 4>>
!few = !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 1]>>
!many = !tile.fragment<64x128xf32, #tile.mma<accumulator, warps = [4, 1]>>
// CHECK-LABEL: func @three_ctas
// CHECK-SAME: tile.shared_bytes = 73728 : i64
func.func @three_ctas(%x: !thirdf, %y: !four_k, %carried: !few, %n: index) attributes {plait.kernel, tile.warps = 4 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %a = tile.alloc : !third
  %b = tile.alloc : !k
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%s = %carried) -> (!few) {
    tile.store %x to %a : !thirdf, !third
    %u = tile.load %a : !third -> !thirdf
    tile.store %y to %b : !four_k, !k
    %v = tile.load %b : !k -> !four_k
    scf.yield %s : !few
  }
  return
}

// CHECK-LABEL: func @two_ctas
// CHECK-SAME: tile.shared_bytes = 90112 : i64
func.func @two_ctas(%x: !thirdf, %y: !four_k, %carried: !many, %n: index) attributes {plait.kernel, tile.warps = 4 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %a = tile.alloc : !third
  %b = tile.alloc : !k
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%s = %carried) -> (!many) {
    tile.store %x to %a : !thirdf, !third
    %u = tile.load %a : !third -> !thirdf
    tile.store %y to %b : !four_k, !k
    %v = tile.load %b : !k -> !four_k
    scf.yield %s : !many
  }
  return
}

// CHECK-LABEL: func @host
// CHECK-NOT: tile.shared_bytes
func.func @host() {
  return
}

// Places are multiples of 128 bytes, whatever lies before them.
!row = !tile.shared<1x32xbf16>
!rowf = !tile.fragment<1x32xbf16, #tile.blocked<vector = 1, warps = 1>>
// CHECK-LABEL: func @aligned
// CHECK-SAME: tile.shared_bytes = 192 : i64
func.func @aligned(%x: !rowf) attributes {plait.kernel} {
  // CHECK: tile.alloc at 0 : !tile.shared<1x32xbf16>
  %a = tile.alloc : !row
  // CHECK: tile.alloc at 128 : !tile.shared<1x32xbf16>
  %b = tile.alloc : !row
  tile.store %x to %a : !rowf, !row
  tile.store %x to %b : !rowf, !row
  %u = tile.load %a : !row -> !rowf
  %v = tile.load %b : !row -> !rowf
  return
}

// What a product adds up its parts of K in is not in use before it nor after, but for what it may read as B.
// CHECK-LABEL: func @scratch
// CHECK-SAME: tile.shared_bytes = 49152 : i64
func.func @scratch(%a: !kf, %x: !kf, %z: !sum, %n: index) attributes {plait.kernel} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // CHECK: tile.alloc at 32768 : !tile.shared<64x128xbf16>
  %read = tile.alloc : !k
  // CHECK: tile.alloc at 0 : !tile.shared<128x64xf32>
  %first = tile.alloc : !tile.shared<128x64xf32>
  // CHECK: tile.alloc at 0 : !tile.shared<128x64xf32>
  %second = tile.alloc : !tile.shared<128x64xf32>
  tile.store %x to %read : !kf, !k
  scf.for %i = %c0 to %n step %c1 {
    %u = tile.mma %a, %read transposed, %z using %first : !tile.shared<128x64xf32> : !kf, !k, !sum
    %v = tile.mma %a, %read transposed, %z using %second : !tile.shared<128x64xf32> : !kf, !k, !sum
  }
  return
}
