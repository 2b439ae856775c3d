//===- FeaturesX86.cpp - processor features of x86-64 ---------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file reads CPUID, and XCR0 for the registers that the operating system saves.
//
//===----------------------------------------------------------------------===//

#include "runtime/src/cpu/Features.h"

#include <cpuid.h>
#include <iterator>

using namespace plait::cpu;

namespace {

enum Register { Eax, Ebx, Ecx, Edx };

/// The leaves of CPUID that are read, by position in `leaves`.
enum Leaf { Basic, Extended, Extended1, Vendor };

struct LeafNumber {
  unsigned leaf, subleaf;
};
constexpr LeafNumber leaves[] = {{1, 0}, {7, 0}, {7, 1}, {0x80000001, 0}};

/// Bits of XCR0 that a feature needs.
enum Saved : uint64_t { Always = 0, Ymm = 0x6, Zmm = 0xe6 };

struct FeatureBit {
  std::string_view name;
  Leaf leaf;
  Register reg;
  unsigned bit;
  Saved saved;
};

constexpr FeatureBit bits[] = {
    {"cx8", Basic, Edx, 8, Always},
    {"cmov", Basic, Edx, 15, Always},
    {"mmx", Basic, Edx, 23, Always},
    {"fxsr", Basic, Edx, 24, Always},
    {"sse", Basic, Edx, 25, Always},
    {"sse2", Basic, Edx, 26, Always},
    {"sse3", Basic, Ecx, 0, Always},
    {"pclmul", Basic, Ecx, 1, Always},
    {"ssse3", Basic, Ecx, 9, Always},
    {"fma", Basic, Ecx, 12, Ymm},
    {"cx16", Basic, Ecx, 13, Always},
    {"sse4.1", Basic, Ecx, 19, Always},
    {"sse4.2", Basic, Ecx, 20, Always},
    {"movbe", Basic, Ecx, 22, Always},
    {"popcnt", Basic, Ecx, 23, Always},
    {"aes", Basic, Ecx, 25, Always},
    {"crc32", Basic, Ecx, 20, Always},
    {"xsave", Basic, Ecx, 27, Always},
    {"avx", Basic, Ecx, 28, Ymm},
    {"f16c", Basic, Ecx, 29, Ymm},
    {"bmi", Extended, Ebx, 3, Always},
    {"avx2", Extended, Ebx, 5, Ymm},
    {"bmi2", Extended, Ebx, 8, Always},
    {"avx512f", Extended, Ebx, 16, Zmm},
    {"avx512dq", Extended, Ebx, 17, Zmm},
    {"avx512ifma", Extended, Ebx, 21, Zmm},
    {"avx512cd", Extended, Ebx, 28, Zmm},
    {"avx512bw", Extended, Ebx, 30, Zmm},
    {"avx512vl", Extended, Ebx, 31, Zmm},
    {"avx512vbmi", Extended, Ecx, 1, Zmm},
    {"avx512vbmi2", Extended, Ecx, 6, Zmm},
    {"avx512vnni", Extended, Ecx, 11, Zmm},
    {"avx512bitalg", Extended, Ecx, 12, Zmm},
    {"avx512vpopcntdq", Extended, Ecx, 14, Zmm},
    {"avx512fp16", Extended, Edx, 23, Zmm},
    {"avxvnni", Extended1, Eax, 4, Ymm},
    {"avx512bf16", Extended1, Eax, 5, Zmm},
    {"sahf", Vendor, Ecx, 0, Always},
    {"lzcnt", Vendor, Ecx, 5, Always},
    {"prfchw", Vendor, Ecx, 8, Always},
};

constexpr std::string_view level1[] = {"cmov", "cx8", "fxsr", "mmx", "sse", "sse2"};
constexpr std::string_view level3[] = {"cx16", "sahf", "popcnt", "sse3", "ssse3", "sse4.1", "sse4.2", "avx",
                                       "avx2", "bmi",  "bmi2",   "f16c", "fma",   "lzcnt",  "movbe",  "xsave"};
constexpr std::string_view level4[] = {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"};
constexpr Isa sets[] = {{"x86-64", level1}, {"x86-64-v3", level3}, {"x86-64-v4", level4}};

/// The registers of each leaf; zero for leaves that the processor lacks.
using Registers = unsigned[std::size(leaves)][4];

/// Reads each leaf once: in a virtual machine, CPUID is a trap.
void readLeaves(Registers &registers) {
  unsigned most[2] = {__get_cpuid_max(0, nullptr), __get_cpuid_max(0x80000000, nullptr)};
  for (size_t i = 0; i < std::size(leaves); ++i) {
    unsigned *to = registers[i];
    if (leaves[i].leaf <= most[leaves[i].leaf >> 31])
      __cpuid_count(leaves[i].leaf, leaves[i].subleaf, to[Eax], to[Ebx], to[Ecx], to[Edx]);
  }
}

/// The register sets that the operating system saves, 0 without OSXSAVE.
uint64_t savedState(const Registers &registers) {
  if (!(registers[Basic][Ecx] >> 27 & 1))
    return 0;
  unsigned low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return uint64_t(high) << 32 | low;
}

} // namespace

FeatureSet plait::cpu::detectFeatures() {
  FeatureSet features = {"64bit", "x87"};
  Registers registers = {};
  readLeaves(registers);
  uint64_t saved = savedState(registers);
  for (const FeatureBit &feature : bits)
    if ((registers[feature.leaf][feature.reg] >> feature.bit & 1) && (saved & feature.saved) == feature.saved)
      features.insert(feature.name);
  return features;
}

std::span<const Isa> plait::cpu::instructionSets() { return sets; }
