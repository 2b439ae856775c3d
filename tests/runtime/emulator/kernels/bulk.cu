//===- bulk.cu - bulk copies that complete on an mbarrier -----------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file lets one thread bring a chunk of a row by cp.async.bulk and send it back
// scaled. DEFECT reads the chunk without waiting for its bytes.
//
//===----------------------------------------------------------------------===//

constexpr int chunk = 256;

extern "C" __global__ void bulk(const float *from, float *to, float factor) {
  __shared__ alignas(128) float buffer[chunk];
  __shared__ alignas(8) unsigned long long barrier;
  unsigned bufferAddress = unsigned(__cvta_generic_to_shared(buffer));
  unsigned barrierAddress = unsigned(__cvta_generic_to_shared(&barrier));
  if (threadIdx.x == 0) {
    asm volatile("mbarrier.init.shared::cta.b64 [%0], 1;" ::"r"(barrierAddress) : "memory");
    asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
  }
  __syncthreads();
  if (threadIdx.x == 0) {
    asm volatile("{\n\t.reg .b64 state;\n\tmbarrier.arrive.expect_tx.shared::cta.b64 state, [%0], %1;\n\t}" ::"r"(
                     barrierAddress),
                 "r"(unsigned(sizeof(buffer)))
                 : "memory");
    asm volatile(
        "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], %2, [%3];" ::"r"(bufferAddress),
        "l"(__cvta_generic_to_global(from + blockIdx.x * chunk)), "r"(unsigned(sizeof(buffer))), "r"(barrierAddress)
        : "memory");
  }
#ifndef DEFECT
  unsigned isDone = 0;
  while (!isDone)
    asm volatile("{\n\t.reg .pred p;\n\tmbarrier.try_wait.parity.shared::cta.b64 p, [%1], 0;\n\t"
                 "selp.u32 %0, 1, 0, p;\n\t}"
                 : "=r"(isDone)
                 : "r"(barrierAddress)
                 : "memory");
#endif
  buffer[threadIdx.x] *= factor;
  asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
  __syncthreads();
  if (threadIdx.x == 0) {
    asm volatile("cp.async.bulk.global.shared::cta.bulk_group [%0], [%1], %2;" ::"l"(
                     __cvta_generic_to_global(to + blockIdx.x * chunk)),
                 "r"(bufferAddress), "r"(unsigned(sizeof(buffer)))
                 : "memory");
    asm volatile("cp.async.bulk.commit_group;\n\tcp.async.bulk.wait_group 0;" ::: "memory");
  }
}
