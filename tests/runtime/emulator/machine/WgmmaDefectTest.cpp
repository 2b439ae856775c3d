//===- WgmmaDefectTest.cpp - what is wrong with uses of wgmma -------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tests that registers and shared memory are reported that are touched while
// a wgmma is under way, and warps that do not come to it together.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/emulator/machine/WgmmaSupport.h"

using namespace plait::emulator;
using namespace plait::emulator::test;
using Kind = Defect::Kind;
using Steps = Wgmma::Steps;

namespace {

const Wgmma plain{"f32", "bf16", "bf16", 64, {128}, {128}};
const Wgmma fromRegisters{"f32", "bf16", "bf16", 64, {128}, {128}, true};

Result runSteps(const Wgmma &wgmma, const Steps &steps, Options options = {}, Dimensions block = {128, 1, 1}) {
  Conditions setup = conditions(wgmma, WgmmaData(wgmma));
  setup.options = options;
  setup.block = block;
  return run(wgmma.text(steps), setup);
}

/// Whether there is such a defect, whatever follows from it.
::testing::AssertionResult finds(const Result &result, Kind kind, const std::string &text) {
  ::testing::AssertionResult failure = ::testing::AssertionFailure()
                                       << "expects " << name(kind) << " with '" << text << "', but got";
  for (const Defect &defect : result.report.defects) {
    if (defect.kind == kind && defect.message.find(text) != std::string::npos)
      return ::testing::AssertionSuccess();
    failure << "\n" << defect.message;
  }
  return failure;
}

/// Of both orders of warps.
void expectDefect(const Wgmma &wgmma, const Steps &steps, Kind kind, const std::string &text) {
  for (uint64_t seed : {0, 1, 2}) {
    Options options;
    options.order = seed ? Options::Order::Random : Options::Order::RoundRobin;
    options.seed = seed;
    EXPECT_TRUE(finds(runSteps(wgmma, steps, options), kind, text)) << "seed " << seed;
  }
}

Steps with(std::string Steps::*step, const std::string &text) {
  Steps steps;
  steps.*step = text;
  return steps;
}
/// Behind the product, before its commit.
Steps during(const std::string &text) {
  Steps steps;
  steps.commit = text + steps.commit;
  return steps;
}

TEST(WgmmaDefects, MissingSteps) {
  expectDefect(plain, with(&Steps::proxyFence, ""), Kind::Async, "expects fence.proxy.async after the write of warp");
  expectDefect(plain, with(&Steps::barrier, ""), Kind::Race, "expects a barrier between this");
  expectDefect(plain, with(&Steps::fence, ""), Kind::Async,
               "expects wgmma.fence between this and what came before it with %d0");
  expectDefect(plain, with(&Steps::wait, ""), Kind::Async, "and this access to %d0, but got none");
  expectDefect(plain, with(&Steps::wait, ""), Kind::Async,
               "expects wgmma.wait_group behind this before the block's end");
  expectDefect(plain, with(&Steps::commit, ""), Kind::Async,
               "expects wgmma.commit_group and wgmma.wait_group behind this");
  expectDefect(plain, with(&Steps::wait, "wgmma.wait_group.sync.aligned 1;"), Kind::Async, "and this access to %d0");
  Result result = runSteps(plain, with(&Steps::wait, ""));
  EXPECT_EQ(result.out[0], 0xffffffffu);
}

TEST(WgmmaDefects, Registers) {
  const std::string access = "expects wgmma.wait_group between the wgmma in line ";
  expectDefect(plain, during("mov.u32 %r20, %d7;"), Kind::Async, access);
  expectDefect(plain, during("mov.u32 %d7, 0;"), Kind::Async, "and this access to %d7, but got none");
  expectDefect(plain, during("ld.shared.u32 %d7, [%r1];"), Kind::Async, "and this access to %d7, but got none");
  for (const std::string &a : {"%a0", "%a3"}) { // the first one and the last
    expectDefect(fromRegisters, during("mov.u32 %r20, " + a + ";"), Kind::Async, "and this access to " + a);
    expectDefect(fromRegisters, during("mov.u32 " + a + ", 0;"), Kind::Async, "and this access to " + a);
  }
  const std::string fence = "expects wgmma.fence between this and what came before it with ";
  auto behindFence = [](const std::string &text) {
    Steps steps;
    steps.fence += text;
    return steps;
  };
  expectDefect(plain, behindFence("mov.u32 %d5, 0;"), Kind::Async, fence + "%d5");
  expectDefect(plain, behindFence("mov.u32 %r20, %d5;"), Kind::Async, fence + "%d5");
  expectDefect(fromRegisters, behindFence("mov.u32 %a1, 0;"), Kind::Async, fence + "%a1");
}

TEST(WgmmaDefects, RegistersOfTwoProducts) {
  Wgmma narrow = plain, other = fromRegisters;
  narrow.n = 32;
  const std::string access = " and this use of ";
  expectDefect(plain, during(narrow.instruction()), Kind::Async, access + "%d0");
  std::string sumsOfA = other.instruction();
  sumsOfA.replace(sumsOfA.find("%a0"), 3, "%d3");
  expectDefect(plain, during(sumsOfA), Kind::Async, access + "%d3");
  // Behind the wait, another shape needs a fence.
  std::string again = narrow.instruction() + "wgmma.commit_group.sync.aligned; wgmma.wait_group.sync.aligned 0;";
  expectDefect(plain, with(&Steps::end, again), Kind::Async, "expects wgmma.fence between this");
  EXPECT_TRUE(isClean(runSteps(plain, with(&Steps::end, "wgmma.fence.sync.aligned;" + again))));
  // The same shape does not, and A may serve twice.
  EXPECT_TRUE(isClean(runSteps(fromRegisters, during(fromRegisters.instruction()))));
}

TEST(WgmmaDefects, SharedMemory) {
  const std::string read = "expects the bulk copy or wgmma from here to be waited for, but got a write before";
  const std::string writes[] = {"st.shared.u32 [%r1], %r4;", "st.shared.u32 [%r1+10240], %r4;",
                                "cp.async.ca.shared.global [%r1], [%rd1], 4; cp.async.wait_all;"};
  for (const std::string &write : writes)
    expectDefect(plain, during("setp.eq.u32 %p1, %r0, 0; @%p1 " + write), Kind::Async, read);
  EXPECT_TRUE(isClean(runSteps(fromRegisters, during("st.shared.u32 [%r2+2048], %r4;"))));
}

TEST(WgmmaDefects, SharedMemoryWrittenByAnotherWarpBeforeTheWait) {
  // The one warp has or has not waited when the other one writes.
  Steps steps = during("");
  steps.commit += "bar.sync 0; setp.eq.u32 %p1, %r0, 127; @%p1 st.shared.u32 [%r1+10240], %r4;";
  for (uint64_t seed = 0; seed < 8; ++seed) {
    Options options{.order = Options::Order::Random, .seed = seed};
    EXPECT_FALSE(runSteps(plain, steps, options).report.defects.empty()) << seed;
  }
  steps = {};
  steps.wait += "bar.sync 0; setp.eq.u32 %p1, %r0, 127; @%p1 st.shared.u32 [%r1+10240], %r4;";
  EXPECT_TRUE(isClean(runSteps(plain, steps)));
}

/// A fifth warp writes to B when one thread of the warpgroup says that it may.
Text overwritten(const Steps &steps) {
  Text text = plain.text(steps);
  text.variables += ".shared .align 8 .b8 ready[8];";
  text.body = R"(
    mov.u32 %r30, ready;
    setp.eq.u32 %p2, %r0, 77;
    @%p2 mbarrier.init.shared.b64 [%r30], 1;
    bar.sync 0;
    setp.ge.u32 %p1, %r0, 128;
    @%p1 bra WRITER;)" +
              text.body + R"(
    bra END;
    WRITER:
    mbarrier.try_wait.parity.shared.b64 %p2, [%r30], 0;
    @!%p2 bra WRITER;
    mov.u32 %r1, buffer;
    mad.lo.u32 %r2, %r0, 16, %r1;
    st.shared.v4.u32 [%r2+10240], {%r0, %r0, %r0, %r0};
    END:)";
  return text;
}

