//===- FeaturesX86.cpp - processor features of x86-64 ---------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file reads CPUID, and XCR0 for the registers that the operating system saves.
//
//===----------------------------------------------------------------------===//

#include "runtime/src/cpu/Features.h"

#include <cpuid.h>

using namespace plait::cpu;

namespace {

enum Register { Eax, Ebx, Ecx, Edx };

/// Bits of XCR0 that a feature needs.
enum Saved : uint64_t { Always = 0, Ymm = 0x6, Zmm = 0xe6, Tiles = 0x60000 };

struct FeatureBit {
  std::string_view name;
  unsigned leaf, subleaf;
  Register reg;
  unsigned bit;
  Saved saved;
};

constexpr FeatureBit bits[] = {
    {"cx8", 1, 0, Edx, 8, Always},
    {"cmov", 1, 0, Edx, 15, Always},
    {"mmx", 1, 0, Edx, 23, Always},
    {"fxsr", 1, 0, Edx, 24, Always},
    {"sse", 1, 0, Edx, 25, Always},
    {"sse2", 1, 0, Edx, 26, Always},
    {"sse3", 1, 0, Ecx, 0, Always},
    {"pclmul", 1, 0, Ecx, 1, Always},
    {"ssse3", 1, 0, Ecx, 9, Always},
    {"fma", 1, 0, Ecx, 12, Ymm},
    {"cx16", 1, 0, Ecx, 13, Always},
    {"sse4.1", 1, 0, Ecx, 19, Always},
    {"sse4.2", 1, 0, Ecx, 20, Always},
    {"movbe", 1, 0, Ecx, 22, Always},
    {"popcnt", 1, 0, Ecx, 23, Always},
    {"aes", 1, 0, Ecx, 25, Always},
    {"crc32", 1, 0, Ecx, 20, Always},
    {"xsave", 1, 0, Ecx, 27, Always},
    {"avx", 1, 0, Ecx, 28, Ymm},
    {"f16c", 1, 0, Ecx, 29, Ymm},
    {"bmi", 7, 0, Ebx, 3, Always},
    {"avx2", 7, 0, Ebx, 5, Ymm},
    {"bmi2", 7, 0, Ebx, 8, Always},
    {"avx512f", 7, 0, Ebx, 16, Zmm},
    {"avx512dq", 7, 0, Ebx, 17, Zmm},
    {"avx512ifma", 7, 0, Ebx, 21, Zmm},
    {"avx512cd", 7, 0, Ebx, 28, Zmm},
    {"avx512bw", 7, 0, Ebx, 30, Zmm},
    {"avx512vl", 7, 0, Ebx, 31, Zmm},
    {"avx512vbmi", 7, 0, Ecx, 1, Zmm},
    {"avx512vbmi2", 7, 0, Ecx, 6, Zmm},
    {"avx512vnni", 7, 0, Ecx, 11, Zmm},
    {"avx512bitalg", 7, 0, Ecx, 12, Zmm},
    {"avx512vpopcntdq", 7, 0, Ecx, 14, Zmm},
    {"amx-bf16", 7, 0, Edx, 22, Tiles},
    {"avx512fp16", 7, 0, Edx, 23, Zmm},
    {"amx-tile", 7, 0, Edx, 24, Tiles},
    {"amx-int8", 7, 0, Edx, 25, Tiles},
    {"avxvnni", 7, 1, Eax, 4, Ymm},
    {"avx512bf16", 7, 1, Eax, 5, Zmm},
    {"sahf", 0x80000001, 0, Ecx, 0, Always},
    {"lzcnt", 0x80000001, 0, Ecx, 5, Always},
    {"prfchw", 0x80000001, 0, Ecx, 8, Always},
};

constexpr std::string_view level1[] = {"cmov", "cx8", "fxsr", "mmx", "sse", "sse2"};
constexpr std::string_view level3[] = {"cx16", "sahf", "popcnt", "sse3", "ssse3", "sse4.1", "sse4.2", "avx",
                                       "avx2", "bmi",  "bmi2",   "f16c", "fma",   "lzcnt",  "movbe",  "xsave"};
constexpr std::string_view level4[] = {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"};
constexpr Isa sets[] = {{"x86-64", level1}, {"x86-64-v3", level3}, {"x86-64-v4", level4}};

/// The register sets that the operating system saves, 0 without OSXSAVE.
uint64_t savedState() {
  unsigned regs[4];
  if (!__get_cpuid(1, &regs[Eax], &regs[Ebx], &regs[Ecx], &regs[Edx]) || !(regs[Ecx] >> 27 & 1))
    return 0;
  unsigned low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return uint64_t(high) << 32 | low;
}

} // namespace

FeatureSet plait::cpu::detectFeatures() {
  FeatureSet features = {"64bit", "x87"};
  uint64_t saved = savedState();
  for (const FeatureBit &feature : bits) {
    unsigned regs[4] = {};
    __get_cpuid_count(feature.leaf, feature.subleaf, &regs[Eax], &regs[Ebx], &regs[Ecx], &regs[Edx]);
    if ((regs[feature.reg] >> feature.bit & 1) && (saved & feature.saved) == feature.saved)
      features.insert(feature.name);
  }
  return features;
}

std::span<const Isa> plait::cpu::instructionSets() { return sets; }
