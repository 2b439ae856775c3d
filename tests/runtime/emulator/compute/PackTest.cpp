//===- PackTest.cpp - conversions to packed results -----------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file compares cvt to pairs, and cvt.pack, with numbers found by search.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/emulator/compute/Rounded.h"
#include "tests/runtime/emulator/compute/Support.h"

namespace plait::emulator::test {
namespace {

using Bits = const std::vector<uint64_t> &;

double readSingle(uint64_t bits) { return double(as<float>(uint32_t(bits))); }

uint64_t round(const Numbers &numbers, double value, const std::string &mode) {
  if (value != value)
    return numbers.sign() - 1;
  if (std::isinf(value))
    return (numbers.largest() + 1) | (value < 0 ? numbers.sign() : 0);
  return numbers.round(value, mode, std::signbit(value));
}
/// What does not fit becomes the largest number.
uint64_t roundFinite(const Numbers &numbers, double value) {
  uint64_t bits = round(numbers, value, "rn"), magnitude = bits & (numbers.sign() - 1);
  return value == value && magnitude > numbers.largest() ? (bits & numbers.sign()) | numbers.largest() : bits;
}

TEST(Pack, Halves) {
  const std::pair<std::string, Numbers> types[] = {{"f16x2", Numbers(5, 10)}, {"bf16x2", Numbers(8, 7)}};
  for (const auto &[name, numbers] : types) {
    for (std::string mode : {"rn", "rz"})
      expectMatch("cvt." + mode + "." + name + ".f32 %r0, %r1, %r2", 2, [&](Bits x) {
        return round(numbers, readSingle(x[0]), mode) << 16 | round(numbers, readSingle(x[1]), mode);
      });
    expectMatch("cvt.rn.relu." + name + ".f32 %r0, %r1, %r2", 2, [&](Bits x) {
      auto positive = [](double value) { return value <= 0 ? 0.0 : value; };
      return round(numbers, positive(readSingle(x[0])), "rn") << 16 | round(numbers, positive(readSingle(x[1])), "rn");
    });
    expectMatch("cvt.rn.satfinite." + name + ".f32 %r0, %r1, %r2", 2, [&](Bits x) {
      return roundFinite(numbers, readSingle(x[0])) << 16 | roundFinite(numbers, readSingle(x[1]));
    });
  }
}

struct ByteType {
  std::string name;
  Numbers numbers;
  double read(uint64_t bits) const {
    uint64_t magnitude = bits & 0x7f;
    double value = magnitude <= numbers.largest()          ? numbers.value(uint32_t(magnitude))
                   : name == "e5m2x2" && magnitude == 0x7c ? INFINITY
                                                           : NAN;
    return bits & 0x80 ? -value : value;
  }
};
const ByteType byteTypes[] = {{"e4m3x2", Numbers(4, 3, false)}, {"e5m2x2", Numbers(5, 2)}};

TEST(Pack, Bytes) {
  const Numbers half(5, 10);
  for (const ByteType &t : byteTypes) {
    expectMatch("cvt.rn.satfinite." + t.name + ".f32 %h0, %r1, %r2", 2, [&](Bits x) {
      return roundFinite(t.numbers, readSingle(x[0])) << 8 | roundFinite(t.numbers, readSingle(x[1]));
    });
    expectMatch("cvt.rn.satfinite." + t.name + ".f16x2 %h0, %r1", 1, [&](Bits x) {
      auto read = [](uint64_t bits) { return double(as<_Float16>(uint16_t(bits))); };
      return roundFinite(t.numbers, read(x[0] >> 16)) << 8 | roundFinite(t.numbers, read(x[0]));
    });
    expectMatchOfAllHalves("cvt.rn.f16x2." + t.name + " %r0, %h1", [&](Bits x) {
      return round(half, t.read(x[0] >> 8), "rn") << 16 | round(half, t.read(x[0]), "rn");
    });
  }
}

TEST(Pack, Integers) {
  struct IntegerType {
    std::string name;
    unsigned width;
    int64_t lowest, highest;
  };
  const IntegerType types[] = {
      {"u16", 16, 0, 65535}, {"s16", 16, -32768, 32767}, {"u8", 8, 0, 255}, {"s8", 8, -128, 127},
      {"u4", 4, 0, 15},      {"s4", 4, -8, 7},           {"u2", 2, 0, 3},   {"s2", 2, -2, 1}};
  for (const IntegerType &t : types) {
    uint64_t mask = (1 << t.width) - 1;
    auto clamp = [&](uint64_t bits) {
      return uint64_t(std::clamp<int64_t>(int32_t(bits), t.lowest, t.highest)) & mask;
    };
    if (t.width == 16)
      expectMatch("cvt.pack.sat." + t.name + ".s32 %r0, %r1, %r2", 2,
                  [&](Bits x) { return clamp(x[0]) << 16 | clamp(x[1]); });
    else
      expectMatch("cvt.pack.sat." + t.name + ".s32.b32 %r0, %r1, %r2, %r3", 3,
                  [&](Bits x) { return uint32_t(x[2] << (2 * t.width) | clamp(x[0]) << t.width | clamp(x[1])); });
  }
}

} // namespace
} // namespace plait::emulator::test
