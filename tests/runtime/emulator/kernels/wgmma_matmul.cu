//===- wgmma_matmul.cu - a product of matrices by warpgroups --------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file multiplies matrices of halves, one tile of 64 x 64 each of the two
// warpgroups of a block. The tiles of the factors are swizzled in shared memory, and one
// product is under way while the next tiles come. WITHOUT_... leaves out what it names.
//
//===----------------------------------------------------------------------===//

constexpr int tile = 64, sums = 32, pieces = 8; // of a row: of 16 bytes
constexpr int warpgroups = 2, warpgroupThreads = 128;
constexpr int rowBytes = 128, tileBytes = tile * rowBytes, stepBytes = 32, steps = rowBytes / stepBytes;

__device__ unsigned long long descriptor(unsigned address) {
  constexpr unsigned long long swizzleOf128 = 1ull << 62, betweenCores = 8 * rowBytes;
  return (address & 0x3ffff) >> 4 | betweenCores >> 4 << 32 | swizzleOf128;
}

#define FOUR(sum, i) "+f"(sum[i]), "+f"(sum[i + 1]), "+f"(sum[i + 2]), "+f"(sum[i + 3])

__device__ void multiply(float (&sum)[sums], unsigned long long a, unsigned long long b) {
  asm volatile("{\n\t.reg .pred accumulate;\n\tsetp.eq.u32 accumulate, 1, 1;\n\t"
               "wgmma.mma_async.sync.aligned.m64n64k16.f32.f16.f16 {%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, "
               "%12, %13, %14, %15, %16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31}, "
               "%32, %33, accumulate, 1, 1, 0, 0;\n\t}"
               : FOUR(sum, 0), FOUR(sum, 4), FOUR(sum, 8), FOUR(sum, 12), FOUR(sum, 16), FOUR(sum, 20), FOUR(sum, 24),
                 FOUR(sum, 28)
               : "l"(a), "l"(b));
}

/// Copies the columns from `k` on of some rows.
__device__ void stage(char *to, const uint4 *rows, int count, int k, int size) {
  for (int i = threadIdx.x; i < count * pieces; i += blockDim.x) {
    int row = i / pieces, piece = i % pieces;
#ifdef WITHOUT_SWIZZLE
    int place = piece;
#else
    int place = piece ^ row % pieces;
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
    asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
#endif
#ifndef WITHOUT_BARRIER
    __syncthreads();
#endif
#ifndef WITHOUT_FENCE
    asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
#endif
    unsigned aTile = unsigned(__cvta_generic_to_shared(aTiles[half][warpgroup]));
    unsigned bTile = unsigned(__cvta_generic_to_shared(bTiles[half]));
#pragma unroll
    for (int i = 0; i < steps; ++i)
      multiply(sum, descriptor(aTile + i * stepBytes), descriptor(bTile + i * stepBytes));
#ifndef WITHOUT_COMMIT
    asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
#endif
    // The tiles of the product before this one are free.
    asm volatile("wgmma.wait_group.sync.aligned 1;" ::: "memory");
    __syncthreads();
    k += tile;
  } while (k < size);
#ifndef WITHOUT_WAIT
  asm volatile("wgmma.wait_group.sync.aligned 0;" ::: "memory");
#endif
  int row = firstRow + threadIdx.x / 32 * 16, lane = threadIdx.x % 32, columns = gridDim.x * tile;
  for (int i = 0; i < sums; ++i)
    c[(row + lane / 4 + i / 2 % 2 * 8) * columns + column + i / 4 * 8 + lane % 4 * 2 + i % 2] = sum[i];
}
