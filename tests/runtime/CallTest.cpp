//===- CallTest.cpp - what a call runs -------------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tests what plait_call does once its arguments are accepted.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/CallFixture.h"

#include <atomic>
#include <cstring>
#include <thread>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

using namespace plait;
using namespace plait::test;

namespace {

TEST_F(Call, RunsEachRow) {
  ASSERT_OK(run());
  for (size_t i = 0; i < out.data.size(); ++i)
    EXPECT_EQ(out.data[i], 2 * in.data[i]);
}

TEST_F(Call, UpdatesInPlace) {
  ASSERT_OK(call(find(pack, "accumulate"), {&in.tensor, &out.tensor}));
  ASSERT_OK(call(find(pack, "accumulate"), {&in.tensor, &out.tensor}));
  EXPECT_EQ(out.data[14], 30);
}

TEST_F(Call, TakesOptionsOfAnOlderVersion) {
  plait_call_options options = PLAIT_CALL_OPTIONS;
  options.size = offsetof(plait_call_options, cuda_stream);
  options.num_threads = 1;
  ASSERT_OK(run(&options));
  options.num_threads = -1;
  EXPECT_FAILS(run(&options), PLAIT_INVALID_ARGUMENT, "num_threads expects");
}

TEST_F(Call, RefusesOptions) {
  plait_call_options options = PLAIT_CALL_OPTIONS;
  constexpr size_t oldest = offsetof(plait_call_options, cuda_stream), older = offsetof(plait_call_options, workspace);
  for (size_t size : {size_t(0), oldest - 8, oldest + 1, older + 8, sizeof options + 8}) {
    options.size = size;
    EXPECT_FAILS(run(&options), PLAIT_INVALID_ARGUMENT,
                 "call options expect size 48, 56 or 72, but got " + std::to_string(size));
  }
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

TEST_F(Call, TakesNeighboursTogether) {
  // Items that a call takes, by threads and extent: as many as leave no thread without work.
  for (auto [threads, extent, together] :
       {std::array{1, 1, 1}, {1, 16, 16}, {1, 17, 9}, {2, 4, 2}, {2, 17, 9}, {5, 4, 1}, {3, 16, 16}, {4, 1000, 16}}) {
    Array<int64_t> calls({3 * extent});
    std::ranges::fill(calls.data, 0);
    plait_call_options options = PLAIT_CALL_OPTIONS;
    options.num_threads = threads;
    ASSERT_OK(call(find(pack, "neighbours"), {&calls.tensor}, &options));
    int64_t rest = extent % together == 0 ? together : extent % together;
    for (int64_t i = 0; i < 3 * extent; ++i)
      ASSERT_EQ(calls.data[size_t(i)], i / 3 < extent - rest ? together : rest) << threads << " " << extent << " " << i;
  }
  // One thread has no other to wait for: what short spans leave over costs nothing.
  pack::Manifest manifest = kernelManifest();
  entry(manifest, "neighbours").variants[0].launches[0].span = 4;
  PackPointer shorter = openPack(manifest);
  Array<int64_t> calls({3 * 5});
  std::ranges::fill(calls.data, 0);
  plait_call_options options = PLAIT_CALL_OPTIONS;
  options.num_threads = 1;
  ASSERT_OK(call(find(shorter, "neighbours"), {&calls.tensor}, &options));
  EXPECT_EQ(calls.data, (std::vector<int64_t>{3, 3, 3, 3, 3, 3, 3, 3, 3, 2, 2, 2, 2, 2, 2}));
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
  EXPECT_FAILS(call(find(changed, "count"), {&total.tensor, &sized.tensor}), PLAIT_INVALID_SHAPE,
               "launch of 'count' expects at most 2^32 work items");
  sized.shape[0] = INT64_MAX;
  EXPECT_FAILS(call(find(changed, "count"), {&total.tensor, &sized.tensor}), PLAIT_INVALID_SHAPE, "2^32");
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
  // The second does not lie over the first.
  variant.launches[2].operands = {2, 1};
  PackPointer apart = openPack(manifest);
  ASSERT_OK(call(find(apart, "twice"), {&in.tensor, &out.tensor}));
  EXPECT_EQ(out.data[14], 4 * 15);

  // More than any machine has, and more than can be counted.
  variant.temporaries[0].shape = {{0, 1}, {1, int64_t(1) << 50}};
  changed = openPack(manifest);
  EXPECT_FAILS(call(find(changed, "twice"), {&in.tensor, &out.tensor}), PLAIT_OUT_OF_MEMORY, "for temporaries");
  variant.temporaries[0].shape = {{0, INT64_MAX}, {1, 1}};
  changed = openPack(manifest);
  EXPECT_FAILS(call(find(changed, "twice"), {&in.tensor, &out.tensor}), PLAIT_OUT_OF_MEMORY, "2^63 bytes");
}

TEST_F(Call, TakesTheCallersWorkspace) {
  GivenWorkspace workspace;
  plait_call_options options = workspace.options();
  ASSERT_OK(run(&options));
  EXPECT_EQ(workspace.asked, "") << "a call of one kernel needs none";

  pack::Manifest manifest = kernelManifest();
  pack::Variant &variant = entry(manifest, "twice").variants[0];
  variant.temporaries = {{pack::ElementType::F32, {{0, 1}, {1, 1}}}};
  variant.launches.resize(2, variant.launches[0]);
  variant.launches[0].operands = {0, 2};
  variant.launches[1].operands = {2, 1};
  PackPointer changed = openPack(manifest);
  const plait_function *twice = find(changed, "twice");
  ASSERT_OK(call(twice, {&in.tensor, &out.tensor}, &options));
  EXPECT_EQ(workspace.asked, "1:0 64 ");
  EXPECT_EQ(workspace.memory[14], 2 * 15) << "what the first kernel passes on";
  EXPECT_EQ(out.data[14], 4 * 15);

  options.workspace = [](void *, DLDevice, size_t) -> void * { return nullptr; };
  EXPECT_FAILS(call(twice, {&in.tensor, &out.tensor}, &options), PLAIT_OUT_OF_MEMORY,
               "twice: expects a workspace of 64 bytes, but got NULL");
  options.workspace = [](void *memory, DLDevice, size_t) -> void * { return static_cast<char *>(memory) + 4; };
  options.workspace_ctx = workspace.memory;
  EXPECT_FAILS(call(twice, {&in.tensor, &out.tensor}, &options), PLAIT_INVALID_ARGUMENT,
               "twice: expects a workspace aligned to 64 bytes, but its address modulo that is 4");
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
  // Its pieces are of spans where a kernel takes several items.
  Array<int64_t> together({3 * 40});
  std::ranges::fill(together.data, 0);
  ASSERT_OK(call(find(pack, "neighbours"), {&together.tensor}, &options));
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(together.data, std::vector<int64_t>(3 * 40, 10));
  calls = 1;
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
  // Little arithmetic on much memory is work too.
  Array<float> large({4, 10'000}, 1), result({4, 10'000});
  ASSERT_OK(call(find(changed, "twice"), {&large.tensor, &result.tensor}, &options));
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(result.data.back(), 2);
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
