//===- HalfTest.cpp - arithmetic on f16 and bf16 --------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file compares arithmetic on halves with exact results, rounded by search.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/emulator/compute/Rounded.h"
#include "tests/runtime/emulator/compute/Support.h"

namespace plait::emulator::test {
namespace {

struct HalfType {
  std::string name;
  Numbers numbers;
  double read(uint64_t bits) const {
    double magnitude = numbers.value(bits & (numbers.sign() - 1));
    return bits & numbers.sign() ? -magnitude : magnitude;
  }
};
const HalfType halfTypes[] = {{"f16", Numbers(5, 10)}, {"bf16", Numbers(8, 7)}};

/// Finite numbers, among them many whose exponents are near each other.
uint64_t nextFinite(std::mt19937_64 &random, const HalfType &t) {
  uint64_t bits = random() & 0xffff;
  if (random() % 2)
    bits = (bits & 0x83ff) | (t.name == "f16" ? 0x3800 : 0x3f00);
  return (bits & 0x7fff) > t.numbers.largest() ? bits & 0x83ff : bits;
}

bool isNearOne(Exact value) { return std::fabs(double(value)) > 1e-13 && std::fabs(double(value)) < 1e13; }

TEST(Half, RoundsOnce) {
  std::mt19937_64 random(5);
  for (const HalfType &t : halfTypes) {
    for (unsigned i = 0; i < 30000; ++i) {
      uint64_t a = nextFinite(random, t), b = nextFinite(random, t), c = nextFinite(random, t);
      Exact x = t.read(a), y = t.read(b), z = t.read(c);
      auto expect = [&](const std::string &text, const std::vector<uint64_t> &bits, Exact exact) {
        uint64_t actual = evaluate(text, bits);
        if (exact == 0)
          EXPECT_EQ(actual & 0x7fff, 0u);
        else
          EXPECT_EQ(actual, t.numbers.round(exact, "rn")) << text << " of " << a << " " << b << " " << c;
      };
      expect("add." + t.name + " %h0, %h1, %h2", {a, b}, x + y);
      expect("sub.rn." + t.name + " %h0, %h1, %h2", {a, b}, x - y);
      expect("mul." + t.name + " %h0, %h1, %h2", {a, b}, x * y);
      // In 113 bits a sum of bf16 may be inexact where exponents are far apart.
      if (isNearOne(x * y) && isNearOne(z))
        expect("fma.rn." + t.name + " %h0, %h1, %h2, %h3", {a, b, c}, x * y + z);
    }
  }
}

TEST(Half, FmaKeepsWhatSinglePrecisionLoses) {
  // 0x3c01^2 = 1 + 2^-9 + 2^-20; less half a unit it lies just above a tie.
  EXPECT_EQ(evaluate("fma.rn.f16 %h0, %h1, %h2, %h3", {0x3c01, 0x3c01, 0x0001}), 0x3c02u);
  EXPECT_EQ(evaluate("fma.rn.f16 %h0, %h1, %h2, %h3", {0x3c01, 0x3c01, 0x1000}), 0x3c03u);
}

TEST(Half, Modifiers) {
  EXPECT_EQ(evaluate("add.sat.f16 %h0, %h1, %h2", {0x3c00, 0x3c00}), 0x3c00u);
  EXPECT_EQ(evaluate("add.sat.f16 %h0, %h1, %h2", {0x7e00, 0x3c00}), 0u);
  EXPECT_EQ(evaluate("add.f16 %h0, %h1, %h2", {0x7e00, 0x3c00}), 0x7fffu);
  EXPECT_EQ(evaluate("add.ftz.f16 %h0, %h1, %h2", {0x0200, 0x0100}), 0u);
  EXPECT_EQ(evaluate("mul.ftz.f16 %h0, %h1, %h2", {0x0400, 0x3800}), 0u); // the result is a denormal
  EXPECT_EQ(evaluate("fma.rn.relu.f16 %h0, %h1, %h2, %h3", {0x3c00, 0xbc00, 0}), 0u);
  EXPECT_EQ(evaluate("fma.rn.relu.bf16x2 %r0, %r1, %r2, %r3", {0x3f803f80, 0xbf803f80, 0}), 0x00003f80u);
  EXPECT_EQ(evaluate("neg.f16x2 %r0, %r1", {0x3c000000}), 0xbc008000u);
  EXPECT_EQ(evaluate("abs.bf16x2 %r0, %r1", {0xbf808001}), 0x3f800001u);
  EXPECT_EQ(evaluate("neg.ftz.f16 %h0, %h1", {1}), 0x8000u);
}

TEST(Half, Packed) {
  EXPECT_EQ(evaluate("add.f16x2 %r0, %r1, %r2", {0x40003c00, 0x3c003c00}), 0x42004000u);
  EXPECT_EQ(evaluate("sub.bf16x2 %r0, %r1, %r2", {0x40004000, 0x3f804000}), 0x3f800000u);
  EXPECT_EQ(evaluate("mul.rn.bf16x2 %r0, %r1, %r2", {0x40004000, 0x40003f80}), 0x40804000u);
  EXPECT_EQ(evaluate("fma.rn.f16x2 %r0, %r1, %r2, %r3", {0x40003c00, 0x40003c00, 0x3c003c00}), 0x45004000u);
}

} // namespace
} // namespace plait::emulator::test
