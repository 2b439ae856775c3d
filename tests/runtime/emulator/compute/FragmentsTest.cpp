//===- FragmentsTest.cpp - matrices dealt to the lanes of a warp ----------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file compares fragments with the formulas of the PTX manual, which has one for
// each shape and type.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/compute/Fragments.h"

#include "tests/runtime/emulator/compute/Support.h"

#include <map>

namespace plait::emulator::test {
namespace {

using Role = Fragment::Role;

/// The manual's row and column of element i, with groupID = g and threadID_in_group = t.
struct Table {
  const char *shape;
  unsigned elementBits;
  unsigned aElements, bElements;
  Coordinates (*a)(unsigned g, unsigned t, unsigned i);
  Coordinates (*b)(unsigned g, unsigned t, unsigned i);
};
Coordinates rowOfA(unsigned g, unsigned t, unsigned i) { return {i == 0 ? g : g + 8, t}; }
Coordinates columnOfB(unsigned g, unsigned t, unsigned) { return {t, g}; }
Coordinates quartersOfA(unsigned g, unsigned t, unsigned i) {
  return {i == 0 || i == 2 ? g : g + 8, i == 0 || i == 1 ? t : t + 4};
}
Coordinates halvesOfB(unsigned g, unsigned t, unsigned i) { return {i == 0 ? t : t + 4, g}; }
Coordinates fourOfB(unsigned g, unsigned t, unsigned i) { return {t * 4 + i, g}; }

const Table tables[] = {
    {"m8n8k4", 64, 1, 1, rowOfA, columnOfB},
    {"m16n8k4", 64, 2, 1, rowOfA, columnOfB},
    {"m16n8k8", 64, 4, 2, quartersOfA, halvesOfB},
    {"m16n8k16", 64, 8, 4,
     [](unsigned g, unsigned t, unsigned i) {
       return i % 2 == 0 ? Coordinates{g, i * 2 + t} : Coordinates{g + 8, i * 2 - 2 + t};
     },
     [](unsigned g, unsigned t, unsigned i) { return Coordinates{t + i * 4, g}; }},
    {"m16n8k4", 32, 2, 1, rowOfA, columnOfB},
    {"m16n8k8", 32, 4, 2, quartersOfA, halvesOfB},
    {"m16n8k8", 16, 4, 2,
     [](unsigned g, unsigned t, unsigned i) { return Coordinates{i < 2 ? g : g + 8, t * 2 + (i & 1)}; },
     [](unsigned g, unsigned t, unsigned i) { return Coordinates{t * 2 + i, g}; }},
    {"m16n8k16", 16, 8, 4,
     [](unsigned g, unsigned t, unsigned i) {
       return Coordinates{i < 2 || (4 <= i && i < 6) ? g : g + 8, t * 2 + (i & 1) + (i >= 4 ? 8 : 0)};
     },
     [](unsigned g, unsigned t, unsigned i) { return Coordinates{t * 2 + (i & 1) + (i >= 2 ? 8 : 0), g}; }},
    {"m8n8k16", 8, 4, 4, [](unsigned g, unsigned t, unsigned i) { return Coordinates{g, t * 4 + i}; }, fourOfB},
    {"m16n8k16", 8, 8, 4,
     [](unsigned g, unsigned t, unsigned i) { return Coordinates{i < 4 ? g : g + 8, t * 4 + (i & 3)}; }, fourOfB},
    {"m16n8k32", 8, 16, 8,
     [](unsigned g, unsigned t, unsigned i) {
       return Coordinates{i < 4 || (8 <= i && i < 12) ? g : g + 8, t * 4 + (i & 3) + (i >= 8 ? 16 : 0)};
     },
     [](unsigned g, unsigned t, unsigned i) { return Coordinates{t * 4 + (i & 3) + (i >= 4 ? 16 : 0), g}; }},
};

Coordinates accumulator(unsigned g, unsigned t, unsigned i) { return {i < 2 ? g : g + 8, t * 2 + (i & 1)}; }

TEST(Fragments, AreTheManuals) {
  for (const Table &table : tables) {
    MmaShape shape = *parseShape(table.shape);
    auto expect = [&](Role role, unsigned bits, unsigned elements, auto formula) {
      Fragment fragment = mmaFragment(role, shape, bits);
      ASSERT_EQ(fragment.elements(), elements) << table.shape;
      for (unsigned l = 0; l < 32; ++l)
        for (unsigned i = 0; i < elements; ++i)
          EXPECT_EQ(coordinates(fragment, l, i), formula(l >> 2, l % 4, i)) << table.shape << " " << l << " " << i;
    };
    expect(Role::A, table.elementBits, table.aElements, table.a);
    expect(Role::B, table.elementBits, table.bElements, table.b);
    for (unsigned bits : {16u, 32u, 64u})
      expect(Role::Accumulator, bits, shape.m / 4, accumulator);
  }
}

TEST(Fragments, OfWmmaHoldEachElementEquallyOften) {
  struct Case {
    const char *shape, *type;
    Role role;
    unsigned registers;
  };
  const Case cases[] = {
      {"m16n16k16", "f16", Role::A, 8},
      {"m16n16k16", "bf16", Role::A, 4},
      {"m16n16k16", "s8", Role::A, 2},
      {"m16n16k16", "f16", Role::B, 8},
      {"m16n16k16", "bf16", Role::B, 4},
      {"m16n16k16", "u8", Role::B, 2},
      {"m32n8k16", "f16", Role::A, 8},
      {"m32n8k16", "bf16", Role::A, 8},
      {"m32n8k16", "s8", Role::A, 4},
      {"m32n8k16", "f16", Role::B, 8},
      {"m32n8k16", "bf16", Role::B, 2},
      {"m32n8k16", "s8", Role::B, 1},
      {"m8n32k16", "f16", Role::A, 8},
      {"m8n32k16", "bf16", Role::A, 2},
      {"m8n32k16", "s8", Role::A, 1},
      {"m8n32k16", "bf16", Role::B, 8},
      {"m16n16k8", "tf32", Role::A, 4},
      {"m16n16k8", "tf32", Role::B, 4},
      {"m8n8k4", "f64", Role::A, 1},
      {"m8n8k4", "f64", Role::B, 1},
      {"m8n8k4", "f64", Role::Accumulator, 2},
      {"m16n16k16", "f32", Role::Accumulator, 8},
      {"m16n16k16", "f16", Role::Accumulator, 4},
      {"m32n8k16", "s32", Role::Accumulator, 8},
      {"m16n16k8", "f32", Role::Accumulator, 8},
  };
  for (const Case &c : cases) {
    std::optional<Fragment> fragment = wmmaFragment(c.role, *parseShape(c.shape), c.type);
    ASSERT_TRUE(fragment) << c.shape << c.type;
    EXPECT_EQ(fragment->registers, c.registers) << c.shape << c.type;
    std::map<std::pair<unsigned, unsigned>, unsigned> held;
    for (unsigned l = 0; l < 32; ++l)
      for (unsigned i = 0; i < fragment->elements(); ++i) {
        Coordinates at = coordinates(*fragment, l, i);
        ASSERT_LT(at.row, fragment->rows);
        ASSERT_LT(at.column, fragment->columns);
        ++held[{at.row, at.column}];
      }
    EXPECT_EQ(held.size(), fragment->rows * fragment->columns);
    for (auto [place, count] : held)
      EXPECT_EQ(count, 32 * fragment->elements() / held.size()) << c.shape << c.type;
  }
}

TEST(Fragments, OfLoadsAndStores) {
  Fragment a = wmmaFragment(
      parseInstruction("wmma.load.a.sync.aligned.row.m16n16k16.shared.bf16 {%r0, %r1, %r2, %r3}, [%d0], %r4"));
  EXPECT_EQ(a.role, Role::A);
  EXPECT_EQ(a.registers, 4u);
  Fragment d = wmmaFragment(
      parseInstruction("wmma.store.d.sync.aligned.row.m16n16k16.global.f16 [%d0], {%r0, %r1, %r2, %r3}, %r4"));
  EXPECT_EQ(d.role, Role::Accumulator);
  EXPECT_EQ(d.registers, 4u);
}

TEST(Fragments, RefusesWhatWmmaLacks) {
  auto expectError = [](const std::string &text) {
    try {
      wmmaFragment(parseInstruction(text));
      FAIL() << text;
    } catch (const std::runtime_error &error) {
      EXPECT_EQ(std::string(error.what()).find("expects a fragment that wmma has, but got wmma.load"), 0u)
          << error.what();
    }
  };
  expectError("wmma.load.a.sync.aligned.row.m16n16k16.shared.tf32 {%r0, %r1, %r2, %r3}, [%d0], %r4");
  expectError("wmma.load.a.sync.aligned.row.m16n16k4.shared.f16 {%r0, %r1, %r2, %r3}, [%d0], %r4");
  expectError("wmma.load.e.sync.aligned.row.m16n16k16.shared.f16 {%r0, %r1, %r2, %r3}, [%d0], %r4");
}

TEST(Fragments, ShapesAreWhole) {
  EXPECT_EQ(parseShape("m16n8k16"), (MmaShape{16, 8, 16}));
  for (const char *name : {"", "m16n8", "m16n8k", "n8m16k16", "m16n8k16x", "m16", "mma"})
    EXPECT_FALSE(parseShape(name)) << name;
}

} // namespace
} // namespace plait::emulator::test
