//===- CarryTest.cpp - extended-precision arithmetic ----------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file compares chains through the carry flag with arithmetic in 128 bits.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/emulator/compute/Support.h"

namespace plait::emulator::test {
namespace {

using Twice = unsigned __int128;
constexpr Twice low(Twice value) { return value & ~uint64_t(0); }

/// Runs the first of two instructions on low halves, the second with its carry on high halves.
Twice chain(const std::string &first, const std::string &second, const std::vector<Twice> &operands) {
  std::vector<Value> lowHalves, highHalves;
  for (Twice operand : operands) {
    lowHalves.push_back(splat(uint64_t(operand)));
    highHalves.push_back(splat(uint64_t(operand >> 64)));
  }
  std::vector<Value> sum = run(first, lowHalves);
  highHalves.push_back(sum.at(1));
  return Twice(run(second, highHalves)[0].lane[0]) << 64 | sum[0].lane[0];
}

TEST(Carry, AddSub) {
  Samples samples;
  for (unsigned i = 0; i < 2000; ++i) {
    Twice a = Twice(samples.next()) << 64 | samples.next(), b = Twice(samples.next()) << 64 | samples.next();
    EXPECT_TRUE(chain("add.cc.u64 %d0, %d1, %d2", "addc.u64 %d0, %d1, %d2", {a, b}) == a + b);
    EXPECT_TRUE(chain("sub.cc.s64 %d0, %d1, %d2", "subc.s64 %d0, %d1, %d2", {a, b}) == a - b);
  }
}

TEST(Carry, OfThirtyTwoBits) {
  for (auto [sub, reads] : {std::pair{"sub", false}, {"subc", true}, {"add", false}, {"addc", true}}) {
    bool isAdd = sub[0] == 'a';
    std::string text = std::string(sub) + ".cc.u32 %r0, %r1, %r2";
    auto reference = [&, isAdd = isAdd](const std::vector<uint64_t> &x) {
      int64_t a = uint32_t(x[0]), b = uint32_t(x[1]), flag = x.size() > 2 ? x[2] & 1 : 0;
      return isAdd ? a + b + flag : a - b - flag;
    };
    unsigned count = reads ? 3 : 2;
    expectMatch(text, count, [&](const auto &x) { return uint32_t(reference(x)); });
    expectMatch(text, count, [&](const auto &x) { return reference(x) < 0 || reference(x) > 0xffffffff; }, 1);
  }
}

TEST(Carry, Mad) {
  Samples samples;
  for (unsigned i = 0; i < 2000; ++i) {
    uint64_t a = samples.next(), b = samples.next();
    Twice c = Twice(samples.next()) << 64 | samples.next();
    // The product's halves come from one pair of factors.
    std::vector<Value> sum = run("mad.lo.cc.u64 %d0, %d1, %d2, %d3", {splat(a), splat(b), splat(uint64_t(c))});
    Value high =
        run("madc.hi.u64 %d0, %d1, %d2, %d3", {splat(a), splat(b), splat(uint64_t(c >> 64)), sum.at(1)}).front();
    Twice expected = Twice(a) * b + c;
    EXPECT_EQ(sum[0].lane[0], uint64_t(low(expected)));
    EXPECT_EQ(high.lane[0], uint64_t(expected >> 64));
  }
  expectMatch("madc.hi.s32 %r0, %r1, %r2, %r3", 4, [](const auto &x) {
    int64_t product = int64_t(int32_t(x[0])) * int32_t(x[1]);
    return uint32_t((product >> 32) + uint32_t(x[2]) + (x[3] & 1));
  });
}

TEST(Carry, TellsTheMachine) {
  Operation operation = decode("addc.cc.u32 %r0, %r1, %r2");
  EXPECT_TRUE(operation.readsCarry && operation.writesCarry);
  operation = decode("add.cc.u32 %r0, %r1, %r2");
  EXPECT_TRUE(!operation.readsCarry && operation.writesCarry);
  operation = decode("subc.u32 %r0, %r1, %r2");
  EXPECT_TRUE(operation.readsCarry && !operation.writesCarry);
}

} // namespace
} // namespace plait::emulator::test
