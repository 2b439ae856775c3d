//===- CallTest.cpp - calls, good and bad ---------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tests plait_call: what runs, what is refused and how it is put.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/Support.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <thread>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

using namespace plait;
using namespace plait::test;

namespace {

/// The function "twice" and arrays that fit it.
class Call : public testing::Test {
protected:
  plait_status *run(const plait_call_options *options = nullptr) {
    return call(twice, {&in.tensor, &out.tensor}, options);
  }

  void SetUp() override { in.fillCounting(); }

  PackPointer pack = openPack(kernelManifest());
  const plait_function *twice = find(pack, "twice");
  Array<float> in{{3, 5}}, out{{3, 5}};
};

TEST_F(Call, RunsEachRow) {
  ASSERT_OK(run());
  for (size_t i = 0; i < out.data.size(); ++i)
    EXPECT_EQ(out.data[i], 2 * in.data[i]);
}

TEST_F(Call, TakesStridesAndOffsets) {
  // Every other row of an array, behind a first element that doesn't count.
  Array<float> wide({7, 9});
  wide.fillCounting();
  wide.shape = {3, 5};
  wide.strides = {18, 1};
  wide.tensor.strides = wide.strides.data();
  wide.tensor.byte_offset = 4;
  ASSERT_OK(call(twice, {&wide.tensor, &out.tensor}));
  for (size_t row = 0; row < 3; ++row)
    for (size_t column = 0; column < 5; ++column)
      EXPECT_EQ(out.data[row * 5 + column], 2 * wide.data[row * 18 + column + 1]);
}

TEST_F(Call, TakesBroadcastAndReversedInput) {
  in.strides = {0, 1};
  in.tensor.strides = in.strides.data();
  ASSERT_OK(run());
  EXPECT_EQ(out.data[10], 2 * in.data[0]);
  in.strides = {-5, 1};
  in.tensor.byte_offset = 10 * sizeof(float);
  ASSERT_OK(run());
  EXPECT_EQ(out.data[10], 2 * in.data[0]);
}

TEST_F(Call, TakesEmptyArraysWithoutData) {
  Array<float> none({0, 5}), noneOut({0, 5});
  none.tensor.data = noneOut.tensor.data = nullptr;
  EXPECT_OK(call(twice, {&none.tensor, &noneOut.tensor}));
  Array<float> narrow({3, 0}), narrowOut({3, 0});
  EXPECT_OK(call(twice, {&narrow.tensor, &narrowOut.tensor}));
}

TEST_F(Call, IgnoresTheLastStrideOfOneColumn) {
  Array<float> column({3, 1}, 4), result({3, 1});
  column.strides = {1, 77};
  column.tensor.strides = column.strides.data();
  ASSERT_OK(call(twice, {&column.tensor, &result.tensor}));
  EXPECT_EQ(result.data[2], 8);
}

TEST_F(Call, UpdatesInPlace) {
  ASSERT_OK(call(find(pack, "accumulate"), {&in.tensor, &out.tensor}));
  ASSERT_OK(call(find(pack, "accumulate"), {&in.tensor, &out.tensor}));
  EXPECT_EQ(out.data[14], 30);
}

TEST_F(Call, RefusesAnotherNumberOfArguments) {
  EXPECT_FAILS(call(twice, {&in.tensor}), PLAIT_INVALID_ARGUMENT, "twice expects 2 arguments (in, out), but got 1");
  EXPECT_FAILS(plait_call(twice, nullptr, 2, nullptr), PLAIT_INVALID_ARGUMENT, "but got 0");
  EXPECT_FAILS(call(twice, {&in.tensor, nullptr}), PLAIT_INVALID_ARGUMENT, "'out' expects an array, but got NULL");
}

TEST_F(Call, RefusesNullPointers) {
  plait_pack *none = nullptr;
  const plait_function *function = nullptr;
  EXPECT_FAILS(plait_call(nullptr, nullptr, 0, nullptr), PLAIT_INVALID_ARGUMENT, "a function, but got NULL");
  EXPECT_FAILS(plait_pack_open(nullptr, &none), PLAIT_INVALID_ARGUMENT, "a path, but got NULL");
  EXPECT_FAILS(plait_pack_open_memory(nullptr, 5, &none), PLAIT_INVALID_ARGUMENT, "data, but got NULL");
  EXPECT_FAILS(plait_pack_open_memory(nullptr, 0, &none), PLAIT_DAMAGED, "but got 0");
  EXPECT_FAILS(plait_pack_find(pack.get(), nullptr, &function), PLAIT_INVALID_ARGUMENT, "a name, but got NULL");
}

TEST_F(Call, RefusesAnotherRank) {
  Array<float> cube({3, 5, 1});
  EXPECT_FAILS(call(twice, {&cube.tensor, &out.tensor}), PLAIT_INVALID_ARGUMENT,
               "twice: argument 'in' expects 2 dimensions [B, T], but got 3");
  in.tensor.shape = nullptr;
  EXPECT_FAILS(run(), PLAIT_INVALID_ARGUMENT, "'in' expects a shape, but got NULL");
}

TEST_F(Call, RefusesAnotherShape) {
  Array<float> shorter({3, 4});
  EXPECT_FAILS(call(twice, {&in.tensor, &shorter.tensor}), PLAIT_INVALID_ARGUMENT,
               "twice: argument 'out' expects dimension 1 to be T = 5 as in 'in', but got 4");
  in.shape[0] = -3;
  EXPECT_FAILS(run(), PLAIT_INVALID_ARGUMENT, "'in' expects dimension 0 to be B >= 0, but got -3");
}

TEST_F(Call, RefusesExtentsThatAreNoMultiple) {
  Array<int64_t> vector({25});
  EXPECT_FAILS(call(find(pack, "coordinates"), {&vector.tensor}), PLAIT_INVALID_ARGUMENT,
               "dimension 0 to be a multiple of 12 (12*T), but got 25");
}

TEST_F(Call, RefusesAnotherConstant) {
  pack::Manifest manifest = kernelManifest();
  entry(manifest, "tag").arguments[0].shape.push_back({pack::noSymbol, 64});
  PackPointer changed = openPack(manifest);
  Array<int64_t> array({2, 63});
  EXPECT_FAILS(call(find(changed, "tag"), {&array.tensor}), PLAIT_INVALID_ARGUMENT, "dimension 1 to be 64, but got 63");
}

TEST_F(Call, RefusesAnotherType) {
  Array<double> wide({3, 5});
  EXPECT_FAILS(call(twice, {&wide.tensor, &out.tensor}), PLAIT_INVALID_TYPE,
               "twice: argument 'in' expects f32, but got f64");
  in.tensor.dtype = {kDLBfloat, 16, 1};
  EXPECT_FAILS(run(), PLAIT_INVALID_TYPE, "but got bf16");
  in.tensor.dtype = {kDLFloat, 32, 4};
  EXPECT_FAILS(run(), PLAIT_INVALID_TYPE, "but got f32x4");
}

TEST_F(Call, RefusesAnotherDevice) {
  in.tensor.device = {kDLCUDA, 1};
  EXPECT_FAILS(run(), PLAIT_INVALID_TYPE, "'in' expects an array on the CPU, but got one on DLPack device 2:1");
}

TEST_F(Call, RefusesStrides) {
  in.strides = {1, 3};
  in.tensor.strides = in.strides.data();
  EXPECT_FAILS(run(), PLAIT_INVALID_ARGUMENT, "'in' expects stride 1 in its last dimension 1, but got 3");
  in.tensor.strides = nullptr;
  out.strides = {0, 1};
  out.tensor.strides = out.strides.data();
  EXPECT_FAILS(run(), PLAIT_INVALID_ARGUMENT, "'out' expects a stride other than 0 in dimension 0, but got 0");
}

TEST_F(Call, RefusesMissingAndMisalignedData) {
  in.tensor.byte_offset = 2;
  EXPECT_FAILS(run(), PLAIT_INVALID_ARGUMENT, "'in' expects data aligned to 4 bytes, but its address modulo that is 2");
  in.tensor.byte_offset = 0;
  out.tensor.data = nullptr;
  EXPECT_FAILS(run(), PLAIT_INVALID_ARGUMENT, "'out' expects data, but got NULL");
}

TEST_F(Call, RefusesOptions) {
  plait_call_options options = PLAIT_CALL_OPTIONS;
  options.size = 8;
  EXPECT_FAILS(run(&options), PLAIT_INVALID_ARGUMENT, "call options expect size");
  options = PLAIT_CALL_OPTIONS;
  options.num_threads = -1;
  EXPECT_FAILS(run(&options), PLAIT_INVALID_ARGUMENT, "num_threads expects a number from 1 to 1024, but got -1");
  options.num_threads = 1 << 20;
  EXPECT_FAILS(run(&options), PLAIT_INVALID_ARGUMENT, "but got 1048576");
}

TEST_F(Call, VisitsTheWholeGrid) {
  for (int threads : {1, 2, 5}) {
    Array<int64_t> items({12 * 50});
    plait_call_options options = PLAIT_CALL_OPTIONS;
    options.num_threads = threads;
    ASSERT_OK(call(find(pack, "coordinates"), {&items.tensor}, &options));
    for (int64_t i = 0; i < 600; ++i)
      ASSERT_EQ(items.data[size_t(i)], i % 3 + 10 * (i / 3 % 4) + 100 * (i / 12));
  }
}

TEST_F(Call, GivesEachThreadItsScratch) {
  Array<int64_t> intact({2000});
  plait_call_options options = PLAIT_CALL_OPTIONS;
  options.num_threads = 4;
  ASSERT_OK(call(find(pack, "use_scratch"), {&intact.tensor}, &options));
  EXPECT_EQ(intact.data, std::vector<int64_t>(2000, 1));
}

TEST_F(Call, SkipsEmptyGridsOnly) {
  // T = 0: the launch over T is skipped, the one over 3 x 4 is not.
  pack::Manifest manifest = kernelManifest();
  pack::Entry &count = entry(manifest, "count");
  count.arguments.push_back({"total", pack::Direction::InOut, pack::ElementType::I64, {{pack::noSymbol, 4}}});
  pack::Launch &over = count.variants[0].launches[0];
  over.operands = {1};
  count.variants[0].launches.push_back(over);
  count.variants[0].launches[1].grid[2] = {pack::noSymbol, 1, 1};
  PackPointer changed = openPack(manifest);
  Array<int64_t> none({0}), total({4});
  ASSERT_OK(call(find(changed, "count"), {&none.tensor, &total.tensor}));
  EXPECT_EQ(total.data, (std::vector<int64_t>{12, 2, 3, 0}));
}

TEST_F(Call, RoundsTheGridUpAndRefusesOneTooLarge) {
  pack::Manifest manifest = kernelManifest();
  pack::Entry &count = entry(manifest, "count");
  count.arguments[0].shape = {{pack::noSymbol, 4}};
  count.arguments.push_back({"t", pack::Direction::In, pack::ElementType::I64, {{0, 1}}});
  count.variants[0].launches[0].grid = {{{0, 3, 4}, {pack::noSymbol, 1, 1}, {pack::noSymbol, 1, 1}}};
  PackPointer changed = openPack(manifest);
  Array<int64_t> total({4}), sized({5});
  plait_call_options options = PLAIT_CALL_OPTIONS;
  options.num_threads = 1;
  ASSERT_OK(call(find(changed, "count"), {&total.tensor, &sized.tensor}, &options));
  EXPECT_EQ(total.data[0], 4); // ceil(15 / 4)
  sized.shape[0] = int64_t(1) << 40;
  sized.strides = {1};
  EXPECT_FAILS(call(find(changed, "count"), {&total.tensor, &sized.tensor}), PLAIT_INVALID_ARGUMENT,
               "launch of 'count' expects at most 2^32 work items");
  sized.shape[0] = INT64_MAX;
  EXPECT_FAILS(call(find(changed, "count"), {&total.tensor, &sized.tensor}), PLAIT_INVALID_ARGUMENT, "2^32");
}

TEST_F(Call, CountsGridsBeyond32Bits) {
  // 3 x 2^32 x 2 items; the host's loop runs just the one at 3 * 2^32 + 4.
  pack::Manifest manifest = kernelManifest();
  pack::Entry &count = entry(manifest, "count");
  count.arguments[0].shape = {{pack::noSymbol, 4}};
  count.arguments.push_back({"t", pack::Direction::In, pack::ElementType::I64, {{0, 1}}});
  count.variants[0].launches[0].grid = {{{pack::noSymbol, 3, 1}, {0, 1, 1}, {pack::noSymbol, 2, 1}}};
  PackPointer changed = openPack(manifest);
  Array<int64_t> total({4}), sized({1});
  sized.shape[0] = int64_t(1) << 32;
  plait_call_options options = PLAIT_CALL_OPTIONS;
  options.num_threads = 2;
  options.parallel_for = [](void *, int64_t items, plait_range_body body, void *context) {
    EXPECT_EQ(items, int64_t(6) << 32);
    body(context, (int64_t(3) << 32) + 4, (int64_t(3) << 32) + 5);
  };
  ASSERT_OK(call(find(changed, "count"), {&total.tensor, &sized.tensor}, &options));
  EXPECT_EQ(total.data, (std::vector<int64_t>{1, 1, 1, 1}));
}

#if defined(__x86_64__)
TEST_F(Call, ComputesTheSameInAnyFloatingPointMode) {
  // Flush to zero, denormals are zero, round up: a host may have set them.
  constexpr unsigned modes = 0x8040 | 0x4000;
  Array<float> tiny({3, 5}, 3e-39f), expected({3, 5});
  ASSERT_OK(call(find(pack, "quarter"), {&tiny.tensor, &expected.tensor}));
  EXPECT_GT(expected.data[0], 0);
  unsigned former = _mm_getcsr();
  for (int32_t threads : {1, 3}) {
    plait_call_options options = PLAIT_CALL_OPTIONS;
    options.num_threads = threads;
    _mm_setcsr(former | modes);
    plait_status *status = call(find(pack, "quarter"), {&tiny.tensor, &out.tensor}, &options);
    unsigned after = _mm_getcsr();
    _mm_setcsr(former);
    EXPECT_OK(status);
    EXPECT_EQ(after & 0xffc0, (former | modes) & 0xffc0);
    EXPECT_EQ(std::memcmp(out.data.data(), expected.data.data(), 15 * sizeof(float)), 0);
  }
}
#endif

TEST_F(Call, PassesDataThroughTemporaries) {
  pack::Manifest manifest = kernelManifest();
  pack::Variant &variant = entry(manifest, "twice").variants[0];
  variant.temporaries = {{pack::ElementType::F32, {{0, 1}, {1, 1}}}, {pack::ElementType::F32, {{0, 1}, {1, 1}}}};
  variant.launches.resize(3, variant.launches[0]);
  variant.launches[0].operands = {0, 2};
  variant.launches[1].operands = {2, 3};
  variant.launches[2].operands = {3, 1};
  PackPointer changed = openPack(manifest);
  for (int repeat = 0; repeat < 2; ++repeat)
    ASSERT_OK(call(find(changed, "twice"), {&in.tensor, &out.tensor}));
  EXPECT_EQ(out.data[14], 8 * 15);

  // More than any machine has, and more than can be counted.
  variant.temporaries[0].shape = {{0, 1}, {1, int64_t(1) << 50}};
  changed = openPack(manifest);
  EXPECT_FAILS(call(find(changed, "twice"), {&in.tensor, &out.tensor}), PLAIT_OUT_OF_MEMORY, "for temporaries");
  variant.temporaries[0].shape = {{0, INT64_MAX}, {1, 1}};
  changed = openPack(manifest);
  EXPECT_FAILS(call(find(changed, "twice"), {&in.tensor, &out.tensor}), PLAIT_OUT_OF_MEMORY, "2^63 bytes");
}

/// A host's loop that goes backwards in pieces of two, and counts its calls.
void backwards(void *calls, int64_t count, plait_range_body body, void *context) {
  ++*static_cast<int *>(calls);
  for (int64_t last = count; last > 0; last -= 2)
    body(context, std::max<int64_t>(last - 2, 0), last);
}

TEST_F(Call, UsesTheHostsLoop) {
  int calls = 0;
  plait_call_options options = PLAIT_CALL_OPTIONS;
  options.num_threads = 2;
  options.parallel_for = backwards;
  options.parallel_for_ctx = &calls;
  ASSERT_OK(run(&options));
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(out.data[14], 30);
  // One thread needs no loop.
  options.num_threads = 1;
  ASSERT_OK(run(&options));
  EXPECT_EQ(calls, 1);
}

TEST_F(Call, RunsTinyWorkInline) {
  pack::Manifest manifest = kernelManifest();
  entry(manifest, "twice").variants[0].launches[0].flops = {{1, {0, 1}}};
  PackPointer changed = openPack(manifest);
  int calls = 0;
  plait_call_options options = PLAIT_CALL_OPTIONS;
  options.num_threads = 2;
  options.parallel_for = backwards;
  options.parallel_for_ctx = &calls;
  ASSERT_OK(call(find(changed, "twice"), {&in.tensor, &out.tensor}, &options));
  EXPECT_EQ(calls, 0);
  EXPECT_EQ(out.data[14], 30);
}

TEST_F(Call, OutlivesTheReleaseOfItsPack) {
  // The pack is released by another thread while calls run under a reference of their own.
  plait_pack_retain(pack.get());
  plait_pack *own = pack.get();
  std::thread other([&] { pack.reset(); });
  for (int i = 0; i < 1000; ++i)
    ASSERT_OK(run());
  other.join();
  ASSERT_OK(run());
  plait_pack_release(own);
}

TEST_F(Call, ReportsKernelsThatAreMissing) {
  pack::Manifest manifest = kernelManifest();
  entry(manifest, "twice").variants[0].launches[0].symbol = "thrice";
  PackPointer changed = openPack(manifest);
  EXPECT_FAILS(call(find(changed, "twice"), {&in.tensor, &out.tensor}), PLAIT_DAMAGED, "expects kernel 'thrice'");
}

TEST_F(Call, ReportsObjectsThatAreNone) {
  pack::Manifest manifest = kernelManifest();
  for (std::string text : {std::string("short"), std::string(200, 'x')}) {
    pack::PackBuilder builder;
    builder.addObject({reinterpret_cast<const uint8_t *>(text.data()), text.size()});
    pack::Bytes bytes;
    ASSERT_EQ(builder.build(manifest, bytes).value_or(""), "");
    PackPointer changed = openPack(bytes);
    EXPECT_FAILS(call(find(changed, "twice"), {&in.tensor, &out.tensor}), PLAIT_DAMAGED, "ELF shared object");
  }
  std::vector<uint8_t> foreign = kernelObject();
  foreign[18] = 8; // e_machine: MIPS
  pack::PackBuilder builder;
  builder.addObject(foreign);
  pack::Bytes bytes;
  ASSERT_EQ(builder.build(manifest, bytes).value_or(""), "");
  PackPointer changed = openPack(bytes);
  EXPECT_FAILS(call(find(changed, "twice"), {&in.tensor, &out.tensor}), PLAIT_UNSUPPORTED, "but got 8");
}

TEST_F(Call, LoadsInAChildForkedDuringALoad) {
  pack::Bytes bytes = buildPack(kernelManifest());
  auto loadAndRun = [&] {
    PackPointer fresh = openPack(bytes);
    Array<float> result({3, 5});
    return Outcome(call(find(fresh, "twice"), {&in.tensor, &result.tensor})).code == PLAIT_OK && result.data[14] == 30;
  };
  std::atomic<bool> stop = false;
  std::thread busy([&] {
    while (!stop)
      loadAndRun();
  });
  for (int repeat = 0; repeat < 30; ++repeat)
    EXPECT_EQ(inChild([&] { return loadAndRun() ? 7 : 1; }), 7);
  stop = true;
  busy.join();
}

TEST_F(Call, KeepsManyPacksApart) {
  // Each load gets the same descriptor number; the second must not be taken for the first.
  pack::Manifest manifest = kernelManifest();
  PackPointer first = openPack(manifest);
  entry(manifest, "tag").variants[0].object = 1;
  PackPointer second = openPack(manifest);
  Array<int64_t> a({2}), b({2});
  ASSERT_OK(call(find(first, "tag"), {&a.tensor}));
  ASSERT_OK(call(find(second, "tag"), {&b.tensor}));
  EXPECT_EQ(a.data[1], 1);
  EXPECT_EQ(b.data[1], 2);
}

} // namespace
