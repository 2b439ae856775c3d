//===- MinMaxTest.cpp - minimum, maximum and class of floats --------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file compares min, max and testp on floats with the host's numbers.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/emulator/compute/Support.h"

namespace plait::emulator::test {
namespace {

using Bits = const std::vector<uint64_t> &;

/// A format, and how the host reads its numbers.
struct FloatType {
  std::string name;
  uint64_t sign, nan, smallestNormal;
  double (*read)(uint64_t);

  uint64_t cut(uint64_t bits) const { return bits & (sign | (sign - 1)); }
  uint64_t flushed(uint64_t bits) const { return (bits & (sign - 1)) < smallestNormal ? bits & sign : bits; }
};
const FloatType floatTypes[] = {
    {"f16", 0x8000, 0x7fff, 0x400, [](uint64_t bits) { return double(as<_Float16>(uint16_t(bits))); }},
    {"bf16", 0x8000, 0x7fff, 0x80, [](uint64_t bits) { return double(as<float>(uint32_t(bits << 16))); }},
    {"f32", 0x80000000, 0x7fffffff, 0x800000, [](uint64_t bits) { return double(as<float>(uint32_t(bits))); }},
    {"f64", uint64_t(1) << 63, ~(uint64_t(1) << 63), uint64_t(1) << 52,
     [](uint64_t bits) { return as<double>(bits); }}};

struct Flags {
  bool isMin, propagates, flushes, takesSigns;

  std::string text() const {
    return std::string(isMin ? "min" : "max") + (flushes ? ".ftz" : "") + (propagates ? ".NaN" : "") +
           (takesSigns ? ".xorsign.abs" : "");
  }
};

uint64_t extreme(const FloatType &t, const Flags &flags, uint64_t a, uint64_t b) {
  a = flags.flushes ? t.flushed(t.cut(a)) : t.cut(a);
  b = flags.flushes ? t.flushed(t.cut(b)) : t.cut(b);
  uint64_t sign = (a ^ b) & t.sign;
  double x = t.read(a), y = t.read(b);
  if (flags.takesSigns) {
    x = std::fabs(x);
    y = std::fabs(y);
    a &= ~t.sign;
    b &= ~t.sign;
  }
  if ((x != x && y != y) || (flags.propagates && (x != x || y != y)))
    return t.nan;
  bool takesA = y != y || (x == x && (x == y ? std::signbit(x) == flags.isMin : (x < y) == flags.isMin));
  uint64_t result = takesA ? a : b;
  return flags.takesSigns ? (result & ~t.sign) | sign : result;
}

TEST(MinMax, Scalars) {
  for (const FloatType &t : floatTypes)
    for (unsigned bits = 0; bits < 16; ++bits) {
      Flags flags{(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0, (bits & 8) != 0};
      bool isKnown = t.name == "f64" ? bits < 2 : t.name == "bf16" ? !flags.flushes : true;
      if (isKnown)
        expectMatch(flags.text() + "." + t.name + " %d0, %d1, %d2", 2,
                    [&](Bits x) { return extreme(t, flags, x[0], x[1]); });
      else
        EXPECT_ANY_THROW(decode(flags.text() + "." + t.name + " %d0, %d1, %d2")) << flags.text();
    }
}

TEST(MinMax, Pairs) {
  for (const FloatType &t : {floatTypes[0], floatTypes[1]})
    for (unsigned bits = 0; bits < 4; ++bits) {
      Flags flags{(bits & 1) != 0, (bits & 2) != 0, false, false};
      expectMatch(flags.text() + "." + t.name + "x2 %r0, %r1, %r2", 2, [&](Bits x) {
        uint64_t high = extreme(t, flags, x[0] >> 16, x[1] >> 16);
        return high << 16 | extreme(t, flags, x[0], x[1]);
      });
    }
}

TEST(MinMax, Classes) {
  auto expect = [](const std::string &name, bool (*isOf)(double), bool (*isOfSingle)(float)) {
    expectMatch("testp." + name + ".f64 %p0, %d1", 1, [&](Bits x) { return isOf(as<double>(x[0])); });
    expectMatch("testp." + name + ".f32 %p0, %r1", 1, [&](Bits x) { return isOfSingle(as<float>(uint32_t(x[0]))); });
  };
  static const auto has = [](auto value, int which) { return std::fpclassify(value) == which; };
  expect("finite", [](double x) { return std::isfinite(x); }, [](float x) { return std::isfinite(x); });
  expect("infinite", [](double x) { return std::isinf(x); }, [](float x) { return std::isinf(x); });
  expect("number", [](double x) { return x == x; }, [](float x) { return x == x; });
  expect("notanumber", [](double x) { return x != x; }, [](float x) { return x != x; });
  expect(
      "normal", [](double x) { return x == 0 || has(x, FP_NORMAL); },
      [](float x) { return x == 0 || has(x, FP_NORMAL); });
  expect("subnormal", [](double x) { return has(x, FP_SUBNORMAL); }, [](float x) { return has(x, FP_SUBNORMAL); });
}

} // namespace
} // namespace plait::emulator::test
