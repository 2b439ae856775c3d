//===- MbarrierTest.cpp - mbarriers and bulk copies -----------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tests the phases of mbarriers, the copies that complete on them, and the
// copies in bulk groups.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/emulator/machine/Support.h"

using namespace plait::emulator;
using namespace plait::emulator::test;
using Kind = Defect::Kind;

namespace {

const char *variables = ".shared .align 8 .b64 bar;\n.shared .align 128 .b8 buffer[512];";

Conditions twoWarps() { return {.block = {64, 1, 1}, .in = iota(128, 7)}; }

Text text(const std::string &body) { return {.body = body, .variables = variables}; }

/// Thread 0 initialises the mbarrier for so many arrivals, and all know of it.
std::string init(int arrivals, const char *after = "bar.sync 0;") {
  return "setp.eq.u32 %p1, %r0, 0;\n@%p1 mbarrier.init.shared::cta.b64 [bar], " + std::to_string(arrivals) + ";\n" +
         "mov.u32 %r1, buffer;\nmad.lo.u32 %r2, %r0, 4, %r1;\nxor.b32 %r3, %r0, 63;\nmad.lo.u32 %r4, %r3, 4, %r1;\n" +
         after;
}

const char *wait = R"(
    WAIT:
    mbarrier.try_wait.parity.shared::cta.b64 %p2, [bar], 0;
    @!%p2 bra WAIT;)";
const char *readMirror = "ld.shared.u32 %r5, [%r4]; st.global.u32 [%rd2], %r5;";

TEST(Mbarrier, OrdersWarps) {
  const std::string write = "st.shared.u32 [%r2], %r0;", arrive = "mbarrier.arrive.shared::cta.b64 %rd3, [bar];";
  Result result = run(text(init(64) + write + arrive + wait + readMirror), twoWarps());
  EXPECT_TRUE(isClean(result));
  EXPECT_EQ(result.out[0], 63u);
  // By the state that the arrival returned, in the second phase.
  std::string address = "mov.u64 %rd5, bar; cvta.shared.u64 %rd5, %rd5;";
  result = run(text(address + init(64) + arrive + wait + write + "mbarrier.arrive.b64 %rd4, [%rd5]; L: " +
                    "mbarrier.test_wait.b64 %p3, [%rd5], %rd4; @!%p3 bra L;" + readMirror),
               twoWarps());
  EXPECT_TRUE(isClean(result));
  // Nobody waits, or what arrives does not release.
  EXPECT_FALSE(isClean(run(text(init(64) + write + arrive + readMirror), twoWarps())));
  EXPECT_TRUE(
      has(run(text(init(64) + write + "mbarrier.arrive.relaxed.cta.shared::cta.b64 %rd3, [bar];" + wait + readMirror),
              twoWarps()),
          Kind::Race, "expects a barrier between this read and the write of warp"));
}

/// Barriers of a pipeline are told to blocks of a cluster by their ranks, also where it has one block.
TEST(Mbarrier, OfTheOnlyBlockOfACluster) {
  auto arriving = [](const char *rank) {
    return text(init(64) + "st.shared.u32 [%r2], %r0; mapa.shared::cluster.u32 %r6, bar, " + rank +
                "; mbarrier.arrive.release.cluster.shared::cluster.b64 _, [%r6];" + wait + readMirror);
  };
  Result result = run(arriving("0"), twoWarps());
  EXPECT_TRUE(isClean(result));
  EXPECT_EQ(result.out[0], 63u);
  EXPECT_TRUE(
      has(run(arriving("1"), twoWarps()), Kind::Operand, "expects block 0 of a cluster of one block, but got 1"));
}

