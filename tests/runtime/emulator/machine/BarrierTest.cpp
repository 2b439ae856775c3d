//===- BarrierTest.cpp - barriers, races in shared memory -----------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tests barriers, and that what they do not order is a race.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/emulator/machine/Support.h"

using namespace plait::emulator;
using namespace plait::emulator::test;
using Kind = Defect::Kind;

namespace {

Conditions blockOf(uint32_t threads) { return {.block = {threads, 1, 1}}; }

/// Each thread reads what its mirror image wrote.
Text mirror(const std::string &between, const std::string &after = "") {
  return {.body = R"(
    mov.u32 %r1, buffer;
    mad.lo.u32 %r2, %r0, 4, %r1;
    st.shared.u32 [%r2], %r0;)" +
                  between + R"(
    xor.b32 %r3, %r0, 63;
    mad.lo.u32 %r4, %r3, 4, %r1;
    ld.shared.u32 %r5, [%r4];
    st.global.u32 [%rd2], %r5;)" +
                  after,
          .variables = ".shared .align 4 .b8 buffer[256];"};
}

TEST(Barrier, OrdersWarps) {
  Result result = run(mirror("bar.sync 0;"), blockOf(64));
  EXPECT_TRUE(isClean(result));
  EXPECT_EQ(result.out[0], 63u);
  EXPECT_EQ(result.out[63], 0u);
  EXPECT_EQ(result.report.counters.barriers, 1u);
  EXPECT_TRUE(isClean(run(mirror("barrier.sync 3, 64;"), blockOf(64))));
}

TEST(Barrier, WithoutItWarpsRace) {
  Result result = run(mirror("st.shared.u32 [%r2], %r0;"), blockOf(64));
  EXPECT_FALSE(result.report.defects.empty());
  for (const Defect &defect : result.report.defects)
    EXPECT_TRUE(defect.kind == Kind::Race || defect.kind == Kind::Uninitialized) << defect.message;
  EXPECT_NE(result.report.defects.back().message.find("expects a barrier between this read and the write of warp"),
            std::string::npos);
  Conditions unchecked = blockOf(64);
  unchecked.options.checkRaces = false;
  for (const Defect &defect : run(mirror(""), unchecked).report.defects)
    EXPECT_EQ(defect.kind, Kind::Uninitialized) << defect.message;
}

TEST(Barrier, WritesAfterReadsRace) {
  const char *write = "st.shared.u32 [%r2], 7;";
  EXPECT_TRUE(isClean(run(mirror("bar.sync 0;", std::string("bar.sync 0;") + write), blockOf(64))));
  EXPECT_TRUE(has(run(mirror("bar.sync 0;", write), blockOf(64)), Kind::Race,
                  "expects a barrier between this write and the read of warp"));
}

TEST(Barrier, EachByteReadIsRemembered) {
  // Warp 0 goes on first behind the barrier.
  auto body = [](const char *written) {
    return Text{.body = std::string(R"(
      setp.ge.u32 %p1, %r0, 32;
      @%p1 st.shared.u32 [word], 0;
      bar.sync 0;
      @%p1 bra WRITE;
      ld.shared.u8 %r1, [word];
      ld.shared.u8 %r1, [word+1];
      bra DONE;
      WRITE:
      st.shared.u8 [)") +
                        written + "], 1;\nDONE:",
                .variables = ".shared .u32 word;"};
  };
  for (const char *written : {"word", "word+1"})
    EXPECT_TRUE(
        has(run(body(written), blockOf(64)), Kind::Race, "expects a barrier between this write and the read of warp 0"))
        << written;
}

TEST(Barrier, WarpBarrierOrdersLanes) {
  auto body = [](const char *between) {
    return Text{.body = std::string(R"(
      mov.u32 %r1, buffer;
      mad.lo.u32 %r2, %r0, 4, %r1;
      st.shared.u32 [%r2], %r0;)") +
                        between + R"(
      xor.b32 %r3, %r0, 1;
      mad.lo.u32 %r4, %r3, 4, %r1;
      ld.shared.u32 %r5, [%r4];)",
                .variables = ".shared .align 4 .b8 buffer[128];"};
  };
  EXPECT_TRUE(isClean(run(body("bar.warp.sync -1;"))));
  EXPECT_TRUE(has(run(body("")), Kind::Race, "expects bar.warp.sync after the write of lane 1"));
}

