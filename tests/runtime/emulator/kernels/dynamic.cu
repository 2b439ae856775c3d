//===- dynamic.cu - shared memory whose size the launch gives -------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file turns rows round in dynamic shared memory. DEFECT reads one element past
// its end.
//
//===----------------------------------------------------------------------===//

extern "C" __global__ void dynamic(const double *from, double *to) {
  extern __shared__ double row[];
  int thread = threadIdx.x, at = blockIdx.x * blockDim.x + thread;
  row[thread] = from[at];
  __syncthreads();
#ifdef DEFECT
  to[at] = row[blockDim.x - thread];
#else
  to[at] = row[blockDim.x - 1 - thread];
#endif
}