TEST(Mbarrier, CountsArrivals) {
  EXPECT_TRUE(isClean(run(
      text(init(65) + "mbarrier.arrive.shared.b64 %rd3, [bar]; @%p1 mbarrier.arrive.shared.b64 %rd3, [bar];" + wait),
      twoWarps())));
  EXPECT_TRUE(has(run(text(init(65) + "mbarrier.arrive.shared.b64 %rd3, [bar];" + wait), twoWarps()), Kind::Deadlock,
                  "expects a warp that can go on, but got none"));
  Conditions inRandomOrder = twoWarps();
  inRandomOrder.options = {.order = Options::Order::Random, .stepLimit = 1 << 20};
  EXPECT_TRUE(has(run(text(init(65) + "mbarrier.arrive.shared.b64 %rd3, [bar];" + wait), inRandomOrder), Kind::Deadlock,
                  "expects a warp that can go on, but got none"));
  EXPECT_TRUE(isClean(run(text(init(2) + "@%p1 mbarrier.arrive.shared.b64 _, [bar], 2;" + wait), twoWarps())));
  EXPECT_TRUE(has(run(text(init(2) + "@%p1 mbarrier.arrive.shared.b64 _, [bar], 3;"), twoWarps()), Kind::Barrier,
                  "expects at most the 2 arrivals that this phase waits for, but got 3"));
  // Two drop out of four; of the next phase two are left.
  EXPECT_TRUE(isClean(run(text(init(4) + R"(
    @%p1 mbarrier.arrive_drop.shared.b64 _, [bar], 2;
    @%p1 mbarrier.arrive.shared.b64 _, [bar], 2;
    @%p1 mbarrier.arrive.shared.b64 _, [bar], 2;
    L:
    mbarrier.test_wait.parity.shared.b64 %p2, [bar], 1;
    @!%p2 bra L;)"),
                          twoWarps())));
}

TEST(Mbarrier, PendingCount) {
  Result result = run(text(init(70) + R"(
    mbarrier.arrive.shared.b64 %rd3, [bar];
    mbarrier.pending_count.b64 %r5, %rd3;
    st.global.u32 [%rd2], %r5;)"));
  EXPECT_EQ(result.out[0], 70u);
  EXPECT_EQ(result.out[31], 39u);
}

TEST(Mbarrier, WrongUse) {
  EXPECT_TRUE(has(run(text("st.shared.u64 [buffer], 0; bar.warp.sync -1; mbarrier.arrive.shared.b64 %rd3, [buffer];")),
                  Kind::Barrier, "expects an mbarrier at shared address"));
  EXPECT_TRUE(has(run(text("setp.eq.u32 %p1, %r0, 0; @%p1 mbarrier.init.shared.b64 [bar], 0;")), Kind::Operand,
                  "expects a count of 1 to"));
  EXPECT_TRUE(
      has(run(text(init(1) + "@%p1 mbarrier.inval.shared.b64 [bar]; @%p1 mbarrier.arrive.shared.b64 %rd3, [bar];")),
          Kind::Barrier, "expects an mbarrier at shared address"));
  // Others may not use it before they know that it is there.
  EXPECT_FALSE(isClean(run(text(init(64, "") + "mbarrier.arrive.shared.b64 %rd3, [bar];"), twoWarps())));
}

const char *bulk = R"(
    @%p1 mbarrier.arrive.expect_tx.shared::cta.b64 _, [bar], 256;
    @%p1 cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [buffer], [%rd1], 256, [bar];)";

TEST(BulkCopy, CompletesOnAnMbarrier) {
  Result result = run(text(init(1) + bulk + wait + readMirror), twoWarps());
  EXPECT_TRUE(isClean(result));
  EXPECT_EQ(result.out[0], 70u);
  EXPECT_EQ(result.out[63], 7u);
  EXPECT_FALSE(isClean(run(text(init(1) + bulk + readMirror + wait), twoWarps())));
  EXPECT_TRUE(
      has(run(text(init(1) + bulk), twoWarps()), Kind::Async, "expects a wait for this before the block's end"));
  std::string tooMany = bulk;
  tooMany.replace(tooMany.find("256"), 3, "272");
  EXPECT_TRUE(has(run(text(init(1) + tooMany + wait), twoWarps()), Kind::Deadlock, "can go on"));
}

