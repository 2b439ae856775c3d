//===- CudaVariantTest.cpp - which variant a call on CUDA runs ------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tests the choice among variants for a device, and what becomes of code that
// the driver refuses.
//
//===----------------------------------------------------------------------===//

#include "runtime/src/Status.h"
#include "runtime/src/cuda/Architecture.h"
#include "tests/runtime/CudaSupport.h"

using namespace plait;
using namespace plait::test;
using pack::Code;

namespace {

/// Calls "twice" on matrices of the fake driver.
plait_status *callTwice(const PackPointer &pack, const char *schedule = nullptr, const char *isa = nullptr,
                        int64_t tokens = 8) {
  DeviceMatrix in(0, 3, tokens), out(0, 3, tokens);
  plait_call_options options = PLAIT_CALL_OPTIONS;
  options.schedule = schedule;
  options.isa = isa;
  return call(find(pack, "twice"), {&in.tensor, &out.tensor}, &options);
}

/// Names the kernel that ran last.
std::string lastKernel() {
  return recorded().launch_count ? recorded().launches[recorded().launch_count - 1].kernel : "";
}

/// Expects that this variant runs on devices of a capability.
void expectChoice(const std::vector<CudaVariant> &variants, const char *capability, const char *kernel) {
  Setting setting("FAKE_CUDA_CAPABILITY", capability);
  withDriver(PLAIT_FAKE_DRIVER, [&] {
    EXPECT_OK(callTwice(openCudaPack(variants)));
    EXPECT_EQ(lastKernel(), kernel);
  });
}

TEST(CudaVariant, RunsWhereItsArchitectureDoes) {
  auto runs = [](const char *isa, Code code, int major, int minor) {
    return cuda::fitness(isa, code, {major, minor}) > 0;
  };
  EXPECT_TRUE(runs("sm_80", Code::Cubin, 8, 0));
  EXPECT_TRUE(runs("sm_80", Code::Cubin, 8, 9));
  EXPECT_FALSE(runs("sm_89", Code::Cubin, 8, 6));
  EXPECT_FALSE(runs("sm_80", Code::Cubin, 9, 0));
  EXPECT_TRUE(runs("sm_90a", Code::Cubin, 9, 0));
  EXPECT_FALSE(runs("sm_100a", Code::Cubin, 10, 3));
  EXPECT_TRUE(runs("sm_100", Code::Cubin, 10, 3));
  EXPECT_TRUE(runs("sm_80", Code::Ptx, 12, 0));
  EXPECT_FALSE(runs("sm_120", Code::Ptx, 10, 0));
  EXPECT_TRUE(runs("sm_90a", Code::Ptx, 9, 0));
  EXPECT_FALSE(runs("sm_90a", Code::Ptx, 10, 0));
  for (const char *isa : {"sm_", "sm_9", "sm_90b", "sm_90aa", "sm_-80", "x86-64-v3", ""})
    EXPECT_FALSE(runs(isa, Code::Ptx, 9, 0)) << isa;
  EXPECT_FALSE(runs("sm_90", Code::Elf, 9, 0));
}

TEST(CudaVariant, TakesTheNearestCode) {
  std::vector<CudaVariant> variants = {{"sm_90", Code::Ptx},
                                       {"sm_80"},
                                       {"sm_86"},
                                       {"sm_90"},
                                       {"sm_90a"},
                                       {"sm_80", Code::Ptx, "text"},
                                       {"sm_100", Code::Ptx},
                                       {"sm_100a", Code::Ptx}};
  expectChoice(variants, "80", "sm_80_default");
  expectChoice(variants, "86", "sm_86_default");
  expectChoice(variants, "89", "sm_86_default");
  expectChoice(variants, "90", "sm_90a_default");
  expectChoice(variants, "100", "sm_100a_default");
  expectChoice(variants, "120", "sm_100_default");
  expectChoice({{"sm_80", Code::Ptx}, {"sm_80"}}, "90", "sm_80_default");
}

TEST(CudaVariant, SaysWhatThereIs) {
  Setting setting("FAKE_CUDA_CAPABILITY", "75");
  withDriver(PLAIT_FAKE_DRIVER, [] {
    EXPECT_FAILS(callTwice(openCudaPack({{"sm_90a"}, {"sm_80", Code::Ptx}})), PLAIT_UNSUPPORTED,
                 "twice is compiled for 'sm_90a', 'sm_80' (PTX), but CUDA device 0 is sm_75");
    DeviceMatrix in(0, 3, 8), out(0, 3, 8);
    EXPECT_FAILS(call(find(openPack(kernelManifest()), "twice"), {&in.tensor, &out.tensor}), PLAIT_UNSUPPORTED,
                 join("twice is compiled for '", baselineIsa(), "', but CUDA device 0 is sm_75"));
  });
}

TEST(CudaVariant, TakesTheScheduleAndArchitectureOfTheCall) {
  withDriver(PLAIT_FAKE_DRIVER, [] {
    PackPointer pack = openCudaPack({{"sm_90a"}, {"sm_90a", Code::Cubin, "wide"}, {"sm_80", Code::Ptx}});
    ASSERT_OK(callTwice(pack, "wide"));
    EXPECT_EQ(lastKernel(), "sm_90a_wide");
    ASSERT_OK(callTwice(pack, nullptr, "sm_80"));
    EXPECT_EQ(lastKernel(), "sm_80_default");
    ASSERT_OK(callTwice(pack, "wide", "sm_90a"));
    EXPECT_EQ(lastKernel(), "sm_90a_wide");
    EXPECT_FAILS(callTwice(pack, "deep"), PLAIT_NOT_FOUND,
                 "twice expects one of the schedules 'default', 'wide' for 'sm_90a', but got 'deep'");
    EXPECT_FAILS(callTwice(pack, nullptr, "sm_90"), PLAIT_NOT_FOUND,
                 "twice has no variant for instruction set 'sm_90'");
    for (const char *isa : {"sm_100", "x86-64-v3"})
      EXPECT_FAILS(callTwice(pack, nullptr, isa), PLAIT_UNSUPPORTED,
                   join("twice expects an architecture that CUDA device 0 (sm_90) runs, but got '", isa, "'"));
  });
}

TEST(CudaVariant, TakesTheTunedSchedule) {
  withDriver(PLAIT_FAKE_DRIVER, [] {
    pack::PackBuilder builder;
    pack::Manifest manifest = cudaManifest({{"sm_90a"}, {"sm_90a", Code::Cubin, "wide"}}, builder);
    manifest.entries[0].schedules = {{1, 5, "wide"}}; // B in 2 .. 3, T in 32 .. 63
    PackPointer pack = openCudaPack(builder, manifest);
    ASSERT_OK(callTwice(pack, nullptr, nullptr, 40));
    EXPECT_EQ(lastKernel(), "sm_90a_wide");
    ASSERT_OK(callTwice(pack, nullptr, nullptr, 8));
    EXPECT_EQ(lastKernel(), "sm_90a_default");
  });
}

TEST(CudaVariant, TakesPtxForMachineCodeThatIsRefused) {
  withDriver(PLAIT_FAKE_DRIVER, [] {
    PackPointer pack =
        openCudaPack({{"sm_90a", Code::Cubin, "default", "bad"}, {"sm_80", Code::Ptx}, {"sm_90", Code::Ptx}});
    ASSERT_OK(callTwice(pack));
    EXPECT_EQ(lastKernel(), "sm_90_default");
    ASSERT_OK(callTwice(pack));
    EXPECT_EQ(recorded().loaded, 1);
  });
}

TEST(CudaVariant, ReportsWhatTheDriverSaysOfCode) {
  withDriver(PLAIT_FAKE_DRIVER, [] {
    PackPointer both =
        openCudaPack({{"sm_90a", Code::Cubin, "default", "bad"}, {"sm_90", Code::Ptx, "default", "bad too"}});
    for (const char *part : {"can't load PTX of twice for 'sm_90' on CUDA device 0: ",
                             "(200), no description: error   : no such; error   : instruction; before: can't load "
                             "machine code of twice for 'sm_90a' on CUDA device 0: "})
      EXPECT_FAILS(callTwice(both), PLAIT_UNAVAILABLE, part);
    PackPointer other = openCudaPack({{"sm_90a", Code::Cubin, "default", "bad"}, {"sm_90", Code::Ptx, "wide"}});
    EXPECT_FAILS(callTwice(other), PLAIT_UNAVAILABLE, "can't load machine code of twice for 'sm_90a'");
    EXPECT_OK(callTwice(other, "wide", "sm_90"));
  });
}

TEST(CudaVariant, ReportsAKernelThatIsMissing) {
  withDriver(PLAIT_FAKE_DRIVER, [] {
    EXPECT_FAILS(callTwice(openCudaPack({{"sm_90a", Code::Cubin, "default", "another 3"}})), PLAIT_UNAVAILABLE,
                 "can't find kernel 'sm_90a_default' of twice for 'sm_90a': ");
  });
}

TEST(CudaVariant, IsUnloadedWithItsPackButNotInAChild) {
  withDriver(PLAIT_FAKE_DRIVER, [] {
    PackPointer pack = openCudaPack({{"sm_90a"}});
    ASSERT_OK(callTwice(pack));
    EXPECT_EQ(inChild([&] {
                pack.reset();
                EXPECT_EQ(recorded().unloaded, 0);
                std::fflush(stdout);
                return testing::Test::HasFailure() ? 1 : 0;
              }),
              0);
    pack.reset();
    EXPECT_EQ(recorded().unloaded, 1);
    EXPECT_EQ(askFake<int>("fake_depth"), 0);
  });
}

TEST(CudaVariant, IsNotCalledInAChild) {
  withDriver(PLAIT_FAKE_DRIVER, [] {
    PackPointer pack = openCudaPack({{"sm_90a"}});
    DeviceMatrix in(0, 3, 8), out(0, 3, 8);
    ASSERT_OK(call(find(pack, "twice"), {&in.tensor, &out.tensor}));
    EXPECT_EQ(inChild([&] {
                EXPECT_FAILS(call(find(pack, "twice"), {&in.tensor, &out.tensor}), PLAIT_UNAVAILABLE,
                             "but got a child after fork()");
                std::fflush(stdout);
                return testing::Test::HasFailure() ? 1 : 0;
              }),
              0);
  });
}

} // namespace
