//===- TensorReductionTest.cpp - cp.reduce.async.bulk.tensor --------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tests the reductions of copies by a tensor map, for each type that has them.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/emulator/machine/Tensors.h"

#include <cstring>

using namespace plait::emulator;
using namespace plait::emulator::test;
using Kind = Defect::Kind;
using Type = TensorType;

namespace {

/// Sixteen bytes of this element.
std::vector<uint8_t> row(Type type, uint64_t element) {
  std::vector<uint8_t> bytes(16);
  for (unsigned at = 0; at < bytes.size(); at += elementBytes(type))
    std::memcpy(&bytes[at], &element, elementBytes(type));
  return bytes;
}

std::string reduce(const Tensor &tensor, const std::string &kind) {
  std::string text = store(tensor);
  text.replace(text.find("cp.async"), 8, "cp.reduce.async");
  return text.replace(text.find(".tile"), 5, "." + kind + ".tile");
}

TensorResult run(const std::string &kind, Type type, uint64_t before, uint64_t operand) {
  Tensor tensor{.type = type, .sizes = {16 / elementBytes(type)}, .box = {16 / elementBytes(type)}, .first = {0}};
  return test::run({copyIn(tensor) + reduce(tensor, kind) + waitForGroup}, tensor, row(type, before),
                   row(type, operand));
}

struct Case {
  const char *kind;
  Type type;
  uint64_t before, operand, after;
};
constexpr uint64_t minus1 = ~uint64_t(0);
constexpr Case cases[] = {
    {"add", Type::Uint32, 0xfffffffe, 5, 3},
    {"add", Type::Int32, 7, 0xfffffffe, 5},
    {"add", Type::Uint64, minus1, 5, 4},
    {"add", Type::Float32, 0x3f800000, 0x40000000, 0x40400000},
    {"add", Type::Float32, 0x00000001, 0x80000000, 0x00000000},
    {"add", Type::Float16, 0x3c00, 0x4000, 0x4200},
    {"add", Type::Float16, 0x0001, 0x0001, 0x0002},
    {"add", Type::Bfloat16, 0x3f80, 0x4000, 0x4040},
    {"min", Type::Uint32, 0xfffffffe, 5, 5},
    {"min", Type::Int32, 0xfffffffe, 5, 0xfffffffe},
    {"min", Type::Uint64, minus1, 5, 5},
    {"min", Type::Int64, minus1, 5, minus1},
    {"min", Type::Float16, 0x3c00, 0xc000, 0xc000},
    {"min", Type::Bfloat16, 0x3f80, 0x7fff, 0x3f80},
    {"max", Type::Uint32, 0xfffffffe, 5, 0xfffffffe},
    {"max", Type::Int32, 0xfffffffe, 5, 5},
    {"max", Type::Uint64, minus1, 5, minus1},
    {"max", Type::Int64, minus1, 5, 5},
    {"max", Type::Float16, 0x3c00, 0xc000, 0x3c00},
    {"max", Type::Bfloat16, 0x3f80, 0x4000, 0x4000},
    {"inc", Type::Uint32, 4, 5, 5},
    {"inc", Type::Uint32, 5, 5, 0},
    {"dec", Type::Uint32, 4, 5, 3},
    {"dec", Type::Uint32, 0, 5, 5},
    {"dec", Type::Uint32, 6, 5, 5},
    {"and", Type::Uint32, 0x0ff0, 0x00ff, 0x00f0},
    {"and", Type::Int64, minus1, 0xff00000000, 0xff00000000},
    {"or", Type::Int32, 0x0ff0, 0x00ff, 0x0fff},
    {"or", Type::Uint64, 1, 0xff00000000, 0xff00000001},
    {"xor", Type::Uint32, 0x0ff0, 0x00ff, 0x0f0f},
    {"xor", Type::Uint64, 1, 0xff00000001, 0xff00000000},
};

TEST(TensorReduction, Elements) {
  for (const Case &each : cases) {
    SCOPED_TRACE(testing::Message() << each.kind << " of " << name(each.type) << " " << each.before);
    TensorResult got = run(each.kind, each.type, each.before, each.operand);
    EXPECT_TRUE(isClean(got.result));
    EXPECT_EQ(got.tensor, row(each.type, each.after));
  }
}

TEST(TensorReduction, TypesWithoutIt) {
  constexpr std::pair<const char *, Type> none[] = {
      {"add", Type::Int64},   {"add", Type::Float64}, {"add", Type::Uint8},   {"add", Type::Uint16},
      {"min", Type::Float32}, {"max", Type::Float64}, {"inc", Type::Int32},   {"dec", Type::Uint64},
      {"and", Type::Float16}, {"or", Type::Uint8},    {"xor", Type::Bfloat16}};
  for (auto [kind, type] : none) {
    SCOPED_TRACE(testing::Message() << kind << " of " << name(type));
    TensorResult got = run(kind, type, 1, 1);
    EXPECT_TRUE(
        has(got.result, Kind::Operand,
            std::string("elements that have the reduction .") + kind + ", but got a tensor map of " + name(type)));
    EXPECT_EQ(got.tensor, row(type, 1));
  }
}

/// Both warps add to the same elements, and leave out what is outside of the tensor.
TEST(TensorReduction, MeetsOthers) {
  Tensor tensor{.type = Type::Uint32, .sizes = {60, 8}, .box = {32, 4}, .first = {40, -1}, .swizzle = Swizzle::Span128};
  std::vector<uint8_t> memory(tensor.bytes()), in(tensor.boxBytes()), expected = memory;
  for (size_t at = 0; at < in.size(); at += 4)
    in[at] = uint8_t(at / 4 % 100 + 1);
  tensor.forElements([&](uint32_t shared, int64_t global) {
    if (global >= 0)
      expected[size_t(global)] = uint8_t(2 * in[shared]);
  });
  const std::string both = "and.b32 %r8, %r0, 31; setp.eq.u32 %p1, %r8, 0;\n";
  TensorResult got = test::run({copyIn(tensor) + both + reduce(tensor, "add") + waitForGroup}, tensor, memory, in);
  EXPECT_TRUE(isClean(got.result));
  EXPECT_EQ(got.tensor, expected);
  // A plain copy may not meet them.
  got = test::run({copyIn(tensor) + both + store(tensor) + waitForGroup}, tensor, memory, in);
  EXPECT_TRUE(has(got.result, Kind::Race, "expects an order between this write and the write"));
}

} // namespace
