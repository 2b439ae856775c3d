// RUN: plait-opt %s --plait-insert-barriers | FileCheck %s

!s = !tile.shared<64x64xbf16>
!two = !tile.shared<64x64xbf16, stages = 2>
!f = !tile.fragment<64x64xbf16, #tile.mma<accumulator, warps = [4, 2]>>
!w = !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>
!m = memref<64x64xbf16>

// CHECK-LABEL: func @line
func.func @line(%x: !f) attributes {plait.kernel} {
  %a = tile.alloc at 0 : !s
  %b = tile.alloc at 8192 : !s
  // Reads don't meet, nor do other bytes.
  // CHECK: tile.store
  // CHECK-NEXT: tile.store
  // CHECK-NEXT: tile.barrier
  // CHECK-NEXT: tile.load
  // CHECK-NEXT: tile.load
  // CHECK-NEXT: tile.load
  // CHECK-NEXT: tile.barrier
  // CHECK-NEXT: tile.store
  // CHECK-NEXT: return
  tile.store %x to %a : !f, !s
  tile.store %x to %b : !f, !s
  %u = tile.load %a : !s -> !f
  %v = tile.load %a : !s -> !f
  %w = tile.load %b : !s -> !f
  tile.store %x to %a : !f, !s
  return
}

// A product reads all parts.
// CHECK-LABEL: func @parts
func.func @parts(%x: !f, %y: !w) attributes {plait.kernel} {
  %a = tile.alloc at 0 : !s
  %b = tile.alloc at 8192 : !s
  // CHECK: tile.store
  // CHECK-NEXT: tile.barrier
  // CHECK-NEXT: tile.mma
  // CHECK-NEXT: tile.barrier
  // CHECK-NEXT: tile.store
  tile.store %x to %b : !f, !s
  %p = tile.mma %a, (%a, %b) transposed, %y : !s, !s, !w
  tile.store %x to %b : !f, !s
  return
}

// A gather reads.
// CHECK-LABEL: func @gather
func.func @gather(%x: !f) attributes {plait.kernel} {
  %a = tile.alloc at 0 : !s
  // CHECK: tile.store
  // CHECK-NEXT: tile.barrier
  // CHECK-NEXT: tile.gather
  // CHECK: tile.gather
  // CHECK: } : !tile.shared
  // CHECK-NEXT: tile.barrier
  // CHECK-NEXT: tile.store
  tile.store %x to %a : !f, !s
  %u = tile.gather %a {
  ^bb0(%row: index, %column: index):
    tile.yield %row : index
  } : !s -> !f
  %v = tile.gather %a {
  ^bb0(%row: index, %column: index):
    tile.yield %column : index
  } : !s -> !f
  tile.store %x to %a : !f, !s
  return
}

// Tiles share bytes.
// CHECK-LABEL: func @shared_bytes
func.func @shared_bytes(%x: !f) attributes {plait.kernel} {
  %a = tile.alloc at 0 : !s
  %b = tile.alloc at 4096 : !s
  // CHECK: tile.load
  // CHECK-NEXT: tile.barrier
  // CHECK-NEXT: tile.store
  %u = tile.load %a : !s -> !f
  tile.store %x to %b : !f, !s
  return
}

// The next iteration's store meets this one's load.
// CHECK-LABEL: func @loop
func.func @loop(%x: !f, %n: index) attributes {plait.kernel} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %a = tile.alloc at 0 : !s
  // CHECK: scf.for
  // CHECK-NEXT: tile.barrier
  // CHECK-NEXT: tile.store
  // CHECK-NEXT: tile.barrier
  // CHECK-NEXT: tile.load
  // CHECK-NEXT: }
  // CHECK-NEXT: return
  scf.for %i = %c0 to %n step %c1 {
    tile.store %x to %a : !f, !s
    %u = tile.load %a : !s -> !f
  }
  return
}

// Behind a loop that runs its barrier serves, but for one that may not.
// CHECK-LABEL: func @behind_loops
func.func @behind_loops(%x: !f, %n: index) attributes {plait.kernel} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %a = tile.alloc at 0 : !s
  %b = tile.alloc at 8192 : !s
  tile.store %x to %a : !f, !s
  // CHECK: scf.for %{{.*}} = %c0 to %c4
  // CHECK-NEXT: tile.barrier
  // CHECK-NEXT: tile.load
  // CHECK-NEXT: }
  // CHECK-NEXT: tile.load
  scf.for %i = %c0 to %c4 step %c1 {
    %u = tile.load %a : !s -> !f
  }
  %v = tile.load %a : !s -> !f
  tile.store %x to %b : !f, !s
  // CHECK: scf.for %{{.*}} = %c0 to %arg1
  // CHECK-NEXT: tile.barrier
  // CHECK-NEXT: tile.load
  // CHECK-NEXT: }
  // CHECK-NEXT: tile.barrier
  // CHECK-NEXT: tile.load
  scf.for %i = %c0 to %n step %c1 {
    %w = tile.load %b : !s -> !f
  }
  %y = tile.load %b : !s -> !f
  return
}

