//===- OperandTest.cpp - operands in all their forms ----------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tests what the parser makes of an instruction and its operands.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/emulator/ptx/Support.h"

#include <gtest/gtest.h>

using namespace plait::emulator::ptx;
using namespace plait::emulator::ptx::test;

namespace {

using Kind = Operand::Kind;

// Indices of the registers that parseBody declares.
constexpr int p = 0, r = 4, rd = 8, f = 12;

TEST(Operand, OpcodeAndModifiers) {
  Instruction instruction = parseInstruction("cp.async.cg.shared::cta.global.L2::128B [%rd0], [%rd1], 16;");
  EXPECT_EQ(instruction.opcode, "cp");
  EXPECT_EQ(instruction.modifiers, (std::vector<std::string>{"async", "cg", "shared::cta", "global", "L2::128B"}));
  EXPECT_EQ(instruction.operands.size(), 3u);
  EXPECT_EQ(instruction.line, 5);
  EXPECT_FALSE(instruction.guard);
}

TEST(Operand, TextIsOneLineWithoutComments) {
  EXPECT_EQ(parseInstruction("add.s32 \t%r1, // sum\n  %r2, /* of */ 3 ;").text, "add.s32 %r1, %r2, 3");
}

TEST(Operand, Guards) {
  Instruction plain = parseInstruction("@%p1 ret;"), negated = parseInstruction("@!%p2 bra L; L:");
  EXPECT_EQ(plain.guard->index, p + 1);
  EXPECT_FALSE(plain.guard->negated);
  EXPECT_EQ(negated.guard->index, p + 2);
  EXPECT_TRUE(negated.guard->negated);
  EXPECT_EQ(negated.text, "@!%p2 bra L");
}

TEST(Operand, RegistersAndSpecialRegisters) {
  Instruction instruction = parseInstruction("selp.b32 %r1, %tid.x, %envreg31, !%p3;");
  EXPECT_EQ(instruction.operands[0].kind, Kind::Register);
  EXPECT_EQ(instruction.operands[0].index, r + 1);
  EXPECT_EQ(instruction.operands[1].kind, Kind::Special);
  EXPECT_EQ(instruction.operands[1].name, "tid.x");
  EXPECT_EQ(instruction.operands[2].name, "envreg31");
  EXPECT_EQ(instruction.operands[3].index, p + 3);
  EXPECT_TRUE(instruction.operands[3].negated);
}

TEST(Operand, PairsAndSinks) {
  Instruction pair = parseInstruction("shfl.sync.bfly.b32 %r1|%p1, %r2, 1, 31, -1;");
  EXPECT_EQ(pair.operands.size(), 5u);
  EXPECT_EQ(pair.operands[0].kind, Kind::Pair);
  EXPECT_EQ(pair.operands[0].elements[0].index, r + 1);
  EXPECT_EQ(pair.operands[0].elements[1].index, p + 1);
  Instruction sink = parseInstruction("elect.sync _|%p1, 0xFFFFFFFF;");
  EXPECT_EQ(sink.operands[0].elements[0].kind, Kind::Sink);
}

TEST(Operand, Vectors) {
  Instruction instruction = parseInstruction("ld.global.v4.f32 {%f0, %f1, _, %f3}, [%rd1];");
  const Operand &vector = instruction.operands[0];
  EXPECT_EQ(vector.kind, Kind::Vector);
  ASSERT_EQ(vector.elements.size(), 4u);
  EXPECT_EQ(vector.elements[3].index, f + 3);
  EXPECT_EQ(vector.elements[2].kind, Kind::Sink);
}

Operand address(const std::string &text) { return parseInstruction("ld.b32 %r0, [" + text + "];").operands.at(1); }

TEST(Operand, Addresses) {
  EXPECT_EQ(address("%rd1").kind, Kind::Address);
  EXPECT_EQ(address("%rd1").elements[0].index, rd + 1);
  EXPECT_EQ(address("%rd1+16").offset, 16);
  EXPECT_EQ(address("%rd1+-16").offset, -16);
  EXPECT_EQ(address("%rd1-16").offset, -16);
  EXPECT_EQ(address("table+4").offset, 4);
  EXPECT_EQ(address("table+4").elements[0].kind, Kind::Symbol);
  EXPECT_EQ(address("table+4").elements[0].name, "table");
  EXPECT_EQ(address("table+4").elements[0].offset, 0);
  EXPECT_EQ(address("64").elements[0].bits, 64u);
}

TEST(Operand, AddressesOfTensors) {
  Instruction copy =
      parseInstruction("cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes "
                       "[%r0], [%rd1, {%r1, %r2}], [%r3];");
  ASSERT_EQ(copy.operands.size(), 3u);
  ASSERT_EQ(copy.operands[1].elements.size(), 2u);
  EXPECT_EQ(copy.operands[1].elements[1].kind, Kind::Vector);
  EXPECT_EQ(copy.modifiers.back(), "mbarrier::complete_tx::bytes");
}

TEST(Operand, Symbols) {
  Operand symbol = parseInstruction("mov.u64 %rd1, table+8;").operands[1];
  EXPECT_EQ(symbol.kind, Kind::Symbol);
  EXPECT_EQ(symbol.name, "table");
  EXPECT_EQ(symbol.offset, 8);
}

TEST(Operand, Calls) {
  Instruction full = parseInstruction("call.uni (%r0, %r1), f, (%rd1, 5), proto;");
  ASSERT_EQ(full.operands.size(), 4u);
  EXPECT_EQ(full.operands[0].kind, Kind::Vector);
  EXPECT_EQ(full.operands[0].elements.size(), 2u);
  EXPECT_EQ(full.operands[1].name, "f");
  EXPECT_EQ(full.operands[2].elements[1].bits, 5u);
  EXPECT_EQ(full.operands[3].name, "proto");
  EXPECT_EQ(parseInstruction("call f;").operands.size(), 1u);
  EXPECT_EQ(parseInstruction("call f, ();").operands[1].elements.size(), 0u);
}

TEST(Operand, VectorRegisters) {
  Function function = parseBody(".reg .v4 .f32 v; mov.v4.f32 v, {%f0, %f1, %f2, %f3}; mov.f32 %f0, v.w;");
  ASSERT_EQ(function.instructions.size(), 2u);
  const Operand &all = function.instructions[0].operands[0], &one = function.instructions[1].operands[1];
  ASSERT_EQ(all.kind, Kind::Vector);
  EXPECT_EQ(all.elements[3].index, one.index);
  EXPECT_EQ(function.registers[one.index].name, "v.w");
  EXPECT_EQ(function.registers[one.index].type, Type::F32);
}

TEST(Operand, Types) {
  EXPECT_EQ(parseType("bf16x2"), Type::BF16x2);
  EXPECT_EQ(parseType("rn"), std::nullopt);
  EXPECT_EQ(bits(Type::Pred), 1u);
  EXPECT_EQ(bits(Type::E4M3x2), 16u);
  EXPECT_EQ(bits(Type::B128), 128u);
}

} // namespace
