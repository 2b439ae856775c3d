// RUN: plait-opt %s --plait-insert-barriers --split-input-file --verify-diagnostics

!s = !tile.shared<64x64xbf16>
!f = !tile.fragment<64x64xbf16, #tile.mma<accumulator, warps = [4, 2]>>
func.func @no_place(%x: !f) attributes {plait.kernel} {
  // expected-error@+1 {{expects an offset, but got none (plait-allocate-shared sets it)}}
  %s = tile.alloc : !s
  tile.store %x to %s : !f, !s
  return
}

// -----

!s = !tile.shared<64x64xbf16>
!f = !tile.fragment<64x64xbf16, #tile.mma<accumulator, warps = [4, 2]>>
func.func @argument(%x: !f, %s: !s) attributes {plait.kernel} {
  // expected-error@+1 {{expects tiles of tile.alloc, but got another}}
  tile.store %x to %s : !f, !s
  return
}

// -----

func.func @while(%n: index) attributes {plait.kernel} {
  // expected-error@+1 {{expects scf.for or scf.if in a kernel, but got this}}
  scf.execute_region {
    scf.yield
  }
  return
}
