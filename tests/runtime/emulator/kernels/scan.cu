//===- scan.cu - prefix sums of a block -----------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file adds up the numbers before each number. DEFECT waits at a barrier that
// only some threads reach.
//
//===----------------------------------------------------------------------===//

extern "C" __global__ void scan(const int *numbers, int *sums) {
  extern __shared__ int row[];
  int thread = threadIdx.x, at = blockIdx.x * blockDim.x + thread;
  row[thread] = numbers[at];
  __syncthreads();
  for (int offset = 1; offset < blockDim.x; offset *= 2) {
    int before = thread >= offset ? row[thread - offset] : 0;
#ifdef DEFECT
    if (thread >= offset)
      __syncthreads();
#else
    __syncthreads();
#endif
    row[thread] += before;
    __syncthreads();
  }
  sums[at] = row[thread];
}
