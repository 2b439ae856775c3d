// RUN: plait-opt %s --plait-set-target=target=sm_90a --plait-stage-fragments --canonicalize | FileCheck %s --check-prefixes=CHECK,FITS
// RUN: plait-opt %s --plait-set-target=target=sm_86 --plait-stage-fragments --canonicalize | FileCheck %s --check-prefixes=CHECK,SMALL
// RUN: plait-opt %s --plait-set-target=target=x86-64-v3 --plait-stage-fragments --canonicalize | FileCheck %s --check-prefixes=CHECK,FITS
// RUN: plait-opt %s --plait-stage-fragments --canonicalize | FileCheck %s --check-prefixes=CHECK,FITS

!state = !tile.fragment<128x256xf32, #tile.mma<accumulator, warps = [8, 1]>>
!less = !tile.fragment<128x96xf32, #tile.mma<accumulator, warps = [8, 1]>>
!r = !tile.fragment<16x256xf32, #tile.mma<accumulator, warps = [1, 8]>>
!n = !tile.fragment<16x256xbf16, #tile.mma<accumulator, warps = [1, 8]>>
!column = !tile.fragment<16x1xf32, #tile.slice<column, #tile.mma<accumulator, warps = [1, 8]>>>
!s = !tile.shared<16x256xbf16>
!f = !tile.shared<16x256xf32>
!state4 = !tile.fragment<64x256xf32, #tile.mma<accumulator, warps = [4, 1]>>
!r4 = !tile.fragment<16x256xf32, #tile.mma<accumulator, warps = [1, 4]>>
!n4 = !tile.fragment<16x256xbf16, #tile.mma<accumulator, warps = [1, 4]>>
!half4 = !tile.fragment<16x128xf32, #tile.mma<accumulator, warps = [1, 4]>>

// Each that reads what a map has made loads it, also before the branch; what was loaded is loaded again.
// CHECK-LABEL: func @branch(
// CHECK-SAME: %{{.*}}: index, %{{.*}}: i1, %[[S:[a-z0-9]*]]: !tile.shared<16x256xbf16>, %[[O:[a-z0-9]*]]: !tile.shared<16x256xf32>
func.func @branch(%n: index, %if: i1, %s: !s, %o: !f, %x: !n, %z: !state) -> !state attributes {plait.kernel, tile.warps = 8} {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  // FITS: %[[Q:.*]] = tile.alloc : !tile.shared<16x256xf32>
  // FITS: %[[P:.*]] = tile.alloc : !tile.shared<16x256xf32>
  // CHECK: scf.for
  %r = scf.for %i = %c0 to %n step %c16 iter_args(%last = %z) -> !state {
    tile.store %x to %s : !n, !s
    %l = tile.load %s : !s -> !n
    %k = tile.convert %l : !n -> !r
    // CHECK: %[[NEWP:.*]] = tile.map
    %p = tile.map %k {
    ^bb0(%e: f32, %row: index, %column: index):
      %y = math.exp %e : f32
      tile.yield %y : f32
    } : !r -> !r
    // FITS: tile.store %[[NEWP]] to %[[P]]
    // CHECK: %[[NEWQ:.*]] = tile.map
    %q = tile.map %k {
    ^bb0(%e: f32, %row: index, %column: index):
      %y = math.sqrt %e : f32
      tile.yield %y : f32
    } : !r -> !r
    // FITS: tile.store %[[NEWQ]] to %[[Q]]
    // FITS: %[[P0:.*]] = tile.load %[[P]]
    // FITS: tile.store %[[P0]] to %[[O]]
    tile.store %p to %o : !r, !f
    scf.if %if {
      // CHECK: scf.if
      // FITS: %[[P1:.*]] = tile.load %[[P]]
      // FITS: tile.store %[[P1]] to %[[O]]
      // FITS: %[[Q1:.*]] = tile.load %[[Q]]
      // FITS: tile.store %[[Q1]] to %[[O]]
      // FITS: %[[L:.*]] = tile.load %[[S]]
      // FITS: %[[K:.*]] = tile.convert %[[L]]
      // FITS: tile.store %[[K]] to %[[O]]
      tile.store %p to %o : !r, !f
      tile.store %q to %o : !r, !f
      tile.store %k to %o : !r, !f
    }
    scf.yield %last : !state
  }
  return %r : !state
}

