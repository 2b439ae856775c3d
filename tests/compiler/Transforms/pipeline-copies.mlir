// RUN: plait-opt %s --plait-set-target=target=sm_90a --plait-pipeline-copies --canonicalize | FileCheck %s --check-prefixes=CHECK,FITS
// RUN: plait-opt %s --plait-set-target=target=sm_86 --plait-pipeline-copies --canonicalize | FileCheck %s --check-prefixes=CHECK,SMALL

!m = memref<?x?x128xbf16, strided<[?, ?, 1]>>
!s = !tile.shared<64x128xbf16>
!f = !tile.fragment<64x128xbf16, #tile.mma<accumulator, warps = [4, 2]>>
!p = !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 1]>>

// CHECK-LABEL: func @rows(
// CHECK-SAME: %[[X:[a-z0-9]*]]: memref<{{.*}}, %[[N:[a-z0-9]*]]: index, %[[H:[a-z0-9]*]]: index
func.func @rows(%x: !m, %n: index, %h: index, %z: !f) -> !f attributes {plait.kernel} {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  // CHECK: %[[S:.*]] = tile.alloc : !tile.shared<64x128xbf16, stages = 2>
  %s = tile.alloc : !s
  // CHECK: %[[ANY:.*]] = arith.cmpi sgt, %[[N]], %c0
  // CHECK: scf.if %[[ANY]] {
  // CHECK: tile.copy_async %[[X]][%[[H]], %[[N]], %c0] along 1 rows %[[N]] to %[[S]][%c0]
  // CHECK: }
  // CHECK: %[[G0:.*]] = tile.commit
  // CHECK: %[[R:.*]]:3 = scf.for %[[I:.*]] = %c0 to %[[N]] step %c64 iter_args(%{{.*}} = %{{.*}}, %[[STAGE:.*]] = %c0, %[[G:.*]] = %[[G0]])
  // CHECK: tile.wait %[[G]] pending 0
  // CHECK: %[[NEXT:.*]] = arith.addi %[[I]], %c64
  // CHECK: %[[OTHER:.*]] = arith.subi %c1, %[[STAGE]]
  // CHECK: %[[MORE:.*]] = arith.cmpi slt, %[[NEXT]], %[[N]]
  // CHECK: scf.if %[[MORE]] {
  // CHECK: %[[T:.*]] = arith.subi %[[N]], %[[NEXT]]
  // CHECK: tile.copy_async %[[X]][%[[H]], %[[T]], %c0] along 1 rows %[[N]] to %[[S]][%[[OTHER]]]
  // CHECK: }
  // CHECK: %[[LATER:.*]] = tile.commit
  // CHECK-NOT: tile.wait
  // CHECK: %[[F:.*]] = tile.load %[[S]][%[[STAGE]]]
  // CHECK: scf.yield %[[F]], %[[OTHER]], %[[LATER]]
  // CHECK: tile.wait %[[R]]#2 pending 0
  %r = scf.for %i = %c0 to %n step %c64 iter_args(%last = %z) -> !f {
    %t = arith.subi %n, %i : index
    tile.copy_async %x[%h, %t, %c0] along 1 rows %n to %s : !m, !s
    %g = tile.commit : !tile.token
    tile.wait %g pending 0
    %f = tile.load %s : !s -> !f
    scf.yield %f : !f
  }
  return %r : !f
}

!g = memref<?x?xbf16, strided<[?, 1]>>
!c = !tile.fragment<64x1xbf16, #tile.slice<column, #tile.mma<accumulator, warps = [4, 2]>>>

