// Causal linear attention of 128 keys and 128 values in bf16 on tiles, 64 tokens at a time. The transposed state
// stays in the registers of an accumulator.
#pairs = #tile.mma<accumulator, warps = [4, 2]>
#values = #tile.mma<accumulator, warps = [8, 1]>
#left = #tile.mma<a, warps = [8, 1]>
!rows = memref<?x?x?x128xbf16, strided<[?, ?, ?, 1]>>
!block = !tile.shared<64x128xbf16>
!scores = !tile.shared<64x64xbf16>
!p = !tile.fragment<64x64xf32, #pairs>
!p16 = !tile.fragment<64x64xbf16, #pairs>
!state = !tile.fragment<128x128xf32, #values>
!state16 = !tile.fragment<128x128xbf16, #left>
!out = !tile.fragment<128x64xf32, #values>
!out16 = !tile.fragment<128x64xbf16, #values>
!v = !tile.fragment<128x64xbf16, #left>
!line = !tile.fragment<64x128xbf16, #tile.blocked<vector = 8, warps = 8>>

func.func @attend(%q: !rows, %k: !rows, %v: !rows, %o: !rows)
    attributes {plait.kernel, tile.warps = 8 : i64, tile.alignment = array<i64: 16, 16, 16, 16>} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %zero = arith.constant 0.0 : f32
  %h = tile.program_id 0 : index
  %b = tile.program_id 1 : index
  %n = memref.dim %q, %c1 : !rows
  %sq = tile.alloc : !block
  %sk = tile.alloc : !block
  %sv = tile.alloc : !block
  %sp = tile.alloc : !scores
  %so = tile.alloc : !block
  %empty = tile.splat %zero : f32 -> !state
  %last = scf.for %t = %c0 to %n step %c64 iter_args(%state = %empty) -> !state {
    tile.copy_async %q[%b, %t, %h, %c0] along 1 rows %n to %sq : !rows, !block
    tile.copy_async %k[%b, %t, %h, %c0] along 1 rows %n to %sk : !rows, !block
    tile.copy_async %v[%b, %t, %h, %c0] along 1 rows %n to %sv : !rows, !block
    %group = tile.commit : !tile.token
    tile.wait %group pending 0
    %none = tile.splat %zero : f32 -> !p
    %all = tile.mma %sq, %sk transposed, %none : !block, !block, !p
    %causal = tile.map %all {
    ^bb0(%x: f32, %row: index, %column: index):
      %keep = arith.cmpi sge, %row, %column : index
      %y = arith.select %keep, %x, %zero : f32
      tile.yield %y : f32
    } : !p -> !p
    %p = tile.convert %causal : !p -> !p16
    tile.store %p to %sp : !p16, !scores
    %before = tile.convert %state : !state -> !state16
    %nothing = tile.splat %zero : f32 -> !out
    %past = tile.mma %before, %sq transposed, %nothing : !state16, !block, !out
    %values = tile.load %sv transposed : !block -> !v
    %sum = tile.mma %values, %sp transposed, %past : !v, !scores, !out
    %next = tile.mma %values, %sk, %state : !v, !block, !state
    %rounded = tile.convert %sum : !out -> !out16
    tile.store %rounded to %so transposed : !out16, !block
    %lines = tile.load %so : !block -> !line
    tile.store_global %lines to %o[%b, %t, %h, %c0] along 1 rows %n : !line, !rows
    scf.yield %next : !state
  }
  return
}
