// RUN: plait-opt %s --plait-set-target=target=sm_86 --plait-allocate-shared --verify-diagnostics

// expected-error@+1 {{expects tiles of at most 101376 bytes of shared memory for sm_86, but got 131072}}
func.func @large(%x: !tile.fragment<64x128xbf16, #tile.mma<accumulator, warps = [4, 2]>>, %i: index) attributes {plait.kernel} {
  %s = tile.alloc : !tile.shared<64x128xbf16, stages = 8>
  tile.store %x to %s[%i] : !tile.fragment<64x128xbf16, #tile.mma<accumulator, warps = [4, 2]>>, !tile.shared<64x128xbf16, stages = 8>
  return
}
