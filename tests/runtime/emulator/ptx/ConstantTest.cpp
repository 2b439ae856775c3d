//===- ConstantTest.cpp - numbers and constant expressions ----------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tests the values of constants, as operands of instructions.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/emulator/ptx/Support.h"

#include <gtest/gtest.h>

#include <bit>

using namespace plait::emulator::ptx;
using namespace plait::emulator::ptx::test;

namespace {

Operand constant(const std::string &text, const std::string &type = "u64") {
  return parseInstruction("mov." + type + " %rd1, " + text + ";").operands.at(1);
}

uint64_t integer(const std::string &text) {
  Operand operand = constant(text);
  EXPECT_EQ(operand.kind, Operand::Kind::Immediate);
  EXPECT_FALSE(operand.isFloat);
  return operand.bits;
}

TEST(Constant, Integers) {
  EXPECT_EQ(integer("0"), 0u);
  EXPECT_EQ(integer("42"), 42u);
  EXPECT_EQ(integer("42U"), 42u);
  EXPECT_EQ(integer("-1"), ~uint64_t(0));
  EXPECT_EQ(integer("0x1eE"), 0x1eeu);
  EXPECT_EQ(integer("0XFFU"), 255u);
  EXPECT_EQ(integer("017"), 15u);
  EXPECT_EQ(integer("0b1011"), 11u);
  EXPECT_EQ(integer("18446744073709551615"), ~uint64_t(0));
  EXPECT_EQ(integer("-9223372036854775808"), uint64_t(1) << 63);
  EXPECT_EQ(integer("WARP_SZ"), 32u);
}

TEST(Constant, Expressions) {
  EXPECT_EQ(integer("2+3*4"), 14u);
  EXPECT_EQ(integer("(2+3)*4"), 20u);
  EXPECT_EQ(integer("10-3-2"), 5u);
  EXPECT_EQ(integer("1<<4|3"), 19u);
  EXPECT_EQ(integer("~0&0xF0"), 0xf0u);
  EXPECT_EQ(integer("-8/3"), uint64_t(-2));
  EXPECT_EQ(integer("-8 % 3"), uint64_t(-2));
  EXPECT_EQ(integer("-8>>1"), uint64_t(-4));
  EXPECT_EQ(integer("-8>>64"), uint64_t(-1));
  EXPECT_EQ(integer("(.u64)-8>>60"), 15u);
  EXPECT_EQ(integer("1<<64"), 0u);
  EXPECT_EQ(integer("3==3&&2<1"), 0u);
  EXPECT_EQ(integer("1>2?5:6"), 6u);
  EXPECT_EQ(integer("!0"), 1u);
  EXPECT_EQ(integer("(.s64)9223372036854775808/-1"), uint64_t(1) << 63);
}

TEST(Constant, FloatingPoint) {
  Operand single = constant("0f3F800000"), twice = constant("0D3ff8000000000000"), negative = constant("-0f3F800000");
  EXPECT_TRUE(single.isFloat);
  EXPECT_EQ(single.bits, 0x3f800000u);
  EXPECT_TRUE(twice.isFloat);
  EXPECT_EQ(twice.bits, std::bit_cast<uint64_t>(1.5));
  EXPECT_EQ(negative.bits, 0xbf800000u);
}

TEST(Constant, DecimalsAreAsWideAsTheInstruction) {
  EXPECT_EQ(constant("1.5", "f32").bits, std::bit_cast<uint32_t>(1.5f));
  EXPECT_EQ(constant("-2.5e-3", "f64").bits, std::bit_cast<uint64_t>(-2.5e-3));
  Instruction policy = parseInstruction("createpolicy.fractional.L2::evict_first.b64 %rd1, 0.5;");
  EXPECT_EQ(policy.operands.at(1).bits, std::bit_cast<uint32_t>(0.5f)) << "the type is the result's";
  EXPECT_EQ(errorOfBody("mov.u32 %r1, 1.5;"), "line 5: expects an instruction of f32 or f64 around a decimal number, "
                                              "but got '1.5'");
}

TEST(Constant, Errors) {
  EXPECT_EQ(errorOfBody("mov.u32 %r1, 1/0;"), "line 5: expects a divisor other than 0, but got 0");
  EXPECT_EQ(errorOfBody("mov.u32 %r1, 18446744073709551616;"),
            "line 5: expects a number of at most 64 bits, but got '18446744073709551616'");
  EXPECT_EQ(errorOfBody("mov.u32 %r1, 0f3F80;"), "line 5: expects a number of at most 64 bits, but got '0f3F80'");
  EXPECT_EQ(errorOfBody("mov.u32 %r1, 12ab;"), "line 5: expects a number of at most 64 bits, but got '12ab'");
  EXPECT_EQ(errorOfBody("mov.u32 %r1, (1+2;"), "line 5: expects ')' at the end of a constant expression, but got ';'");
  EXPECT_EQ(errorOfBody("mov.u32 %r1, 1+;"), "line 5: expects a constant, but got ';'");
  EXPECT_EQ(errorOfBody("mov.u32 %r1, 1.5+2;"), "line 5: expects an integer before '+', but got '1.5'");
  EXPECT_EQ(errorOfBody("mov.u32 %r1, 2+1.5;"), "line 5: expects an integer in a constant expression, but got '1.5'");
  EXPECT_EQ(errorOfBody("mov.u32 %r1, 1?2;"), "line 5: expects ':' between the choices of '?', but got ';'");
  EXPECT_EQ(errorOfBody("mov.u32 %r1, " + std::string(100, '(') + ";"),
            "line 5: expects constant expressions that are less nested, but got '('");
}

} // namespace