TEST(Barrier, NamedOnesArriveAndWait) {
  // Warp 0 gives, warp 1 takes.
  auto body = [](const char *give) {
    return Text{.body = std::string(R"(
      mov.u32 %r1, buffer;
      setp.ge.u32 %p1, %r0, 32;
      @%p1 bra TAKE;
      mad.lo.u32 %r2, %r0, 4, %r1;
      st.shared.u32 [%r2], %r0;)") +
                        give + R"(
      bra DONE;
      TAKE:
      bar.sync 5, 64;
      mad.lo.u32 %r2, %r0, 4, %r1;
      ld.shared.u32 %r3, [%r2-128];
      st.global.u32 [%rd2], %r3;
      DONE:)",
                .variables = ".shared .align 4 .b8 buffer[128];"};
  };
  Result result = run(body("bar.arrive 5, 64;"), blockOf(64));
  EXPECT_TRUE(isClean(result));
  EXPECT_EQ(result.out[33], 1u);
  EXPECT_TRUE(has(run(body("bar.arrive 5, 32;"), blockOf(64)), Kind::Barrier, "expects"));
}

TEST(Barrier, Reductions) {
  Result result = run({R"(
    setp.lt.u32 %p1, %r0, 40;
    bar.red.popc.u32 %r1, 0, %p1;
    bar.red.and.pred %p2, 0, %p1;
    bar.red.or.pred %p3, 1, 64, !%p1;
    selp.u32 %r2, 100, 0, %p2;
    selp.u32 %r3, 1000, 0, %p3;
    add.u32 %r1, %r1, %r2;
    add.u32 %r1, %r1, %r3;
    st.global.u32 [%rd2], %r1;)"},
                      blockOf(64));
  EXPECT_TRUE(isClean(result));
  EXPECT_EQ(result.out[0], 1040u);
  EXPECT_EQ(result.out[63], 1040u);
}

TEST(Barrier, WrongUse) {
  EXPECT_TRUE(has(run({"bar.sync %r1;"}), Kind::Barrier, "expects a barrier of 0 to 15, but got"));
  EXPECT_TRUE(has(run({"bar.sync 1, 33;"}), Kind::Barrier, "expects a count that is a multiple of 32, but got 33"));
}

TEST(Barrier, DivergedLanesAreReported) {
  EXPECT_TRUE(has(run({R"(
    setp.lt.u32 %p1, %r0, 16;
    @%p1 bra LOW;
    bar.sync 0;
    bra DONE;
    LOW:
    bar.sync 0;
    DONE:)"}),
                  Kind::Convergence, "together, but got"));
}

TEST(Barrier, PartialWarpsCountAsWholeOnes) { EXPECT_TRUE(isClean(run({"bar.sync 1, 64;"}, blockOf(48)))); }

TEST(Barrier, MissingWarpIsADeadlock) {
  Result result = run({R"(
    setp.lt.u32 %p1, %r0, 32;
    @%p1 bra DONE;
    bar.sync 1, 64;
    DONE:)"},
                      blockOf(64));
  EXPECT_TRUE(
      has(result, Kind::Deadlock, "expects a warp that can go on, but got none; warp 1 lanes 0xffffffff wait in line"));
  EXPECT_FALSE(result.report.completed);
}

TEST(Barrier, ExitedWarpsAreNotWaitedFor) {
  EXPECT_TRUE(isClean(run({"setp.lt.u32 %p1, %r0, 32; @%p1 exit; bar.sync 0;"}, blockOf(64))));
}

TEST(Barrier, AnyOrderOfWarpsIsRight) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    Conditions setup = blockOf(64);
    setup.options.order = Options::Order::Random;
    setup.options.seed = seed;
    Result result = run(mirror("bar.sync 0;"), setup);
    EXPECT_TRUE(isClean(result));
    EXPECT_EQ(result.out[1], 62u);
    EXPECT_FALSE(run(mirror(""), setup).report.defects.empty()) << seed;
  }
}

} // namespace
