//===- SettingsTest.cpp - the device that was asked for -------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tests the settings in the environment, errors' names and the search for
// entry points.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/emulator/driver/Support.h"

using namespace plait::emulator::test;

namespace {

int attribute(const Cuda &cuda, int number) {
  int value = -1;
  EXPECT_CUDA(cuda.cuDeviceGetAttribute(&value, number, 0));
  return value;
}

constexpr int optInShared = 97, processors = 16, major = 75, minor = 76;

TEST(Settings, ChooseTheDevice) {
  struct {
    const char *name;
    int major, minor, shared, processors;
  } const models[] = {{"sm_80", 8, 0, 163 << 10, 108},   {"sm_86", 8, 6, 99 << 10, 84},
                      {"sm_89", 8, 9, 99 << 10, 128},    {"sm_90a", 9, 0, 227 << 10, 132},
                      {"sm_100", 10, 0, 227 << 10, 148}, {"sm_120", 12, 0, 99 << 10, 170}};
  for (auto &model : models)
    withLibrary({{"PLAIT_EMULATOR_ARCH", model.name}}, [&](const Cuda &cuda) {
      ASSERT_CUDA(cuda.cuInit(0));
      EXPECT_EQ(attribute(cuda, major), model.major);
      EXPECT_EQ(attribute(cuda, minor), model.minor);
      EXPECT_EQ(attribute(cuda, optInShared), model.shared);
      EXPECT_EQ(attribute(cuda, processors), model.processors);
    });
}

TEST(Settings, ChooseTheDriver) {
  withLibrary({{"PLAIT_EMULATOR_DRIVER", "12.4"}, {"PLAIT_EMULATOR_MEMORY", "3G"}}, [](const Cuda &cuda) {
    int version = 0, count = 0;
    EXPECT_CUDA(cuda.cuDriverGetVersion(&version));
    EXPECT_EQ(version, 12040);
    EXPECT_EQ(cuda.cuDeviceGetCount(&count), CUDA_ERROR_NOT_INITIALIZED);
    ASSERT_CUDA(cuda.cuInit(0));
    EXPECT_CUDA(cuda.cuDeviceGetCount(&count));
    EXPECT_EQ(count, 1);
    size_t bytes = 0;
    EXPECT_CUDA(cuda.cuDeviceTotalMem_v2(&bytes, 0));
    EXPECT_EQ(bytes, size_t(3) << 30);
    char name[100];
    EXPECT_CUDA(cuda.cuDeviceGetName(name, sizeof name, 0));
    EXPECT_STREQ(name, "Plait emulator of sm_90");
  });
  withLibrary({{"PLAIT_EMULATOR_DEVICES", "0"}},
              [](const Cuda &cuda) { EXPECT_EQ(cuda.cuInit(0), CUDA_ERROR_NO_DEVICE); });
}

TEST(Settings, AreRefusedWithTheirNames) {
  const char *const wrong[][3] = {
      {"PLAIT_EMULATOR_ARCH", "sm_70", "expects an architecture of sm_80, sm_86"},
      {"PLAIT_EMULATOR_DRIVER", "13", "expects a version of the driver such as 13.0, but got '13'"},
      {"PLAIT_EMULATOR_MEMORY", "80X", "expects bytes up to 1T, such as 4096, 512M or 80G, but got '80X'"},
      {"PLAIT_EMULATOR_MEMORY", "2T", "but got '2T'"},
      {"PLAIT_EMULATOR_ORDER", "random", "expects the order round-robin or random:SEED, but got 'random'"},
      {"PLAIT_EMULATOR_ORDER", "random:x", "but got 'random:x'"},
      {"PLAIT_EMULATOR_MMA", "up", "expects the order of mma truncated, forward, reverse or pairwise, but got 'up'"},
      {"PLAIT_EMULATOR_CHECKS", "all", "expects checks among races and uninitialised, or none, but got 'all'"},
      {"PLAIT_EMULATOR_STEPS", "0", "expects a limit of instructions over 0, but got '0'"},
      {"PLAIT_EMULATOR_THREADS", "1025", "expects a number of threads from 0 to 1024, but got '1025'"},
      {"PLAIT_EMULATOR_DEVICES", "2", "expects 0 or 1 devices, but got '2'"},
      {"CUDA_LAUNCH_BLOCKING", "yes", "expects 0 or 1, but got 'yes'"}};
  for (auto [name, value, part] : wrong)
    withLibrary({{"PLAIT_EMULATOR_LOG", "/dev/null"}, {name, value}}, [=](const Cuda &cuda) {
      EXPECT_EQ(cuda.cuInit(0), CUDA_ERROR_INVALID_VALUE);
      EXPECT_PART(cuda.report(), name);
      EXPECT_PART(cuda.report(), part);
    });
}

TEST(Settings, AreTakenInAllTheirForms) {
  for (const char *order : {"round-robin", "random:0", "random:18446744073709551615"})
    withContext({{"PLAIT_EMULATOR_ORDER", order}}, [](const Cuda &) {});
  for (const char *order : {"truncated", "forward", "reverse", "pairwise"})
    withContext({{"PLAIT_EMULATOR_MMA", order}}, [](const Cuda &) {});
  for (const char *checks : {"none", "races", "uninitialised", "races,uninitialised"})
    withContext({{"PLAIT_EMULATOR_CHECKS", checks}}, [](const Cuda &) {});
}

TEST(EntryPoints, AreFoundByNameAndVersion) {
  withLibrary({}, [](const Cuda &cuda) {
    void *found = nullptr;
    int status = -1;
    EXPECT_CUDA(cuda.cuGetProcAddress_v2("cuMemAlloc", &found, 12000, 0, &status));
    EXPECT_EQ(found, reinterpret_cast<void *>(cuda.cuMemAlloc_v2));
    EXPECT_EQ(status, 0);
    // One name, two signatures.
    EXPECT_CUDA(cuda.cuGetProcAddress_v2("cuCtxCreate", &found, 12000, 0, nullptr));
    EXPECT_EQ(found, reinterpret_cast<void *>(cuda.cuCtxCreate_v2));
    EXPECT_CUDA(cuda.cuGetProcAddress_v2("cuCtxCreate", &found, 13000, 0, nullptr));
    EXPECT_NE(found, reinterpret_cast<void *>(cuda.cuCtxCreate_v2));
    EXPECT_EQ(cuda.cuGetProcAddress_v2("cuLaunchKernelEx", &found, 11000, 0, &status), CUDA_ERROR_NOT_FOUND);
    EXPECT_EQ(found, nullptr);
    EXPECT_EQ(status, 2);
    EXPECT_EQ(cuda.cuGetProcAddress_v2("cuNothing", &found, 13000, 0, &status), CUDA_ERROR_NOT_FOUND);
    EXPECT_EQ(status, 1);
  });
}

TEST(Errors, HaveNames) {
  withLibrary({}, [](const Cuda &cuda) {
    const char *text = nullptr;
    EXPECT_CUDA(cuda.cuGetErrorName(CUDA_ERROR_ILLEGAL_ADDRESS, &text));
    EXPECT_STREQ(text, "CUDA_ERROR_ILLEGAL_ADDRESS");
    EXPECT_CUDA(cuda.cuGetErrorString(CUDA_ERROR_ILLEGAL_ADDRESS, &text));
    EXPECT_STREQ(text, "an illegal memory access was encountered");
    EXPECT_EQ(cuda.cuGetErrorName(CUresult(12345), &text), CUDA_ERROR_INVALID_VALUE);
    EXPECT_EQ(text, nullptr);
  });
}

} // namespace