// Numbers of tokens, which are loaded, are loaded an iteration ahead, before the copies. A row has no number of tokens
// by which it is known to be there, and stays; so does what the iteration before decides, or writes. Of an iteration
// that isn't there nothing is read, whatever its rows would be.
// CHECK-LABEL: func @numbers(
// CHECK-SAME: %{{.*}}: memref<{{.*}}, %[[G:[a-z0-9]*]]: memref<{{.*}}, %[[N:[a-z0-9]*]]: index, %[[H:[a-z0-9]*]]: index, %[[O:[a-z0-9]*]]: memref
func.func @numbers(%x: !m, %g: !g, %n: index, %h: index, %o: !g) attributes {plait.kernel} {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %s = tile.alloc : !s
  // CHECK: %[[ANY:.*]] = arith.cmpi sgt, %[[N]], %c0
  // CHECK: %[[ROWS:.*]] = arith.select %[[ANY]], %[[N]], %c0
  // CHECK: %[[FIRST:.*]] = tile.load_global %[[G]][%[[H]], %[[N]]] along 1 rows %[[ROWS]]
  // CHECK: tile.copy_async
  // CHECK: scf.for %[[I:.*]] = %c0 to %[[N]] step %c64 iter_args(%{{.*}} = %{{.*}}, %[[NOW:.*]] = %[[FIRST]], %{{.*}} = %c0, %{{.*}} = %{{.*}})
  // CHECK: tile.wait
  // CHECK: %[[NEXT:.*]] = arith.addi %[[I]], %c64
  // CHECK: %[[T:.*]] = arith.subi %[[N]], %[[NEXT]]
  // CHECK: %[[MORE:.*]] = arith.cmpi slt, %[[NEXT]], %[[N]]
  // CHECK: %[[LEFT:.*]] = arith.select %[[MORE]], %[[N]], %c0
  // CHECK: %[[LATER:.*]] = tile.load_global %[[G]][%[[H]], %[[T]]] along 1 rows %[[LEFT]]
  // CHECK: tile.copy_async
  // CHECK: %[[ROW:.*]] = tile.load_global %[[G]][%[[I]], %c0]
  // CHECK: %[[CHOSEN:.*]] = tile.load_global %[[G]][%{{.*}}, %c0] along 1
  // CHECK: %[[WRITTEN:.*]] = tile.load_global %[[O]]
  // CHECK: tile.store_global %[[NOW]]
  // CHECK: scf.yield %{{.*}}, %[[LATER]], %{{.*}}, %{{.*}}
  scf.for %i = %c0 to %n step %c64 iter_args(%at = %c0) -> index {
    %t = arith.subi %n, %i : index
    tile.copy_async %x[%h, %t, %c0] along 1 rows %n to %s : !m, !s
    %p = tile.commit : !tile.token
    tile.wait %p pending 0
    %now = tile.load_global %g[%h, %t] along 1 rows %n : !g -> !c
    %row = tile.load_global %g[%i, %c0] : !g -> !tile.fragment<1x64xbf16, #tile.blocked<vector = 1, warps = 8>>
    %chosen = tile.load_global %g[%at, %c0] along 1 rows %n : !g -> !c
    %written = tile.load_global %o[%h, %t] along 1 rows %n : !g -> !c
    tile.store_global %now to %o[%h, %t] along 1 rows %n : !c, !g
    tile.store_global %row to %o[%i, %c0] : !tile.fragment<1x64xbf16, #tile.blocked<vector = 1, warps = 8>>, !g
    tile.store_global %chosen to %o[%h, %c0] along 1 rows %n : !c, !g
    tile.store_global %written to %o[%t, %c0] along 1 rows %n : !c, !g
    %f = tile.load %s : !s -> !f
    %next = arith.addi %at, %t : index
    scf.yield %next : index
  }
  return
}

// A tile that a product reads as both of its factors.
// CHECK-LABEL: func @squared(
// CHECK: %[[S:.*]] = tile.alloc : !tile.shared<64x128xbf16, stages = 2>
// CHECK: scf.for {{.*}} iter_args(%{{.*}} = %{{.*}}, %[[STAGE:.*]] = %c0,
// CHECK: tile.mma %[[S]][%[[STAGE]]], %[[S]][%[[STAGE]]] transposed,
func.func @squared(%x: !m, %n: index, %h: index, %z: !p) -> !p attributes {plait.kernel} {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %s = tile.alloc : !s
  %r = scf.for %i = %c0 to %n step %c64 iter_args(%sum = %z) -> !p {
    tile.copy_async %x[%h, %i, %c0] along 1 rows %n to %s : !m, !s
    %g = tile.commit : !tile.token
    tile.wait %g pending 0
    %next = tile.mma %s, %s transposed, %sum : !s, !s, !p
    scf.yield %next : !p
  }
  return %r : !p
}

// What doesn't fit stays.
// CHECK-LABEL: func @large(
func.func @large(%x: !m, %n: index, %h: index, %z: !f) attributes {plait.kernel} {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  // FITS: tile.alloc : !tile.shared<256x128xbf16, stages = 2>
  // SMALL: tile.alloc : !tile.shared<256x128xbf16>
  %s = tile.alloc : !tile.shared<256x128xbf16>
  scf.for %i = %c0 to %n step %c64 {
    tile.copy_async %x[%h, %i, %c0] along 1 rows %n to %s : !m, !tile.shared<256x128xbf16>
    %g = tile.commit : !tile.token
    tile.wait %g pending 0
    %f = tile.load %s : !tile.shared<256x128xbf16> -> !tile.fragment<256x128xbf16, #tile.mma<accumulator, warps = [4, 2]>>
  }
  return
}

// A place that the iteration before decides can't be known ahead; another writer, or a reader before the copy,
// would meet the next copy.
// CHECK-LABEL: func @not_ahead(
// CHECK-COUNT-3: tile.alloc : !tile.shared<64x128xbf16>{{$}}
// CHECK-NOT: stages = 2
// CHECK-LABEL: func @host(
func.func @not_ahead(%x: !m, %n: index, %z: !f) attributes {plait.kernel} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %s = tile.alloc : !s
  %u = tile.alloc : !s
  %v = tile.alloc : !s
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%at = %c0) -> index {
    tile.copy_async %x[%c0, %at, %c0] along 1 rows %n to %s : !m, !s
    %f = tile.load %s : !s -> !f
    %next = arith.muli %at, %n : index
    scf.yield %next : index
  }
  scf.for %i = %c0 to %n step %c1 {
    tile.copy_async %x[%c0, %i, %c0] along 1 rows %n to %u : !m, !s
    tile.store %z to %u : !f, !s
  }
  scf.for %i = %c0 to %n step %c1 {
    %f = tile.load %v : !s -> !f
    tile.copy_async %x[%c0, %i, %c0] along 1 rows %n to %v : !m, !s
  }
  return
}

