//===- wgmma_matmul.cu - a product of matrices by warpgroups --------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file multiplies matrices of halves, one tile of 64 x 64 each of the two
// warpgroups of a block. The tiles of the factors are swizzled in shared memory, and one
// product is under way while the next tiles come. WITHOUT_... leaves out what it names.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/emulator/kernels/wgmma.h"

constexpr int warpgroups = 2, warpgroupThreads = 128;

/// Copies the columns from `k` on of some rows.
__device__ void stage(char *to, const uint4 *rows, int count, int k, int size) {
  for (int i = threadIdx.x; i < count * pieces; i += blockDim.x) {
    int row = i / pieces, piece = i % pieces;
#ifdef WITHOUT_SWIZZLE
    int place = piece;
#else
    int place = swizzled(row, piece);
#endif
    *reinterpret_cast<uint4 *>(to + row * rowBytes + place * 16) = rows[row * (size / pieces) + k / pieces + piece];
  }
}

/// c = a b^T
extern "C" __global__ void wgmma_matmul(const uint4 *a, const uint4 *b, float *c, int size) {
  __shared__ alignas(1024) char aTiles[2][warpgroups][tileBytes], bTiles[2][tileBytes];
  int firstRow = blockIdx.y * tile * warpgroups, column = blockIdx.x * tile;
  int warpgroup = threadIdx.x / warpgroupThreads;
  float sum[sums] = {};
  int k = 0;
  do {
    int half = k / tile % 2;
    stage(aTiles[half][0], a + firstRow * (size / pieces), tile * warpgroups, k, size);
    stage(bTiles[half], b + column * (size / pieces), tile, k, size);
#ifndef WITHOUT_PROXY_FENCE
    fenceAsyncProxy();
#endif
#ifndef WITHOUT_BARRIER
    __syncthreads();
#endif
#ifndef WITHOUT_FENCE
    fence();
#endif
#pragma unroll
    for (int i = 0; i < steps; ++i)
      multiply(sum, aTiles[half][warpgroup] + i * stepBytes, bTiles[half] + i * stepBytes, false);
#ifndef WITHOUT_COMMIT
    commit();
#endif
    // The tiles of the product before this one are free.
    wait<1>();
    __syncthreads();
    k += tile;
  } while (k < size);
#ifndef WITHOUT_WAIT
  wait<0>();
#endif
  int row = firstRow + threadIdx.x / 32 * 16, lane = threadIdx.x % 32, columns = gridDim.x * tile;
  for (int i = 0; i < sums; ++i)
    c[(row + lane / 4 + i / 2 % 2 * 8) * columns + column + i / 4 * 8 + lane % 4 * 2 + i % 2] = sum[i];
}
