//===- MatrixTest.cpp - ldmatrix, stmatrix, mma ---------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tests the matrix instructions' ways through shared memory.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/emulator/machine/Support.h"

using namespace plait::emulator;
using namespace plait::emulator::test;
using Kind = Defect::Kind;

namespace {

/// Fills the first 512 bytes of shared memory with the 16-bit numbers 0 to 255: four matrices, row by row.
const char *fill = R"(
    mov.u32 %r1, buffer;
    mad.lo.u32 %r2, %r0, 16, %r1;
    shl.b32 %r3, %r0, 3;
    mad.lo.u32 %r4, %r3, 0x10001, 0x10000;
    add.u32 %r5, %r4, 0x20002;
    add.u32 %r6, %r5, 0x20002;
    add.u32 %r7, %r6, 0x20002;
    st.shared.v4.u32 [%r2], {%r4, %r5, %r6, %r7};
    bar.warp.sync -1;)";
const char *buffer = ".shared .align 16 .b8 buffer[1024];";
const char *storeFour = R"(
    mad.wide.u32 %rd3, %r0, 16, %rd0;
    st.global.v4.u32 [%rd3], {%r10, %r11, %r12, %r13};)";

uint32_t pair(uint32_t low, uint32_t high) { return low | high << 16; }

TEST(Matrix, LoadsRows) {
  Result result = run(
      {.body = std::string(fill) + "ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%r10,%r11,%r12,%r13}, [%r2];" + storeFour,
       .variables = buffer},
      {.outWords = 128});
  EXPECT_TRUE(isClean(result));
  for (uint32_t lane = 0; lane < 32; ++lane)
    for (uint32_t matrix = 0; matrix < 4; ++matrix)
      EXPECT_EQ(result.out[lane * 4 + matrix], pair(64 * matrix + 2 * lane, 64 * matrix + 2 * lane + 1));
}

TEST(Matrix, LoadsTransposed) {
  Result result = run({.body = std::string(fill) + R"(
    cvt.u64.u32 %rd4, %r2;
    cvta.shared.u64 %rd4, %rd4;
    mov.u32 %r12, 0;
    mov.u32 %r13, 0;
    ldmatrix.sync.aligned.m8n8.x2.trans.b16 {%r10,%r11}, [%rd4];)" +
                               storeFour,
                       .variables = buffer},
                      {.outWords = 128});
  EXPECT_TRUE(isClean(result));
  for (uint32_t lane = 0; lane < 32; ++lane)
    for (uint32_t matrix = 0; matrix < 2; ++matrix) {
      uint32_t row = lane / 4, column = lane % 4 * 2;
      EXPECT_EQ(result.out[lane * 4 + matrix],
                pair(64 * matrix + 8 * column + row, 64 * matrix + 8 * column + 8 + row));
    }
}

TEST(Matrix, StoresWhatItLoads) {
  for (std::string trans : {"", ".trans"}) {
    Result result = run({.body = std::string(fill) + "ldmatrix.sync.aligned.m8n8.x4" + trans +
                                 ".shared.b16 {%r20,%r21,%r22,%r23}, [%r2];\nstmatrix.sync.aligned.m8n8.x4" + trans +
                                 ".shared.b16 [%r2+512], {%r20,%r21,%r22,%r23};\nbar.warp.sync -1;\n"
                                 "ld.shared.v4.u32 {%r10, %r11, %r12, %r13}, [%r2+512];" +
                                 storeFour,
                         .variables = buffer},
                        {.outWords = 128});
    EXPECT_TRUE(isClean(result));
    for (uint32_t word = 0; word < 128; ++word)
      EXPECT_EQ(result.out[word], pair(2 * word, 2 * word + 1));
  }
}