/// The later of two copies is waited for, and the earlier one has been made by then.
TEST(BulkCopy, IsNotCompleteWithAnother) {
  const std::string both = init(1) + R"(
    @%p1 mbarrier.init.shared::cta.b64 [later], 1;
    bar.sync 0;)" + bulk + R"(
    @%p1 mbarrier.arrive.expect_tx.shared::cta.b64 _, [later], 128;
    @%p1 cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [buffer+256], [%rd1], 128, [later];
    LATER:
    mbarrier.try_wait.parity.shared::cta.b64 %p2, [later], 0;
    @!%p2 bra LATER;)";
  const std::string twoMbarriers = std::string(variables) + "\n.shared .align 8 .b64 later;";
  const Text forBoth{.body = both + wait + readMirror, .variables = twoMbarriers};
  const Text forLater{.body = both + readMirror + wait, .variables = twoMbarriers};
  EXPECT_TRUE(isClean(run(forBoth, twoWarps())));
  EXPECT_TRUE(has(run(forLater, twoWarps()), Kind::Async, "to be waited for, but got an access before"));
}

TEST(BulkCopy, WrongUse) {
  auto with = [](const char *what, const char *instead) {
    std::string body = bulk;
    body.replace(body.rfind(what), std::string(what).size(), instead);
    return run(text(init(1) + body), twoWarps());
  };
  EXPECT_TRUE(has(with("256", "250"), Kind::Operand, "expects a size that is a multiple of 16, but got 250"));
  EXPECT_TRUE(has(with("[buffer]", "[buffer+8]"), Kind::Misaligned, "a multiple of 16"));
  EXPECT_TRUE(has(with("[%rd1]", "[%rd1+272]"), Kind::OutOfBounds, "expects 256 bytes of global memory"));
  EXPECT_TRUE(has(with("[bar]", "[buffer]"), Kind::Barrier, "expects an mbarrier at shared address"));
}

/// Each thread writes a word, and thread 0 copies them out.
Text out(const std::string &fence, const std::string &end) {
  return text(init(1) + "st.shared.u32 [%r2], %r0;" + fence + R"(
    @!%p1 bra DONE;
    cp.async.bulk.global.shared::cta.bulk_group [%rd0], [buffer], 256;
    cp.async.bulk.commit_group;)" +
              end + "\nDONE:");
}

TEST(BulkCopy, LeavesInGroups) {
  const std::string fence = "fence.proxy.async.shared::cta; bar.sync 0;";
  for (const char *end : {"cp.async.bulk.wait_group 0;", "cp.async.bulk.wait_group.read 0; st.shared.u32 [%r2], 9;"}) {
    Result result = run(out(fence, end), twoWarps());
    EXPECT_TRUE(isClean(result));
    EXPECT_EQ(result.out, iota(64));
  }
  EXPECT_TRUE(has(run(out(fence, ""), twoWarps()), Kind::Async, "expects a wait for this before the block's end"));
  EXPECT_TRUE(has(run(out("bar.sync 0;", "cp.async.bulk.wait_group 0;"), twoWarps()), Kind::Async,
                  "expects fence.proxy.async after the write of warp"));
  EXPECT_TRUE(has(run(out(fence, "st.shared.u32 [%r2], 9; cp.async.bulk.wait_group 0;"), twoWarps()), Kind::Async,
                  "expects the bulk copy or wgmma from here to be waited for"));
}

TEST(BulkCopy, LeavesAsItCameWithoutAFence) {
  Result result = run(text(init(1) + bulk + wait + R"(
    @!%p1 bra DONE;
    cp.async.bulk.global.shared::cta.bulk_group [%rd0], [buffer], 256;
    cp.async.bulk.commit_group;
    cp.async.bulk.wait_group 0;
    DONE:)"),
                      twoWarps());
  EXPECT_TRUE(isClean(result));
  EXPECT_EQ(result.out, iota(64, 7));
}

