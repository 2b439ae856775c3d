//===- FeaturesAArch64.cpp - processor features of aarch64 ----------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file reads the hardware capabilities that the kernel hands to each process;
// they hold only what the operating system supports.
//
//===----------------------------------------------------------------------===//

#include "runtime/src/cpu/Features.h"

#include <sys/auxv.h>

using namespace plait::cpu;

namespace {

struct FeatureBit {
  std::string_view name;
  unsigned long type;
  unsigned bit;
};

// Bit numbers of the kernel's interface, spelled out since old headers lack some.
constexpr FeatureBit bits[] = {
    {"fp-armv8", AT_HWCAP, 0}, {"neon", AT_HWCAP, 1},   {"aes", AT_HWCAP, 3},       {"sha2", AT_HWCAP, 6},
    {"crc", AT_HWCAP, 7},      {"lse", AT_HWCAP, 8},    {"fullfp16", AT_HWCAP, 10}, {"rdm", AT_HWCAP, 12},
    {"dotprod", AT_HWCAP, 20}, {"sve", AT_HWCAP, 22},   {"fp16fml", AT_HWCAP, 23},  {"sve2", AT_HWCAP2, 1},
    {"i8mm", AT_HWCAP2, 13},   {"bf16", AT_HWCAP2, 14},
};

constexpr std::string_view baseline[] = {"fp-armv8", "neon"};
constexpr Isa sets[] = {{"aarch64", baseline}};

} // namespace

FeatureSet plait::cpu::detectFeatures() {
  FeatureSet features;
  for (const FeatureBit &feature : bits)
    if (getauxval(feature.type) >> feature.bit & 1)
      features.insert(feature.name);
  return features;
}

std::span<const Isa> plait::cpu::instructionSets() { return sets; }