// sm_86 has 99 KiB, of which the kernel takes 84: there is no room for what maps have made.
// CHECK-LABEL: func @no_room(
// CHECK-SAME: %{{.*}}: index, %{{.*}}: i1, %[[S:[a-z0-9]*]]: !tile.shared<16x256xbf16>, %[[O:[a-z0-9]*]]: !tile.shared<16x256xf32>
func.func @no_room(%n: index, %if: i1, %s: !s, %o: !f, %x: !n, %z: !state) -> !state attributes {plait.kernel, tile.warps = 8} {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %others = tile.alloc : !tile.shared<84x256xf32>
  // CHECK: scf.for
  %r = scf.for %i = %c0 to %n step %c16 iter_args(%last = %z) -> !state {
    tile.store %x to %s : !n, !s
    %l = tile.load %s : !s -> !n
    %k = tile.convert %l : !n -> !r
    // CHECK: %[[NEWP:.*]] = tile.map
    %p = tile.map %k {
    ^bb0(%e: f32, %row: index, %column: index):
      %y = math.exp %e : f32
      tile.yield %y : f32
    } : !r -> !r
    // FITS: tile.store %[[NEWP]]
    // SMALL-NOT: tile.store
    // CHECK: tile.map
    %q = tile.map %k {
    ^bb0(%e: f32, %row: index, %column: index):
      %y = math.sqrt %e : f32
      tile.yield %y : f32
    } : !r -> !r
    %t = tile.load %others : !tile.shared<84x256xf32> -> !tile.fragment<84x256xf32, #tile.blocked<vector = 4, warps = 8>>
    // SMALL: tile.store %[[NEWP]] to %[[O]]
    tile.store %p to %o : !r, !f
    scf.if %if {
      // CHECK: scf.if
      // SMALL-NEXT: tile.store %[[NEWP]] to %[[O]]
      // SMALL: %[[L:.*]] = tile.load %[[S]]
      // SMALL: %[[K:.*]] = tile.convert %[[L]]
      // SMALL: tile.store %[[K]] to %[[O]]
      tile.store %p to %o : !r, !f
      tile.store %q to %o : !r, !f
      tile.store %k to %o : !r, !f
    }
    scf.yield %last : !state
  }
  return %r : !state
}

// A tile that is written behind the load can't be loaded again; the others are 32 registers.
// CHECK-LABEL: func @written_later(
func.func @written_later(%n: index, %if: i1, %s: !s, %o: !f, %x: !n, %z: !state) -> !state attributes {plait.kernel, tile.warps = 8} {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  // CHECK: scf.for
  %r = scf.for %i = %c0 to %n step %c16 iter_args(%last = %z) -> !state {
    tile.store %x to %s : !n, !s
    // CHECK-COUNT-1: tile.load
    // CHECK-NOT: tile.load
    %l = tile.load %s : !s -> !n
    %k = tile.convert %l : !n -> !r
    %p = tile.map %k {
    ^bb0(%e: f32, %row: index, %column: index):
      %y = math.exp %e : f32
      tile.yield %y : f32
    } : !r -> !r
    %q = tile.map %k {
    ^bb0(%e: f32, %row: index, %column: index):
      %y = math.sqrt %e : f32
      tile.yield %y : f32
    } : !r -> !r
    tile.store %x to %s : !n, !s
    tile.store %p to %o : !r, !f
    scf.if %if {
      tile.store %p to %o : !r, !f
      tile.store %q to %o : !r, !f
      tile.store %k to %o : !r, !f
    }
    scf.yield %last : !state
  }
  return %r : !state
}

// 32 registers of matrices are held beside the state: there are as many. Rows and columns don't count.
// CHECK-LABEL: func @few(
func.func @few(%n: index, %if: i1, %s: !s, %o: !f, %x: !n, %z: !state, %c: !column, %d: !tile.shared<16x1xf32>) -> !state attributes {plait.kernel, tile.warps = 8} {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  // CHECK: scf.for
  %r = scf.for %i = %c0 to %n step %c16 iter_args(%last = %z) -> !state {
    tile.store %x to %s : !n, !s
    // CHECK-COUNT-1: tile.load
    // CHECK-NOT: tile.load
    %l = tile.load %s : !s -> !n
    %k = tile.convert %l : !n -> !r
    %p = tile.map %k {
    ^bb0(%e: f32, %row: index, %column: index):
      %y = math.exp %e : f32
      tile.yield %y : f32
    } : !r -> !r
    %q = tile.map %k {
    ^bb0(%e: f32, %row: index, %column: index):
      %y = math.sqrt %e : f32
      tile.yield %y : f32
    } : !r -> !r
    %v = tile.map %c {
    ^bb0(%e: f32, %row: index, %column: index):
      %y = math.tanh %e : f32
      tile.yield %y : f32
    } : !column -> !column
    tile.store %p to %o : !r, !f
    scf.if %if {
      tile.store %p to %o : !r, !f
      tile.store %q to %o : !r, !f
      tile.store %v to %d : !column, !tile.shared<16x1xf32>
    }
    scf.yield %last : !state
  }
  return %r : !state
}