TEST(BulkCopy, TwoThatReadTheSame) {
  auto body = [](const char *wait) {
    return out("fence.proxy.async.shared::cta; bar.sync 0;",
               R"(
    cp.async.bulk.global.shared::cta.bulk_group [%rd0], [buffer], 128;
    cp.async.bulk.commit_group;)" +
                   std::string(wait) + "st.shared.u32 [%r2], 9; cp.async.bulk.wait_group 0;");
  };
  EXPECT_TRUE(isClean(run(body("cp.async.bulk.wait_group.read 0;"), twoWarps())));
  EXPECT_TRUE(has(run(body("cp.async.bulk.wait_group.read 1;"), twoWarps()), Kind::Async,
                  "from here to be waited for, but got a write before"));
}

/// Who has seen a copy's begin, and not the wait for it, may not write where it reads.
TEST(BulkCopy, IsWaitedForBeforeOthersWrite) {
  auto body = [](const std::string &afterWait) {
    return text(init(1) + "st.shared.u32 [%r2], %r0; fence.proxy.async.shared::cta; bar.sync 0;" + R"(
    @%p1 cp.async.bulk.global.shared::cta.bulk_group [%rd0], [buffer], 256;
    @%p1 cp.async.bulk.commit_group;
    bar.sync 0;
    setp.lt.u32 %p2, %r0, 32;
    @%p2 bra READ;
    mov.u32 %r5, 1000; // warp 1 is late
    LATE:
    sub.u32 %r5, %r5, 1;
    setp.ne.u32 %p3, %r5, 0;
    @%p3 bra LATE;
    READ:
    @%p1 cp.async.bulk.wait_group.read 0;)" +
                afterWait + "st.shared.u32 [%r2], 9;");
  };
  EXPECT_TRUE(isClean(run(body("bar.sync 0;"), twoWarps())));
  EXPECT_TRUE(
      has(run(body(""), twoWarps()), Kind::Race, "expects a barrier between this write and the read of warp 0"));
}

/// What a copy has brought, another may take away without a proxy fence.
TEST(BulkCopy, TakesAwayWhatAnotherBrought) {
  const std::string out = R"(
    @%p1 cp.async.bulk.global.shared::cta.bulk_group [%rd0], [buffer], 256;
    @%p1 cp.async.bulk.commit_group;
    @%p1 cp.async.bulk.wait_group 0;)";
  Result result = run(text(init(1) + bulk + wait + out), twoWarps());
  EXPECT_TRUE(isClean(result));
  EXPECT_EQ(result.out, iota(64, 7));
  EXPECT_TRUE(has(run(text(init(1) + bulk + wait + "@%p1 st.shared.u32 [%r1], 9;" + out), twoWarps()), Kind::Async,
                  "expects fence.proxy.async after the write of warp 0"));
}

TEST(AsyncCopy, ArrivesAtAnMbarrier) {
  auto body = [](int arrivals, const char *arrive) {
    return text(init(arrivals) + "mad.wide.u32 %rd3, %r0, 4, %rd1; cp.async.ca.shared.global [%r2], [%rd3], 4;" +
                arrive + wait + readMirror);
  };
  Result result = run(body(64, "cp.async.mbarrier.arrive.noinc.shared.b64 [bar];"), twoWarps());
  EXPECT_TRUE(isClean(result));
  EXPECT_EQ(result.out[0], 70u);
  EXPECT_TRUE(isClean(
      run(body(64, "cp.async.mbarrier.arrive.shared.b64 [bar]; mbarrier.arrive.shared.b64 %rd4, [bar];"), twoWarps())));
  EXPECT_FALSE(isClean(run(body(64, "mbarrier.arrive.shared.b64 %rd4, [bar];"), twoWarps())));
}

} // namespace