func.func @host(%x: !m, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // CHECK: tile.alloc : !tile.shared<64x128xbf16>{{$}}
  %s = tile.alloc : !s
  scf.for %i = %c0 to %n step %c1 {
    tile.copy_async %x[%c0, %i, %c0] along 1 rows %n to %s : !m, !s
    %f = tile.load %s : !s -> !f
  }
  return
}

// Nor is what the loop writes to memory there for the next iteration.
// CHECK-LABEL: func @written(
// CHECK: tile.alloc : !tile.shared<64x128xbf16>{{$}}
func.func @written(%x: !m, %n: index) attributes {plait.kernel} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %s = tile.alloc : !s
  scf.for %i = %c0 to %n step %c1 {
    tile.copy_async %x[%c0, %i, %c0] along 1 rows %n to %s : !m, !s
    %f = tile.load %s : !s -> !f
    tile.store_global %f to %x[%i, %c0, %c0] along 1 rows %n : !f, !m
  }
  return
}

// The parts of an operand have one stage.
// CHECK-LABEL: func @parts(
// CHECK-COUNT-2: tile.alloc : !tile.shared<64x128xbf16>{{$}}
func.func @parts(%x: !m, %n: index, %z: !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>) attributes {plait.kernel} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %s = tile.alloc : !s
  %rest = tile.alloc : !s
  %scores = tile.alloc : !tile.shared<64x64xf32>
  scf.for %i = %c0 to %n step %c1 {
    tile.copy_async %x[%c0, %i, %c0] along 1 rows %n to %s : !m, !s
    %p = tile.mma (%s, %rest), %s transposed, %z : !s, !s, !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>
    tile.store %p to %scores : !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>, !tile.shared<64x64xf32>
  }
  return
}

// Copies that nothing reads between are one group; what is written twice, or read, is waited for.
// CHECK-LABEL: func @straight(
// CHECK: tile.copy_async {{.*}} to %[[S:[0-9]+]]
// CHECK-NEXT: memref.load
// CHECK-NEXT: tile.copy_async {{.*}} to %[[T:[0-9]+]]
// CHECK-NEXT: %[[BOTH:.*]] = tile.commit
// CHECK-NEXT: tile.wait %[[BOTH]] pending 0
// CHECK-NEXT: tile.copy_async {{.*}} to %[[S]]
// CHECK-NEXT: %[[AGAIN:.*]] = tile.commit
// CHECK-NEXT: tile.wait %[[AGAIN]] pending 0
// CHECK-NEXT: tile.load %[[S]]
// CHECK-NEXT: tile.copy_async {{.*}} to %[[T]]
// CHECK-NEXT: %[[LAST:.*]] = tile.commit
// CHECK-NEXT: tile.wait %[[LAST]] pending 0
func.func @straight(%x: !m, %n: index) -> (!f, !f, bf16) attributes {plait.kernel} {
  %c0 = arith.constant 0 : index
  %s = tile.alloc : !s
  %t = tile.alloc : !s
  tile.copy_async %x[%c0, %n, %c0] along 1 rows %n to %s : !m, !s
  %0 = tile.commit : !tile.token
  tile.wait %0 pending 0
  %y = memref.load %x[%c0, %n, %c0] : !m
  tile.copy_async %x[%c0, %c0, %c0] along 1 rows %n to %t : !m, !s
  %1 = tile.commit : !tile.token
  tile.wait %1 pending 0
  tile.copy_async %x[%c0, %c0, %c0] along 1 rows %n to %s : !m, !s
  %2 = tile.commit : !tile.token
  tile.wait %2 pending 0
  %f = tile.load %s : !s -> !f
  tile.copy_async %x[%c0, %n, %c0] along 1 rows %n to %t : !m, !s
  %3 = tile.commit : !tile.token
  tile.wait %3 pending 0
  %g = tile.load %t : !s -> !f
  return %f, %g, %y : !f, !f, bf16
}

// Groups that are waited for in another order stay: the last wait's is the first.
// CHECK-LABEL: func @crossed(
// CHECK-COUNT-2: tile.commit
// CHECK-COUNT-2: tile.wait
func.func @crossed(%x: !m, %n: index) -> !f attributes {plait.kernel} {
  %c0 = arith.constant 0 : index
  %s = tile.alloc : !s
  %t = tile.alloc : !s
  tile.copy_async %x[%c0, %n, %c0] along 1 rows %n to %s : !m, !s
  %0 = tile.commit : !tile.token
  tile.copy_async %x[%c0, %c0, %c0] along 1 rows %n to %t : !m, !s
  %1 = tile.commit : !tile.token
  tile.wait %1 pending 0
  tile.wait %0 pending 0
  %f = tile.load %s : !s -> !f
  return %f : !f
}
