//===- ShuffleTest.cpp - exchanges between lanes --------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file compares shfl.sync with what CUDA's documentation says of segments of the
// warp, and movmatrix with a transposed matrix.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/emulator/compute/Support.h"

namespace plait::emulator::test {
namespace {

struct Lane {
  unsigned source;
  bool inRange;
};

/// CUDA's __shfl_*_sync with a width.
Lane sourceOf(const std::string &mode, unsigned lane, unsigned by, unsigned width) {
  int first = int(lane / width * width), source = int(lane);
  if (mode == "up")
    source = int(lane) - int(by);
  else if (mode == "down")
    source = int(lane + by);
  else if (mode == "bfly")
    source = int(lane ^ by);
  else
    source = first + int(by % width);
  // A butterfly may reach into earlier segments.
  bool inRange = source < first + int(width) && (mode == "bfly" || source >= first);
  return {inRange ? unsigned(source) : lane, inRange};
}

TEST(Shuffle, Segments) {
  Samples samples;
  Mask masks[] = {~Mask(0), 0x0000ffff, 0xf0f01234, 0x80000001, 0x00000010};
  for (std::string mode : {"up", "down", "bfly", "idx"})
    for (unsigned width = 1; width <= 32; width *= 2)
      for (unsigned by = 0; by < 32; ++by)
        for (Mask active : masks) {
          Value from = samples.nextValue();
          uint64_t clamp = (32 - width) << 8 | (mode == "up" ? 0 : 31);
          std::string text = "shfl.sync." + mode + ".b32 %r0|%p0, %r1, %r2, %r3, %r4";
          std::vector<Value> results = run(text, {from, splat(by), splat(clamp), splat(active)}, active);
          for (unsigned l = 0; l < warpSize; ++l) {
            Lane lane = sourceOf(mode, l, by, width);
            uint64_t moved = active >> lane.source & 1 ? uint32_t(from.lane[lane.source]) : 0xffffffff;
            bool takesPart = active >> l & 1;
            ASSERT_EQ(results[0].lane[l], takesPart ? moved : 0xdeadbeefdeadbeef) << mode << " by " << by;
            ASSERT_EQ(results[1].lane[l], takesPart ? lane.inRange : 0xdeadbeefdeadbeef) << mode << " by " << by;
          }
        }
}

TEST(Shuffle, EachLaneHasItsOwnSource) {
  Value from, by;
  for (unsigned l = 0; l < warpSize; ++l) {
    from.lane[l] = 100 + l;
    by.lane[l] = 31 - l;
  }
  Value result = run("shfl.sync.idx.b32 %r0, %r1, %r2, 31, -1", {from, by, splat(31), splat(~Mask(0))}).front();
  for (unsigned l = 0; l < warpSize; ++l)
    EXPECT_EQ(result.lane[l], 131 - l);
}

TEST(Shuffle, AClampBelowTheSegmentsEnd) {
  Value from;
  for (unsigned l = 0; l < warpSize; ++l)
    from.lane[l] = l;
  Value result = run("shfl.sync.down.b32 %r0, %r1, 1, 5, -1", {from, splat(1), splat(5), splat(~Mask(0))}).front();
  for (unsigned l = 0; l < warpSize; ++l)
    EXPECT_EQ(result.lane[l], l < 5 ? l + 1 : l);
}

TEST(Shuffle, TakesTheMasksLanes) {
  Operation operation = decode("shfl.sync.idx.b32 %r0, %r1, %r2, %r3, %r4");
  EXPECT_TRUE(operation.convergent);
  EXPECT_TRUE(operation.hasMemberMask);
}

TEST(Shuffle, TransposesAMatrix) {
  Value rows;
  for (unsigned l = 0; l < warpSize; ++l) // element (row, column) is 8 row + column
    rows.lane[l] = (2 * l) | (2 * l + 1) << 16;
  Value columns = run("movmatrix.sync.aligned.m8n8.trans.b16 %r0, %r1", {rows}).front();
  for (unsigned row = 0; row < 8; ++row)
    for (unsigned column = 0; column < 8; ++column)
      EXPECT_EQ(columns.lane[row * 4 + column / 2] >> (column % 2 * 16) & 0xffff, column * 8 + row);
  Operation operation = decode("movmatrix.sync.aligned.m8n8.trans.b16 %r0, %r1");
  EXPECT_TRUE(operation.convergent);
  EXPECT_FALSE(operation.hasMemberMask);
}

} // namespace
} // namespace plait::emulator::test
