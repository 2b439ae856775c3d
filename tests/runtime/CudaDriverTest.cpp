//===- CudaDriverTest.cpp - opening the CUDA driver and its devices --------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tests devices and memory through a driver that can be made to refuse. A
// process opens one driver, so each test has a child of its own.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/CudaSupport.h"

using namespace plait;
using namespace plait::test;

namespace {

/// Runs `body` with the fake driver, one of whose entry points fails.
template <typename F> void withFailing(const char *name, const char *result, F &&body) {
  Setting which("FAKE_CUDA_FAILS", name), how("FAKE_CUDA_RESULT", result);
  withDriver(PLAIT_FAKE_DRIVER, body);
}

plait_status *count() {
  int32_t devices = -1;
  return plait_cuda_device_count(&devices);
}

/// Both drivers of these tests describe an H100.
void expectDescribed(int32_t device, const char *name) {
  plait_cuda_properties properties;
  ASSERT_OK(plait_cuda_describe(device, &properties));
  EXPECT_STREQ(properties.name, name);
  EXPECT_EQ(properties.major, 9);
  EXPECT_EQ(properties.minor, 0);
  EXPECT_EQ(properties.multiprocessors, 132);
  EXPECT_EQ(properties.shared_memory, 232448);
  EXPECT_EQ(properties.memory, uint64_t(80) << 30);
}

/// Copies bytes there and back; returns where they were.
void *sendAndFetch(int32_t device) {
  void *data = nullptr;
  char from[] = "some bytes", to[sizeof from] = {};
  EXPECT_OK(plait_cuda_allocate(device, sizeof from, &data));
  EXPECT_OK(plait_cuda_copy_to_device(device, data, from, sizeof from));
  EXPECT_OK(plait_cuda_copy_to_host(device, to, data, sizeof from));
  EXPECT_STREQ(to, from);
  EXPECT_OK(plait_cuda_synchronize(device));
  EXPECT_OK(plait_cuda_free(device, data));
  return data;
}

TEST(CudaDriver, CountsAndDescribesDevices) {
  withDriver(PLAIT_FAKE_DRIVER, [] {
    int32_t devices = -1;
    ASSERT_OK(plait_cuda_device_count(&devices));
    EXPECT_EQ(devices, 2);
    expectDescribed(1, "Fake 1");
    EXPECT_EQ(askFake<int>("fake_retained"), 0) << "a description needs no context";
  });
}

TEST(CudaDriver, CopiesThereAndBack) {
  withDriver(PLAIT_FAKE_DRIVER, [] {
    sendAndFetch(1);
    EXPECT_EQ(askFake<int>("fake_depth"), 0) << "the caller's context is current again";
    EXPECT_EQ(askFake<int>("fake_retained"), 1) << "a context is retained once";
  });
}

/// Fills the middle of four words in the order of a stream; they are read behind it.
void expectFilled(void *stream) {
  uint32_t words[4] = {1, 2, 3, 4};
  void *data = nullptr;
  ASSERT_OK(plait_cuda_allocate(0, sizeof words, &data));
  ASSERT_OK(plait_cuda_copy_to_device(0, data, words, sizeof words));
  ASSERT_OK(plait_cuda_fill(0, static_cast<uint32_t *>(data) + 1, 0xc0400000, 2, stream));
  ASSERT_OK(plait_cuda_synchronize(0));
  ASSERT_OK(plait_cuda_copy_to_host(0, words, data, sizeof words));
  EXPECT_EQ(std::vector(words, words + 4), (std::vector<uint32_t>{1, 0xc0400000, 0xc0400000, 4}));
  EXPECT_OK(plait_cuda_free(0, data));
}

TEST(CudaDriver, FillsInTheOrderOfAStream) {
  withDriver(PLAIT_FAKE_DRIVER, [] {
    int stream = 0;
    expectFilled(&stream);
    EXPECT_EQ(recorded().filled_in, &stream);
  });
  withDriver(PLAIT_EMULATOR, [] { expectFilled(nullptr); });
}

TEST(CudaDriver, TakesNothing) {
  withDriver(PLAIT_FAKE_DRIVER, [] {
    void *data = &data;
    ASSERT_OK(plait_cuda_allocate(0, 0, &data));
    EXPECT_EQ(data, nullptr);
    EXPECT_OK(plait_cuda_copy_to_device(0, nullptr, nullptr, 0));
    EXPECT_OK(plait_cuda_copy_to_host(0, nullptr, nullptr, 0));
    EXPECT_OK(plait_cuda_fill(0, nullptr, 1, 0, nullptr));
    EXPECT_OK(plait_cuda_free(0, nullptr));
  });
}

TEST(CudaDriver, RefusesDevicesAndAddresses) {
  withDriver(PLAIT_FAKE_DRIVER, [] {
    char byte = 0;
    EXPECT_FAILS(plait_cuda_synchronize(2), PLAIT_INVALID_ARGUMENT, "CUDA expects a device from 0 to 1, but got 2");
    EXPECT_FAILS(plait_cuda_synchronize(-1), PLAIT_INVALID_ARGUMENT, "but got -1");
    EXPECT_FAILS(plait_cuda_copy_to_device(0, nullptr, &byte, 1), PLAIT_INVALID_ARGUMENT,
                 "a copy to or from a CUDA device expects two addresses, but got NULL");
    EXPECT_FAILS(plait_cuda_copy_to_host(0, &byte, nullptr, 1), PLAIT_INVALID_ARGUMENT,
                 "a copy to or from a CUDA device expects two addresses, but got NULL");
    EXPECT_FAILS(plait_cuda_fill(0, nullptr, 0, 1, nullptr), PLAIT_INVALID_ARGUMENT,
                 "plait_cuda_fill expects an address, but got NULL");
  });
}

TEST(CudaDriver, StaysUsableWithoutMemory) {
  withDriver(PLAIT_FAKE_DRIVER, [] {
    void *data = nullptr;
    EXPECT_FAILS(plait_cuda_allocate(0, 2 << 20, &data), PLAIT_OUT_OF_MEMORY,
                 "can't allocate 2097152 bytes on CUDA device 0: CUDA_ERROR_OUT_OF_MEMORY (2), out of memory");
    EXPECT_EQ(data, nullptr);
    EXPECT_EQ(askFake<int>("fake_depth"), 0);
    ASSERT_OK(plait_cuda_allocate(0, 16, &data));
    EXPECT_OK(plait_cuda_free(0, data));
  });
}

TEST(CudaDriver, ReportsEachRefusal) {
  auto fails = [](const char *name, const char *part, auto &&body) {
    withFailing(name, "999", [&] { EXPECT_FAILS(body(), PLAIT_UNAVAILABLE, part); });
  };
  plait_cuda_properties properties;
  char byte = 0;
  fails("cuInit", "expects a driver that starts", count);
  fails("cuDeviceGetCount", "can't count the CUDA devices: an error that the driver has no name for (999)", count);
  fails("cuDeviceGet", "can't find CUDA device 1", [] { return plait_cuda_synchronize(1); });
  for (const char *name : {"cuDeviceGetName", "cuDeviceTotalMem", "cuDeviceGetAttribute"})
    fails(name, "can't describe CUDA device 1", [&] { return plait_cuda_describe(1, &properties); });
  for (const char *name : {"cuDevicePrimaryCtxRetain", "cuCtxPushCurrent"})
    fails(name, "can't use CUDA device 1", [] { return plait_cuda_synchronize(1); });
  fails("cuCtxSynchronize", "work on CUDA device 1 failed", [] { return plait_cuda_synchronize(1); });
  fails("cuMemFree", "can't free memory of CUDA device 0", [] {
    void *data = nullptr;
    EXPECT_OK(plait_cuda_allocate(0, 1, &data));
    return plait_cuda_free(0, data);
  });
  fails("cuMemcpyHtoD", "can't copy 1 bytes to CUDA device 0",
        [&] { return plait_cuda_copy_to_device(0, &byte, &byte, 1); });
  fails("cuStreamSynchronize", "can't copy 1 bytes to CUDA device 0",
        [&] { return plait_cuda_copy_to_device(0, &byte, &byte, 1); });
  fails("cuMemcpyDtoH", "can't copy 1 bytes from CUDA device 0",
        [&] { return plait_cuda_copy_to_host(0, &byte, &byte, 1); });
  fails("cuMemsetD32Async", "can't fill 1 words on CUDA device 0",
        [&] { return plait_cuda_fill(0, &byte, 0, 1, nullptr); });
}

TEST(CudaDriver, SaysThatThereIsNoDevice) {
  withFailing("cuInit", "100", [] {
    EXPECT_FAILS(count(), PLAIT_UNSUPPORTED, "CUDA_ERROR_NO_DEVICE (100), no CUDA-capable device is detected");
  });
}

TEST(CudaDriver, SaysThatADriverIsAbsentOrOld) {
  withDriver("/nowhere/libcuda.so", [] {
    EXPECT_FAILS(count(), PLAIT_UNSUPPORTED, "/nowhere/libcuda.so");
    Setting better(driverVariable, PLAIT_FAKE_DRIVER);
    EXPECT_OK(count()); // a failure is not for ever
  });
  if (!dlopen("libcuda.so.1", RTLD_LAZY))
    withDriver("", [] { EXPECT_FAILS(count(), PLAIT_UNSUPPORTED, "libcuda.so.1: "); });
  withDriver(PLAIT_FAKE_OLD_DRIVER,
             [] { EXPECT_FAILS(count(), PLAIT_UNSUPPORTED, "CUDA expects a driver that has cuMemcpyDtoH_v2, but '"); });
}

TEST(CudaDriver, MayBeTheEmulator) {
  withDriver(PLAIT_EMULATOR, [] {
    int32_t devices = 0;
    ASSERT_OK(plait_cuda_device_count(&devices));
    EXPECT_EQ(devices, 1);
    expectDescribed(0, "Plait emulator of sm_90");
    void *data = nullptr;
    EXPECT_FAILS(plait_cuda_allocate(0, size_t(81) << 30, &data), PLAIT_OUT_OF_MEMORY, "CUDA_ERROR_OUT_OF_MEMORY (2)");
    EXPECT_FAILS(plait_cuda_free(0, sendAndFetch(0)), PLAIT_UNAVAILABLE,
                 "CUDA_ERROR_INVALID_VALUE (1), invalid argument");
  });
  // These tests hold the runtime themselves, and no emulator is beside them.
  withDriver("emulator", [] { EXPECT_FAILS(count(), PLAIT_UNSUPPORTED, "/bin/libplait_cuda_emulator.so"); });
}

TEST(CudaDriver, IsNotInherited) {
  withDriver(PLAIT_FAKE_DRIVER, [] {
    ASSERT_OK(count());
    EXPECT_EQ(inChild([] {
                EXPECT_FAILS(count(), PLAIT_UNAVAILABLE, "but got a child after fork()");
                std::fflush(stdout);
                return testing::Test::HasFailure() ? 1 : 0;
              }),
              0);
  });
}

} // namespace
