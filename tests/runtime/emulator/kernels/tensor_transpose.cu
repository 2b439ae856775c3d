//===- tensor_transpose.cu - tiles by tensor maps -------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file transposes a matrix, a column of tiles a block: boxes with a swizzle of 128
// bytes come and go by tensor maps. WITHOUT_... leaves out what it names: the mbarrier's
// wait, half of the bytes that it expects, the wait for the group of the outgoing tile
// before it is written again, the swizzle of what is read.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/emulator/kernels/mbarrier.h"

#include <cuda.h>

constexpr int size = 32; ///< of a tile: rows of 128 bytes

__device__ void load(float *tile, const CUtensorMap &map, int x, int y, Mbarrier &barrier) {
#ifdef WITHOUT_BYTES
  constexpr int bytes = size * size * sizeof(float) / 2;
#else
  constexpr int bytes = size * size * sizeof(float);
#endif
  expectBytes(barrier, bytes);
  asm volatile("cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes "
               "[%0], [%1, {%2, %3}], [%4];" ::"r"(addressOf(tile)),
               "l"(&map), "r"(x), "r"(y), "r"(addressOf(&barrier))
               : "memory");
}
__device__ void store(const CUtensorMap &map, int x, int y, const float *tile) {
  asm volatile("cp.async.bulk.tensor.2d.global.shared::cta.tile.bulk_group [%0, {%1, %2}], [%3];" ::"l"(&map), "r"(x),
               "r"(y), "r"(addressOf(tile))
               : "memory");
  asm volatile("cp.async.bulk.commit_group;" ::: "memory");
}
/// Where an element lies in a tile.
__device__ int place(int row, int column) { return row * size + (column / 4 ^ row % 8) * 4 + column % 4; }
__device__ int placeOfRead(int row, int column) {
#ifdef WITHOUT_SWIZZLE
  return row * size + column;
#else
  return place(row, column);
#endif
}

extern "C" __global__ void tensor_transpose(const __grid_constant__ CUtensorMap from,
                                            const __grid_constant__ CUtensorMap to, int tiles) {
  __shared__ alignas(1024) float in[size * size], out[size * size];
  __shared__ Mbarrier barrier;
  int thread = threadIdx.x, column = blockIdx.x * size;
  if (thread == 0) {
    init(barrier, 1);
    fenceAsyncProxy();
  }
  __syncthreads();
  for (int i = 0; i < tiles; ++i) {
    if (thread == 0)
      load(in, from, column, i * size, barrier);
#ifndef WITHOUT_WAIT
    wait(barrier, i % 2);
#endif
#ifndef WITHOUT_GROUP_WAIT
    if (thread == 0)
      asm volatile("cp.async.bulk.wait_group.read 0;" ::: "memory");
#endif
    __syncthreads();
    for (int j = thread; j < size * size; j += blockDim.x)
      out[place(j / size, j % size)] = in[placeOfRead(j % size, j / size)];
#ifndef WITHOUT_PROXY_FENCE
    fenceAsyncProxy();
#endif
    __syncthreads();
    if (thread == 0)
      store(to, i * size, column, out);
  }
  if (thread == 0)
    asm volatile("cp.async.bulk.wait_group 0;" ::: "memory");
}
