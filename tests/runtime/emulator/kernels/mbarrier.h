//===- mbarrier.h - the async proxy in CUDA C++ -----------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares what kernels with mbarriers or the async proxy have in common.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_TESTS_RUNTIME_EMULATOR_KERNELS_MBARRIER_H
#define PLAIT_TESTS_RUNTIME_EMULATOR_KERNELS_MBARRIER_H

using Mbarrier = unsigned long long;

__device__ inline unsigned addressOf(const void *shared) { return unsigned(__cvta_generic_to_shared(shared)); }

__device__ inline void init(Mbarrier &barrier, unsigned count) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(addressOf(&barrier)), "r"(count) : "memory");
}

/// Arrives, and has the phase wait for so many bytes.
__device__ inline void expectBytes(Mbarrier &barrier, unsigned bytes) {
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(addressOf(&barrier)), "r"(bytes)
               : "memory");
}

__device__ inline void wait(Mbarrier &barrier, unsigned parity) {
  unsigned isDone = 0;
  while (!isDone)
    asm volatile("{\n\t.reg .pred p;\n\tmbarrier.try_wait.parity.shared::cta.b64 p, [%1], %2;\n\t"
                 "selp.u32 %0, 1, 0, p;\n\t}"
                 : "=r"(isDone)
                 : "r"(addressOf(&barrier)), "r"(parity)
                 : "memory");
}

__device__ inline void fenceAsyncProxy() { asm volatile("fence.proxy.async.shared::cta;" ::: "memory"); }

#endif // PLAIT_TESTS_RUNTIME_EMULATOR_KERNELS_MBARRIER_H
