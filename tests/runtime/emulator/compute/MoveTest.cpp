//===- MoveTest.cpp - moves between registers -----------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tests mov, and that vectors are packed from the low bits up.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/emulator/compute/Support.h"

namespace plait::emulator::test {
namespace {

std::vector<uint64_t> evaluateAll(const std::string &text, const std::vector<uint64_t> &operands) {
  std::vector<Value> values;
  for (uint64_t bits : operands)
    values.push_back(splat(bits));
  std::vector<uint64_t> results;
  for (const Value &value : run(text, values))
    results.push_back(value.lane[17]);
  return results;
}
using List = std::vector<uint64_t>;

TEST(Move, CutsImmediates) {
  EXPECT_EQ(evaluate("mov.u32 %r0, -1", {~uint64_t(0)}), 0xffffffffu);
  EXPECT_EQ(evaluate("mov.b16 %h0, -1", {~uint64_t(0)}), 0xffffu);
  EXPECT_EQ(evaluate("mov.pred %p0, 1", {1}), 1u);
  EXPECT_EQ(evaluate("mov.f64 %d0, %d1", {0x3ff0000000000000}), 0x3ff0000000000000u);
  EXPECT_EQ(evaluate("mov.u64 %d0, %d1", {~uint64_t(0)}), ~uint64_t(0));
}

TEST(Move, Packs) {
  EXPECT_EQ(evaluate("mov.b32 %r0, {%h1, %h2}", {0x1234, 0xffffffff5678}), 0x56781234u);
  EXPECT_EQ(evaluate("mov.b64 %d0, {%r1, %r2}", {0x11111111, 0x22222222}), 0x2222222211111111u);
  EXPECT_EQ(evaluate("mov.b64 %d0, {%h1, %h2, %h3, %h4}", {1, 2, 3, 4}), 0x0004000300020001u);
  EXPECT_EQ(evaluate("mov.b16 %h0, {%h1, %h2}", {0x12, 0x34}), 0x3412u);
  EXPECT_EQ(evaluateAll("mov.b128 %q0, {%d1, %d2}", {5, 6}), (List{5, 6}));
  EXPECT_EQ(evaluateAll("mov.b128 %q0, {%r1, %r2, %r3, %r4}", {1, 2, 3, 4}), (List{0x200000001, 0x400000003}));
}

TEST(Move, Unpacks) {
  EXPECT_EQ(evaluateAll("mov.b32 {%h0, %h1}, %r2", {0x56781234}), (List{0x1234, 0x5678}));
  EXPECT_EQ(evaluateAll("mov.b64 {%r0, _}, %d2", {0x2222222211111111}), (List{0x11111111, 0x22222222}));
  EXPECT_EQ(evaluateAll("mov.b64 {%h0, %h1, %h2, %h3}, %d2", {0x0004000300020001}), (List{1, 2, 3, 4}));
  EXPECT_EQ(evaluateAll("mov.b128 {%d0, %d1}, %q0", {5, 6}), (List{5, 6}));
  EXPECT_EQ(evaluateAll("mov.b128 %q1, %q0", {5, 6}), (List{5, 6}));
}

TEST(Move, ReadsBeforeItWrites) {
  // {a, b} = a's halves, where a is also a result.
  Operation operation = decode("mov.b64 {%r0, %r1}, %d0");
  Value a = splat(0x0000000200000001), b;
  std::vector<Value *> results{&a, &b};
  std::vector<const Value *> operands{&a};
  operation.run(operation, {}, results, operands, ~Mask(0));
  EXPECT_EQ(a.lane[3], 1u);
  EXPECT_EQ(b.lane[3], 2u);
}

} // namespace
} // namespace plait::emulator::test
