//===- mbarrier.cu - producers and consumers ------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file hands chunks from one warp to others through a ring of two buffers, with an
// mbarrier for full and one for empty buffers. DEFECT reads buffers before they are full.
//
//===----------------------------------------------------------------------===//

constexpr int stages = 2, chunk = 128, consumers = 128;

__device__ unsigned addressOf(const void *shared) { return unsigned(__cvta_generic_to_shared(shared)); }
__device__ void init(unsigned long long &barrier, unsigned count) {
  asm volatile("mbarrier.init.shared.b64 [%0], %1;" ::"r"(addressOf(&barrier)), "r"(count) : "memory");
}
__device__ void arrive(unsigned long long &barrier) {
  asm volatile("{\n\t.reg .b64 state;\n\tmbarrier.arrive.shared.b64 state, [%0];\n\t}" ::"r"(addressOf(&barrier))
               : "memory");
}
__device__ void wait(unsigned long long &barrier, unsigned parity) {
  unsigned isDone = 0;
  while (!isDone)
    asm volatile("{\n\t.reg .pred p;\n\tmbarrier.try_wait.parity.shared.b64 p, [%1], %2;\n\t"
                 "selp.u32 %0, 1, 0, p;\n\t}"
                 : "=r"(isDone)
                 : "r"(addressOf(&barrier)), "r"(parity)
                 : "memory");
}

extern "C" __global__ void mbarrier(const int *numbers, int *sums, int chunks) {
  __shared__ int ring[stages][chunk];
  __shared__ unsigned long long full[stages], empty[stages];
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
