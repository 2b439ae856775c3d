//===- stencil.cu - neighbours in shared memory ---------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file weighs each number and its neighbours by constants, and counts in a global
// variable those that are not there. DEFECT forgets the neighbours of the block's last number.
//
//===----------------------------------------------------------------------===//

constexpr int radius = 2;

__constant__ float weights[2 * radius + 1] = {0.0625f, 0.25f, 0.375f, 0.25f, 0.0625f};
__device__ unsigned long long outside; ///< neighbours that are not there

extern "C" __global__ void stencil(const float *from, float *to, int length) {
  __shared__ float row[256 + 2 * radius];
  int thread = threadIdx.x, at = blockIdx.x * blockDim.x + thread;
  auto load = [&](int place, int i) {
    bool isInside = i >= 0 && i < length;
    if (!isInside)
      atomicAdd(&outside, 1ull);
    row[place] = isInside ? from[i] : 0.0f;
  };
  load(radius + thread, at);
  if (thread < radius) {
    load(thread, at - radius);
#ifndef DEFECT
    load(radius + blockDim.x + thread, at + blockDim.x);
#endif
  }
  __syncthreads();
  float sum = 0;
  for (int i = 0; i <= 2 * radius; ++i)
    sum += weights[i] * row[thread + i];
  if (at < length)
    to[at] = sum;
}
