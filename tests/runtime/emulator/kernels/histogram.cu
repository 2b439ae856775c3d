//===- histogram.cu - counts by atomics -----------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file counts bytes in shared memory and then in global memory. DEFECT counts
// without atomics.
//
//===----------------------------------------------------------------------===//

extern "C" __global__ void histogram(const unsigned char *bytes, unsigned *counts, int length) {
  __shared__ unsigned own[256];
  for (int i = threadIdx.x; i < 256; i += blockDim.x)
    own[i] = 0;
  __syncthreads();
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < length; i += gridDim.x * blockDim.x)
#ifdef DEFECT
    ++own[bytes[i]];
#else
    atomicAdd(&own[bytes[i]], 1u);
#endif
  __syncthreads();
  for (int i = threadIdx.x; i < 256; i += blockDim.x)
    if (own[i])
      atomicAdd(&counts[i], own[i]);
}
