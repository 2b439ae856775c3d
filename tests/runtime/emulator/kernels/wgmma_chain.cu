//===- wgmma_chain.cu - two products of a warpgroup in a row --------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file computes what linear attention does: rows of q times those of k, of which
// what is behind the diagonal counts, times v. The first product becomes the second
// one's A in registers, with the next first one under way. DEFECT does not wait for it.
//
//===----------------------------------------------------------------------===//

#include <cuda_fp16.h>

constexpr int tile = 64, sums = 32, pieces = 8; // of a row: of 16 bytes
constexpr int rowBytes = 128, tileBytes = tile * rowBytes;

#define FOUR(sum, i) "+f"(sum[i]), "+f"(sum[i + 1]), "+f"(sum[i + 2]), "+f"(sum[i + 3])
#define SUMS(sum)                                                                                                      \
  FOUR(sum, 0), FOUR(sum, 4), FOUR(sum, 8), FOUR(sum, 12), FOUR(sum, 16), FOUR(sum, 20), FOUR(sum, 24), FOUR(sum, 28)
#define MULTIPLY                                                                                                       \
  "wgmma.mma_async.sync.aligned.m64n64k16.f32.f16.f16 {%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, "   \
  "%14, %15, %16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31}, "

__device__ unsigned long long descriptor(const void *shared) {
  constexpr unsigned long long swizzleOf128 = 1ull << 62, betweenCores = 8 * rowBytes;
  return unsigned(__cvta_generic_to_shared(shared)) >> 4 | betweenCores >> 4 << 32 | swizzleOf128;
}

/// score = q k^T, or more of it
__device__ void multiplyRows(float (&score)[sums], const char *q, const char *k, bool isFirst) {
  asm volatile("{\n\t.reg .pred more;\n\tsetp.eq.u32 more, %34, 0;\n\t" MULTIPLY "%32, %33, more, 1, 1, 0, 0;\n\t}"
               : SUMS(score)
               : "l"(descriptor(q)), "l"(descriptor(k)), "r"(unsigned(isFirst)));
}

/// out += weight v
__device__ void multiplyWeights(float (&out)[sums], const unsigned (&weight)[4], const char *v) {
  asm volatile("{\n\t.reg .pred more;\n\tsetp.eq.u32 more, 1, 1;\n\t" MULTIPLY
               "{%32, %33, %34, %35}, %36, more, 1, 1, 1;\n\t}"
               : SUMS(out)
               : "r"(weight[0]), "r"(weight[1]), "r"(weight[2]), "r"(weight[3]), "l"(descriptor(v)));
}

__device__ void stage(char *to, const uint4 *rows) {
  for (int i = threadIdx.x; i < tile * pieces; i += blockDim.x)
    *reinterpret_cast<uint4 *>(to + i / pieces * rowBytes + (i % pieces ^ i / pieces % pieces) * 16) = rows[i];
}

__device__ void fence() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }
__device__ void commit() { asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory"); }
template <int newest> __device__ void wait() {
  asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(newest) : "memory");
}

__device__ void startScore(float (&score)[sums], const char *q, const char *k) {
  fence();
#pragma unroll
  for (int step = 0; step < 4; ++step)
    multiplyRows(score, q + step * 32, k + step * 32, step == 0);
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
    asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
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