// 48 are carried: there are enough for the others.
// CHECK-LABEL: func @small_state(
func.func @small_state(%n: index, %if: i1, %s: !s, %o: !f, %x: !n, %z: !less) -> !less attributes {plait.kernel, tile.warps = 8} {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  // CHECK: scf.for
  %r = scf.for %i = %c0 to %n step %c16 iter_args(%last = %z) -> !less {
    tile.store %x to %s : !n, !s
    // CHECK-COUNT-1: tile.load
    // CHECK-NOT: tile.load
    %l = tile.load %s : !s -> !n
    %k = tile.convert %l : !n -> !r
    %p = tile.map %k {
    ^bb0(%e: f32, %row: index, %column: index):
      %y = math.exp %e : f32
      tile.yield %y : f32
    } : !r -> !r
    %q = tile.map %k {
    ^bb0(%e: f32, %row: index, %column: index):
      %y = math.sqrt %e : f32
      tile.yield %y : f32
    } : !r -> !r
    tile.store %p to %o : !r, !f
    scf.if %if {
      tile.store %p to %o : !r, !f
      tile.store %q to %o : !r, !f
      tile.store %k to %o : !r, !f
    }
    scf.yield %last : !less
  }
  return %r : !less
}

// Nothing is between.
// CHECK-LABEL: func @straight(
func.func @straight(%n: index, %if: i1, %s: !s, %o: !f, %x: !n, %z: !state) -> !state attributes {plait.kernel, tile.warps = 8} {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  // CHECK: scf.for
  %r = scf.for %i = %c0 to %n step %c16 iter_args(%last = %z) -> !state {
    tile.store %x to %s : !n, !s
    // CHECK-COUNT-1: tile.load
    // CHECK-NOT: tile.load
    %l = tile.load %s : !s -> !n
    %k = tile.convert %l : !n -> !r
    %p = tile.map %k {
    ^bb0(%e: f32, %row: index, %column: index):
      %y = math.exp %e : f32
      tile.yield %y : f32
    } : !r -> !r
    %q = tile.map %k {
    ^bb0(%e: f32, %row: index, %column: index):
      %y = math.sqrt %e : f32
      tile.yield %y : f32
    } : !r -> !r
    tile.store %p to %o : !r, !f
    tile.store %p to %o : !r, !f
    tile.store %q to %o : !r, !f
    tile.store %k to %o : !r, !f
    scf.yield %last : !state
  }
  return %r : !state
}

// A loop is between as a branch is, and who reads behind it waits as long. A product that reads the tile, too, does not
// write it.
// CHECK-LABEL: func @behind_a_loop(
// CHECK-SAME: %{{.*}}: index, %{{.*}}: i1, %[[S:[a-z0-9]*]]: !tile.shared<16x256xbf16>, %[[O:[a-z0-9]*]]: !tile.shared<16x256xf32>
func.func @behind_a_loop(%n: index, %if: i1, %s: !s, %o: !f, %w: !s, %x: !n, %z: !state, %z0: !r, %ones: !tile.fragment<16x16xbf16, #tile.mma<a, warps = [1, 8]>>) -> !state attributes {plait.kernel, tile.warps = 8} {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  // CHECK: scf.for
  %r = scf.for %i = %c0 to %n step %c16 iter_args(%last = %z) -> !state {
    tile.store %x to %s : !n, !s
    %l = tile.load %s : !s -> !n
    %k = tile.convert %l : !n -> !r
    // FITS: %[[NEWP:.*]] = tile.map
    // FITS: tile.store %[[NEWP]] to %[[P:[a-z0-9]*]]
    %p = tile.map %k {
    ^bb0(%e: f32, %row: index, %column: index):
      %y = math.exp %e : f32
      tile.yield %y : f32
    } : !r -> !r
    %q = tile.map %k {
    ^bb0(%e: f32, %row: index, %column: index):
      %y = math.sqrt %e : f32
      tile.yield %y : f32
    } : !r -> !r
    // FITS: scf.for
    // FITS-NOT: tile.load
    // FITS: }
    scf.for %j = %c0 to %n step %c16 {
      tile.store %x to %w : !n, !s
    }
    // FITS: %[[P0:.*]] = tile.load %[[P]]
    // FITS: tile.store %[[P0]] to %[[O]]
    tile.store %p to %o : !r, !f
    tile.store %q to %o : !r, !f
    // FITS: %[[L:.*]] = tile.load %[[S]]
    // FITS: %[[K:.*]] = tile.convert %[[L]]
    // FITS: tile.store %[[K]] to %[[O]]
    tile.store %k to %o : !r, !f
    %m = tile.mma %ones, %s, %z0 : !tile.fragment<16x16xbf16, #tile.mma<a, warps = [1, 8]>>, !s, !r
    tile.store %m to %o : !r, !f
    scf.yield %last : !state
  }
  return %r : !state
}