TEST(WgmmaDefects, AGroupIsCompleteForAllWarpsAtOnce) {
  const std::string arrival = "@%p2 mbarrier.arrive.shared.b64 %rd20, [%r30];";
  Steps late, early;
  late.barrier = early.barrier = "bar.sync 1, 128;";
  late.wait += arrival;
  early.commit += arrival;
  WgmmaData data(plain);
  Conditions setup = conditions(plain, data);
  setup.block = {160, 1, 1};
  for (uint64_t seed = 0; seed < 16; ++seed) {
    setup.options.order = seed ? Options::Order::Random : Options::Order::RoundRobin;
    setup.options.seed = seed;
    Result result = run(overwritten(late), setup);
    EXPECT_TRUE(isClean(result)) << seed;
    EXPECT_LE(data.error(plain, result.out), 1e-6) << seed;
    EXPECT_FALSE(run(overwritten(early), setup).report.defects.empty()) << seed;
  }
}

TEST(WgmmaDefects, WarpThatNeverComes) {
  // The others wait for its part: in vain, once it has gone.
  Steps steps;
  steps.fence = "shr.u32 %r20, %r0, 5; setp.eq.u32 %p1, %r20, 3; @%p1 exit;" + steps.fence;
  expectDefect(plain, steps, Kind::Convergence, "expects the 4 warps of the warpgroup here, but got 3 of them");
  steps = {};
  steps.commit = "shr.u32 %r20, %r0, 5; setp.eq.u32 %p1, %r20, 3; @%p1 bar.sync 2, 64;" + steps.commit;
  expectDefect(plain, steps, Kind::Deadlock, "`wgmma.wait_group.sync.aligned 0`");
}

