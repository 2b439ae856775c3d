//===- TimingTest.cpp - comparing and timing candidates -------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tests plait_time_interleaved on kernels that are right, slow, or off by
// one bit.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/Support.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace plait;
using namespace plait::test;

namespace {

class Timing : public testing::Test {
protected:
  void SetUp() override { in.fillCounting(); }

  plait_status *time(std::vector<plait_candidate> candidates, const plait_timing_options *options = nullptr) {
    timings.assign(candidates.size(), plait_timing());
    const DLTensor *arguments[] = {&in.tensor, &out.tensor};
    return plait_time_interleaved(candidates.data(), candidates.size(), arguments, 2, options, timings.data());
  }

  plait_candidate candidate(const char *name) { return {find(pack, name), nullptr, nullptr}; }

  PackPointer pack = openPack(kernelManifest());
  Array<float> in{{3, 5}}, out{{3, 5}};
  std::vector<plait_timing> timings;
};

TEST_F(Timing, TellsFastFromSlow) {
  ASSERT_OK(time({candidate("slowly_twice"), candidate("twice")}));
  for (const plait_timing &timing : timings) {
    EXPECT_EQ(timing.matches, 1);
    EXPECT_EQ(timing.samples, 15);
    EXPECT_GT(timing.min_ns, 0);
    EXPECT_LE(timing.min_ns, timing.median_ns);
  }
  EXPECT_LT(2 * timings[1].min_ns, timings[0].min_ns);
  EXPECT_EQ(out.data[14], 30);
}

TEST_F(Timing, DropsWhatDiffersInABit) {
  ASSERT_OK(time({candidate("twice"), candidate("nearly_twice"), candidate("twice")}));
  EXPECT_EQ(timings[0].matches, 1);
  EXPECT_EQ(timings[1].matches, 0);
  EXPECT_EQ(timings[1].samples, 0);
  EXPECT_EQ(timings[2].matches, 1);
  EXPECT_EQ(out.data[0], 2); // the first candidate's
}

TEST_F(Timing, NoticesResultsThatAreNotWritten) {
  // The second launches over one row only; the others keep what was there before.
  pack::Manifest manifest = kernelManifest();
  entry(manifest, "twice").variants[0].launches[0].grid[0] = {pack::noSymbol, 1, 1};
  PackPointer lazy = openPack(manifest);
  ASSERT_OK(call(find(pack, "twice"), {&in.tensor, &out.tensor}));
  ASSERT_OK(time({candidate("twice"), {find(lazy, "twice"), nullptr, nullptr}}));
  EXPECT_EQ(timings[1].matches, 0);
}

TEST_F(Timing, RestoresWhatIsUpdatedInPlace) {
  // The state has gaps between its rows, which stay as they are.
  Array<float> state({3, 8}, 7);
  state.shape = {3, 5};
  state.strides = {8, 1};
  state.tensor.strides = state.strides.data();
  const DLTensor *arguments[] = {&in.tensor, &state.tensor};
  plait_candidate candidates[] = {candidate("accumulate"), candidate("accumulate")};
  plait_timing found[2];
  ASSERT_OK(plait_time_interleaved(candidates, 2, arguments, 2, nullptr, found));
  EXPECT_EQ(found[1].matches, 1);
  for (size_t row = 0; row < 3; ++row)
    for (size_t column = 0; column < 8; ++column)
      EXPECT_EQ(state.data[row * 8 + column], column < 5 ? 7 + in.data[row * 5 + column] : 7);
}

TEST_F(Timing, TimesSchedulesOfOneFunction) {
  pack::Manifest manifest = kernelManifest();
  std::vector<pack::Variant> &variants = entry(manifest, "twice").variants;
  variants.push_back(variants[0]);
  variants[1].schedule = "slow";
  variants[1].launches[0].symbol = "slowly_twice";
  PackPointer both = openPack(manifest);
  ASSERT_OK(time({{find(both, "twice"), "default", nullptr}, {find(both, "twice"), "slow", nullptr}}));
  EXPECT_EQ(timings[1].matches, 1);
  EXPECT_LT(2 * timings[0].min_ns, timings[1].min_ns);
}

TEST_F(Timing, EndsInTime) {
  plait_timing_options options = PLAIT_TIMING_OPTIONS;
  options.rounds = 1'000'000;
  options.max_seconds = 0.02;
  ASSERT_OK(time({candidate("twice")}, &options));
  EXPECT_GE(timings[0].samples, 1);
  EXPECT_LT(timings[0].samples, 100'000);
}

TEST_F(Timing, RefusesBeforeItWrites) {
  out.data.assign(15, 42);
  in.tensor.dtype = {kDLInt, 32, 1};
  EXPECT_FAILS(time({candidate("twice")}), PLAIT_INVALID_TYPE, "'in' expects f32, but got i32");
  EXPECT_EQ(out.data, std::vector<float>(15, 42));
  in.tensor.dtype = Array<float>::type();
  EXPECT_FAILS(time({candidate("twice"), candidate("accumulate")}), PLAIT_INVALID_ARGUMENT, "'out' differs");
  EXPECT_FAILS(time({candidate("twice"), candidate("tag")}), PLAIT_INVALID_ARGUMENT, "tag expects 1 arguments");
  EXPECT_FAILS(time({candidate("twice"), {find(pack, "twice"), "fast", nullptr}}), PLAIT_NOT_FOUND,
               "candidate 1: twice expects one of the schedules 'default'");
  plait_timing_options options = PLAIT_TIMING_OPTIONS;
  options.rounds = 0;
  EXPECT_FAILS(time({candidate("twice")}, &options), PLAIT_INVALID_ARGUMENT, "rounds >= 1, but got 0");
  options.rounds = 1;
  options.min_sample_seconds = -1;
  EXPECT_FAILS(time({candidate("twice")}, &options), PLAIT_INVALID_ARGUMENT, "seconds >= 0, but got -1");
  options.min_sample_seconds = 0;
  options.max_seconds = NAN;
  EXPECT_FAILS(time({candidate("twice")}, &options), PLAIT_INVALID_ARGUMENT, "seconds >= 0, but got nan");
  options.size = 1;
  EXPECT_FAILS(time({candidate("twice")}, &options), PLAIT_INVALID_ARGUMENT, "timing options expect size");
  EXPECT_OK(time({}));
  EXPECT_FAILS(plait_time_interleaved(nullptr, 1, nullptr, 0, nullptr, nullptr), PLAIT_INVALID_ARGUMENT,
               "candidates, but got NULL");
}

} // namespace
