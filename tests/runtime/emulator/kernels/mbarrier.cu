//===- mbarrier.cu - producers and consumers ------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file hands chunks from one warp to others through a ring of two buffers, with an
// mbarrier for full and one for empty buffers. DEFECT reads buffers before they are full.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/emulator/kernels/mbarrier.h"

constexpr int stages = 2, chunk = 128, consumers = 128;

__device__ void arrive(Mbarrier &barrier) {
  asm volatile("{\n\t.reg .b64 state;\n\tmbarrier.arrive.shared.b64 state, [%0];\n\t}" ::"r"(addressOf(&barrier))
               : "memory");
}

extern "C" __global__ void mbarrier(const int *numbers, int *sums, int chunks) {
  __shared__ int ring[stages][chunk];
  __shared__ Mbarrier full[stages], empty[stages];
  if (threadIdx.x == 0)
    for (int i = 0; i < stages; ++i) {
      init(full[i], 32);
      init(empty[i], consumers);
    }
  __syncthreads();
  int lane = threadIdx.x % 32, consumer = threadIdx.x - 32, sum = 0;
  for (int i = 0; i < chunks; ++i) {
    int stage = i % stages, round = i / stages;
    if (threadIdx.x < 32) {
      if (round > 0)
        wait(empty[stage], (round - 1) % 2);
      for (int j = lane; j < chunk; j += 32)
        ring[stage][j] = numbers[(blockIdx.x * chunks + i) * chunk + j];
      arrive(full[stage]);
    } else {
#ifndef DEFECT
      wait(full[stage], round % 2);
#endif
      sum += ring[stage][chunk - 1 - consumer];
#ifdef DEFECT
      wait(full[stage], round % 2);
#endif
      arrive(empty[stage]);
    }
  }
  if (threadIdx.x >= 32)
    sums[blockIdx.x * consumers + consumer] = sum;
}
