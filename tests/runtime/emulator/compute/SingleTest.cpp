//===- SingleTest.cpp - single-precision arithmetic -----------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file compares f32 arithmetic with the host's floating-point unit in its four
// rounding modes.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/emulator/compute/Support.h"

#include <cfenv>

namespace plait::emulator::test {
namespace {

using Bits = const std::vector<uint64_t> &;
using Function = float (*)(float, float, float);

struct Mode {
  std::string name;
  int host;
};
const Mode modes[] = {{".rn", FE_TONEAREST}, {".rz", FE_TOWARDZERO}, {".rm", FE_DOWNWARD}, {".rp", FE_UPWARD}};

float flushed(float value) { return std::fabs(value) < 0x1p-126f ? std::copysign(0.0f, value) : value; }

uint64_t reference(Bits x, Function function, int mode, bool ftz, bool sat) {
  float a[3] = {};
  for (size_t i = 0; i < x.size(); ++i) {
    a[i] = as<float>(uint32_t(x[i]));
    a[i] = ftz ? flushed(a[i]) : a[i];
  }
  std::fesetround(mode);
  float result = function(a[0], a[1], a[2]);
  std::fesetround(FE_TONEAREST);
  result = ftz ? flushed(result) : result;
  if (sat)
    result = result != result || result <= 0 ? 0 : result > 1 ? 1 : result;
  return result != result ? 0x7fffffff : bitsOf(result);
}

void expectArithmetic(const std::string &opcode, unsigned count, Function function, bool hasSat) {
  for (const Mode &mode : modes)
    for (bool ftz : {false, true})
      for (bool sat : {false, true}) {
        if (sat && !hasSat)
          continue;
        std::string text = opcode + mode.name + (ftz ? ".ftz" : "") + (sat ? ".sat" : "") + ".f32 %r0";
        for (unsigned i = 1; i <= count; ++i)
          text += ", %r" + std::to_string(i);
        expectMatch(text, count, [&](Bits x) { return reference(x, function, mode.host, ftz, sat); }, 0, 1500);
      }
}

TEST(Single, Add) {
  expectArithmetic("add", 2, [](float a, float b, float) { return a + b; }, true);
}
TEST(Single, Sub) {
  expectArithmetic("sub", 2, [](float a, float b, float) { return a - b; }, true);
}
TEST(Single, Mul) {
  expectArithmetic("mul", 2, [](float a, float b, float) { return a * b; }, true);
}
TEST(Single, Fma) {
  expectArithmetic("fma", 3, [](float a, float b, float c) { return std::fma(a, b, c); }, true);
  expectArithmetic("mad", 3, [](float a, float b, float c) { return std::fma(a, b, c); }, true);
}
TEST(Single, Div) {
  expectArithmetic("div", 2, [](float a, float b, float) { return a / b; }, false);
}
TEST(Single, Reciprocal) {
  expectArithmetic("rcp", 1, [](float a, float, float) { return 1 / a; }, false);
}
TEST(Single, SquareRoot) {
  expectArithmetic("sqrt", 1, [](float a, float, float) { return std::sqrt(a); }, false);
}

TEST(Single, RoundsToNearestByDefault) {
  expectMatch("add.f32 %r0, %r1, %r2", 2, [](Bits x) {
    return reference(x, [](float a, float b, float) { return a + b; }, FE_TONEAREST, false, false);
  });
}

TEST(Single, OperandsOf16Bits) {
  // All but the last: f16 1.5 is 3e00, bf16 1.5 is 3fc0.
  EXPECT_EQ(evaluate("sub.rn.f32.f16 %r0, %h1, %r2", {0x3e00, 0x40400000}), 0xbfc00000u); // 1.5 - 3
  EXPECT_EQ(evaluate("sub.f32.bf16 %r0, %h1, %r2", {0x3fc0, 0x40400000}), 0xbfc00000u);
  EXPECT_EQ(evaluate("add.rn.sat.f32.f16 %r0, %h1, %r2", {0x3e00, 0x40400000}), 0x3f800000u);
  EXPECT_EQ(evaluate("add.rn.f32.f16 %r0, %h1, %r2", {0x0001, 0x3f800000}), 0x3f800000u); // 2^-24 is half an ulp
  EXPECT_EQ(evaluate("add.rp.f32.f16 %r0, %h1, %r2", {0x0001, 0x3f800000}), 0x3f800001u);
  EXPECT_EQ(evaluate("fma.rn.f32.bf16 %r0, %h1, %h2, %r3", {0x3fc0, 0x4000, 0xbf800000}), 0x40000000u); // 1.5 2 - 1
}

TEST(Single, ExactZerosOfTwoSigns) {
  EXPECT_EQ(evaluate("add.rm.f32 %r0, %r1, %r2", {0x3f800000, 0xbf800000}), 0x80000000u);
  EXPECT_EQ(evaluate("add.rm.f32 %r0, %r1, %r2", {0, 0}), 0u);
  EXPECT_EQ(evaluate("sub.rp.f32 %r0, %r1, %r2", {0x3f800000, 0x3f800000}), 0u);
}

TEST(Single, SignBits) {
  expectMatch("copysign.f32 %r0, %r1, %r2", 2,
              [](Bits x) { return uint32_t((x[0] & 0x80000000) | (x[1] & 0x7fffffff)); });
  expectMatch("neg.f32 %r0, %r1", 1, [](Bits x) { return uint32_t(x[0] ^ 0x80000000); });
  expectMatch("abs.f32 %r0, %r1", 1, [](Bits x) { return uint32_t(x[0] & 0x7fffffff); });
  EXPECT_EQ(evaluate("abs.ftz.f32 %r0, %r1", {0x80000001}), 0u);
  EXPECT_EQ(evaluate("neg.ftz.f32 %r0, %r1", {1}), 0x80000000u);
}

TEST(Single, ApproximateDivision) {
  EXPECT_EQ(evaluate("div.approx.f32 %r0, %r1, %r2", {0x40c00000, 0x40000000}), 0x40400000u); // 6 / 2
  EXPECT_EQ(evaluate("div.full.f32 %r0, %r1, %r2", {0x40c00000, 0x40000000}), 0x40400000u);
  // A divisor past 2^126 gives zero, and NaN for infinity; div.full scales it.
  EXPECT_EQ(evaluate("div.approx.f32 %r0, %r1, %r2", {0x7f000000, 0x7f000000}), 0u);
  EXPECT_EQ(evaluate("div.approx.f32 %r0, %r1, %r2", {0x7f800000, 0x7f000000}), 0x7fffffffu);
  EXPECT_EQ(evaluate("div.full.ftz.f32 %r0, %r1, %r2", {0x7f000000, 0x7f000000}), 0x3f800000u);
}

} // namespace
} // namespace plait::emulator::test
