//===- MemoryTest.cpp - loads and stores ----------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tests loads and stores of each state space, and what is reported of them.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/emulator/machine/Support.h"

using namespace plait::emulator;
using namespace plait::emulator::test;
using Kind = Defect::Kind;

namespace {

TEST(Memory, GlobalCopies) {
  Result result = run({R"(
    mad.wide.u32 %rd3, %r0, 4, %rd1;
    ld.global.u32 %r1, [%rd3];
    add.u32 %r1, %r1, 1;
    st.global.u32 [%rd2], %r1;)"},
                      {.in = iota(32, 10), .outWords = 32});
  EXPECT_TRUE(isClean(result));
  EXPECT_EQ(result.out, iota(32, 11));
}

TEST(Memory, VectorsAndNarrowTypes) {
  Result result = run({R"(
    ld.global.v4.u32 {%r1, %r2, _, %r4}, [%rd1];
    ld.global.s8 %r5, [%rd1+3];
    ld.global.u16 %rs1, [%rd1+2];
    ld.global.s8 %rs2, [%rd1+3];
    cvt.u32.u16 %r6, %rs1;
    cvt.u32.u16 %r7, %rs2;
    setp.ne.u32 %p1, %r0, 0;
    @%p1 bra DONE;
    st.global.v2.u32 [%rd0], {%r1, %r2};
    st.global.v4.u32 [%rd0+16], {%r4, %r5, %r6, %r7};
    st.global.u8 [%rd0+9], 0x1ab;
    DONE:)"},
                      {.in = {0x80123456, 2, 3, 4}, .outWords = 8});
  EXPECT_TRUE(isClean(result));
  EXPECT_EQ(result.out, (std::vector<uint32_t>{0x80123456, 2, 0xab00, 0, 4, 0xffffff80, 0x8012, 0xff80}));
}

TEST(Memory, OutOfBounds) {
  const char *body = "st.global.u32 [%rd2], %r0;";
  EXPECT_TRUE(isClean(run({body}, {.outWords = 32})));
  Result result = run({body}, {.outWords = 31});
  EXPECT_TRUE(has(result, Kind::OutOfBounds, "expects 4 bytes of global memory, but got the address 0x"));
  EXPECT_EQ(result.report.defects.front().count, 1u);
  EXPECT_NE(result.report.defects.front().message.find("thread (31, 0, 0)"), std::string::npos);
  EXPECT_NE(result.report.defects.front().message.find("of 124 bytes"), std::string::npos);
  EXPECT_EQ(result.out, iota(31));
}

TEST(Memory, Misaligned) {
  EXPECT_TRUE(has(run({"ld.global.u64 %rd3, [%rd0+4];"}), Kind::Misaligned,
                  "expects a global address that is a multiple of 8"));
  EXPECT_TRUE(isClean(run({"ld.global.u64 %rd3, [%rd0+8];"})));
}

TEST(Memory, LocalFramesEndWithTheirVariables) {
  const char *variables = ".local .align 4 .b8 x[16];", *expected = "expects 4 bytes inside the 16 of local memory, ";
  EXPECT_TRUE(isClean(run({.body = "st.local.u32 [x+12], %r0; ld.local.u32 %r1, [x+12];", .variables = variables})));
  for (const char *body : {"st.local.u32 [x+16], %r0;", "ld.local.u32 %r1, [x+16];", "ld.local.u32 %r1, [x+64];"})
    EXPECT_TRUE(has(run({.body = body, .variables = variables}), Kind::OutOfBounds, expected)) << body;
  Result result =
      run({.body = "mov.u64 %rd3, x; cvta.local.u64 %rd3, %rd3; st.u32 [%rd3+16], %r0;", .variables = variables});
  EXPECT_TRUE(has(result, Kind::OutOfBounds, expected));
}

TEST(Memory, FramesOfCalleesAreBehindTheirCallers) {
  // Writes its own variable, and what lies so many bytes behind its caller's.
  auto calling = [](const std::string &variables, const std::string &offset) {
    return run({.body = "mov.u64 %rd3, x; st.local.u32 [x], 7; { .param .b64 p0; st.param.b64 [p0], %rd3; call f, (p0);"
                        " } ld.local.u32 %r1, [x]; st.global.u32 [%rd2], %r1;",
                .variables = ".local .align 4 .b8 x[4];",
                .module = ".func f(.param .b64 a) { .reg .b64 %rd<2>; " + variables +
                          " ld.param.u64 %rd1, [a]; st.local.u32 [%rd1" + offset + "], 8; ret; }"});
  };
  Result result = calling(".local .align 8 .b8 y[8];", "");
  EXPECT_TRUE(isClean(result));
  EXPECT_EQ(result.out[0], 8u);
  EXPECT_TRUE(has(calling(".local .align 8 .b8 y[8];", "+136"), Kind::OutOfBounds, "inside the 136 of local memory"));
  EXPECT_TRUE(has(calling("", "+4"), Kind::OutOfBounds, "inside the 4 of local memory"));
}

TEST(Memory, LocalVariablesThatNobodyWrote) {
  const char *expected = "expects bytes that somebody has written, but got none at local address 0x";
  auto reading = [](const std::string &written, const std::string &read, bool checksAll) {
    Conditions conditions;
    conditions.options.checkUninitializedGlobal = checksAll;
    return run({.body = "st.local." + written + ", 0; ld.local." + read + ";",
                .variables = ".local .align 8 .b8 x[16]; .local .align 8 .b8 y[8];"},
               conditions);
  };
  for (bool checksAll : {false, true}) {
    EXPECT_TRUE(isClean(reading("u32 [x+4]", "s8 %r1, [x+7]", checksAll)));
    EXPECT_TRUE(has(reading("u32 [x+12]", "u32 %r1, [y]", checksAll), Kind::Uninitialized, expected));
    EXPECT_TRUE(has(reading("u32 [y]", "u32 %r1, [x+12]", checksAll), Kind::Uninitialized, expected));
  }
  // A structure with a gap is copied whole.
  for (const char *read : {"u64 %rd3, [x]", "u32 %r1, [x+12]"}) {
    EXPECT_TRUE(isClean(reading("u32 [x+4]", read, false)));
    EXPECT_TRUE(has(reading("u32 [x+4]", read, true), Kind::Uninitialized, expected));
  }
}

TEST(Memory, LocalsOfAnEarlierCallAreNotWritten) {
  // The first call writes its variable, the second one only reads.
  Result result = run({.body = R"(
    { .param .b32 p0; st.param.b32 [p0], 1; call f, (p0); }
    { .param .b32 p0; st.param.b32 [p0], 0; call f, (p0); })",
                       .module = R"(
    .func f(.param .b32 a) {
      .reg .b32 %r<3>;
      .reg .pred %p;
      .local .align 4 .b32 x;
      ld.param.u32 %r1, [a];
      setp.ne.u32 %p, %r1, 0;
      @%p st.local.u32 [x], %r1;
      ld.local.u32 %r2, [x];
      ret;
    })"});
  ASSERT_TRUE(has(result, Kind::Uninitialized, "at local address 0x0"));
  EXPECT_EQ(result.report.defects.front().count, 32u) << "those of one of the calls";
}

TEST(Memory, CachePoliciesChangeNothing) {
  Result result = run({R"(
    createpolicy.fractional.L2::evict_first.b64 %rd3, 1.0;
    createpolicy.fractional.L2::evict_last.L2::evict_unchanged.b64 %rd4, 0f3F000000;
    createpolicy.fractional.L2::evict_last.b64 %rd4;
    createpolicy.range.global.L2::evict_last.L2::evict_first.b64 %rd4, [%rd1], 64, 128;
    ld.global.L2::cache_hint.u32 %r1, [%rd1], %rd3;
    st.global.L2::cache_hint.u32 [%rd2], %r1, %rd3;)"},
                      {.in = {7}, .outWords = 32});
  EXPECT_TRUE(isClean(result));
  EXPECT_EQ(result.out[31], 7u);
}

} // namespace
