//===- pipeline.cu - copies that run ahead of their use -------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file sums chunks that cp.async brings, the next one on its way while the last
// one is read. DEFECT does not wait for the copy.
//
//===----------------------------------------------------------------------===//

#include <cuda_pipeline.h>

constexpr int chunk = 128; ///< of four numbers, one a thread

extern "C" __global__ void pipeline(const float4 *numbers, float4 *sums, int chunks) {
  __shared__ float4 buffer[2][chunk];
  const float4 *row = numbers + blockIdx.x * chunks * chunk;
  int thread = threadIdx.x, mirrored = chunk - 1 - thread;
  auto fetch = [&](int i) {
    if (i < chunks)
      __pipeline_memcpy_async(&buffer[i % 2][thread], row + i * chunk + thread, sizeof(float4));
    __pipeline_commit();
  };
  float4 sum = {0, 0, 0, 0};
  fetch(0);
  for (int i = 0; i < chunks; ++i) {
    fetch(i + 1);
#ifndef DEFECT
    __pipeline_wait_prior(1);
#endif
    __syncthreads();
    float4 value = buffer[i % 2][mirrored];
    sum = {sum.x + value.x, sum.y + value.y, sum.z + value.z, sum.w + value.w};
    __syncthreads();
  }
  __pipeline_wait_prior(0);
  sums[blockIdx.x * chunk + thread] = sum;
}
