//===- WmmaTest.cpp - wmma.load, wmma.store -------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tests the ways of fragments from and to memory, in each layout.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/compute/Fragments.h"

#include "tests/runtime/emulator/machine/Support.h"

#include <cstring>
#include <random>

using namespace plait::emulator;
using namespace plait::emulator::test;
using Kind = Defect::Kind;

namespace {

std::string registers(unsigned count) {
  std::string list = "{";
  for (unsigned i = 0; i < count; ++i)
    list += (i ? ", %r" : "%r") + std::to_string(10 + i);
  return list + "}";
}

std::vector<uint32_t> randomWords(size_t count) {
  std::mt19937 random(19);
  std::vector<uint32_t> words(count);
  for (uint32_t &word : words)
    word = random();
  return words;
}

/// The bits of element `index` of a memory of such elements.
uint64_t element(const std::vector<uint32_t> &words, unsigned bits, size_t index) {
  uint64_t value = 0;
  std::memcpy(&value, reinterpret_cast<const char *>(words.data()) + index * bits / 8, bits / 8);
  return value;
}

struct Load {
  const char *role, *shape, *type;
  Fragment::Role is;
};
const Load loads[] = {
    {"a", "m16n16k16", "f16", Fragment::Role::A},
    {"b", "m16n16k16", "f16", Fragment::Role::B},
    {"a", "m32n8k16", "bf16", Fragment::Role::A},
    {"b", "m8n32k16", "bf16", Fragment::Role::B},
    {"a", "m16n16k16", "s8", Fragment::Role::A},
    {"b", "m16n16k16", "u8", Fragment::Role::B},
    {"a", "m16n16k8", "tf32", Fragment::Role::A},
    {"b", "m16n16k8", "tf32", Fragment::Role::B},
    {"c", "m16n16k16", "f32", Fragment::Role::Accumulator},
    {"c", "m8n32k16", "f16", Fragment::Role::Accumulator},
};

TEST(Wmma, LoadsEachLayout) {
  std::vector<uint32_t> in = randomWords(2048);
  for (const Load &load : loads)
    for (std::string layout : {"row", "col"}) {
      Fragment fragment = *wmmaFragment(load.is, *parseShape(load.shape), load.type);
      std::string text = std::string("wmma.load.") + load.role + ".sync.aligned." + layout + "." + load.shape +
                         ".global." + load.type + " " + registers(fragment.registers) +
                         ", [%rd1+64], 40;\n"
                         "mad.wide.u32 %rd3, %r0, " +
                         std::to_string(4 * fragment.registers) + ", %rd0;\n";
      for (unsigned i = 0; i < fragment.registers; ++i)
        text += "st.global.u32 [%rd3+" + std::to_string(4 * i) + "], %r" + std::to_string(10 + i) + ";\n";
      Result result = run({.body = text}, {.in = in, .outWords = 256});
      EXPECT_TRUE(isClean(result)) << text;
      for (unsigned lane = 0; lane < 32; ++lane)
        for (unsigned i = 0; i < fragment.elements(); ++i) {
          auto [row, column] = coordinates(fragment, lane, i);
          size_t at = 64 * 8 / fragment.elementBits + (layout == "row" ? row * 40 + column : column * 40 + row);
          uint64_t actual = element(result.out, fragment.elementBits, lane * fragment.elements() + i);
          ASSERT_EQ(actual, element(in, fragment.elementBits, at)) << text << lane << " " << i;
        }
    }
}

TEST(Wmma, StoresWhatItLoads) {
  std::vector<uint32_t> in = randomWords(256);
  for (std::string type : {"f32", "f16", "s32"})
    for (std::string layout : {"row", "col"}) {
      unsigned bits = type == "f16" ? 16 : 32;
      std::string list = registers(type == "f16" ? 4 : 8);
      Result result = run({.body = "cvta.to.global.u64 %rd4, %rd0;\nmov.u32 %r9, 20;\n"
                                   "wmma.load.c.sync.aligned.row.m16n16k16." +
                                   type + " " + list +
                                   ", [%rd1];\n"
                                   "wmma.store.d.sync.aligned." +
                                   layout + ".m16n16k16.global." + type + " [%rd4], " + list + ", %r9;"},
                          {.in = in, .outWords = 320});
      EXPECT_TRUE(isClean(result));
      for (unsigned row = 0; row < 16; ++row)
        for (unsigned column = 0; column < 16; ++column)
          ASSERT_EQ(element(result.out, bits, layout == "row" ? row * 20 + column : column * 20 + row),
                    element(in, bits, row * 16 + column));
    }
}

TEST(Wmma, Defects) {
  const std::string load = "mov.u32 %r1, buffer;\nwmma.load.a.sync.aligned.row.m16n16k16.shared.f16 " + registers(8);
  const char *buffer = ".shared .align 16 .b8 buffer[512];";
  EXPECT_TRUE(has(run({.body = load + ", [%r1], 16;", .variables = buffer}), Kind::Uninitialized,
                  "expects bytes that somebody has written"));
  EXPECT_TRUE(has(run({.body = load + ", [%r1+1], 16;", .variables = buffer}), Kind::Misaligned,
                  "expects a shared address that is a multiple of 4"));
  EXPECT_TRUE(has(run({.body = "wmma.load.a.sync.aligned.row.m16n16k16.global.f16 " + registers(8) + ", [%rd1], 16;"}),
                  Kind::OutOfBounds, "expects 4 bytes of global memory"));
}

void expectRefusal(const std::string &body, const std::string &message) {
  try {
    run({.body = body + ";"});
    FAIL() << body;
  } catch (const std::exception &error) {
    EXPECT_EQ(error.what(), "expects " + message + ", but got `" + body + "`");
  }
}

TEST(Wmma, RefusesOtherFragments) {
  expectRefusal("wmma.load.a.sync.aligned.m16n16k16.global.f16 " + registers(8) + ", [%rd1], 16",
                "a matrix by rows or by columns");
  expectRefusal("wmma.load.a.sync.aligned.row.m16n16k16.global.f16 " + registers(4) + ", [%rd1], 16", "8 registers");
  expectRefusal("wmma.load.a.sync.aligned.row.m16n16k16.global.f16 " + registers(8), "2 to 3 operands");
}

} // namespace
