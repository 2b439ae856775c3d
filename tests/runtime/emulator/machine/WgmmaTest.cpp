//===- WgmmaTest.cpp - what wgmma computes --------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tests wgmma's types, shapes and layouts against sums in f64.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/emulator/machine/WgmmaSupport.h"

using namespace plait::emulator;
using namespace plait::emulator::test;

namespace {

constexpr unsigned spans[] = {16, 32, 64, 128};

std::string name(const Wgmma &wgmma) {
  auto written = [](const SharedLayout &layout) {
    return "span " + std::to_string(layout.span) + (layout.isTransposed ? " transposed" : "") + " step " +
           std::to_string(layout.step) + " pattern " + std::to_string(layout.pattern);
  };
  return wgmma.instruction() + " A " + written(wgmma.aLayout) + ", B " + written(wgmma.bLayout);
}

void expectProduct(const Wgmma &wgmma, Options options = {}) {
  WgmmaData data(wgmma);
  Conditions setup = conditions(wgmma, data);
  setup.options = options;
  Result result = run(wgmma.text({}), setup);
  EXPECT_TRUE(isClean(result)) << name(wgmma);
  double tolerance = wgmma.d == "s32" ? 0 : wgmma.d == "f16" ? 1e-3 : 1e-6;
  EXPECT_LE(data.error(wgmma, result.out), tolerance) << name(wgmma);
}

const Wgmma types[] = {
    {"f32", "f16", "f16", 64},   {"f16", "f16", "f16", 64},   {"f32", "bf16", "bf16", 64}, {"f32", "tf32", "tf32", 64},
    {"f32", "e4m3", "e4m3", 64}, {"f32", "e4m3", "e5m2", 64}, {"f32", "e5m2", "e4m3", 64}, {"f32", "e5m2", "e5m2", 64},
    {"f16", "e4m3", "e4m3", 64}, {"f16", "e4m3", "e5m2", 64}, {"f16", "e5m2", "e4m3", 64}, {"f16", "e5m2", "e5m2", 64},
    {"s32", "s8", "s8", 64},     {"s32", "s8", "u8", 64},     {"s32", "u8", "s8", 64},     {"s32", "u8", "u8", 64},
};

TEST(Wgmma, EachTypeInEachLayout) {
  for (Wgmma wgmma : types) {
    bool mayBeTransposed = wgmma.a == "f16" || wgmma.a == "bf16";
    for (unsigned span : spans)
      for (unsigned transposed = 0; transposed < (mayBeTransposed ? 4 : 1); ++transposed)
        for (bool hasRegisters : {false, true}) {
          if (hasRegisters && transposed & 1)
            continue;
          wgmma.aLayout = {span, (transposed & 1) != 0};
          wgmma.bLayout = {span, (transposed & 2) != 0};
          wgmma.hasRegisters = hasRegisters;
          expectProduct(wgmma);
        }
  }
}

TEST(Wgmma, LayoutsOfBothMatrices) {
  for (unsigned aSpan : spans)
    for (unsigned bSpan : spans)
      for (unsigned transposed = 0; transposed < 4; ++transposed)
        expectProduct({"f32", "bf16", "bf16", 136, {aSpan, (transposed & 1) != 0}, {bSpan, (transposed & 2) != 0}});
}

TEST(Wgmma, StepsAlongKInTheSpan) {
  for (unsigned span : spans)
    for (unsigned step = 1; step < span / 32; ++step)
      for (const char *type : {"bf16", "tf32", "e4m3"})
        expectProduct({"f32", type, type, 32, {span, false, step}, {span, false, step}});
}

TEST(Wgmma, PatternsThatBeginAnywhere) {
  for (unsigned span : spans)
    for (unsigned pattern = 1; pattern < 8; ++pattern)
      for (bool isTransposed : {false, true})
        expectProduct(
            {"f32", "f16", "f16", 32, {span, isTransposed, 0, pattern}, {span, isTransposed, 0, 8 - pattern}});
}

TEST(Wgmma, EachNumberOfColumns) {
  for (unsigned n = 8; n <= 256; n += 8) {
    for (unsigned span : {16u, 64u})
      expectProduct({"f32", "bf16", "bf16", n, {span}, {span}});
    expectProduct({"f16", "f16", "f16", n, {128}, {128, n % 64 == 0}});
    if (n <= 32 || n % 16 == 0)
      expectProduct({"s32", "s8", "u8", n, {128}, {128}});
  }
}

TEST(Wgmma, ScalesAndPredicate) {
  for (int aScale : {1, -1})
    for (int bScale : {1, -1})
      for (bool accumulates : {false, true})
        for (bool hasRegisters : {false, true})
          for (const char *type : {"f16", "bf16", "tf32", "e5m2"})
            expectProduct({"f32", type, type, 24, {}, {}, hasRegisters, accumulates, aScale, bScale});
  expectProduct({.d = "s32", .a = "s8", .b = "s8", .accumulates = false});
}

TEST(Wgmma, EachOrderOfSums) {
  for (MmaOrder order : {MmaOrder::Truncated, MmaOrder::Forward, MmaOrder::Reverse, MmaOrder::Pairwise})
    for (const char *type : {"f16", "bf16", "tf32", "e4m3"})
      expectProduct({"f32", type, type, 48}, {.mmaOrder = order});
}

TEST(Wgmma, SaturatesIntegers) {
  for (bool saturates : {false, true}) {
    Wgmma wgmma{.d = "s32", .a = "u8", .b = "u8", .hasRegisters = true, .saturation = saturates ? ".satfinite" : ""};
    WgmmaData data(wgmma);
    std::string large;
    for (unsigned i = 0; i < 4; ++i)
      large += "mov.u32 %d" + std::to_string(i) + ", 0x7fffffff;";
    Wgmma::Steps steps;
    steps.fence = large + steps.fence;
    Result result = run(wgmma.text(steps), conditions(wgmma, data));
    EXPECT_TRUE(isClean(result));
    if (saturates)
      EXPECT_EQ(result.out[0], 0x7fffffffu);
    else
      EXPECT_GT(result.out[0], 0x7fffffffu);
  }
}

TEST(Wgmma, ProductsOfAGroupFollowEachOther) {
  // The second one adds the same once more.
  Wgmma wgmma{"f32", "bf16", "bf16", 64, {128}, {128}, false, false};
  WgmmaData data(wgmma);
  for (double &sum : data.expected)
    sum *= 2;
  Result result = run(wgmma.text({.product = wgmma.instruction() + "setp.eq.u32 %p9, 1, 1;" + wgmma.instruction()}),
                      conditions(wgmma, data));
  EXPECT_TRUE(isClean(result));
  EXPECT_LE(data.error(wgmma, result.out), 1e-6);
}

TEST(Wgmma, Counters) {
  Wgmma wgmma{"f32", "bf16", "bf16", 128, {128}, {128}};
  Result result = run(wgmma.text({}), conditions(wgmma, WgmmaData(wgmma)));
  const Counters &counters = result.report.counters;
  EXPECT_EQ(counters.mma, 4u);
  EXPECT_EQ(counters.mmaFlops, 2u * 64 * 128 * 16);
  // A is of 2 KiB, B of 4.
  const Work &work = counters.kinds.at("wgmma");
  EXPECT_EQ(work.sharedRead, 6144u);
  EXPECT_EQ(work.sharedWavefronts, 48u);
  EXPECT_EQ(work.idealWavefronts, 48u);
}

} // namespace
