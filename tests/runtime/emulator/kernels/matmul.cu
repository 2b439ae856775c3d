//===- matmul.cu - a tiled product of matrices ----------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file multiplies square matrices whose tiles lie in shared memory. DEFECT loads
// the next tiles while other warps still read the last ones.
//
//===----------------------------------------------------------------------===//

constexpr int tile = 16;

extern "C" __global__ void matmul(const float *a, const float *b, float *c, int size) {
  __shared__ float aTile[tile][tile], bTile[tile][tile];
  int row = blockIdx.y * tile + threadIdx.y, column = blockIdx.x * tile + threadIdx.x;
  float sum = 0;
  for (int first = 0; first < size; first += tile) {
    aTile[threadIdx.y][threadIdx.x] = a[row * size + first + threadIdx.x];
    bTile[threadIdx.y][threadIdx.x] = b[(first + threadIdx.y) * size + column];
    __syncthreads();
    for (int k = 0; k < tile; ++k)
      sum += aTile[threadIdx.y][k] * bTile[k][threadIdx.x];
#ifndef DEFECT
    __syncthreads();
#endif
  }
  c[row * size + column] = sum;
}
