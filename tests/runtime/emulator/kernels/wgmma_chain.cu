//===- wgmma_chain.cu - two products of a warpgroup in a row --------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file computes what linear attention does: rows of q times those of k, of which
// what is behind the diagonal counts, times v. The first product becomes the second
// one's A in registers, with the next first one under way. DEFECT does not wait for it.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/emulator/kernels/wgmma.h"

#include <cuda_fp16.h>

/// out += weight v
__device__ void multiplyWeights(float (&out)[sums], const unsigned (&weight)[4], const char *v) {
  asm volatile("{\n\t.reg .pred more;\n\tsetp.eq.u32 more, 1, 1;\n\t" MULTIPLY
               "{%32, %33, %34, %35}, %36, more, 1, 1, 1;\n\t}"
               : SUMS(out)
               : "r"(weight[0]), "r"(weight[1]), "r"(weight[2]), "r"(weight[3]), "l"(descriptor(v)));
}

__device__ void stage(char *to, const uint4 *rows) {
  for (int i = threadIdx.x; i < tile * pieces; i += blockDim.x)
    *reinterpret_cast<uint4 *>(to + i / pieces * rowBytes + swizzled(i / pieces, i % pieces) * 16) = rows[i];
}

__device__ void startScore(float (&score)[sums], const char *q, const char *k) {
  fence();
#pragma unroll
  for (int step = 0; step < steps; ++step)
    multiply(score, q + step * stepBytes, k + step * stepBytes, step == 0);
  commit();
}

extern "C" __global__ void wgmma_chain(const uint4 *q, const uint4 *k, const uint4 *v, float *out) {
  __shared__ alignas(1024) char qTile[tileBytes], kTiles[2][tileBytes], vTiles[2][tileBytes];
  int last = blockIdx.x, warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  int row = warp * 16 + lane / 4, column = lane % 4 * 2;
  float sum[sums] = {}, score[sums];
  stage(qTile, q + last * tile * pieces);
  for (int i = 0; i <= last; ++i) {
    char *kTile = kTiles[i % 2], *vTile = vTiles[i % 2];
    stage(kTile, k + i * tile * pieces);
    stage(vTile, v + i * tile * pieces);
    fenceAsyncProxy();
    __syncthreads();
    startScore(score, qTile, kTile);
#ifndef DEFECT
    // The last product of weights may be under way.
    wait<0>();
#else
    wait<1>();
#endif
    unsigned weight[4][4];
#pragma unroll
    for (int j = 0; j < sums; j += 2) {
      bool isBehind = i < last;
      int atRow = row + j / 2 % 2 * 8, atColumn = j / 4 * 8 + column;
      __half2 pair = __floats2half2_rn(isBehind || atColumn <= atRow ? score[j] : 0.0f,
                                       isBehind || atColumn + 1 <= atRow ? score[j + 1] : 0.0f);
      weight[j / 8][j / 2 % 4] = *reinterpret_cast<unsigned *>(&pair);
    }
    fence();
#pragma unroll
    for (int step = 0; step < 4; ++step)
      multiplyWeights(sum, weight[step], vTile + step * 16 * rowBytes);
    commit();
  }
  wait<0>();
  for (int j = 0; j < sums; ++j)
    out[(last * tile + row + j / 2 % 2 * 8) * tile + j / 4 * 8 + column + j % 2] = sum[j];
}