TEST(WgmmaDefects, WhatBulkCopiesBringNeedsNoProxyFence) {
  Steps steps;
  steps.load = R"(
    mov.u32 %r30, ready;
    setp.ne.u32 %p1, %r0, 0;
    @%p1 bra BEGUN;
    mbarrier.init.shared.b64 [%r30], 1;
    mbarrier.arrive.expect_tx.shared.b64 %rd20, [%r30], BYTES;
    cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%r1], [%rd1], BYTES, [%r30];
    BEGUN:
    bar.sync 0;
    WAIT:
    mbarrier.try_wait.parity.shared.b64 %p2, [%r30], 0;
    @!%p2 bra WAIT;)";
  for (size_t at; (at = steps.load.find("BYTES")) != std::string::npos;)
    steps.load.replace(at, 5, std::to_string(wgmmaImageBytes));
  steps.proxyFence = "";
  WgmmaData data(plain);
  Text text = plain.text(steps);
  text.variables += ".shared .align 8 .b8 ready[8];";
  Result result = run(text, conditions(plain, data));
  EXPECT_TRUE(isClean(result));
  EXPECT_LE(data.error(plain, result.out), 1e-6);
}

TEST(WgmmaDefects, Warpgroup) {
  auto skipped = [](const std::string &instruction, unsigned warp, const std::string &instead = "") {
    return "setp.eq.u32 %p1, %r20, " + std::to_string(warp) + "; @%p1 bra SKIP;" + instruction +
           "bra DONE; SKIP:" + instead + "DONE:";
  };
  auto ofWarp = [](const std::string &text) { return "shr.u32 %r20, %r0, 5;" + text; };
  const std::string product = plain.instruction();
  expectDefect(plain, with(&Steps::product, ofWarp(skipped(product, 2))), Kind::Convergence,
               "of the warpgroup, in line ");
  expectDefect(plain, with(&Steps::product, ofWarp(skipped(product, 1, product))), Kind::Convergence,
               "of the warpgroup, in line ");
  expectDefect(plain, with(&Steps::end, ofWarp(skipped("wgmma.fence.sync.aligned;", 3))), Kind::Convergence,
               "expects the 4 warps of the warpgroup here, but got 3 of them");
  expectDefect(plain, with(&Steps::product, ofWarp("cvt.u64.u32 %rd20, %r20; add.s64 %rd11, %rd11, %rd20;") + product),
               Kind::Operand, "of the warpgroup, but got 0x");
  expectDefect(plain, with(&Steps::product, "setp.lt.u32 %p1, %r0, 9; @%p1 " + product), Kind::Convergence,
               "expects the lanes 0xffffffff together, but got 0x1ff");
  expectDefect(plain, with(&Steps::barrier, "bar.sync 0; setp.eq.u32 %p1, %r0, 5; @%p1 exit;"), Kind::Convergence,
               "expects all lanes of the warp, but got 0xffffffdf");
  EXPECT_TRUE(finds(runSteps(plain, {}, {}, {96, 1, 1}), Kind::Convergence,
                    "expects a block of whole warpgroups of 128 threads, but got 96"));
}

