//===- LogicTest.cpp - bitwise logic and shifts ---------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file compares logic and shifts with the host's, cut off to their width.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/emulator/compute/Support.h"

namespace plait::emulator::test {
namespace {

using Bits = const std::vector<uint64_t> &;

TEST(Logic, Bitwise) {
  for (unsigned width : {1u, 16u, 32u, 64u}) {
    uint64_t mask = ~uint64_t(0) >> (64 - width);
    std::string type = width == 1 ? ".pred %p0, %p1" : ".b" + std::to_string(width) + " %d0, %d1";
    std::string second = width == 1 ? ", %p2" : ", %d2";
    expectMatch("and" + type + second, 2, [&](Bits x) { return x[0] & x[1] & mask; });
    expectMatch("or" + type + second, 2, [&](Bits x) { return (x[0] | x[1]) & mask; });
    expectMatch("xor" + type + second, 2, [&](Bits x) { return (x[0] ^ x[1]) & mask; });
    expectMatch("not" + type, 1, [&](Bits x) { return ~x[0] & mask; });
    if (width > 1)
      expectMatch("cnot" + type, 1, [&](Bits x) { return (x[0] & mask) == 0; });
  }
}

TEST(Logic, Shifts) {
  for (unsigned width : {16u, 32u, 64u}) {
    uint64_t mask = ~uint64_t(0) >> (64 - width);
    std::string operands = std::to_string(width) + " %d0, %d1, %r2";
    auto isPast = [&](Bits x) { return uint32_t(x[1]) >= width; };
    expectMatch("shl.b" + operands, 2, [&](Bits x) { return isPast(x) ? 0 : x[0] << uint32_t(x[1]) & mask; });
    for (std::string kind : {"shr.u", "shr.b"})
      expectMatch(kind + operands, 2, [&](Bits x) { return isPast(x) ? 0 : (x[0] & mask) >> uint32_t(x[1]); });
    expectMatch("shr.s" + operands, 2, [&](Bits x) {
      int64_t value = int64_t(x[0] << (64 - width)) >> (64 - width);
      return uint64_t(isPast(x) ? value >> 63 : value >> uint32_t(x[1])) & mask;
    });
  }
}

TEST(Logic, AllTables) {
  for (uint64_t table = 0; table < 256; ++table) {
    // The operands' bits run through all eight cases.
    uint64_t result = evaluate("lop3.b32 %r0, %r1, %r2, %r3, 0", {0xf0, 0xcc, 0xaa, table});
    EXPECT_EQ(result & 0xff, table);
  }
}

TEST(Logic, TableWithPredicate) {
  for (uint64_t q : {0, 1})
    for (uint64_t a : {0, 4}) {
      std::vector<Value> operands{splat(a), splat(0), splat(0), splat(0xf0), splat(q)};
      auto results = run("lop3.or.b32 %r0|%p0, %r1, %r2, %r3, 0xf0, %p1", operands);
      EXPECT_EQ(results.at(0).lane[5], a);
      EXPECT_EQ(results.at(1).lane[5], a != 0 || q);
      EXPECT_EQ(run("lop3.and.b32 %r0|%p0, %r1, %r2, %r3, 0xf0, %p1", operands).at(1).lane[5], a != 0 && q);
    }
}

TEST(Logic, InactiveLanesKeepTheirValue) {
  Value result = run("or.b32 %r0, %r1, %r2", {splat(1), splat(2)}, 0x0000ff00).front();
  EXPECT_EQ(result.lane[7], 0xdeadbeefdeadbeefu);
  EXPECT_EQ(result.lane[8], 3u);
  EXPECT_EQ(result.lane[16], 0xdeadbeefdeadbeefu);
}

} // namespace
} // namespace plait::emulator::test
