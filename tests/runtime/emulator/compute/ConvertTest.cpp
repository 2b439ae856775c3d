//===- ConvertTest.cpp - conversions between numbers ----------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file compares cvt with exact values: rounded by search into small formats, and
// by the host's rounding modes into larger ones.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/emulator/compute/Rounded.h"
#include "tests/runtime/emulator/compute/Support.h"

#include <cfenv>

namespace plait::emulator::test {
namespace {

using Bits = const std::vector<uint64_t> &;

double readHalf(uint64_t bits) { return double(as<_Float16>(uint16_t(bits))); }
double readBfloat(uint64_t bits) { return double(as<float>(uint32_t(bits << 16))); }
double readSingle(uint64_t bits) { return double(as<float>(uint32_t(bits))); }
double readDouble(uint64_t bits) { return as<double>(bits); }

struct FloatType {
  std::string name;
  double (*read)(uint64_t);
  bool isHalf;
};
const FloatType sources[] = {
    {"f16", readHalf, true}, {"bf16", readBfloat, true}, {"f32", readSingle, false}, {"f64", readDouble, false}};

struct SmallType {
  std::string name;
  Numbers numbers;
  std::vector<std::string> modes;
  unsigned shift; ///< of its bits in the register
};
const SmallType smallTypes[] = {{"f16", Numbers(5, 10), {"rn", "rz", "rm", "rp"}, 0},
                                {"bf16", Numbers(8, 7), {"rn", "rz", "rm", "rp"}, 0},
                                {"tf32", Numbers(8, 10), {"rn", "rz", "rna"}, 13}};

uint64_t roundInto(const SmallType &to, double value, const std::string &mode) {
  if (value != value)
    return uint64_t(to.numbers.sign() - 1) << to.shift;
  uint64_t bits = std::isinf(value) ? to.numbers.largest() + 1 + (value < 0 ? to.numbers.sign() : 0)
                                    : to.numbers.round(value, mode, std::signbit(value));
  return bits << to.shift;
}

void expectConversion(const std::string &text, const FloatType &from, const Reference &reference) {
  if (from.isHalf)
    expectMatchOfAllHalves(text, reference);
  else
    expectMatch(text, 1, reference);
}

TEST(Convert, IntoSmallFloats) {
  for (const SmallType &to : smallTypes)
    for (const FloatType &from : sources)
      for (const std::string &mode : to.modes) {
        if (to.name == from.name || (to.name == "tf32" && from.name != "f32"))
          continue;
        std::string text = "cvt." + mode + "." + to.name + "." + from.name + " %d0, %d1";
        expectConversion(text, from, [&](Bits x) { return roundInto(to, from.read(x[0]), mode); });
      }
}

TEST(Convert, IntoLargeFloats) {
  for (const FloatType &from : sources) {
    auto single = [&](Bits x) {
      double value = from.read(x[0]);
      return value != value ? 0x7fffffff : bitsOf(float(value));
    };
    auto twice = [&](Bits x) {
      double value = from.read(x[0]);
      return value != value ? 0x7fffffffffffffff : bitsOf(value);
    };
    if (from.name != "f64")
      expectConversion("cvt.f64." + from.name + " %d0, %d1", from, twice);
    if (from.isHalf)
      expectConversion("cvt.f32." + from.name + " %d0, %d1", from, single);
  }
  const std::pair<std::string, int> modes[] = {
      {"rn", FE_TONEAREST}, {"rz", FE_TOWARDZERO}, {"rm", FE_DOWNWARD}, {"rp", FE_UPWARD}};
  for (auto [mode, host] : modes)
    expectMatch("cvt." + mode + ".f32.f64 %r0, %d1", 1, [host = host](Bits x) {
      std::fesetround(host);
      float value = float(as<double>(x[0]));
      std::fesetround(FE_TONEAREST);
      return value != value ? 0x7fffffff : bitsOf(value);
    });
}

struct IntegerType {
  std::string name;
  unsigned width;
  bool isSigned;

