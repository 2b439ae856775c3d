//===- LaunchTest.cpp - launches ------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tests launches: their parameters, their limits, and captured ones.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/emulator/driver/Support.h"

#include <thread>

using namespace plait::emulator::test;

namespace {

TEST(Launch, TakesParametersByAddress) {
  withContext({}, [](const Cuda &cuda) {
    Add add(cuda);
    ASSERT_CUDA(add.launch(cuda));
    add.expectSum(cuda, 3.5f);
  });
}

TEST(Launch, TakesParametersInABuffer) {
  withContext({}, [](const Cuda &cuda) {
    Add add(cuda);
    struct {
      CUdeviceptr sum, a, b;
      unsigned n;
    } buffer{add.sum, add.a, add.b, add.n};
    size_t bytes = sizeof buffer;
    auto name = [](CUlaunchParam which) { return reinterpret_cast<void *>(which); };
    void *extra[] = {name(CU_LAUNCH_PARAM_BUFFER_POINTER), &buffer, name(CU_LAUNCH_PARAM_BUFFER_SIZE), &bytes,
                     name(CU_LAUNCH_PARAM_END)};
    CUlaunchConfig config = {8, 1, 1, 128, 1, 1, 0, nullptr, nullptr, 0};
    ASSERT_CUDA(cuda.cuLaunchKernelEx(&config, add.function, nullptr, extra));
    add.expectSum(cuda, 3.5f);
    bytes = 12;
    EXPECT_EQ(cuda.cuLaunchKernelEx(&config, add.function, nullptr, extra), CUDA_ERROR_INVALID_VALUE);
    EXPECT_PART(cuda.report(), "kernel add expects 28 bytes of parameters, but got 12");
    void *parameters[] = {nullptr};
    EXPECT_EQ(cuda.cuLaunchKernelEx(&config, add.function, parameters, extra), CUDA_ERROR_INVALID_VALUE);
    EXPECT_PART(cuda.report(), "expects `kernelParams` or `extra`, but got both");
    EXPECT_EQ(cuda.cuLaunchKernelEx(&config, add.function, parameters, nullptr), CUDA_ERROR_INVALID_VALUE);
    EXPECT_PART(cuda.report(), "expects the address of parameter 0, but got NULL");
    EXPECT_EQ(cuda.cuLaunchKernelEx(&config, add.function, nullptr, nullptr), CUDA_ERROR_INVALID_VALUE);
    EXPECT_PART(cuda.report(), "expects 4 parameters, but got none");
    extra[0] = reinterpret_cast<void *>(7);
    EXPECT_EQ(cuda.cuLaunchKernelEx(&config, add.function, nullptr, extra), CUDA_ERROR_INVALID_VALUE);
    EXPECT_PART(cuda.report(), "_SIZE in `extra`, but got 7");
  });
}

TEST(Launch, UsesPinnedMemory) {
  withContext({}, [](const Cuda &cuda) {
    Add add(cuda);
    void *host = nullptr;
    ASSERT_CUDA(cuda.cuMemHostAlloc(&host, Add::length * sizeof(float), 0));
    std::fill_n(static_cast<float *>(host), Add::length, 4.0f);
    add.b = reinterpret_cast<uintptr_t>(host);
    ASSERT_CUDA(add.launch(cuda));
    add.expectSum(cuda, 5.5f);
  });
}

TEST(Launch, IsRefusedBeyondItsLimits) {
  withContext({}, [](const Cuda &cuda) {
    Add add(cuda);
    EXPECT_EQ(add.launch(cuda, nullptr, 1025), CUDA_ERROR_INVALID_VALUE);
    EXPECT_PART(cuda.report(), "1025");
    EXPECT_EQ(add.launch(cuda, nullptr, 0), CUDA_ERROR_INVALID_VALUE);
    EXPECT_EQ(add.launch(cuda, nullptr, 128, (48 << 10) + 1), CUDA_ERROR_INVALID_VALUE);
    EXPECT_PART(cuda.report(), "kernel add expects at most 49152 bytes of dynamic shared memory "
                               "(CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES), but got 49153");
    constexpr auto dynamic = CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES;
    EXPECT_CUDA(cuda.cuFuncSetAttribute(add.function, dynamic, 100 << 10));
    cuda.clear();
    EXPECT_CUDA(add.launch(cuda, nullptr, 128, 100 << 10));
    add.expectSum(cuda, 3.5f);
    EXPECT_EQ(add.launch(cuda, reinterpret_cast<CUstream>(&add)), CUDA_ERROR_INVALID_HANDLE);
  });
}

TEST(Launch, OfBlocksThatMeetIsRefused) {
  withContext({}, [](const Cuda &cuda) {
    Add add(cuda);
    void *parameters[] = {&add.sum, &add.a, &add.b, &add.n};
    auto cooperative = [&](unsigned blocks) {
      return cuda.cuLaunchCooperativeKernel(add.function, blocks, 1, 1, 1000, 1, 1, 0, nullptr, parameters);
    };
    EXPECT_CUDA(cooperative(1));
    add.expectSum(cuda, 3.5f);
    EXPECT_EQ(cooperative(2), CUDA_ERROR_NOT_SUPPORTED);
    EXPECT_PART(cuda.report(), "expects a cooperative launch of one block, but got 2x1x1");
    CUlaunchAttribute cluster = {CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION, 0, {}};
    cluster.value.clusterDim = {2, 1, 1};
    CUlaunchConfig config = {8, 1, 1, 128, 1, 1, 0, nullptr, &cluster, 1};
    EXPECT_EQ(cuda.cuLaunchKernelEx(&config, add.function, parameters, nullptr), CUDA_ERROR_NOT_SUPPORTED);
    EXPECT_PART(cuda.report(), "expects a cluster of one block, but got 2x1x1");
    cluster.value.clusterDim.x = 1;
    EXPECT_CUDA(cuda.cuLaunchKernelEx(&config, add.function, parameters, nullptr));
  });
}

TEST(Launch, IsCaptured) {
  withContext({}, [](const Cuda &cuda) {
    Add add(cuda);
    CUstream stream = nullptr;
    ASSERT_CUDA(cuda.cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING));
    ASSERT_CUDA(cuda.cuStreamBeginCapture_v2(stream, CU_STREAM_CAPTURE_MODE_GLOBAL));
    EXPECT_CUDA(add.launch(cuda, stream));
    CUgraph graph = nullptr;
    ASSERT_CUDA(cuda.cuStreamEndCapture(stream, &graph));
    add.expectSum(cuda, 0);
    CUgraphExec exec = nullptr;
    ASSERT_CUDA(cuda.cuGraphInstantiateWithFlags(&exec, graph, 0));
    add.n = 0; // what the graph holds is what it was then
    EXPECT_CUDA(cuda.cuGraphLaunch(exec, stream));
    add.expectSum(cuda, 3.5f);
    EXPECT_CUDA(cuda.cuMemcpyDtoD_v2(add.a, add.sum, 4 * Add::length));
    EXPECT_CUDA(cuda.cuGraphLaunch(exec, stream));
    add.expectSum(cuda, 5.5f);
  });
}

