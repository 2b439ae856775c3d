//===- wgmma.h - products of warpgroups in CUDA C++ -------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares what kernels with wgmma have in common: tiles of 64 halves a row,
// whose pieces of 16 bytes are swizzled in shared memory, and a product of 64 columns.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_TESTS_RUNTIME_EMULATOR_KERNELS_WGMMA_H
#define PLAIT_TESTS_RUNTIME_EMULATOR_KERNELS_WGMMA_H

#include "tests/runtime/emulator/kernels/mbarrier.h"

constexpr int tile = 64, sums = 32, pieces = 8; // of a row
constexpr int rowBytes = 128, tileBytes = tile * rowBytes, stepBytes = 32, steps = rowBytes / stepBytes;

/// The place of a piece in its row.
__device__ inline int swizzled(int row, int piece) { return piece ^ row % pieces; }

__device__ inline unsigned long long descriptor(const void *shared) {
  constexpr unsigned long long swizzleOf128 = 1ull << 62, betweenCores = 8 * rowBytes;
  return addressOf(shared) >> 4 | betweenCores >> 4 << 32 | swizzleOf128;
}

#define FOUR(sum, i) "+f"(sum[i]), "+f"(sum[i + 1]), "+f"(sum[i + 2]), "+f"(sum[i + 3])
#define SUMS(sum)                                                                                                      \
  FOUR(sum, 0), FOUR(sum, 4), FOUR(sum, 8), FOUR(sum, 12), FOUR(sum, 16), FOUR(sum, 20), FOUR(sum, 24), FOUR(sum, 28)
#define MULTIPLY                                                                                                       \
  "wgmma.mma_async.sync.aligned.m64n64k16.f32.f16.f16 {%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, "   \
  "%14, %15, %16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31}, "

/// sum = a b^T, or more of it
__device__ inline void multiply(float (&sum)[sums], const char *a, const char *b, bool isFirst) {
  asm volatile("{\n\t.reg .pred more;\n\tsetp.eq.u32 more, %34, 0;\n\t" MULTIPLY "%32, %33, more, 1, 1, 0, 0;\n\t}"
               : SUMS(sum)
               : "l"(descriptor(a)), "l"(descriptor(b)), "r"(unsigned(isFirst)));
}

__device__ inline void fence() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }
__device__ inline void commit() { asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory"); }
template <int newest> __device__ void wait() {
  asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(newest) : "memory");
}

#endif // PLAIT_TESTS_RUNTIME_EMULATOR_KERNELS_WGMMA_H
