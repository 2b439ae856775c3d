//===- IntegerTest.cpp - integer arithmetic -------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file compares integer instructions with arithmetic in 128 bits.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/emulator/compute/Support.h"

#include <algorithm>

namespace plait::emulator::test {
namespace {

using Wide = __int128;
using Bits = const std::vector<uint64_t> &;

struct IntegerType {
  std::string name;
  unsigned width;
  bool isSigned;

  Wide read(uint64_t bits) const {
    uint64_t mask = ~uint64_t(0) >> (64 - width);
    bits &= mask;
    bool isNegative = isSigned && (bits >> (width - 1) & 1);
    return Wide(bits) - (isNegative ? Wide(1) << width : 0);
  }
  uint64_t write(Wide value) const { return uint64_t(value) & (~uint64_t(0) >> (64 - width)); }
  std::string with(const std::string &opcode) const { return opcode + "." + name + " %d0, %d1, %d2"; }
};

const IntegerType integerTypes[] = {{"u16", 16, false}, {"u32", 32, false}, {"u64", 64, false},
                                    {"s16", 16, true},  {"s32", 32, true},  {"s64", 64, true}};

TEST(Integer, AddSubMul) {
  for (const IntegerType &t : integerTypes) {
    expectMatch(t.with("add"), 2, [&](Bits x) { return t.write(t.read(x[0]) + t.read(x[1])); });
    expectMatch(t.with("sub"), 2, [&](Bits x) { return t.write(t.read(x[0]) - t.read(x[1])); });
    auto product = [&](Bits x) { return (unsigned __int128)(t.read(x[0])) * (unsigned __int128)(t.read(x[1])); };
    expectMatch(t.with("mul.lo"), 2, [&](Bits x) { return t.write(product(x)); });
    expectMatch(t.with("mul.hi"), 2, [&](Bits x) { return t.write(Wide(product(x)) >> t.width); });
    std::string mad = t.with("mad.lo") + ", %d3", madHigh = t.with("mad.hi") + ", %d3";
    expectMatch(mad, 3, [&](Bits x) { return t.write(product(x) + t.read(x[2])); });
    expectMatch(madHigh, 3, [&](Bits x) { return t.write((Wide(product(x)) >> t.width) + t.read(x[2])); });
  }
}

TEST(Integer, Wide) {
  for (const IntegerType &t : integerTypes) {
    if (t.width == 64)
      continue;
    IntegerType twice{"", 2 * t.width, t.isSigned};
    expectMatch(t.with("mul.wide"), 2, [&](Bits x) { return twice.write(t.read(x[0]) * t.read(x[1])); });
    expectMatch(t.with("mad.wide") + ", %d3", 3,
                [&](Bits x) { return twice.write(t.read(x[0]) * t.read(x[1]) + twice.read(x[2])); });
  }
}

TEST(Integer, Saturated) {
  const IntegerType &t = integerTypes[4];
  auto clamp = [&](Wide value) { return t.write(std::clamp<Wide>(value, INT32_MIN, INT32_MAX)); };
  expectMatch("add.sat.s32 %r0, %r1, %r2", 2, [&](Bits x) { return clamp(t.read(x[0]) + t.read(x[1])); });
  expectMatch("sub.sat.s32 %r0, %r1, %r2", 2, [&](Bits x) { return clamp(t.read(x[0]) - t.read(x[1])); });
  expectMatch("mad.hi.sat.s32 %r0, %r1, %r2, %r3", 3,
              [&](Bits x) { return clamp((t.read(x[0]) * t.read(x[1]) >> 32) + t.read(x[2])); });
}

TEST(Integer, TwentyFourBits) {
  for (bool isSigned : {false, true}) {
    IntegerType low{"", 24, isSigned};
    const IntegerType &t = integerTypes[isSigned ? 4 : 1];
    auto product = [&](Bits x) { return low.read(x[0]) * low.read(x[1]); };
    expectMatch(t.with("mul24.lo"), 2, [&](Bits x) { return t.write(product(x)); });
    expectMatch(t.with("mul24.hi"), 2, [&](Bits x) { return t.write(product(x) >> 16); });
    expectMatch(t.with("mad24.lo") + ", %d3", 3, [&](Bits x) { return t.write(product(x) + t.read(x[2])); });
    expectMatch(t.with("mad24.hi") + ", %d3", 3, [&](Bits x) { return t.write((product(x) >> 16) + t.read(x[2])); });
  }
  const IntegerType &t = integerTypes[4];
  IntegerType low{"", 24, true};
  expectMatch("mad24.hi.sat.s32 %r0, %r1, %r2, %r3", 3, [&](Bits x) {
    return t.write(std::clamp<Wide>((low.read(x[0]) * low.read(x[1]) >> 16) + t.read(x[2]), INT32_MIN, INT32_MAX));
  });
}

TEST(Integer, DivRemSad) {
  for (const IntegerType &t : integerTypes) {
    expectMatch(t.with("div"), 2, [&](Bits x) {
      Wide b = t.read(x[1]);
      return t.write(b == 0 ? -1 : t.read(x[0]) / b);
    });
    expectMatch(t.with("rem"), 2, [&](Bits x) {
      Wide b = t.read(x[1]);
      return t.write(b == 0 ? t.read(x[0]) : t.read(x[0]) % b);
    });
    expectMatch(t.with("sad") + ", %d3", 3, [&](Bits x) {
      Wide difference = t.read(x[0]) - t.read(x[1]);
      return t.write(t.read(x[2]) + (difference < 0 ? -difference : difference));
    });
  }
}

TEST(Integer, AbsNegMinMax) {
  for (const IntegerType &t : integerTypes) {
    expectMatch(t.with("min"), 2, [&](Bits x) { return t.write(std::min(t.read(x[0]), t.read(x[1]))); });
    expectMatch(t.with("max"), 2, [&](Bits x) { return t.write(std::max(t.read(x[0]), t.read(x[1]))); });
    if (!t.isSigned)
      continue;
    expectMatch("neg." + t.name + " %d0, %d1", 1, [&](Bits x) { return t.write(-t.read(x[0])); });
    expectMatch("abs." + t.name + " %d0, %d1", 1,
                [&](Bits x) { return t.write(t.read(x[0]) < 0 ? -t.read(x[0]) : t.read(x[0])); });
  }
  const IntegerType &t = integerTypes[4];
  expectMatch("min.relu.s32 %r0, %r1, %r2", 2,
              [&](Bits x) { return t.write(std::max<Wide>(0, std::min(t.read(x[0]), t.read(x[1])))); });
  expectMatch("max.relu.s32 %r0, %r1, %r2", 2,
              [&](Bits x) { return t.write(std::max({Wide(0), t.read(x[0]), t.read(x[1])})); });
}

TEST(Integer, Packed) {
  auto both = [](const IntegerType &t, Bits x, auto function) {
    uint64_t low = t.write(function(t.read(x[0]), t.read(x[1])));
    return low | t.write(function(t.read(x[0] >> 16), t.read(x[1] >> 16))) << 16;
  };
  auto add = [](Wide a, Wide b) { return a + b; };
  auto smaller = [](Wide a, Wide b) { return std::min(a, b); };
  auto larger = [](Wide a, Wide b) { return std::max(a, b); };
  auto largerRelu = [](Wide a, Wide b) { return std::max({Wide(0), a, b}); };
  auto smallerRelu = [](Wide a, Wide b) { return std::max(Wide(0), std::min(a, b)); };
  for (const IntegerType &t : {integerTypes[0], integerTypes[3]}) {
    std::string operands = "." + t.name + "x2 %r0, %r1, %r2";
    expectMatch("add" + operands, 2, [&](Bits x) { return both(t, x, add); });
    expectMatch("min" + operands, 2, [&](Bits x) { return both(t, x, smaller); });
    expectMatch("max" + operands, 2, [&](Bits x) { return both(t, x, larger); });
  }
  expectMatch("max.relu.s16x2 %r0, %r1, %r2", 2, [&](Bits x) { return both(integerTypes[3], x, largerRelu); });
  expectMatch("min.relu.s16x2 %r0, %r1, %r2", 2, [&](Bits x) { return both(integerTypes[3], x, smallerRelu); });
}

} // namespace
} // namespace plait::emulator::test