  __int128 lowest() const { return isSigned ? -(__int128(1) << (width - 1)) : 0; }
  __int128 highest() const { return (__int128(1) << (width - isSigned)) - 1; }
  __int128 read(uint64_t bits) const {
    __int128 value = bits & (~uint64_t(0) >> (64 - width));
    return value > highest() ? value - (__int128(1) << width) : value;
  }
  /// Small results are extended to a register of 32 bits.
  uint64_t write(__int128 value) const { return uint64_t(value) & (width == 64 ? ~uint64_t(0) : 0xffffffff); }
};
const IntegerType integerTypes[] = {{"u8", 8, false}, {"u16", 16, false}, {"u32", 32, false}, {"u64", 64, false},
                                    {"s8", 8, true},  {"s16", 16, true},  {"s32", 32, true},  {"s64", 64, true}};

long double integral(long double value, const std::string &mode) {
  return mode == "rni"   ? std::nearbyint(value)
         : mode == "rzi" ? std::trunc(value)
         : mode == "rmi" ? std::floor(value)
                         : std::ceil(value);
}

TEST(Convert, FloatsIntoIntegers) {
  for (const FloatType &from : sources)
    for (const IntegerType &to : integerTypes)
      for (std::string mode : {"rni", "rzi", "rmi", "rpi"})
        expectConversion("cvt." + mode + "." + to.name + "." + from.name + " %d0, %d1", from, [&](Bits x) {
          long double value = integral(from.read(x[0]), mode);
          if (value != value)
            return to.width == 64 || from.name == "f64" ? to.write(to.read(uint64_t(1) << (to.width - 1))) : 0;
          if (value >= (long double)(to.highest()))
            return to.write(to.highest());
          return to.write(value <= (long double)(to.lowest()) ? to.lowest() : __int128(value));
        });
}

TEST(Convert, IntegersIntoFloats) {
  for (const IntegerType &from : integerTypes) {
    for (std::string mode : {"rn", "rz", "rm", "rp"}) {
      for (const SmallType &to : {smallTypes[0], smallTypes[1]})
        expectMatch("cvt." + mode + "." + to.name + "." + from.name + " %d0, %d1", 1,
                    [&](Bits x) { return to.numbers.round(Exact(from.read(x[0])), mode); });
      int host = mode == "rn" ? FE_TONEAREST : mode == "rz" ? FE_TOWARDZERO : mode == "rm" ? FE_DOWNWARD : FE_UPWARD;
      auto onHost = [&]<typename T>(__int128 value, T) {
        volatile long double exact = value; // 64 bits hold it
        std::fesetround(host);
        volatile T result = T(exact);
        std::fesetround(FE_TONEAREST);
        return bitsOf(T(result));
      };
      expectMatch("cvt." + mode + ".f32." + from.name + " %r0, %d1", 1,
                  [&](Bits x) { return onHost(from.read(x[0]), float()); });
      expectMatch("cvt." + mode + ".f64." + from.name + " %d0, %d1", 1,
                  [&](Bits x) { return onHost(from.read(x[0]), double()); });
    }
  }
}

TEST(Convert, Integers) {
  for (const IntegerType &from : integerTypes)
    for (const IntegerType &to : integerTypes) {
      std::string types = to.name + "." + from.name + " %d0, %d1";
      expectMatch("cvt." + types, 1, [&](Bits x) { return to.write(to.read(uint64_t(from.read(x[0])))); }, 0, 50);
      expectMatch(
          "cvt.sat." + types, 1,
          [&](Bits x) { return to.write(std::clamp(from.read(x[0]), to.lowest(), to.highest())); }, 0, 50);
    }
}

TEST(Convert, ToIntegralFloats) {
  for (std::string mode : {"rni", "rzi", "rmi", "rpi"}) {
    expectMatch("cvt." + mode + ".f32.f32 %r0, %r1", 1, [&](Bits x) {
      auto value = float(integral(readSingle(x[0]), mode));
      return value != value ? 0x7fffffff : bitsOf(value);
    });
    expectMatchOfAllHalves("cvt." + mode + ".f16.f16 %h0, %h1", [&](Bits x) {
      auto value = _Float16(integral(readHalf(x[0]), mode));
      return value != value ? 0x7fff : bitsOf(value);
    });
  }
}

TEST(Convert, Modifiers) {
  EXPECT_EQ(evaluate("cvt.ftz.f32.f32 %r0, %r1", {0x80000001}), 0x80000000u);
  EXPECT_EQ(evaluate("cvt.ftz.f64.f32 %d0, %r1", {1}), 0u);
  EXPECT_EQ(evaluate("cvt.rpi.ftz.s32.f32 %r0, %r1", {1}), 0u);
  EXPECT_EQ(evaluate("cvt.rpi.s32.f32 %r0, %r1", {1}), 1u);
  EXPECT_EQ(evaluate("cvt.rn.ftz.f32.f64 %r0, %d1", {bitsOf(0x1p-140)}), 0u);
  EXPECT_EQ(evaluate("cvt.sat.f32.f32 %r0, %r1", {bitsOf(2.0f)}), bitsOf(1.0f));
  EXPECT_EQ(evaluate("cvt.sat.f32.f32 %r0, %r1", {0x7fffffff}), 0u);
  EXPECT_EQ(evaluate("cvt.rn.sat.f16.f32 %h0, %r1", {bitsOf(-2.0f)}), 0u);
  EXPECT_EQ(evaluate("cvt.rn.sat.f32.s32 %r0, %r1", {7}), bitsOf(1.0f));
  EXPECT_EQ(evaluate("cvt.rn.relu.bf16.f32 %h0, %r1", {bitsOf(-2.0f)}), 0u);
  EXPECT_EQ(evaluate("cvt.rn.relu.f16.f32 %h0, %r1", {0x7fc00000}), 0x7fffu);
  EXPECT_EQ(evaluate("cvt.rn.satfinite.f16.f32 %h0, %r1", {bitsOf(1e9f)}), 0x7bffu);
}

} // namespace
} // namespace plait::emulator::test
