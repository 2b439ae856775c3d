//===- bulk.cu - bulk copies that complete on an mbarrier -----------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file lets one thread bring a chunk of a row by cp.async.bulk and send it back
// scaled. DEFECT reads the chunk without waiting for its bytes.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/emulator/kernels/mbarrier.h"

constexpr int chunk = 256;

extern "C" __global__ void bulk(const float *from, float *to, float factor) {
  __shared__ alignas(128) float buffer[chunk];
  __shared__ Mbarrier barrier;
  if (threadIdx.x == 0) {
    init(barrier, 1);
    fenceAsyncProxy();
  }
  __syncthreads();
  if (threadIdx.x == 0) {
    expectBytes(barrier, sizeof(buffer));
    asm volatile("cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], %2, [%3];" ::"r"(
                     addressOf(buffer)),
                 "l"(__cvta_generic_to_global(from + blockIdx.x * chunk)), "r"(unsigned(sizeof(buffer))),
                 "r"(addressOf(&barrier))
                 : "memory");
  }
#ifndef DEFECT
  wait(barrier, 0);
#endif
  buffer[threadIdx.x] *= factor;
  fenceAsyncProxy();
  __syncthreads();
  if (threadIdx.x == 0) {
    asm volatile("cp.async.bulk.global.shared::cta.bulk_group [%0], [%1], %2;" ::"l"(
                     __cvta_generic_to_global(to + blockIdx.x * chunk)),
                 "r"(addressOf(buffer)), "r"(unsigned(sizeof(buffer)))
                 : "memory");
    asm volatile("cp.async.bulk.commit_group;\n\tcp.async.bulk.wait_group 0;" ::: "memory");
  }
}
