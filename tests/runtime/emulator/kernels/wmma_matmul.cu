//===- wmma_matmul.cu - a product of matrices by tensor cores -------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file multiplies matrices of halves, one tile of 16 x 16 a warp, with tiles staged
// in shared memory. DEFECT leaves out the barrier behind the staging.
//
//===----------------------------------------------------------------------===//

#include <mma.h>

using namespace nvcuda;

constexpr int tile = 16;

extern "C" __global__ void wmma_matmul(const half *a, const half *b, float *c, int size) {
  __shared__ half aTile[tile * tile];
  int warp = threadIdx.x / 32;
  int row = blockIdx.y * tile, column = (blockIdx.x * (blockDim.x / 32) + warp) * tile;
  wmma::fragment<wmma::matrix_a, tile, tile, tile, half, wmma::row_major> aPart;
  wmma::fragment<wmma::matrix_b, tile, tile, tile, half, wmma::col_major> bPart;
  wmma::fragment<wmma::accumulator, tile, tile, tile, float> sum;
  wmma::fill_fragment(sum, 0.0f);
  for (int k = 0; k < size; k += tile) {
    for (int i = threadIdx.x; i < tile * tile; i += blockDim.x)
      aTile[i] = a[(row + i / tile) * size + k + i % tile];
#ifndef DEFECT
    __syncthreads();
#endif
    wmma::load_matrix_sync(aPart, aTile, tile);
    wmma::load_matrix_sync(bPart, b + column * size + k, size); // b is given by columns
    wmma::mma_sync(sum, aPart, bPart, sum);
    __syncthreads();
  }
  wmma::store_matrix_sync(c + row * size + column, sum, size, wmma::mem_row_major);
}
