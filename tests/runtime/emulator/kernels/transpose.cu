//===- transpose.cu - a matrix turned through shared memory ---------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file transposes a matrix by tiles with a padded column. DEFECT forgets that the
// last tiles are not whole.
//
//===----------------------------------------------------------------------===//

extern "C" __global__ void transpose(const float *from, float *to, int rows, int columns) {
  __shared__ float tile[32][33];
  int column = blockIdx.x * 32 + threadIdx.x, row = blockIdx.y * 32 + threadIdx.y;
#ifdef DEFECT
  const bool isInside = true;
#else
  bool isInside = row < rows && column < columns;
#endif
  if (isInside)
    tile[threadIdx.y][threadIdx.x] = from[row * columns + column];
  __syncthreads();
  int newColumn = blockIdx.y * 32 + threadIdx.x, newRow = blockIdx.x * 32 + threadIdx.y;
  if (newRow < columns && newColumn < rows)
    to[newRow * rows + newColumn] = tile[threadIdx.x][threadIdx.y];
}
