//===- VariableTest.cpp - variables and their initial values --------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tests sizes, alignments, initial values and relocations.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/emulator/ptx/Support.h"

#include <gtest/gtest.h>

using namespace plait::emulator::ptx;
using namespace plait::emulator::ptx::test;

namespace {

using Bytes = std::vector<uint8_t>;

Variable variable(const std::string &text) { return parseItems(text).variables.at(0); }

TEST(Variable, SizesAndAlignments) {
  Variable plain = variable(".global .u32 x;"), array = variable(".shared .align 16 .b8 x[3][5][2];");
  EXPECT_EQ(plain.space, Space::Global);
  EXPECT_EQ(plain.bytes, 4u);
  EXPECT_EQ(plain.align, 4u);
  EXPECT_TRUE(plain.initial.empty());
  EXPECT_EQ(array.space, Space::Shared);
  EXPECT_EQ(array.bytes, 30u);
  EXPECT_EQ(array.align, 16u);
  Variable vector = variable(".const .v4 .f32 x[2];");
  EXPECT_EQ(vector.bytes, 32u);
  EXPECT_EQ(vector.align, 16u);
  EXPECT_EQ(variable(".global .attribute(.managed) .align 8 .u64 x;").align, 8u);
}

TEST(Variable, SeveralInOneDeclaration) {
  Module module = parseItems(".visible .global .u16 a, b[2] = {1, 2}, c = 3;");
  ASSERT_EQ(module.variables.size(), 3u);
  EXPECT_EQ(module.variables[1].initial, (Bytes{1, 0, 2, 0}));
  EXPECT_EQ(module.variables[2].initial, (Bytes{3, 0}));
}

TEST(Variable, Unsized) {
  Variable dynamic = variable(".extern .shared .align 128 .b8 x[];");
  EXPECT_TRUE(dynamic.isUnsized);
  EXPECT_TRUE(dynamic.isExtern);
  EXPECT_EQ(dynamic.bytes, 0u);
  EXPECT_EQ(dynamic.align, 128u);
  Variable counted = variable(".global .u16 x[] = {1, 2, 3};");
  EXPECT_FALSE(counted.isUnsized);
  EXPECT_EQ(counted.bytes, 6u);
}

TEST(Variable, InitialNumbers) {
  EXPECT_EQ(variable(".global .u32 x = -2;").initial, (Bytes{254, 255, 255, 255}));
  EXPECT_EQ(variable(".global .b8 x[4] = {255, -128};").initial, (Bytes{255, 128, 0, 0}));
  EXPECT_EQ(variable(".global .f32 x[2] = {0f3F800000, 2.0};").initial, (Bytes{0, 0, 128, 63, 0, 0, 0, 64}));
  EXPECT_EQ(variable(".global .f64 x = 1.0;").initial, (Bytes{0, 0, 0, 0, 0, 0, 240, 63}));
  EXPECT_EQ(variable(".global .f32 x = 1;").initial, (Bytes{0, 0, 128, 63}));
  EXPECT_EQ(variable(".global .b32 x = 0f3F800000;").initial, (Bytes{0, 0, 128, 63}));
  EXPECT_EQ(variable(".global .v2 .u8 x = {1, 2};").initial, (Bytes{1, 2}));
}

TEST(Variable, InitialValuesOfSeveralDimensions) {
  EXPECT_EQ(variable(".global .u8 x[2][3] = {{1}, {2, 3}};").initial, (Bytes{1, 0, 0, 2, 3, 0}));
  EXPECT_EQ(variable(".global .u8 x[2][3] = {1, 2, 3, 4};").initial, (Bytes{1, 2, 3, 4, 0, 0}));
  EXPECT_EQ(variable(".global .u8 x[][2] = {{1, 2}, {3}};").bytes, 4u);
}

TEST(Variable, Addresses) {
  Variable pointers = variable(".global .align 8 .u64 x[4] = {1, generic(y)+8, f, y-4};");
  ASSERT_EQ(pointers.relocations.size(), 3u);
  EXPECT_EQ(pointers.initial.size(), 32u);
  EXPECT_EQ(pointers.initial[0], 1);
  EXPECT_EQ(pointers.relocations[0].offset, 8u);
  EXPECT_EQ(pointers.relocations[0].symbol, "y");
  EXPECT_EQ(pointers.relocations[0].addend, 8);
  EXPECT_EQ(pointers.relocations[0].bytes, 8u);
  EXPECT_EQ(pointers.relocations[1].symbol, "f");
  EXPECT_EQ(pointers.relocations[2].addend, -4);
}

TEST(Variable, AddressesByteForByte) {
  Variable packed = variable(".global .u8 x[6] = {7, 0xFF(generic(y)+2), 0xFF00(generic(y)+2), 0xFF0000(generic(y)+2), "
                             "0xFF000000(generic(y)+2), 9};");
  ASSERT_EQ(packed.relocations.size(), 1u);
  EXPECT_EQ(packed.relocations[0].offset, 1u);
  EXPECT_EQ(packed.relocations[0].bytes, 4u);
  EXPECT_EQ(packed.relocations[0].addend, 2);
  EXPECT_EQ(packed.initial, (Bytes{7, 0, 0, 0, 0, 9}));
}

TEST(Variable, OfCompilers) {
  Module module = parse(readInput("llvm.ptx"));
  for (const Variable &variable : module.variables) {
    EXPECT_TRUE(variable.initial.empty() || variable.initial.size() == variable.bytes) << variable.name;
    if (variable.name == "packed") {
      ASSERT_EQ(variable.relocations.size(), 1u);
      EXPECT_EQ(variable.relocations[0].bytes, 8u);
    }
  }
}

} // namespace