TEST(Matrix, Defects) {
  const std::string load = "ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%r10}, ";
  EXPECT_TRUE(has(run({.body = fill + load + "[%r2+8];", .variables = buffer}), Kind::Misaligned,
                  "expects a shared address that is a multiple of 16"));
  EXPECT_TRUE(has(run({.body = fill + load + "[%r2+1024];", .variables = buffer}), Kind::OutOfBounds,
                  "expects 16 bytes inside the 1024 of shared memory"));
  EXPECT_TRUE(has(run({.body = fill + load + "[%r2+512];", .variables = buffer}), Kind::Uninitialized,
                  "expects bytes that somebody has written"));
  std::string unsynchronized = fill;
  unsynchronized.resize(unsynchronized.find("bar"));
  EXPECT_TRUE(has(run({.body = unsynchronized + load + "[%r1];", .variables = buffer}), Kind::Race, "bar.warp.sync"));
}

TEST(Matrix, NeedsTheWholeWarp) {
  EXPECT_TRUE(has(run({.body = std::string(fill) + R"(
    setp.lt.u32 %p1, %r0, 9;
    @%p1 ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%r10}, [%r2];)",
                       .variables = buffer}),
                  Kind::Convergence, "expects the lanes 0xffffffff together, but got 0x1ff"));
}

TEST(Matrix, WavefrontsAreCounted) {
  auto wavefronts = [](uint32_t pitch) {
    Result result = run({.body = "mov.u32 %r1, buffer; mad.lo.u32 %r2, %r0, " + std::to_string(pitch) +
                                 ", %r1; ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%r10}, [%r2];",
                         .variables = ".shared .align 16 .b8 buffer[8192];"});
    const Work &work = result.report.counters.kinds.at("ldmatrix.shared");
    EXPECT_EQ(work.idealWavefronts, 1u);
    return work.sharedWavefronts;
  };
  EXPECT_EQ(wavefronts(16), 1u);
  EXPECT_EQ(wavefronts(144), 1u);
  EXPECT_EQ(wavefronts(128), 8u);
  EXPECT_EQ(wavefronts(64), 4u);
}

TEST(Matrix, MultipliesOnTensorCores) {
  // All ones: each element of the product is 16, plus 1.
  Result result = run({R"(
    mov.u32 %r1, 0x3f803f80;
    mov.f32 %f1, 0f3f800000;
    mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%f2,%f3,%f4,%f5}, {%r1,%r1,%r1,%r1}, {%r1,%r1}, {%f1,%f1,%f1,%f1};
    st.global.f32 [%rd2], %f5;)"});
  EXPECT_TRUE(isClean(result));
  EXPECT_EQ(result.out[31], 0x41880000u);
  EXPECT_EQ(result.report.counters.mma, 1u);
  EXPECT_EQ(result.report.counters.mmaFlops, 4096u);
}

TEST(Matrix, OrderOfSumsCanBeChosen) {
  // A row of 2^24, 1, 1: from the large end the ones are lost.
  auto sum = [](MmaOrder order) {
    Conditions conditions;
    conditions.options.mmaOrder = order;
    Result result = run({R"(
      mov.u32 %r1, 0x3f804b80;
      mov.u32 %r2, 0x00003f80;
      mov.u32 %r3, 0;
      mov.u32 %r4, 0x3f803f80;
      mov.f32 %f1, 0f00000000;
      and.b32 %r5, %r0, 3;
      setp.eq.u32 %p1, %r5, 0;
      setp.eq.u32 %p2, %r5, 1;
      selp.b32 %r6, %r2, %r3, %p2;
      selp.b32 %r6, %r1, %r6, %p1;
      mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%f2,%f3,%f4,%f5}, {%r6,%r3,%r3,%r3}, {%r4,%r4}, {%f1,%f1,%f1,%f1};
      st.global.f32 [%rd2], %f2;)"},
                        conditions);
    EXPECT_TRUE(isClean(result));
    return result.out[0];
  };
  EXPECT_EQ(sum(MmaOrder::Truncated), 0x4b800001u);
  EXPECT_EQ(sum(MmaOrder::Forward), 0x4b800000u);
  EXPECT_EQ(sum(MmaOrder::Reverse), 0x4b800001u);
  EXPECT_EQ(sum(MmaOrder::Pairwise), 0x4b800000u);
}

} // namespace
