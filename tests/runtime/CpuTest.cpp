//===- CpuTest.cpp - processor features and the target setting ------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tests the instruction sets against made-up processors and against what
// the kernel says about this one.
//
//===----------------------------------------------------------------------===//

#include "runtime/src/cpu/Features.h"
#include "tests/runtime/Support.h"

#include <gtest/gtest.h>

#include <algorithm>

using namespace plait;
using namespace plait::test;

namespace {

/// The features of the instruction sets up to `last`.
cpu::FeatureSet featuresUpTo(size_t last) {
  cpu::FeatureSet features;
  for (const cpu::Isa &isa : cpu::instructionSets().first(last + 1))
    features.insert(isa.features.begin(), isa.features.end());
  return features;
}

TEST(Cpu, NeedsEveryFeatureOfAnInstructionSet) {
  auto sets = cpu::instructionSets();
  for (size_t i = 0; i < sets.size(); ++i) {
    cpu::FeatureSet features = featuresUpTo(i);
    EXPECT_EQ(cpu::widest(features), sets[i].name);
    for (size_t j = 0; j < sets.size(); ++j)
      EXPECT_EQ(cpu::runs(sets[j].name, features), j <= i);
    for (std::string_view feature : sets[i].features) {
      cpu::FeatureSet fewer = features;
      fewer.erase(feature);
      EXPECT_FALSE(cpu::runs(sets[i].name, fewer)) << feature;
    }
  }
}

TEST(Cpu, KnowsNoForeignInstructionSet) {
  EXPECT_FALSE(plait_cpu_runs("riscv64"));
  EXPECT_FALSE(plait_cpu_runs(""));
  EXPECT_FALSE(plait_cpu_runs(nullptr));
  EXPECT_TRUE(plait_cpu_runs(baselineIsa().c_str()));
  EXPECT_TRUE(plait_cpu_runs(plait_cpu_isa()));
}

TEST(Cpu, AgreesWithTheKernel) {
  std::string info = readText("/proc/cpuinfo");
  size_t start = info.find("flags"), end = info.find('\n', start);
  if (start == std::string::npos)
    GTEST_SKIP() << "/proc/cpuinfo lists no flags";
  std::string flags = info.substr(start, end - start) + " ", features = "," + std::string(plait_cpu_features()) + ",";
  // The kernel's spelling and LLVM's.
  for (auto [kernel, llvm] :
       {std::pair("avx2", "avx2"), std::pair("fma", "fma"), std::pair("f16c", "f16c"), std::pair("bmi2", "bmi2"),
        std::pair("avx512f", "avx512f"), std::pair("avx512_bf16", "avx512bf16"), std::pair("avx512vl", "avx512vl")})
    EXPECT_EQ(flags.find(" " + std::string(kernel) + " ") != std::string::npos,
              features.find("," + std::string(llvm) + ",") != std::string::npos)
        << kernel;
}

TEST(Cpu, ListsFeaturesInOrder) {
  std::string list = plait_cpu_features();
  EXPECT_FALSE(list.empty());
  EXPECT_TRUE(std::is_sorted(cpu::hostFeatures().begin(), cpu::hostFeatures().end()));
}

TEST(Cpu, PicksTheTarget) {
  std::string_view isa;
  auto sets = cpu::instructionSets();
  cpu::FeatureSet least = featuresUpTo(0), most = featuresUpTo(sets.size() - 1);
  for (const char *native : {static_cast<const char *>(nullptr), "", "native"}) {
    EXPECT_OK(cpu::pickTarget(native, most, isa).release());
    EXPECT_EQ(isa, sets.back().name);
  }
  EXPECT_OK(cpu::pickTarget(sets.front().name.data(), most, isa).release());
  EXPECT_EQ(isa, sets.front().name);
  EXPECT_FAILS(cpu::pickTarget("x86-65", most, isa).release(), PLAIT_INVALID_ARGUMENT, "but got 'x86-65'");
  if (sets.size() > 1) {
    EXPECT_FAILS(cpu::pickTarget(sets.back().name.data(), least, isa).release(), PLAIT_UNSUPPORTED, "at most '");
  }
}

TEST(Cpu, ReadsTheTargetSetting) {
  const char *isa = nullptr;
  {
    Setting target("PLAIT_TARGET", baselineIsa().c_str());
    ASSERT_OK(plait_target_isa(&isa));
    EXPECT_EQ(isa, baselineIsa());
  }
  {
    Setting target("PLAIT_TARGET", "pdp-11");
    EXPECT_FAILS(plait_target_isa(&isa), PLAIT_INVALID_ARGUMENT, "PLAIT_TARGET expects");
    pack::Bytes bytes = buildPack(kernelManifest());
    plait_pack *pack = nullptr;
    EXPECT_FAILS(plait_pack_open_memory(bytes.data(), bytes.size(), &pack), PLAIT_INVALID_ARGUMENT, "'pdp-11'");
  }
  Setting target("PLAIT_TARGET", nullptr);
  ASSERT_OK(plait_target_isa(&isa));
  EXPECT_STREQ(isa, plait_cpu_isa());
}

} // namespace
