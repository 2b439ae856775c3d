//===- BitsTest.cpp - counting and moving bits ----------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file compares bit instructions with PTX's own description, a bit at a time.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/emulator/compute/Support.h"

#include <algorithm>

namespace plait::emulator::test {
namespace {

using Bits = const std::vector<uint64_t> &;

bool bit(uint64_t value, unsigned at) { return value >> at & 1; }

TEST(Bits, Counts) {
  for (unsigned width : {32u, 64u}) {
    std::string operands = std::to_string(width) + " %d0, %d1";
    expectMatch("popc.b" + operands, 1, [&](Bits x) {
      uint64_t count = 0;
      for (unsigned i = 0; i < width; ++i)
        count += bit(x[0], i);
      return count;
    });
    expectMatch("clz.b" + operands, 1, [&](Bits x) {
      uint64_t count = 0;
      while (count < width && !bit(x[0], width - 1 - count))
        ++count;
      return count;
    });
    expectMatch("brev.b" + operands, 1, [&](Bits x) {
      uint64_t result = 0;
      for (unsigned i = 0; i < width; ++i)
        result = result << 1 | bit(x[0], i);
      return result;
    });
  }
}

TEST(Bits, Find) {
  for (unsigned width : {32u, 64u})
    for (bool isSigned : {false, true})
      for (bool amount : {false, true})
        expectMatch(std::string("bfind") + (amount ? ".shiftamt" : "") + (isSigned ? ".s" : ".u") +
                        std::to_string(width) + " %r0, %d1",
                    1, [&](Bits x) {
                      uint64_t a = isSigned && bit(x[0], width - 1) ? ~x[0] : x[0];
                      for (int i = int(width) - 1; i >= 0; --i)
                        if (bit(a, i))
                          return uint64_t(amount ? width - 1 - i : i);
                      return uint64_t(0xffffffff);
                    });
  auto find = [](Bits x) { return evaluate("fns.b32 %r0, %r1, %r2, %r3", x); };
  EXPECT_EQ(find({0xaaaaaaaa, 3, 1}), 3u);
  EXPECT_EQ(find({0xaaaaaaaa, 3, uint64_t(-1)}), 3u);
  EXPECT_EQ(find({0xaaaaaaaa, 2, 1}), 3u);
  EXPECT_EQ(find({0xaaaaaaaa, 2, uint64_t(-1)}), 1u);
  EXPECT_EQ(find({0xaaaaaaaa, 2, uint64_t(-2)}), 0xffffffffu);
  EXPECT_EQ(find({0xaaaaaaaa, 0, 16}), 31u);
  EXPECT_EQ(find({0xaaaaaaaa, 0, 17}), 0xffffffffu);
  EXPECT_EQ(find({0x10, 4, 0}), 4u);
  EXPECT_EQ(find({0x10, 3, 0}), 0xffffffffu);
}

/// As PTX writes it down.
uint64_t extractReference(uint64_t a, uint64_t b, uint64_t c, int msb, bool isSigned) {
  unsigned position = b & 0xff, length = c & 0xff;
  bool sign = isSigned && length && bit(a, std::min<int>(position + length - 1, msb));
  uint64_t result = 0;
  for (int i = 0; i <= msb; ++i)
    result |= uint64_t(i < int(length) && int(position) + i <= msb ? bit(a, position + i) : sign) << i;
  return result;
}

TEST(Bits, Fields) {
  for (int msb : {31, 63}) {
    std::string width = std::to_string(msb + 1);
    for (bool isSigned : {false, true})
      expectMatch(std::string("bfe.") + (isSigned ? "s" : "u") + width + " %d0, %d1, %r2, %r3", 3,
                  [&](Bits x) { return extractReference(x[0], x[1], x[2], msb, isSigned); });
    expectMatch("bfi.b" + width + " %d0, %d1, %d2, %r3, %r4", 4, [&](Bits x) {
      uint64_t result = x[1] & (~uint64_t(0) >> (63 - msb));
      unsigned position = x[2] & 0xff, length = x[3] & 0xff;
      for (unsigned i = 0; i < length && int(position + i) <= msb; ++i)
        result = (result & ~(uint64_t(1) << (position + i))) | uint64_t(bit(x[0], i)) << (position + i);
      return result;
    });
  }
}

TEST(Bits, Masks) {
  for (bool wraps : {false, true}) {
    std::string mode = wraps ? ".wrap" : ".clamp";
    auto amount = [&](uint64_t bits) { return wraps ? bits & 31 : std::min<uint64_t>(uint32_t(bits), 32); };
    expectMatch("bmsk" + mode + ".b32 %r0, %r1, %r2", 2, [&](Bits x) {
      uint64_t mask = ((uint64_t(1) << amount(x[1])) - 1) << amount(x[0]);
      return uint64_t(uint32_t(mask));
    });
    for (bool isSigned : {false, true})
      expectMatch("szext" + mode + (isSigned ? ".s32" : ".u32") + " %r0, %r1, %r2", 2, [&](Bits x) {
        unsigned length = amount(x[1]);
        uint64_t result = 0;
        for (unsigned i = 0; i < 32 && length; ++i)
          result |= uint64_t(i < length ? bit(x[0], i) : isSigned && bit(x[0], length - 1)) << i;
        return result;
      });
  }
}

TEST(Bits, Permute) {
  auto byte = [](Bits x, unsigned i) { return (i < 4 ? x[0] >> (8 * i) : x[1] >> (8 * (i - 4))) & 0xff; };
  expectMatch("prmt.b32 %r0, %r1, %r2, %r3", 3, [&](Bits x) {
    uint64_t result = 0;
    for (unsigned i = 0; i < 4; ++i) {
      unsigned nibble = x[2] >> (4 * i) & 15;
      uint64_t value = byte(x, nibble & 7);
      result |= (nibble & 8 ? (value & 0x80 ? 0xff : 0) : value) << (8 * i);
    }
    return result;
  });
  auto mode = [&](const std::string &name, auto select) {
    expectMatch("prmt.b32." + name + " %r0, %r1, %r2, %r3", 3, [&](Bits x) {
      uint64_t result = 0;
      for (int i = 0; i < 4; ++i)
        result |= byte(x, select(i, int(x[2] & 3))) << (8 * i);
      return result;
    });
  };
  mode("f4e", [](int i, int c) { return i + c; });
  mode("b4e", [](int i, int c) { return (c - i) & 7; });
  mode("rc8", [](int, int c) { return c; });
  mode("ecl", [](int i, int c) { return std::max(i, c); });
  mode("ecr", [](int i, int c) { return std::min(i, c); });
  mode("rc16", [](int i, int c) { return (i & 1) + 2 * (c & 1); });
}

TEST(Bits, FunnelShift) {
  for (bool wraps : {false, true}) {
    auto amount = [&](uint64_t bits) { return wraps ? bits & 31 : std::min<uint64_t>(uint32_t(bits), 32); };
    std::string mode = wraps ? ".wrap" : ".clamp";
    auto join = [](Bits x) { return x[1] << 32 | uint32_t(x[0]); };
    expectMatch("shf.l" + mode + ".b32 %r0, %r1, %r2, %r3", 3,
                [&](Bits x) { return uint32_t(join(x) << amount(x[2]) >> 32); });
    expectMatch("shf.r" + mode + ".b32 %r0, %r1, %r2, %r3", 3,
                [&](Bits x) { return uint32_t(join(x) >> amount(x[2])); });
  }
}

TEST(Bits, DotProducts) {
  for (bool aSigned : {false, true})
    for (bool bSigned : {false, true}) {
      std::string types = std::string(aSigned ? ".s32" : ".u32") + (bSigned ? ".s32" : ".u32") + " %r0, %r1, %r2, %r3";
      auto byte = [](uint64_t bits, unsigned i, bool isSigned) {
        return isSigned ? int64_t(int8_t(bits >> (8 * i))) : int64_t(uint8_t(bits >> (8 * i)));
      };
      auto half = [](uint64_t bits, unsigned i, bool isSigned) {
        return isSigned ? int64_t(int16_t(bits >> (16 * i))) : int64_t(uint16_t(bits >> (16 * i)));
      };
      expectMatch("dp4a" + types, 3, [&](Bits x) {
        int64_t sum = uint32_t(x[2]);
        for (unsigned i = 0; i < 4; ++i)
          sum += byte(x[0], i, aSigned) * byte(x[1], i, bSigned);
        return uint32_t(sum);
      });
      for (unsigned first : {0u, 2u})
        expectMatch((first ? "dp2a.hi" : "dp2a.lo") + types, 3, [&](Bits x) {
          int64_t sum = uint32_t(x[2]);
          for (unsigned i = 0; i < 2; ++i)
            sum += half(x[0], i, aSigned) * byte(x[1], first + i, bSigned);
          return uint32_t(sum);
        });
    }
}

} // namespace
} // namespace plait::emulator::test