// What starts an inner loop is not held through it.
// CHECK-LABEL: func @start_of_a_loop(
func.func @start_of_a_loop(%n: index, %if: i1, %s: !s, %o: !f, %x: !n, %z: !state) -> !state attributes {plait.kernel, tile.warps = 8} {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  // CHECK: scf.for
  %r = scf.for %i = %c0 to %n step %c16 iter_args(%last = %z) -> !state {
    tile.store %x to %s : !n, !s
    // CHECK-COUNT-1: tile.load
    // CHECK-NOT: tile.load
    %l = tile.load %s : !s -> !n
    %k = tile.convert %l : !n -> !r
    %p = tile.map %k {
    ^bb0(%e: f32, %row: index, %column: index):
      %y = math.exp %e : f32
      tile.yield %y : f32
    } : !r -> !r
    %q = tile.map %k {
    ^bb0(%e: f32, %row: index, %column: index):
      %y = math.sqrt %e : f32
      tile.yield %y : f32
    } : !r -> !r
    %u:3 = scf.for %j = %c0 to %n step %c16 iter_args(%a = %p, %b = %q, %c = %k) -> (!r, !r, !r) {
      scf.yield %b, %c, %a : !r, !r, !r
    }
    tile.store %u#0 to %o : !r, !f
    scf.yield %last : !state
  }
  return %r : !state
}

// The largest goes first: of sm_86 the last has no room. A second CTA has none in any case.
// CHECK-LABEL: func @sizes(
func.func @sizes(%n: index, %if: i1, %s: !s, %o: !f, %g: !tile.shared<16x128xf32>, %h: !half4, %x: !n4, %z: !state4) -> !state4 attributes {plait.kernel, tile.warps = 4} {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %others = tile.alloc : !tile.shared<60x256xf32>
  // CHECK: scf.for
  %r = scf.for %i = %c0 to %n step %c16 iter_args(%last = %z) -> !state4 {
    tile.store %x to %s : !n4, !s
    %l = tile.load %s : !s -> !n4
    %k = tile.convert %l : !n4 -> !r4
    // CHECK: tile.map
    // FITS: tile.store
    // SMALL-NOT: tile.store
    %t = tile.map %h {
    ^bb0(%e: f32, %row: index, %column: index):
      %y = math.tanh %e : f32
      tile.yield %y : f32
    } : !half4 -> !half4
    // CHECK: %[[NEWP:.*]] = tile.map
    // CHECK: tile.store %[[NEWP]] to
    %p = tile.map %k {
    ^bb0(%e: f32, %row: index, %column: index):
      %y = math.exp %e : f32
      tile.yield %y : f32
    } : !r4 -> !r4
    // CHECK: %[[NEWQ:.*]] = tile.map
    // CHECK: tile.store %[[NEWQ]] to
    %q = tile.map %k {
    ^bb0(%e: f32, %row: index, %column: index):
      %y = math.sqrt %e : f32
      tile.yield %y : f32
    } : !r4 -> !r4
    %y = tile.load %others : !tile.shared<60x256xf32> -> !tile.fragment<60x256xf32, #tile.blocked<vector = 4, warps = 4>>
    scf.if %if {
      // CHECK: scf.if
      tile.store %t to %g : !half4, !tile.shared<16x128xf32>
      tile.store %p to %o : !r4, !f
      tile.store %q to %o : !r4, !f
    }
    scf.yield %last : !state4
  }
  return %r : !state4
}

// CHECK-LABEL: func @no_kernel(
func.func @no_kernel(%n: index, %if: i1, %s: !s, %o: !f, %x: !n, %z: !state) -> !state attributes {tile.warps = 8} {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  // CHECK: scf.for
  %r = scf.for %i = %c0 to %n step %c16 iter_args(%last = %z) -> !state {
    tile.store %x to %s : !n, !s
    // CHECK-COUNT-1: tile.load
    // CHECK-NOT: tile.load
    %l = tile.load %s : !s -> !n
    %k = tile.convert %l : !n -> !r
    %p = tile.map %k {
    ^bb0(%e: f32, %row: index, %column: index):
      %y = math.exp %e : f32
      tile.yield %y : f32
    } : !r -> !r
    %q = tile.map %k {
    ^bb0(%e: f32, %row: index, %column: index):
      %y = math.sqrt %e : f32
      tile.yield %y : f32
    } : !r -> !r
    scf.if %if {
      tile.store %p to %o : !r, !f
      tile.store %q to %o : !r, !f
      tile.store %k to %o : !r, !f
    }
    scf.yield %last : !state
  }
  return %r : !state
}
