//===- AsyncCopyTest.cpp - cp.async ---------------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tests that copies arrive, and that nothing may touch them before.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/emulator/machine/Support.h"

using namespace plait::emulator;
using namespace plait::emulator::test;
using Kind = Defect::Kind;

namespace {

const char *buffer = ".shared .align 16 .b8 buffer[1024];";

/// Lane l copies word l to shared memory and adds what its neighbour copied to the output.
Text neighbour(const std::string &copy, const std::string &wait) {
  return {.body = R"(
    mov.u32 %r1, buffer;
    mad.lo.u32 %r2, %r0, 4, %r1;
    mad.wide.u32 %rd3, %r0, 4, %rd1;)" +
                  copy + wait + R"(
    xor.b32 %r3, %r0, 63;
    mad.lo.u32 %r4, %r3, 4, %r1;
    ld.shared.u32 %r5, [%r4];
    st.global.u32 [%rd2], %r5;)",
          .variables = buffer};
}

Conditions twoWarps() { return {.block = {64, 1, 1}, .in = iota(64, 100)}; }

const char *copy = "cp.async.ca.shared.global [%r2], [%rd3], 4;";
const char *wait = "cp.async.commit_group; cp.async.wait_group 0; bar.sync 0;";

TEST(AsyncCopy, ArrivesBehindWaitAndBarrier) {
  for (const char *way : {wait, "cp.async.wait_all; bar.sync 0;"}) {
    Result result = run(neighbour(copy, way), twoWarps());
    EXPECT_TRUE(isClean(result));
    EXPECT_EQ(result.out[0], 163u);
    EXPECT_EQ(result.out[63], 100u);
  }
}

TEST(AsyncCopy, GenericAndVolatileForms) {
  Text text = neighbour(
      "cvta.shared.u64 %rd4, %rd5; cvta.to.shared.u64 %rd6, %rd4; cvt.u32.u64 %r2, %rd6;" + std::string(copy), wait);
  text.body.replace(text.body.find("mad.wide"), 0, "cvt.u64.u32 %rd5, %r2;\n");
  EXPECT_TRUE(isClean(run(text, twoWarps())));
}

TEST(AsyncCopy, MissingWait) {
  Result result = run(neighbour(copy, "cp.async.commit_group; bar.sync 0;"), twoWarps());
  EXPECT_TRUE(has(result, Kind::Async, "to be waited for, but got an access before"));
  EXPECT_TRUE(has(result, Kind::Async, "expects a wait for this copy before the block's end"));
  EXPECT_EQ(result.out[0], 0xffffffffu);
}

TEST(AsyncCopy, MissingBarrier) {
  // Each lane waits for its own copies alone.
  EXPECT_FALSE(run(neighbour(copy, "cp.async.wait_all;"), twoWarps()).report.defects.empty());
}

TEST(AsyncCopy, MissingCommit) {
  EXPECT_TRUE(has(run(neighbour(copy, "cp.async.wait_group 0; bar.sync 0;"), twoWarps()), Kind::Async, "waited for"));
}

TEST(AsyncCopy, NewestGroupsMayBePending) {
  auto body = [](const char *group) {
    return Text{.body = std::string(R"(
      mov.u32 %r1, buffer;
      mad.lo.u32 %r2, %r0, 4, %r1;
      mad.wide.u32 %rd3, %r0, 4, %rd1;
      cp.async.ca.shared.global [%r2], [%rd3], 4;
      cp.async.commit_group;
      cp.async.ca.shared.global [%r2+128], [%rd3], 4;
      cp.async.commit_group;
      cp.async.wait_group )") +
                        group + R"(;
      ld.shared.u32 %r3, [%r2];
      st.global.u32 [%rd2], %r3;
      cp.async.wait_all;)",
                .variables = buffer};
  };
  Result result = run(body("1"), {.in = iota(32)});
  EXPECT_TRUE(isClean(result));
  EXPECT_EQ(result.out[31], 31u);
  EXPECT_TRUE(has(run(body("2"), {.in = iota(32)}), Kind::Async, "waited for"));
}

TEST(AsyncCopy, ZerosFillWhatIsNotRead) {
  auto body = [](const char *size) {
    return Text{.body = std::string(R"(
      mov.u32 %r1, buffer;
      mad.lo.u32 %r2, %r0, 16, %r1;
      mov.u32 %r9, )") + size +
                        R"(;
      cp.async.cg.shared.global.L2::128B [%r2], [%rd1], 16, %r9;
      cp.async.wait_all;
      ld.shared.v4.u32 {%r3, %r4, %r5, %r6}, [%r2];
      setp.ne.u32 %p1, %r0, 0;
      @%p1 bra DONE;
      st.global.v4.u32 [%rd0], {%r3, %r4, %r5, %r6};
      DONE:)",
                .variables = buffer};
  };
  Result result = run(body("8"), {.in = {5, 6, 7, 8}});
  EXPECT_TRUE(isClean(result));
  EXPECT_EQ(std::vector(result.out.begin(), result.out.begin() + 4), (std::vector<uint32_t>{5, 6, 0, 0}));
  // A size of 0 reads nothing, wherever it points.
  EXPECT_TRUE(isClean(run({.body = "mov.u64 %rd1, 16;" + body("0").body, .variables = buffer})));
  EXPECT_TRUE(has(run(body("12"), {.in = iota(3)}), Kind::OutOfBounds, "expects 16 bytes of global memory"));
  EXPECT_TRUE(has(run(body("20"), {.in = iota(4)}), Kind::Operand, "expects at most 16 bytes to read, but got 20"));
}

TEST(AsyncCopy, PredicateIgnoresTheSource) {
  Text text = neighbour("setp.lt.u32 %p1, %r0, 32; cp.async.ca.shared.global [%r2], [%rd3], 4, %p1;", wait);
  Result result = run(text, twoWarps());
  EXPECT_TRUE(isClean(result));
  EXPECT_EQ(result.out[63], 0u);
  EXPECT_EQ(result.out[0], 163u);
}

TEST(AsyncCopy, OverwritingWhatIsReadIsARace) {
  std::string again = "\ncp.async.ca.shared.global [%r2], [%rd3], 4; cp.async.wait_all;";
  auto body = [&](const std::string &between) {
    Text text = neighbour(copy, wait);
    text.body += between + again;
    return text;
  };
  EXPECT_TRUE(isClean(run(body("bar.sync 0;"), twoWarps())));
  EXPECT_TRUE(has(run(body(""), twoWarps()), Kind::Race, "expects a barrier between this write and the read of warp"));
}

} // namespace
