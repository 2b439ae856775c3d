//===- VoteTest.cpp - decisions of a warp ---------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file compares votes, matches, reductions and elections with loops over the
// lanes that take part.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/emulator/compute/Support.h"

#include <algorithm>

namespace plait::emulator::test {
namespace {

constexpr uint64_t untouched = 0xdeadbeefdeadbeef;

/// The values of the lanes that take part.
std::vector<uint64_t> taking(const Value &value, Mask active) {
  std::vector<uint64_t> values;
  for (unsigned l = 0; l < warpSize; ++l)
    if (active >> l & 1)
      values.push_back(value.lane[l]);
  return values;
}

/// Runs on samples that are often equal, under masks of many kinds.
template <typename Check> void forSamples(Check check) {
  std::mt19937_64 random(11);
  for (unsigned i = 0; i < 500; ++i) {
    Mask active = i % 3 == 0 ? ~Mask(0) : i % 3 == 1 ? Mask(1) << (random() % 32) : Mask(random()) | 1;
    Value value;
    uint64_t common = random();
    for (uint64_t &lane : value.lane)
      lane = i % 4 == 0 ? common : random() % 4 ? common ^ (random() % 3) : random();
    check(value, active);
  }
}

void expectAll(const std::string &text, const Value &value, Mask active, uint64_t expected) {
  Value result = run(text, {value, splat(active)}, active).front();
  for (unsigned l = 0; l < warpSize; ++l)
    ASSERT_EQ(result.lane[l], active >> l & 1 ? expected : untouched) << text;
}

TEST(Vote, Predicates) {
  forSamples([](const Value &value, Mask active) {
    Value predicate;
    Mask yes = 0;
    for (unsigned l = 0; l < warpSize; ++l) {
      predicate.lane[l] = value.lane[l] & 1;
      yes |= active >> l & 1 && value.lane[l] & 1 ? Mask(1) << l : 0;
    }
    expectAll("vote.sync.all.pred %p0, %p1, %r1", predicate, active, yes == active);
    expectAll("vote.sync.any.pred %p0, %p1, %r1", predicate, active, yes != 0);
    expectAll("vote.sync.uni.pred %p0, %p1, %r1", predicate, active, yes == 0 || yes == active);
    expectAll("vote.sync.ballot.b32 %r0, %p1, %r1", predicate, active, yes);
  });
}

TEST(Vote, Match) {
  forSamples([](const Value &value, Mask active) {
    for (bool isLong : {false, true}) {
      auto equal = [&](uint64_t a, uint64_t b) { return isLong ? a == b : uint32_t(a) == uint32_t(b); };
      std::string type = isLong ? ".b64" : ".b32";
      Value any = run("match.any.sync" + type + " %r0, %d1, %r2", {value, splat(active)}, active).front();
      for (unsigned l = 0; l < warpSize; ++l) {
        Mask same = 0;
        for (unsigned other = 0; other < warpSize; ++other)
          same |= active >> other & 1 && equal(value.lane[l], value.lane[other]) ? Mask(1) << other : 0;
        ASSERT_EQ(any.lane[l], active >> l & 1 ? same : untouched);
      }
      std::vector<uint64_t> values = taking(value, active);
      bool areEqual = std::ranges::all_of(values, [&](uint64_t v) { return equal(v, values.front()); });
      expectAll("match.all.sync" + type + " %r0, %d1, %r2", value, active, areEqual ? active : 0);
      std::vector<Value> pair = run("match.all.sync" + type + " %r0|%p0, %d1, %r2", {value, splat(active)}, active);
      for (unsigned l = 0; l < warpSize; ++l)
        ASSERT_EQ(pair[1].lane[l], active >> l & 1 ? areEqual : untouched);
    }
  });
}

TEST(Vote, Reductions) {
  forSamples([](const Value &value, Mask active) {
    std::vector<uint32_t> values;
    for (uint64_t bits : taking(value, active))
      values.push_back(uint32_t(bits));
    std::vector<int32_t> numbers(values.begin(), values.end());
    uint32_t sum = 0, all = ~0u, any = 0, odd = 0;
    for (uint32_t v : values) {
      sum += v;
      all &= v;
      any |= v;
      odd ^= v;
    }
    auto expect = [&](const std::string &name, uint32_t expected) {
      expectAll("redux.sync." + name + " %r0, %r1, %r2", value, active, expected);
    };
    expect("add.u32", sum);
    expect("add.s32", sum);
    expect("and.b32", all);
    expect("or.b32", any);
    expect("xor.b32", odd);
    expect("min.u32", *std::ranges::min_element(values));
    expect("max.u32", *std::ranges::max_element(values));
    expect("min.s32", uint32_t(*std::ranges::min_element(numbers)));
    expect("max.s32", uint32_t(*std::ranges::max_element(numbers)));
  });
}

TEST(Vote, Election) {
  std::vector<Value> results = run("elect.sync %r0|%p0, %r1", {splat(0x00f0)}, 0x00f0);
  for (unsigned l = 0; l < warpSize; ++l) {
    EXPECT_EQ(results[0].lane[l], l >= 4 && l < 8 ? 4 : untouched);
    EXPECT_EQ(results[1].lane[l], l >= 4 && l < 8 ? l == 4 : untouched);
  }
}

TEST(Vote, ActiveMask) {
  EXPECT_EQ(run("activemask.b32 %r0", {}, 0x12345678).front().lane[4], 0x12345678u);
  EXPECT_FALSE(decode("activemask.b32 %r0").convergent);
}

TEST(Vote, TakesTheMasksLanes) {
  for (std::string text : {"vote.sync.any.pred %p0, %p1, %r1", "match.any.sync.b32 %r0, %r1, %r2",
                           "redux.sync.add.u32 %r0, %r1, %r2", "elect.sync %r0|%p0, %r1"}) {
    EXPECT_TRUE(decode(text).convergent) << text;
    EXPECT_TRUE(decode(text).hasMemberMask) << text;
  }
}

} // namespace
} // namespace plait::emulator::test