TEST(Launch, CountsItsWork) {
  withContext({}, [](const Cuda &cuda) {
    Add add(cuda);
    EXPECT_PART(cuda.counters(), "{\"launches\": 0, ");
    ASSERT_CUDA(add.launch(cuda));
    ASSERT_CUDA(add.launch(cuda));
    EXPECT_PART(cuda.counters(), "{\"launches\": 2, \"blocks\": 16, \"block_threads\": 128, \"block_shared\": 0, ");
    EXPECT_PART(cuda.counters(), "\"kinds\": {\"add\": ");
    EXPECT_PART(cuda.counters(), "\"global_read\": 16000, ");
    EXPECT_PART(cuda.counters(), "\"global_written\": 8000, ");
    cuda.clear();
    EXPECT_PART(cuda.counters(), "{\"launches\": 0, ");
    EXPECT_PART(cuda.counters(), "\"global_read\": 0, ");
  });
}

TEST(Launch, ComesFromSeveralThreads) {
  withContext({}, [](const Cuda &cuda) {
    CUcontext context = nullptr;
    ASSERT_CUDA(cuda.cuCtxGetCurrent(&context));
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([&] {
        EXPECT_CUDA(cuda.cuCtxPushCurrent_v2(context));
        CUstream stream = nullptr;
        EXPECT_CUDA(cuda.cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING));
        Add add(cuda);
        for (int j = 0; j < 10; ++j) {
          EXPECT_CUDA(add.launch(cuda, stream));
          EXPECT_CUDA(cuda.cuMemcpyDtoD_v2(add.b, add.sum, 4 * Add::length));
        }
        add.expectSum(cuda, 17);
      });
    for (std::thread &thread : threads)
      thread.join();
    EXPECT_PART(cuda.counters(), "{\"launches\": 40, ");
  });
}

TEST(Launch, GivesTheSameInAnyOrderOfWarps) {
  for (const char *order : {"random:1", "random:2"})
    withContext({{"PLAIT_EMULATOR_ORDER", order}}, [](const Cuda &cuda) {
      Add add(cuda);
      ASSERT_CUDA(add.launch(cuda));
      add.expectSum(cuda, 3.5f);
    });
}

} // namespace
