//===- ContextTest.cpp - contexts -----------------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tests the primary context, others, and the stack of each thread.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/emulator/driver/Support.h"

#include <thread>

using namespace plait::emulator::test;

namespace {

TEST(Context, IsNeeded) {
  withLibrary({{"PLAIT_EMULATOR_LOG", "/dev/null"}}, [](const Cuda &cuda) {
    CUdeviceptr data = 0;
    CUcontext current = nullptr;
    EXPECT_EQ(cuda.cuCtxGetCurrent(&current), CUDA_ERROR_NOT_INITIALIZED);
    EXPECT_EQ(cuda.cuInit(1), CUDA_ERROR_INVALID_VALUE);
    ASSERT_CUDA(cuda.cuInit(0));
    EXPECT_CUDA(cuda.cuInit(0));
    EXPECT_EQ(cuda.cuMemAlloc_v2(&data, 4), CUDA_ERROR_INVALID_CONTEXT);
    EXPECT_CUDA(cuda.cuCtxGetCurrent(&current));
    EXPECT_EQ(current, nullptr);
    EXPECT_EQ(cuda.cuCtxPopCurrent_v2(&current), CUDA_ERROR_INVALID_CONTEXT);
    EXPECT_EQ(cuda.cuDevicePrimaryCtxRetain(&current, 1), CUDA_ERROR_INVALID_DEVICE);
    EXPECT_EQ(cuda.cuDevicePrimaryCtxRelease_v2(0), CUDA_ERROR_INVALID_CONTEXT);
  });
}

TEST(Context, IsPrimaryWhileItIsRetained) {
  withLibrary({{"PLAIT_EMULATOR_LOG", "/dev/null"}}, [](const Cuda &cuda) {
    CUcontext one = nullptr, two = nullptr;
    unsigned flags = 0;
    int active = -1;
    constexpr unsigned yield = 2;
    ASSERT_CUDA(cuda.cuInit(0));
    EXPECT_CUDA(cuda.cuDevicePrimaryCtxSetFlags_v2(0, yield));
    EXPECT_CUDA(cuda.cuDevicePrimaryCtxGetState(0, &flags, &active));
    EXPECT_EQ(flags, yield);
    EXPECT_EQ(active, 0);
    EXPECT_CUDA(cuda.cuDevicePrimaryCtxRetain(&one, 0));
    EXPECT_CUDA(cuda.cuDevicePrimaryCtxRetain(&two, 0));
    EXPECT_EQ(one, two);
    EXPECT_EQ(cuda.cuCtxDestroy_v2(one), CUDA_ERROR_INVALID_CONTEXT) << "it is not the caller's";
    EXPECT_CUDA(cuda.cuCtxSetCurrent(one));
    EXPECT_CUDA(cuda.cuCtxGetFlags(&flags));
    EXPECT_EQ(flags, yield);
    EXPECT_CUDA(cuda.cuDevicePrimaryCtxRelease_v2(0));
    EXPECT_CUDA(cuda.cuCtxSynchronize());
    CUdeviceptr data = 0;
    EXPECT_CUDA(cuda.cuMemAlloc_v2(&data, 4));
    EXPECT_CUDA(cuda.cuDevicePrimaryCtxReset_v2(0));
    EXPECT_EQ(cuda.cuCtxSynchronize(), CUDA_ERROR_INVALID_CONTEXT);
    EXPECT_CUDA(cuda.cuDevicePrimaryCtxRelease_v2(0));
    EXPECT_CUDA(cuda.cuDevicePrimaryCtxGetState(0, &flags, &active));
    EXPECT_EQ(active, 0);
  });
}

TEST(Context, IsOnAStackOfEachThread) {
  withContext({}, [](const Cuda &cuda) {
    CUcontext primary = nullptr, own = nullptr, current = nullptr;
    CUdevice device = -1;
    unsigned version = 0;
    int least = -1, greatest = -1;
    EXPECT_CUDA(cuda.cuCtxGetCurrent(&primary));
    ASSERT_CUDA(cuda.cuCtxCreate_v2(&own, 0, 0));
    EXPECT_CUDA(cuda.cuCtxGetCurrent(&current));
    EXPECT_EQ(current, own);
    EXPECT_CUDA(cuda.cuCtxGetDevice(&device));
    EXPECT_EQ(device, 0);
    EXPECT_CUDA(cuda.cuCtxGetApiVersion(own, &version));
    EXPECT_EQ(version, 3020u);
    EXPECT_CUDA(cuda.cuCtxGetStreamPriorityRange(&least, &greatest));
    EXPECT_EQ(least, greatest);
    std::thread([&] {
      EXPECT_CUDA(cuda.cuCtxGetCurrent(&current));
      EXPECT_EQ(current, nullptr);
      EXPECT_EQ(cuda.cuCtxSynchronize(), CUDA_ERROR_INVALID_CONTEXT);
      EXPECT_CUDA(cuda.cuCtxPushCurrent_v2(own));
      EXPECT_CUDA(cuda.cuCtxSynchronize());
    }).join();
    EXPECT_CUDA(cuda.cuCtxPopCurrent_v2(&current));
    EXPECT_EQ(current, own);
    EXPECT_CUDA(cuda.cuCtxGetCurrent(&current));
    EXPECT_EQ(current, primary);
    EXPECT_CUDA(cuda.cuCtxDestroy_v2(own));
    EXPECT_EQ(cuda.cuCtxPushCurrent_v2(own), CUDA_ERROR_INVALID_CONTEXT);
    EXPECT_EQ(cuda.cuCtxSetCurrent(own), CUDA_ERROR_INVALID_CONTEXT);
  });
}

} // namespace
