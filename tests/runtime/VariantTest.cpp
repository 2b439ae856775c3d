//===- VariantTest.cpp - which variant a call runs ------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tests the choice among variants: instruction set first, then the call's
// schedule, the tuning table, the default. The kernel "tag" tells who ran.
//
//===----------------------------------------------------------------------===//

#include "runtime/src/cpu/Features.h"
#include "tests/runtime/Support.h"

#include <gtest/gtest.h>

using namespace plait;
using namespace plait::test;

namespace {

/// "tag" with a second variant that differs in `change`, from the object with TAG 2.
pack::Manifest withSecond(void (*change)(pack::Variant &)) {
  pack::Manifest manifest = kernelManifest();
  std::vector<pack::Variant> &variants = entry(manifest, "tag").variants;
  variants.push_back(variants[0]);
  variants[1].object = 1;
  change(variants[1]);
  return manifest;
}

/// Calls "tag" and returns who ran; 0 after an error, which fails the test.
int64_t whoRuns(const PackPointer &pack, int64_t tokens = 4, const char *schedule = nullptr,
                const char *isa = nullptr) {
  Array<int64_t> out({tokens});
  plait_call_options options = PLAIT_CALL_OPTIONS;
  options.schedule = schedule;
  options.isa = isa;
  EXPECT_OK(call(find(pack, "tag"), {&out.tensor}, &options));
  return out.data[0];
}

TEST(Variant, TakesTheWidestInstructionSet) {
  if (plait_cpu_isa() == baselineIsa())
    GTEST_SKIP() << "this machine has one instruction set";
  pack::Manifest manifest = withSecond([](pack::Variant &variant) { variant.isa = plait_cpu_isa(); });
  EXPECT_EQ(whoRuns(openPack(manifest)), 2);
  EXPECT_EQ(whoRuns(openPack(manifest), 4, nullptr, baselineIsa().c_str()), 1);
  EXPECT_EQ(whoRuns(openPack(manifest), 4, nullptr, plait_cpu_isa()), 2);
  Setting target("PLAIT_TARGET", baselineIsa().c_str());
  EXPECT_EQ(whoRuns(openPack(manifest)), 1);
}

TEST(Variant, PassesOverFeaturesThatAreMissing) {
  pack::Manifest manifest = withSecond([](pack::Variant &variant) {
    variant.schedule = "wide";
    variant.features = {"warp-drive"};
  });
  std::swap(entry(manifest, "tag").variants[0], entry(manifest, "tag").variants[1]);
  PackPointer pack = openPack(manifest);
  EXPECT_EQ(whoRuns(pack), 1);
  plait_variant variant;
  ASSERT_OK(plait_function_variant(find(pack, "tag"), 0, &variant));
  EXPECT_EQ(variant.runnable, 0);
  Array<int64_t> out({4});
  plait_call_options options = PLAIT_CALL_OPTIONS;
  options.schedule = "wide";
  EXPECT_FAILS(call(find(pack, "tag"), {&out.tensor}, &options), PLAIT_NOT_FOUND, "but got 'wide'");
}

TEST(Variant, SaysWhenNothingRuns) {
  pack::Manifest manifest = kernelManifest();
  entry(manifest, "tag").variants[0].isa = "s390x";
  entry(manifest, "tag").variants[0].features = {"vector"};
  PackPointer pack = openPack(manifest);
  Array<int64_t> out({4});
  EXPECT_FAILS(call(find(pack, "tag"), {&out.tensor}), PLAIT_UNSUPPORTED, "tag is compiled for 's390x+vector'");
  plait_call_options options = PLAIT_CALL_OPTIONS;
  options.schedule = "default";
  EXPECT_FAILS(call(find(pack, "tag"), {&out.tensor}, &options), PLAIT_UNSUPPORTED, "'s390x+vector'");
  options.isa = "s390x";
  EXPECT_FAILS(call(find(pack, "tag"), {&out.tensor}, &options), PLAIT_UNSUPPORTED, "but got 's390x'");
}

TEST(Variant, ObeysTheCallsSchedule) {
  PackPointer pack = openPack(withSecond([](pack::Variant &variant) { variant.schedule = "other"; }));
  EXPECT_EQ(whoRuns(pack), 1);
  EXPECT_EQ(whoRuns(pack, 4, "other"), 2);
  EXPECT_EQ(whoRuns(pack, 4, "default"), 1);
  Array<int64_t> out({4});
  plait_call_options options = PLAIT_CALL_OPTIONS;
  options.schedule = "fast";
  EXPECT_FAILS(call(find(pack, "tag"), {&out.tensor}, &options), PLAIT_NOT_FOUND,
               "tag expects one of the schedules 'default', 'other'");
}

TEST(Variant, ObeysTheTuningTable) {
  // Tuned for T in 64 .. 127; "tag" has no other symbol, so the items are 1.
  pack::Manifest manifest = withSecond([](pack::Variant &variant) { variant.schedule = "other"; });
  entry(manifest, "tag").schedules = {{0, 6, "other"}};
  PackPointer pack = openPack(manifest);
  EXPECT_EQ(whoRuns(pack, 63), 1);
  EXPECT_EQ(whoRuns(pack, 64), 2);
  EXPECT_EQ(whoRuns(pack, 127), 2);
  EXPECT_EQ(whoRuns(pack, 128), 1);
  EXPECT_EQ(whoRuns(pack, 64, "default"), 1);
}

/// Calls "tag", whose second variant is tuned for one bucket of B * H, and returns who ran.
int64_t whoRunsItems(int bucket, int64_t batch, int64_t heads) {
  pack::Manifest manifest = withSecond([](pack::Variant &variant) { variant.schedule = "other"; });
  pack::Entry &tag = entry(manifest, "tag");
  tag.symbols = {"T", "B", "H"};
  tag.arguments.push_back({"shape", pack::Direction::In, pack::ElementType::I64, {{1, 1}, {2, 1}}});
  tag.schedules = {{bucket, 2, "other"}};
  PackPointer pack = openPack(manifest);
  Array<int64_t> out({4}), shape({1, 1});
  shape.shape = {batch, heads}; // its elements are never looked at
  EXPECT_OK(call(find(pack, "tag"), {&out.tensor, &shape.tensor}));
  return out.data[0];
}

TEST(Variant, CountsItemsInTheTuningTable) {
  for (int64_t heads : {3, 4, 7, 8})
    EXPECT_EQ(whoRunsItems(3, 2, heads), 2 * heads >= 8 && 2 * heads < 16 ? 2 : 1) << heads;
  // What is too much to count is in the last bucket.
  for (int power : {30, 31, 32})
    EXPECT_EQ(whoRunsItems(62, int64_t(1) << 32, int64_t(1) << power), 2) << power;
}

TEST(Variant, CountsBuckets) {
  for (auto [value, bucket] : {std::pair<int64_t, int>(INT64_MIN, 0),
                               {0, 0},
                               {1, 0},
                               {2, 1},
                               {3, 1},
                               {4, 2},
                               {2047, 10},
                               {2048, 11},
                               {INT64_MAX, 62}})
    EXPECT_EQ(plait_tuning_bucket(value), bucket) << value;
}

} // namespace