// One barrier serves what has arrived and what the next copy overwrites.
// CHECK-LABEL: func @stages
func.func @stages(%m: memref<?x64xbf16>, %n: index) attributes {plait.kernel} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %a = tile.alloc at 0 : !two
  tile.copy_async %m[%c0, %c0] along 0 rows %n to %a[%c0] : memref<?x64xbf16>, !two
  %g0 = tile.commit : !tile.token
  // CHECK: scf.for
  // CHECK-NEXT: tile.wait
  // CHECK-NOT: tile.barrier
  // CHECK: arith.cmpi
  // CHECK-NEXT: tile.barrier
  // CHECK-NEXT: scf.if
  // CHECK-NEXT: tile.copy_async
  // CHECK-NEXT: }
  // CHECK-NEXT: tile.commit
  // CHECK-NEXT: tile.load
  // CHECK-NEXT: scf.yield
  // CHECK-NOT: tile.barrier
  // CHECK: return
  %r:2 = scf.for %t = %c0 to %n step %c64 iter_args(%stage = %c0, %g = %g0) -> (index, !tile.token) {
    tile.wait %g pending 0
    %next = arith.addi %t, %c64 : index
    %other = arith.subi %c1, %stage : index
    %more = arith.cmpi slt, %next, %n : index
    scf.if %more {
      tile.copy_async %m[%next, %c0] along 0 rows %n to %a[%other] : memref<?x64xbf16>, !two
    }
    %later = tile.commit : !tile.token
    %u = tile.load %a[%stage] : !two -> !f
    scf.yield %other, %later : index, !tile.token
  }
  return
}

// Of two stages the one that a number is not.
// CHECK-LABEL: func @other_stage
func.func @other_stage(%x: !f, %stage: index) attributes {plait.kernel} {
  %c1 = arith.constant 1 : index
  %s = tile.alloc at 0 : !tile.shared<64x64xbf16, stages = 2>
  %other = arith.subi %c1, %stage : index
  // CHECK: tile.store
  tile.store %x to %s[%stage] : !f, !tile.shared<64x64xbf16, stages = 2>
  // CHECK-NEXT: tile.load
  %u = tile.load %s[%other] : !tile.shared<64x64xbf16, stages = 2> -> !f
  // CHECK-NEXT: tile.barrier
  // CHECK-NEXT: tile.load
  %v = tile.load %s[%stage] : !tile.shared<64x64xbf16, stages = 2> -> !f
  return
}

// A branch may write: both are followed by a barrier. One that meets what was before has it before the branch.
// CHECK-LABEL: func @branches
func.func @branches(%x: !f, %c: i1) attributes {plait.kernel} {
  %a = tile.alloc at 0 : !s
  // CHECK: tile.store
  // CHECK-NEXT: tile.barrier
  // CHECK-NEXT: scf.if
  // CHECK-NEXT: tile.load
  // CHECK-NEXT: } else {
  // CHECK-NEXT: tile.store
  // CHECK-NEXT: }
  // CHECK-NEXT: tile.barrier
  // CHECK-NEXT: tile.load
  tile.store %x to %a : !f, !s
  scf.if %c {
    %u = tile.load %a : !s -> !f
  } else {
    tile.store %x to %a : !f, !s
  }
  %v = tile.load %a : !s -> !f
  return
}

// A reduction has a barrier between its writes and its reads.
// CHECK-LABEL: func @reductions
func.func @reductions(%x: !f, %y: !w) attributes {plait.kernel} {
  %a = tile.alloc at 0 : !s
  %b = tile.alloc at 8192 : !tile.shared<2x64xf32>
  // CHECK: tile.store
  // CHECK-NEXT: tile.reduce
  // CHECK-NEXT: tile.load
  // CHECK-NEXT: tile.barrier
  // CHECK-NEXT: tile.reduce
  tile.store %x to %a : !f, !s
  %r = tile.reduce add %y along row using %b : !tile.shared<2x64xf32> : !w -> !tile.fragment<64x1xf32, #tile.slice<column, #tile.mma<accumulator, warps = [4, 2]>>>
  %u = tile.load %a : !s -> !f
  %t = tile.reduce max %y along row using %b : !tile.shared<2x64xf32> : !w -> !tile.fragment<64x1xf32, #tile.slice<column, #tile.mma<accumulator, warps = [4, 2]>>>
  return
}

