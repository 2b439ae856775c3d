//===- DoubleTest.cpp - double-precision arithmetic -----------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file compares f64 arithmetic with results in 113 bits, rounded by looking at
// the neighbours.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/emulator/compute/Support.h"

namespace plait::emulator::test {
namespace {

using Exact = __float128;

double rounded(Exact exact, const std::string &mode) {
  double nearest = double(exact);
  Exact error = exact - Exact(nearest);
  bool down = mode == "rm" || (mode == "rz" && exact > 0), up = mode == "rp" || (mode == "rz" && exact < 0);
  if (down && error < 0)
    return std::nextafter(nearest, -INFINITY);
  if (up && error > 0)
    return std::nextafter(nearest, INFINITY);
  return nearest;
}

/// Normal numbers that are near enough for a sum in 113 bits to be exact.
class Doubles {
public:
  double next() { return std::ldexp(double(int64_t(random())), -int(random() % 40) - 40); }

private:
  std::mt19937_64 random{7};
};

TEST(Double, Rounds) {
  Doubles doubles;
  for (unsigned i = 0; i < 3000; ++i) {
    double a = doubles.next(), b = doubles.next(), c = doubles.next();
    std::vector<uint64_t> two{bitsOf(a), bitsOf(b)}, three{bitsOf(a), bitsOf(b), bitsOf(c)};
    for (std::string mode : {"rn", "rz", "rm", "rp"}) {
      auto expect = [&](const std::string &opcode, const std::string &operands, const std::vector<uint64_t> &bits,
                        Exact exact) {
        std::string text = opcode + "." + mode + ".f64 %d0" + operands;
        EXPECT_EQ(as<double>(evaluate(text, bits)), rounded(exact, mode)) << text << " of " << a << " " << b;
      };
      expect("add", ", %d1, %d2", two, Exact(a) + b);
      expect("sub", ", %d1, %d2", two, Exact(a) - b);
      expect("mul", ", %d1, %d2", two, Exact(a) * b);
      expect("div", ", %d1, %d2", two, Exact(a) / b);
      expect("rcp", ", %d1", {bitsOf(a)}, Exact(1) / a);
      // A product of 106 bits and the sum: exact where the exponents are near.
      double factor = std::ldexp(std::nearbyint(std::ldexp(a, 60)), -60), small = float(b);
      expect("fma", ", %d1, %d2, %d3", {bitsOf(factor), bitsOf(small), bitsOf(double(float(c)))},
             Exact(factor) * small + double(float(c)));
    }
  }
}

TEST(Double, SquareRoot) {
  Doubles doubles;
  for (unsigned i = 0; i < 2000; ++i) {
    double a = std::fabs(doubles.next()), nearest = std::sqrt(a);
    double down = as<double>(evaluate("sqrt.rm.f64 %d0, %d1", {bitsOf(a)}));
    double up = as<double>(evaluate("sqrt.rp.f64 %d0, %d1", {bitsOf(a)}));
    EXPECT_EQ(as<double>(evaluate("sqrt.rn.f64 %d0, %d1", {bitsOf(a)})), nearest);
    EXPECT_LE(Exact(down) * down, Exact(a));
    EXPECT_GE(Exact(up) * up, Exact(a));
    EXPECT_TRUE(up == down || std::nextafter(down, INFINITY) == up);
  }
}

TEST(Double, SpecialValues) {
  uint64_t infinity = bitsOf(INFINITY * 1.0), largest = bitsOf(1.7976931348623157e308);
  EXPECT_EQ(evaluate("add.rz.f64 %d0, %d1, %d2", {largest, largest}), largest);
  EXPECT_EQ(evaluate("add.rp.f64 %d0, %d1, %d2", {largest, largest}), infinity);
  EXPECT_EQ(evaluate("mul.f64 %d0, %d1, %d2", {1, 1}), 0u);
  EXPECT_EQ(evaluate("mul.rp.f64 %d0, %d1, %d2", {1, 1}), 1u); // the least denormal
  EXPECT_EQ(evaluate("copysign.f64 %d0, %d1, %d2", {bitsOf(-0.0), bitsOf(2.0)}), bitsOf(-2.0));
  EXPECT_EQ(evaluate("neg.f64 %d0, %d1", {bitsOf(2.0)}), bitsOf(-2.0));
  EXPECT_EQ(evaluate("abs.f64 %d0, %d1", {bitsOf(-2.0)}), bitsOf(2.0));
}

TEST(Double, LeavesTheHostsRoundingAlone) {
  evaluate("add.rz.f64 %d0, %d1, %d2", {bitsOf(1.0), bitsOf(2.0)});
  volatile double third = 3;
  EXPECT_EQ(1 / third, 0x1.5555555555555p-2);
}

TEST(Double, CoarseFormsHaveTheUpperBits) {
  uint64_t third = evaluate("rcp.approx.ftz.f64 %d0, %d1", {bitsOf(3.0) | 0xffff});
  EXPECT_EQ(third & 0xffffffff, 0u);
  EXPECT_NEAR(as<double>(third), 1.0 / 3, 1e-6);
  uint64_t root = evaluate("rsqrt.approx.ftz.f64 %d0, %d1", {bitsOf(2.0)});
  EXPECT_EQ(root & 0xffffffff, 0u);
  EXPECT_NEAR(as<double>(root), 0.70710678, 1e-6);
  EXPECT_DOUBLE_EQ(as<double>(evaluate("rsqrt.approx.f64 %d0, %d1", {bitsOf(2.0)})), std::sqrt(0.5));
  EXPECT_EQ(evaluate("rcp.approx.ftz.f64 %d0, %d1", {1}), bitsOf(INFINITY * 1.0)); // of a denormal
}

} // namespace
} // namespace plait::emulator::test
