//===- TensorCopyTest.cpp - cp.async.bulk.tensor --------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tests which elements copies by a tensor map move, and where to.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/emulator/machine/Tensors.h"

#include <cstring>

using namespace plait::emulator;
using namespace plait::emulator::test;

namespace {

struct Case {
  const char *name;
  Tensor tensor;
};

using Type = TensorType;
std::vector<Case> cases() {
  return {
      {"1d", {.sizes = {100}, .box = {32}, .first = {40}}},
      {"2d", {.sizes = {64, 8}, .box = {32, 4}, .first = {16, 2}}},
      {"3d", {.sizes = {24, 6, 5}, .box = {8, 3, 2}, .first = {5, 2, 1}}},
      {"4d", {.sizes = {16, 5, 4, 3}, .box = {8, 2, 3, 2}, .first = {3, 1, 1, 1}}},
      {"5d", {.sizes = {16, 3, 4, 3, 3}, .box = {16, 2, 2, 2, 2}, .first = {0, 1, 1, 1, 1}}},
      {"whole", {.sizes = {256, 16}, .box = {256, 16}, .first = {0, 0}}},
      {"at any element", {.sizes = {64, 8}, .box = {16, 4}, .first = {13, 3}}},
      {"bytes", {.type = Type::Uint8, .sizes = {61, 9}, .box = {32, 4}, .first = {7, 3}}},
      {"words", {.type = Type::Int32, .sizes = {31, 9}, .box = {8, 4}, .first = {5, 3}}},
      {"f32", {.type = Type::Float32, .sizes = {31, 9}, .box = {8, 4}, .first = {5, 3}}},
      {"f64", {.type = Type::Float64, .sizes = {31, 9}, .box = {4, 4}, .first = {5, 3}}},
      {"u64", {.type = Type::Uint64, .sizes = {7, 9}, .box = {6, 4}, .first = {3, 3}}},
      {"bf16", {.type = Type::Bfloat16, .sizes = {64, 8}, .box = {32, 4}, .first = {16, 2}}},
      {"beyond the first dimension", {.sizes = {61, 8}, .box = {32, 4}, .first = {40, 1}}},
      {"before the first dimension", {.sizes = {61, 8}, .box = {32, 4}, .first = {-5, 1}}},
      {"around the first dimension", {.sizes = {9, 8}, .box = {32, 4}, .first = {-5, 1}}},
      {"beyond the second dimension", {.sizes = {64, 8}, .box = {32, 4}, .first = {8, 6}}},
      {"before the second dimension", {.sizes = {64, 8}, .box = {32, 4}, .first = {8, -3}}},
      {"beyond and before", {.sizes = {64, 8, 5}, .box = {32, 4, 3}, .first = {50, -1, 3}}},
      {"beyond the fifth dimension", {.sizes = {8, 2, 2, 2, 2}, .box = {8, 2, 2, 2, 2}, .first = {0, 0, -1, 0, 1}}},
      {"bytes before", {.type = Type::Uint8, .sizes = {61, 9}, .box = {32, 4}, .first = {-3, -1}}},
      {"outside", {.sizes = {64, 8}, .box = {32, 4}, .first = {64, 0}}},
      {"far outside", {.sizes = {64, 8}, .box = {32, 4}, .first = {-2147483647, 2147483647}}},
      {"steps", {.sizes = {64, 20}, .box = {32, 8}, .first = {16, 2}, .steps = {1, 2}}},
      {"steps that leave a rest", {.sizes = {64, 20}, .box = {32, 8}, .first = {16, 2}, .steps = {1, 3}}},
      {"no steps in rows", {.sizes = {64, 20}, .box = {32, 8}, .first = {16, 2}, .steps = {7, 3}}},
      {"steps of all", {.sizes = {8, 9, 9, 9}, .box = {8, 6, 6, 8}, .first = {0, 1, 2, 0}, .steps = {1, 2, 3, 8}}},
      {"steps from before", {.sizes = {64, 20}, .box = {32, 8}, .first = {16, -3}, .steps = {1, 2}}},
      {"steps to beyond", {.sizes = {64, 20}, .box = {32, 8}, .first = {16, 15}, .steps = {1, 2}}},
      {"32B", {.sizes = {64, 40}, .box = {16, 32}, .first = {8, 4}, .swizzle = Swizzle::Span32}},
      {"64B", {.sizes = {64, 40}, .box = {32, 32}, .first = {8, 4}, .swizzle = Swizzle::Span64}},
      {"128B", {.sizes = {80, 40}, .box = {64, 32}, .first = {8, 4}, .swizzle = Swizzle::Span128}},
      {"atoms of 32B", {.sizes = {80, 40}, .box = {64, 32}, .first = {8, 4}, .swizzle = Swizzle::Span128Atom32}},
      {"atoms of 64B", {.sizes = {80, 40}, .box = {64, 32}, .first = {8, 4}, .swizzle = Swizzle::Span128Atom64}},
      {"32B from 128",
       {.sizes = {64, 40}, .box = {16, 32}, .first = {8, 4}, .swizzle = Swizzle::Span32, .shared = 128}},
      {"64B from 384",
       {.sizes = {64, 40}, .box = {32, 32}, .first = {8, 4}, .swizzle = Swizzle::Span64, .shared = 384}},
      {"128B from 640",
       {.sizes = {80, 40}, .box = {64, 32}, .first = {8, 4}, .swizzle = Swizzle::Span128, .shared = 640}},
      {"128B, a row", {.sizes = {80, 40}, .box = {64, 1}, .first = {8, 4}, .swizzle = Swizzle::Span128, .shared = 384}},
      {"128B, beyond", {.sizes = {70, 40}, .box = {64, 32}, .first = {9, 20}, .swizzle = Swizzle::Span128}},
      {"128B, 3d, before",
       {.sizes = {64, 9, 9}, .box = {64, 4, 3}, .first = {-7, -1, 3}, .swizzle = Swizzle::Span128, .shared = 256}},
      {"128B, bytes",
       {.type = Type::Uint8, .sizes = {200, 40}, .box = {128, 32}, .first = {3, 4}, .swizzle = Swizzle::Span128}},
      {"128B, steps",
       {.sizes = {80, 40}, .box = {64, 32}, .first = {8, 4}, .steps = {1, 4}, .swizzle = Swizzle::Span128}},
  };
}

/// What shared memory is to have after a load; `fill` is an element outside of the tensor.
std::vector<uint32_t> expectedBox(const Tensor &tensor, const std::vector<uint8_t> &memory, uint64_t fill = 0) {
  std::vector<uint32_t> words(tensor.boxBytes() / 4);
  auto *bytes = reinterpret_cast<uint8_t *>(words.data());
  uint32_t size = elementBytes(tensor.type);
  tensor.forElements([&](uint32_t shared, int64_t global) {
    std::memcpy(bytes + shared, global < 0 ? reinterpret_cast<const uint8_t *>(&fill) : &memory[size_t(global)], size);
  });
  return words;
}

TEST(TensorCopy, Loads) {
  for (const Case &each : cases()) {
    SCOPED_TRACE(each.name);
    std::vector<uint8_t> memory = pattern(each.tensor.bytes());
    TensorResult got = run({load(each.tensor) + waitForBarrier + copyOut(each.tensor)}, each.tensor, memory);
    EXPECT_TRUE(isClean(got.result));
    EXPECT_EQ(got.result.out, expectedBox(each.tensor, memory));
    EXPECT_EQ(got.tensor, memory);
  }
}

TEST(TensorCopy, Stores) {
  for (const Case &each : cases()) {
    SCOPED_TRACE(each.name);
    const Tensor &tensor = each.tensor;
    std::vector<uint8_t> memory = pattern(tensor.bytes()), in = pattern(tensor.boxBytes(), 100), expected = memory;
    tensor.forElements([&](uint32_t shared, int64_t global) {
      if (global >= 0)
        std::memcpy(&expected[size_t(global)], &in[shared], elementBytes(tensor.type));
    });
    TensorResult got = run({copyIn(tensor) + store(tensor) + waitForGroup}, tensor, memory, in);
    EXPECT_TRUE(isClean(got.result));
    EXPECT_EQ(got.tensor, expected);
  }
}

TEST(TensorCopy, LoadsAloneFlipHalves) {
  Tensor tensor{.sizes = {80, 40}, .box = {64, 32}, .first = {8, 4}, .swizzle = Swizzle::Span128Atom32Flip8};
  std::vector<uint8_t> memory = pattern(tensor.bytes());
  TensorResult got = run({load(tensor) + waitForBarrier + copyOut(tensor)}, tensor, memory);
  EXPECT_TRUE(isClean(got.result));
  EXPECT_EQ(got.result.out, expectedBox(tensor, memory));
  got = run({copyIn(tensor) + store(tensor) + waitForGroup}, tensor, memory, pattern(tensor.boxBytes()));
  EXPECT_TRUE(has(got.result, Defect::Kind::Operand, "expects a swizzle that stores have, but got 128B_ATOM_32B_FLIP"));
}

TEST(TensorCopy, FillsWithNan) {
  const std::pair<Type, uint64_t> nans[] = {{Type::Float16, 0x7fff},
                                            {Type::Bfloat16, 0x7fff},
                                            {Type::Float32, 0x7fffffff},
                                            {Type::Float64, 0x7fffffffffffffff}};
  for (auto [type, nan] : nans) {
    SCOPED_TRACE(name(type));
    Tensor tensor{.type = type, .sizes = {61, 9}, .box = {16, 4}, .first = {55, 7}, .fillsNan = true};
    std::vector<uint8_t> memory(tensor.bytes());
    TensorResult got = run({load(tensor) + waitForBarrier + copyOut(tensor)}, tensor, memory);
    EXPECT_TRUE(isClean(got.result));
    EXPECT_EQ(got.result.out, expectedBox(tensor, memory, nan));
  }
}

TEST(TensorCopy, ConvertsSingles) {
  struct Conversion {
    Type type;
    uint32_t before, after;
  };
  constexpr Conversion conversions[] = {
      {Type::Float32, 0x80000001, 0x80000001},     {Type::Float32Ftz, 0x80000001, 0x80000000},
      {Type::Float32Ftz, 0x00800001, 0x00800001},  {Type::Tfloat32, 0x3f801001, 0x3f802000},
      {Type::Tfloat32, 0x3f800fff, 0x3f800000},    {Type::Tfloat32, 0x00003001, 0x00004000},
      {Type::Tfloat32Ftz, 0x00003001, 0x00000000}, {Type::Tfloat32Ftz, 0xbf801001, 0xbf802000},
  };
  for (const Conversion &each : conversions) {
    SCOPED_TRACE(each.before);
    Tensor tensor{.type = each.type, .sizes = {4}, .box = {4}, .first = {0}};
    std::vector<uint32_t> words(4, each.before);
    std::vector<uint8_t> memory(16);
    std::memcpy(memory.data(), words.data(), 16);
    TensorResult got = run({load(tensor) + waitForBarrier + copyOut(tensor)}, tensor, memory);
    EXPECT_TRUE(isClean(got.result));
    EXPECT_EQ(got.result.out, std::vector<uint32_t>(4, each.after));
  }
}

/// All forms of the instructions that ptxas takes.
TEST(TensorCopy, Forms) {
  Tensor tensor;
  std::vector<uint8_t> memory = pattern(tensor.bytes());
  std::vector<uint32_t> expected = expectedBox(tensor, memory);
  const std::string form = ".shared::cluster.global.tile.mbarrier::complete_tx::bytes", place = "[buffer+0]";
  auto loaded = [&](const std::string &suffix, const std::string &more, const std::string &at = "[buffer]") {
    std::string text = load(tensor);
    text.replace(text.find(form), form.size(), suffix);
    text.replace(text.find(place), place.size(), at);
    text.replace(text.rfind("[bar];"), 6, "[%r2]" + more + ";");
    return "mov.u32 %r2, bar; mov.u32 %r3, 0; mov.u16 %rs1, 1; createpolicy.fractional.L2::evict_first.b64 %rd4;\n" +
           text;
  };
  const std::string loads[] = {
      loaded(".shared::cluster.global.mbarrier::complete_tx::bytes", ""),
      loaded(".tile.shared::cta.global.mbarrier::complete_tx::bytes", ""),
      loaded(".shared::cluster.global.tile.mbarrier::complete_tx::bytes", "", "[%r1]"),
      loaded(".shared::cluster.global.tile.mbarrier::complete_tx::bytes.L2::cache_hint", ", %rd4"),
      loaded(".shared::cluster.global.tile.mbarrier::complete_tx::bytes.multicast::cluster", ", %rs1"),
      loaded(".shared::cluster.global.tile.mbarrier::complete_tx::bytes.multicast::cluster.L2::cache_hint",
             ", 1, %rd4"),
      "prefetch.param.tensormap [map]; prefetch.tensormap [%rd1];\ncp.async.bulk.prefetch.tensor.2d.L2.global.tile "
      "[%rd1, {0, 0}];\n" +
          load(tensor),
      "fence.proxy.tensormap::generic.release.gpu; fence.proxy.tensormap::generic.acquire.gpu [%rd1], 128;\n" +
          load(tensor),
  };
  for (const std::string &text : loads) {
    SCOPED_TRACE(text);
    TensorResult got = run({text + waitForBarrier + copyOut(tensor)}, tensor, memory);
    EXPECT_TRUE(isClean(got.result));
    EXPECT_EQ(got.result.out, expected);
  }
}

TEST(TensorCopy, FindsMapsInMemory) {
  Tensor tensor;
  std::vector<uint8_t> memory = pattern(tensor.bytes());
  TensorResult got = run({.body = load(tensor) + waitForBarrier + copyOut(tensor), .isGlobal = true}, tensor, memory);
  EXPECT_TRUE(isClean(got.result));
  EXPECT_EQ(got.result.out, expectedBox(tensor, memory));
  // A copy that the kernel makes of the map.
  std::string copy = "setp.lt.u32 %p4, %r0, 16; mul.wide.u32 %rd4, %r0, 8; add.u64 %rd5, %rd1, %rd4;\n"
                     "@%p4 ld.u64 %rd6, [%rd5]; mov.u64 %rd7, own; add.u64 %rd5, %rd7, %rd4;\n"
                     "@%p4 st.global.u64 [%rd5], %rd6; bar.sync 0; mov.u64 %rd1, %rd7;\n"
                     "fence.proxy.tensormap::generic.acquire.gpu [%rd1], 128;\n";
  got = run(
      {.body = copy + load(tensor) + waitForBarrier + copyOut(tensor), .module = ".global .align 64 .b8 own[128];\n"},
      tensor, memory);
  EXPECT_TRUE(isClean(got.result));
  EXPECT_EQ(got.result.out, expectedBox(tensor, memory));
}

TEST(TensorCopy, IsCounted) {
  // Rows of 70 bytes in 80, from byte 8 on: 3 sectors each but for one that begins where the last one ended.
  Tensor tensor{.sizes = {35, 4}, .box = {32, 4}, .first = {4, 1}};
  TensorResult got = run({load(tensor) + waitForBarrier}, tensor, pattern(tensor.bytes()));
  EXPECT_TRUE(isClean(got.result));
  const Work &work = got.result.report.counters.kinds.at("cp.shared");
  EXPECT_EQ(work.globalRead, 3u * 31 * 2);
  EXPECT_EQ(work.sharedWritten, tensor.boxBytes());
  EXPECT_EQ(work.idealSectors, 6u);
  uint64_t sectors = 0, last = 0;
  for (uint64_t row = 1; row < 4; ++row)
    for (uint64_t byte = row * 80 + 8; byte < row * 80 + 70; ++byte)
      if (byte / 32 != last) {
        last = byte / 32;
        ++sectors;
      }
  EXPECT_EQ(work.globalSectors, sectors);
  Tensor whole{.sizes = {64, 8}, .box = {64, 8}, .first = {0, 0}};
  got = run({copyIn(whole) + store(whole) + waitForGroup}, whole, pattern(whole.bytes()), pattern(whole.bytes()));
  const Work &stored = got.result.report.counters.kinds.at("cp.global");
  EXPECT_EQ(stored.globalWritten, 1024u);
  EXPECT_EQ(stored.globalSectors, 32u);
  EXPECT_EQ(stored.idealSectors, 32u);
}

} // namespace
