//===- CompareTest.cpp - comparisons and selections -----------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file compares setp, set, selp and slct with the host's comparisons.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/emulator/compute/Support.h"

namespace plait::emulator::test {
namespace {

using Bits = const std::vector<uint64_t> &;

template <typename T> bool holds(const std::string &name, T a, T b) {
  bool isUnordered = a != a || b != b;
  if (name == "num")
    return !isUnordered;
  if (name == "nan")
    return isUnordered;
  bool orUnordered = name.size() == 3;
  std::string kind = name.substr(0, 2);
  if (isUnordered)
    return orUnordered;
  if (kind == "eq")
    return a == b;
  if (kind == "ne")
    return a != b;
  if (kind == "lt" || kind == "lo")
    return a < b;
  if (kind == "le" || kind == "ls")
    return a <= b;
  if (kind == "gt" || kind == "hi")
    return a > b;
  return a >= b;
}

template <typename T> void expectComparisons(const std::string &type, std::initializer_list<std::string> names) {
  for (const std::string &name : names)
    expectMatch(
        "setp." + name + "." + type + " %p0, %d1, %d2", 2,
        [&](Bits x) { return holds(name, as<T>(x[0]), as<T>(x[1])); }, 0, 200);
}

TEST(Compare, Integers) {
  expectComparisons<uint16_t>("b16", {"eq", "ne"});
  expectComparisons<uint64_t>("b64", {"eq", "ne"});
  expectComparisons<uint16_t>("u16", {"eq", "ne", "lt", "le", "gt", "ge", "lo", "ls", "hi", "hs"});
  expectComparisons<uint32_t>("u32", {"eq", "ne", "lt", "le", "gt", "ge", "lo", "ls", "hi", "hs"});
  expectComparisons<uint64_t>("u64", {"eq", "ne", "lt", "le", "gt", "ge", "lo", "ls", "hi", "hs"});
  expectComparisons<int16_t>("s16", {"eq", "ne", "lt", "le", "gt", "ge"});
  expectComparisons<int32_t>("s32", {"eq", "ne", "lt", "le", "gt", "ge"});
  expectComparisons<int64_t>("s64", {"eq", "ne", "lt", "le", "gt", "ge"});
}

TEST(Compare, Floats) {
  auto names = {"eq", "ne", "lt", "le", "gt", "ge", "equ", "neu", "ltu", "leu", "gtu", "geu", "num", "nan"};
  for (std::string name : names) {
    expectComparisons<float>("f32", {name});
    expectComparisons<double>("f64", {name});
    expectComparisons<_Float16>("f16", {name});
    expectMatch("setp." + name + ".bf16 %p0, %h1, %h2", 2,
                [&](Bits x) { return holds(name, as<float>(uint32_t(x[0] << 16)), as<float>(uint32_t(x[1] << 16))); });
  }
}

TEST(Compare, FlushesDenormals) {
  EXPECT_EQ(evaluate("setp.eq.ftz.f32 %p0, %r1, %r2", {1, 0x80000000}), 1u);
  EXPECT_EQ(evaluate("setp.eq.f32 %p0, %r1, %r2", {1, 0x80000000}), 0u);
  EXPECT_EQ(evaluate("setp.gt.ftz.f16 %p0, %h1, %h2", {1, 0}), 0u);
  EXPECT_EQ(evaluate("setp.gt.f16 %p0, %h1, %h2", {1, 0}), 1u);
}

TEST(Compare, PairsAndPredicates) {
  auto combined = [](const std::string &how, bool a, bool b) {
    return how == "and" ? a && b : how == "or" ? a || b : a != b;
  };
  for (std::string how : {"and", "or", "xor"}) {
    std::string text = "setp.lt." + how + ".s32 %p0|%p1, %r1, %r2, %p3";
    auto less = [](Bits x) { return int32_t(x[0]) < int32_t(x[1]); };
    expectMatch(text, 3, [&](Bits x) { return combined(how, less(x), x[2] & 1); });
    expectMatch(text, 3, [&](Bits x) { return combined(how, !less(x), x[2] & 1); }, 1);
    expectMatch("setp.lt." + how + ".s32 %p0, %r1, %r2, %p3", 3,
                [&](Bits x) { return combined(how, less(x), x[2] & 1); });
  }
  expectMatch("setp.ge.u32 %p0|%p1, %r1, %r2", 2, [&](Bits x) { return uint32_t(x[0]) < uint32_t(x[1]); }, 1);
}

TEST(Compare, Packed) {
  // 1 < 2 in the low halves, 4 < 3 in the high ones.
  std::vector<Value> operands{splat(0x44003c00), splat(0x42004000)};
  std::vector<Value> is = run("setp.lt.f16x2 %p0|%p1, %r1, %r2", operands);
  EXPECT_EQ(is[0].lane[0], 1u);
  EXPECT_EQ(is[1].lane[0], 0u);
  operands.push_back(splat(1));
  is = run("setp.lt.xor.f16x2 %p0|%p1, %r1, %r2, %p3", operands);
  EXPECT_EQ(is[0].lane[0], 0u);
  EXPECT_EQ(is[1].lane[0], 1u);
  EXPECT_EQ(evaluate("set.lt.f16x2.f16x2 %r0, %r1, %r2", {0x44003c00, 0x42004000}), 0x00003c00u);
  EXPECT_EQ(evaluate("set.gt.u32.f16x2 %r0, %r1, %r2", {0x44003c00, 0x42004000}), 0xffff0000u);
  EXPECT_EQ(evaluate("set.gt.bf16x2.bf16x2 %r0, %r1, %r2", {0x40803f80, 0x40404000}), 0x3f800000u);
}

TEST(Compare, Set) {
  expectMatch("set.lt.u32.s32 %r0, %r1, %r2", 2, [](Bits x) { return int32_t(x[0]) < int32_t(x[1]) ? 0xffffffff : 0; });
  expectMatch("set.geu.f32.f32 %r0, %r1, %r2", 2,
              [](Bits x) { return as<float>(uint32_t(x[0])) < as<float>(uint32_t(x[1])) ? 0 : 0x3f800000; });
  expectMatch("set.eq.and.s32.u64 %r0, %d1, %d2, %p1", 3,
              [](Bits x) { return x[0] == x[1] && (x[2] & 1) ? 0xffffffff : 0; });
  EXPECT_EQ(evaluate("set.ne.f16.f16 %h0, %h1, %h2", {0x3c00, 0x4000}), 0x3c00u);
}

TEST(Compare, Select) {
  for (unsigned width : {16u, 32u, 64u}) {
    uint64_t mask = ~uint64_t(0) >> (64 - width);
    std::string operands = std::to_string(width) + " %d0, %d1, %d2, %p3";
    expectMatch("selp.b" + operands, 3, [&](Bits x) { return (x[2] & 1 ? x[0] : x[1]) & mask; });
    expectMatch("slct.u" + std::to_string(width) + ".s32 %d0, %d1, %d2, %r3", 3,
                [&](Bits x) { return (int32_t(x[2]) >= 0 ? x[0] : x[1]) & mask; });
  }
  expectMatch("slct.f32.f32 %r0, %r1, %r2, %r3", 3,
              [](Bits x) { return uint32_t(as<float>(uint32_t(x[2])) >= 0 ? x[0] : x[1]); });
  EXPECT_EQ(evaluate("slct.b32.f32 %r0, %r1, %r2, %r3", {1, 2, 0x80000001}), 2u);
  EXPECT_EQ(evaluate("slct.ftz.b32.f32 %r0, %r1, %r2, %r3", {1, 2, 0x80000001}), 1u);
}

} // namespace
} // namespace plait::emulator::test
