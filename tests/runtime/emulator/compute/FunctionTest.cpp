//===- FunctionTest.cpp - approximate functions ---------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file compares sin, cos, lg2, ex2, tanh, rsqrt and the approximate reciprocal
// and root with long double, within one unit in the last place.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/emulator/compute/Rounded.h"
#include "tests/runtime/emulator/compute/Support.h"

namespace plait::emulator::test {
namespace {

using Function = long double (*)(long double);

struct Case {
  std::string opcode;
  Function function;
  bool isPositive;
};
const Case cases[] = {
    {"sin", [](long double x) { return std::sin(x); }, false},
    {"cos", [](long double x) { return std::cos(x); }, false},
    {"lg2", [](long double x) { return std::log2(x); }, true},
    {"ex2", [](long double x) { return std::exp2(x); }, false},
    {"tanh", [](long double x) { return std::tanh(x); }, false},
    {"rsqrt", [](long double x) { return 1 / std::sqrt(x); }, true},
    {"sqrt", [](long double x) { return std::sqrt(x); }, true},
    {"rcp", [](long double x) { return 1 / x; }, false},
};

TEST(Function, Single) {
  std::mt19937 random(3);
  for (const Case &c : cases) {
    for (unsigned i = 0; i < 2000; ++i) {
      float x = std::ldexp(float(int32_t(random())), int(random() % 24) - 40);
      x = c.isPositive ? std::fabs(x) + 0x1p-100f : x;
      float actual = as<float>(uint32_t(evaluate(c.opcode + ".approx.f32 %r0, %r1", {bitsOf(x)})));
      float expected = float(c.function(x));
      bool isNear = actual == expected || std::fabs(actual - expected) <= std::fabs(expected) * 0x1p-23f;
      EXPECT_TRUE(isNear) << c.opcode << " of " << x << " expects " << expected << ", but got " << actual;
    }
  }
}

TEST(Function, SpecialValues) {
  const uint64_t infinity = 0x7f800000, nan = 0x7fffffff;
  EXPECT_EQ(evaluate("lg2.approx.f32 %r0, %r1", {0}), 0xff800000u);
  EXPECT_EQ(evaluate("lg2.approx.f32 %r0, %r1", {0xbf800000}), nan);
  EXPECT_EQ(evaluate("lg2.approx.f32 %r0, %r1", {1}), bitsOf(-149.0f));
  EXPECT_EQ(evaluate("lg2.approx.ftz.f32 %r0, %r1", {1}), 0xff800000u);
  EXPECT_EQ(evaluate("ex2.approx.f32 %r0, %r1", {0xff800000}), 0u);
  EXPECT_EQ(evaluate("ex2.approx.f32 %r0, %r1", {bitsOf(-149.0f)}), 1u);
  EXPECT_EQ(evaluate("ex2.approx.ftz.f32 %r0, %r1", {bitsOf(-149.0f)}), 0u);
  EXPECT_EQ(evaluate("ex2.approx.f32 %r0, %r1", {bitsOf(128.0f)}), infinity);
  EXPECT_EQ(evaluate("sin.approx.f32 %r0, %r1", {infinity}), nan);
  EXPECT_EQ(evaluate("rcp.approx.ftz.f32 %r0, %r1", {0x80000001}), 0xff800000u);
  EXPECT_EQ(evaluate("rsqrt.approx.f32 %r0, %r1", {0x80000000}), 0xff800000u);
  EXPECT_EQ(evaluate("sqrt.approx.f32 %r0, %r1", {0xbf800000}), nan);
  EXPECT_EQ(evaluate("tanh.approx.f32 %r0, %r1", {infinity}), 0x3f800000u);
}

TEST(Function, Half) {
  const Numbers numbers(5, 10);
  for (unsigned bits = 0; bits < 0x7c00; ++bits) {
    long double x = numbers.value(bits);
    EXPECT_EQ(evaluate("ex2.approx.f16 %h0, %h1", {bits}), numbers.round(std::exp2(x), "rn"));
    EXPECT_EQ(evaluate("tanh.approx.f16 %h0, %h1", {bits}), numbers.round(std::tanh(x), "rn"));
  }
  EXPECT_EQ(evaluate("ex2.approx.f16x2 %r0, %r1", {0x40003c00}), 0x44004000u);
  EXPECT_EQ(evaluate("ex2.approx.ftz.bf16x2 %r0, %r1", {0x40003f80}), 0x40804000u);
  EXPECT_EQ(evaluate("tanh.approx.bf16 %h0, %h1", {0x7f80}), 0x3f80u);
}

} // namespace
} // namespace plait::emulator::test