TEST(WgmmaDefects, Operands) {
  auto descriptor = [](const std::string &change) { return with(&Steps::product, change + plain.instruction()); };
  expectDefect(plain, descriptor("or.b64 %rd11, %rd11, 0x4000;"), Kind::Operand,
               "expects zero in the reserved bits of a matrix descriptor, but got bit 14 in 0x");
  expectDefect(plain, descriptor("and.b64 %rd12, %rd12, 0xffffffffffff; or.b64 %rd12, %rd12, 0x2000000000000;"),
               Kind::Operand, "expects the base offset 0 of a matrix without swizzling, but got 1 in 0x");
  expectDefect(plain, descriptor("add.s64 %rd12, %rd12, 2500;"), Kind::OutOfBounds,
               "of shared memory, but got the address");
  expectDefect(plain, descriptor("cvt.u64.u32 %rd20, %r0; add.s64 %rd12, %rd12, %rd20;"), Kind::Operand,
               "expects one descriptor for all lanes, but got 0x");
  expectDefect(plain, descriptor("setp.eq.u32 %p9, %r0, 4;"), Kind::Operand,
               "expects one predicate for all lanes, but got 0x0 and 0x1");
}

/// Calls f, which multiplies and ends with `wait`, then g, which does so without a fence where `again`.
Text functions(const std::string &wait, bool again = false) {
  auto function = [&](const std::string &name, const std::string &fence) {
    return ".func (.param .b32 result) " + name + R"(() {
        .shared .align 128 .b8 buffer[4096];
        .reg .b32 %d<4>, %r<4>;
        .reg .b64 %rd<2>;
        .reg .pred %p<2>;
        mov.u32 %r0, %tid.x;
        mov.u32 %r1, buffer;
        mad.lo.u32 %r1, %r0, 32, %r1;
        mov.u32 %r2, 0;
        st.shared.v4.u32 [%r1], {%r2, %r2, %r2, %r2};
        st.shared.v4.u32 [%r1+16], {%r2, %r2, %r2, %r2};
        fence.proxy.async;
        bar.sync 0;
        setp.eq.u32 %p1, 0, 1;
        mov.u64 %rd1, 0x800080000;
)" + fence +
           R"(
        wgmma.mma_async.sync.aligned.m64n8k16.f32.f16.f16 {%d0, %d1, %d2, %d3}, %rd1, %rd1, %p1, 1, 1, 0, 0;
        wgmma.commit_group.sync.aligned;
        )" +
           wait + R"(
        st.param.b32 [result], 0;
        ret;
      })";
  };
  auto call = [](const std::string &name) {
    return "{ .param .b32 result; call (result), " + name + "; ld.param.b32 %r1, [result]; }\n";
  };
  return {.body = call("f") + (again ? call("g") : "") + "st.global.u32 [%rd2], %r1;",
          .module = function("f", "wgmma.fence.sync.aligned;") + (again ? function("g", "") : "")};
}

TEST(WgmmaDefects, FunctionsThatReturnBeforeTheWait) {
  Conditions setup{.block = {128, 1, 1}, .outWords = 128};
  EXPECT_TRUE(isClean(run(functions("wgmma.wait_group.sync.aligned 0;"), setup)));
  EXPECT_TRUE(has(run(functions(""), setup), Kind::Async, "and the end of its function, but got none"));
}

/// What a function did to its registers says nothing of those of the next one.
TEST(WgmmaDefects, FunctionsThatFollowEachOther) {
  Conditions setup{.block = {128, 1, 1}, .outWords = 128};
  EXPECT_TRUE(isClean(run(functions("wgmma.wait_group.sync.aligned 0; mov.u32 %r3, %d0;", true), setup)));
}

} // namespace
