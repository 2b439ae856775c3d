//===- reduction.cu - sums of blocks by shuffles --------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file sums a row of numbers a block: warps by shuffles, their sums by shared
// memory. DEFECT leaves out the barrier between the two.
//
//===----------------------------------------------------------------------===//

__device__ float sumOfWarp(float value) {
  for (int offset = 16; offset > 0; offset /= 2)
    value += __shfl_down_sync(0xffffffffu, value, offset);
  return value;
}

extern "C" __global__ void reduction(const float *numbers, float *sums, int length) {
  __shared__ float partial[32];
  const float *row = numbers + blockIdx.x * length;
  float value = 0;
  for (int i = threadIdx.x; i < length; i += blockDim.x)
    value += row[i];
  value = sumOfWarp(value);
  int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  if (lane == 0)
    partial[warp] = value;
#ifndef DEFECT
  __syncthreads();
#endif
  if (warp == 0) {
    value = sumOfWarp(lane < blockDim.x / 32 ? partial[lane] : 0.0f);
    if (lane == 0)
      sums[blockIdx.x] = value;
  }
}