// So has a product of warps that have parts of K: between its reads of the other operand and the scratch's.
// CHECK-LABEL: func @partial_products
func.func @partial_products(%x: !tile.fragment<32x64xbf16, #tile.blocked<vector = 8, warps = 8>>, %y: !tile.fragment<64x64xbf16, #tile.mma<accumulator, warps = [4, 2]>>,
                            %z: !tile.fragment<64x32xf32, #tile.mma<accumulator, warps = [4, 2]>>) attributes {plait.kernel} {
  %a = tile.alloc at 0 : !tile.shared<32x64xbf16>
  %b = tile.alloc at 8192 : !tile.shared<128x32xf32>
  // CHECK: tile.store
  // CHECK-NEXT: tile.barrier
  // CHECK-NEXT: tile.mma
  // CHECK-NEXT: tile.store
  // CHECK-NEXT: tile.barrier
  // CHECK-NEXT: tile.mma
  // CHECK-NEXT: return
  tile.store %x to %a : !tile.fragment<32x64xbf16, #tile.blocked<vector = 8, warps = 8>>, !tile.shared<32x64xbf16>
  %r = tile.mma %y, %a transposed, %z using %b : !tile.shared<128x32xf32> : !tile.fragment<64x64xbf16, #tile.mma<accumulator, warps = [4, 2]>>, !tile.shared<32x64xbf16>, !tile.fragment<64x32xf32, #tile.mma<accumulator, warps = [4, 2]>>
  tile.store %x to %a : !tile.fragment<32x64xbf16, #tile.blocked<vector = 8, warps = 8>>, !tile.shared<32x64xbf16>
  %t = tile.mma %y, %a transposed, %r using %b : !tile.shared<128x32xf32> : !tile.fragment<64x64xbf16, #tile.mma<accumulator, warps = [4, 2]>>, !tile.shared<32x64xbf16>, !tile.fragment<64x32xf32, #tile.mma<accumulator, warps = [4, 2]>>
  return
}

// Where threads agree on a choice, they have waited for each other.
// CHECK-LABEL: func @choices
func.func @choices(%x: !f, %y: !w, %bound: f32) attributes {plait.kernel} {
  %a = tile.alloc at 0 : !s
  // CHECK: tile.store
  // CHECK-NEXT: tile.exceeds
  // CHECK-NEXT: tile.load
  // CHECK-NEXT: return
  tile.store %x to %a : !f, !s
  %c = tile.exceeds %y over %bound : !w
  %u = tile.load %a : !s -> !f
  return
}

// What a reduction leaves in its scratch may be read as well.
// CHECK-LABEL: func @scratch
func.func @scratch(%y: !w) attributes {plait.kernel} {
  %b = tile.alloc at 0 : !tile.shared<2x64xf32>
  // CHECK: tile.reduce
  // CHECK-NEXT: tile.load
  %r = tile.reduce add %y along row using %b : !tile.shared<2x64xf32> : !w -> !tile.fragment<64x1xf32, #tile.slice<column, #tile.mma<accumulator, warps = [4, 2]>>>
  %u = tile.load %b : !tile.shared<2x64xf32> -> !tile.fragment<2x64xf32, #tile.blocked<vector = 4, warps = 8>>
  return
}

// A wait brings each thread its own copies; a barrier those of others.
// CHECK-LABEL: func @arrival
func.func @arrival(%m: memref<?x64xbf16>, %n: index) attributes {plait.kernel} {
  %c0 = arith.constant 0 : index
  %a = tile.alloc at 0 : !s
  tile.copy_async %m[%c0, %c0] along 0 rows %n to %a : memref<?x64xbf16>, !s
  %g = tile.commit : !tile.token
  // CHECK: tile.wait
  // CHECK-NEXT: tile.barrier
  // CHECK-NEXT: tile.load
  tile.wait %g pending 0
  %u = tile.load %a : !s -> !f
  return
}

// Global memory: a loop's stores are to different places, but what is read was written by others.
// CHECK-LABEL: func @global
func.func @global(%m: !m, %n: index) attributes {plait.kernel} {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %u = tile.load_global %m[%c0, %c0] along 0 rows %c64 : !m -> !f
  // CHECK: tile.load_global
  // CHECK: scf.for
  // CHECK-NEXT: tile.barrier
  // CHECK-NEXT: tile.store_global
  // CHECK-NEXT: }
  // CHECK-NEXT: tile.barrier
  // CHECK-NEXT: tile.load_global
  scf.for %i = %c0 to %n step %c64 {
    tile.store_global %u to %m[%i, %c0] along 0 rows %n : !f, !m
  }
  %v = tile.load_global %m[%c0, %c0] along 0 rows %c64 : !m -> !f
  return
}

// CHECK-LABEL: func @host
func.func @host(%x: !f) {
  %a = tile.alloc at 0 : !s
  // CHECK: tile.store
  // CHECK-NEXT: tile.store
  tile.store %x to %a : !f, !s
  tile.store %x to %a : !f, !s
  return
}
