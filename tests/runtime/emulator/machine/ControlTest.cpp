//===- ControlTest.cpp - branches, calls, divergence ----------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tests how lanes part and meet, functions, and what ends a launch.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/Error.h"
#include "tests/runtime/emulator/machine/Support.h"

using namespace plait::emulator;
using namespace plait::emulator::test;
using Kind = Defect::Kind;

namespace {

const char *store = "st.global.u32 [%rd2], %r1;";

TEST(Control, LoopsOfDifferentLength) {
  // The sum of the numbers up to the lane's own.
  Result result = run({std::string(R"(
    mov.u32 %r1, 0;
    mov.u32 %r2, 0;
    LOOP:
    add.u32 %r1, %r1, %r2;
    add.u32 %r2, %r2, 1;
    setp.le.u32 %p1, %r2, %r0;
    @%p1 bra LOOP;)") + store});
  EXPECT_TRUE(isClean(result));
  for (uint32_t lane = 0; lane < 32; ++lane)
    EXPECT_EQ(result.out[lane], lane * (lane + 1) / 2);
}

TEST(Control, LanesMeetAgain) {
  // Behind the branch all lanes are together: without, the store would run twice.
  Result result = run({std::string(R"(
    setp.lt.u32 %p1, %r0, 7;
    @%p1 bra LOW;
    mov.u32 %r1, 1;
    bra.uni JOIN;
    LOW:
    mov.u32 %r1, 2;
    JOIN:)") + store});
  EXPECT_TRUE(isClean(result));
  EXPECT_EQ(result.out[6], 2u);
  EXPECT_EQ(result.out[7], 1u);
  EXPECT_EQ(result.report.counters.kinds.at("st.global").warps, 1u);
  EXPECT_EQ(result.report.counters.kinds.at("st.global").lanes, 32u);
}

TEST(Control, Guards) {
  Result result = run({std::string(R"(
    setp.eq.u32 %p1, %r0, 3;
    mov.u32 %r1, 5;
    @!%p1 add.u32 %r1, %r1, 1;
    @%p1 add.u32 %r1, %r1, 2;)") +
                       store});
  EXPECT_EQ(result.out[3], 7u);
  EXPECT_EQ(result.out[4], 6u);
}

TEST(Control, BranchByIndex) {
  std::string body = R"(
    mov.u32 %r1, 9;
    T: .branchtargets A, B;
    brx.idx %r2, T;
    A: mov.u32 %r1, 1; bra END;
    B: mov.u32 %r1, 2;
    END:)" + std::string(store);
  Result result = run({"and.b32 %r2, %r0, 1;" + body});
  EXPECT_TRUE(isClean(result));
  EXPECT_EQ(result.out[0], 1u);
  EXPECT_EQ(result.out[1], 2u);
  EXPECT_TRUE(has(run({"and.b32 %r2, %r0, 3;" + body}), Kind::Operand, "expects an index below 2, but got 2"));
}

/// Calls a function of one parameter and one result.
std::string call(const std::string &callee, const std::string &argument, const std::string &result) {
  return "{ .param .b32 p0; .param .b32 q0; st.param.b32 [p0], " + argument + "; call (q0), " + callee +
         "; ld.param.b32 " + result + ", [q0]; }";
}

const std::string functions = R"(
.func (.param .b32 res) add1(.param .b32 a) {
  .reg .b32 %r<4>;
  .local .align 4 .b32 x;
  ld.param.u32 %r1, [a];
  st.local.u32 [x], %r1;
  ld.local.u32 %r2, [x];
  add.u32 %r2, %r2, 1;
  st.param.b32 [res], %r2;
  ret;
}
.func (.param .b32 res) fact(.param .b32 n) {
  .reg .b32 %r<6>;
  .reg .pred %p<2>;
  ld.param.u32 %r1, [n];
  mov.u32 %r2, 1;
  setp.lt.u32 %p1, %r1, 2;
  @%p1 bra DONE;
  sub.u32 %r3, %r1, 1;)" + call("fact, (p0)", "%r3", "%r4") +
                              R"(
  mul.lo.u32 %r2, %r1, %r4;
  DONE:
  st.param.b32 [res], %r2;
  ret;
}
.func (.param .b32 res) nested(.param .b32 n) {
  .reg .b32 %r<6>;
  .reg .pred %p<2>;
  .local .align 4 .b32 mine;
  ld.param.u32 %r1, [n];
  st.local.u32 [mine], %r1;
  mov.u32 %r4, 0;
  setp.eq.u32 %p1, %r1, 0;
  @%p1 bra DONE;
  sub.u32 %r3, %r1, 1;)" + call("nested, (p0)", "%r3", "%r4") +
                              R"(
  DONE:
  ld.local.u32 %r2, [mine];
  add.u32 %r2, %r2, %r4;
  st.param.b32 [res], %r2;
  ret;
}
.global .u64 table[2] = {add1, fact};
)";

TEST(Control, RecursiveCalls) {
  Result result = run({.body = "and.b32 %r2, %r0, 7;" + call("fact, (p0)", "%r2", "%r1") + store, .module = functions});
  EXPECT_TRUE(isClean(result));
  EXPECT_EQ(result.out[1], 1u);
  EXPECT_EQ(result.out[7], 5040u);
  EXPECT_EQ(result.out[12], 24u);
}

TEST(Control, EachCallHasItsLocals) {
  Result result = run({.body = call("nested, (p0)", "%r0", "%r1") + store, .module = functions});
  EXPECT_TRUE(isClean(result));
  EXPECT_EQ(result.out[4], 10u);
  EXPECT_EQ(result.out[31], 496u);
}

TEST(Control, CallsThroughPointers) {
  std::string body =
      "P: .callprototype (.param .b32 _) _ (.param .b32 _);" + call("%rd4, (p0), P", "%r0", "%r1") + store;
  std::string load = R"(
    and.b32 %r2, %r0, 1;
    mad.wide.u32 %rd3, %r2, 8, table;
    ld.global.u64 %rd4, [%rd3];)";
  Result result = run({.body = load + body, .module = functions});
  EXPECT_TRUE(isClean(result));
  EXPECT_EQ(result.out[4], 5u);
  EXPECT_EQ(result.out[5], 120u);
  EXPECT_TRUE(has(run({.body = "mov.u64 %rd4, 64;" + body, .module = functions}), Kind::Operand,
                  "expects the address of a function with 1 parameters and 1 results, but got 0x40"));
}

TEST(Control, TrapEndsTheLaunch) {
  Result result = run({"setp.eq.u32 %p1, %r0, 9; @%p1 trap; st.global.u32 [%rd2], 1;"});
  EXPECT_TRUE(has(result, Kind::Trap, "thread (9, 0, 0)"));
  EXPECT_FALSE(result.report.completed);
  EXPECT_EQ(result.out[0], 0u);
}

TEST(Control, FailedAssertIsATrap) {
  EXPECT_TRUE(has(run({.body = "call.uni __assertfail;", .module = ".extern .func __assertfail;"}), Kind::Trap,
                  "__assertfail"));
}

TEST(Control, EndlessLoopReachesTheStepLimit) {
  Conditions setup;
  setup.options.stepLimit = 1000;
  EXPECT_TRUE(has(run({"L: bra L;"}, setup), Kind::StepLimit, "expects at most 1000 instructions"));
  EXPECT_TRUE(isClean(run({""}, setup)));
}

TEST(Control, LanesOfAWarpWaitForEachOther) {
  // Lane 0 waits for what the others do later in the text.
  Result result = run({.body = R"(
    setp.ne.u32 %p1, %r0, 0;
    @%p1 bra GIVE;
    WAIT:
    ld.volatile.shared.u32 %r1, [flag];
    setp.eq.u32 %p2, %r1, 0;
    @%p2 bra WAIT;
    bra DONE;
    GIVE:
    st.volatile.shared.u32 [flag], 1;
    DONE:)",
                       .variables = ".shared .u32 flag;"});
  // Nobody has initialised the flag, but it may be waited for.
  EXPECT_TRUE(has(result, Kind::Uninitialized, "expects bytes that somebody has written"));
  EXPECT_TRUE(result.report.completed);
}

std::string errorOf(const Text &text) {
  try {
    run(text);
  } catch (const Error &error) {
    return error.what();
  }
  return "";
}

TEST(Control, UnknownInstructionsAreRefused) {
  EXPECT_EQ(errorOf({"frobnicate.u32 %r1, %r2;"}),
            "expects an instruction that the emulator knows, but got `frobnicate.u32 %r1, %r2`");
  EXPECT_NE(errorOf({"ld.global.funny.u32 %r1, [%rd0];"}).find("that the emulator knows, but got .funny"),
            std::string::npos);
  EXPECT_NE(errorOf({"bra NOWHERE;"}).find("expects a label of the function, not NOWHERE"), std::string::npos);
  EXPECT_NE(errorOf({"mov.u64 %rd3, nothing;"}).find("but got `nothing`"), std::string::npos);
  EXPECT_NE(errorOf({"ld.global.v2.u32 {%r1, %r2, %r3, %r4}, [%rd0];"}).find("expects 2 elements"), std::string::npos);
  EXPECT_NE(errorOf({.body = "call f;", .module = ".extern .func f;"}).find("expects a function with a body"),
            std::string::npos);
  EXPECT_NE(errorOf({.body = "call add1;", .module = functions}).find("expects 1 arguments and 1 results"),
            std::string::npos);
}

/// Whether loading an instruction says what was expected instead.
bool refuses(const std::string &instruction, const std::string &expected) {
  std::string error = errorOf({instruction + ";"}), wanted = "expects " + expected + ", but got `" + instruction + "`";
  EXPECT_EQ(error, wanted);
  return error == wanted;
}

TEST(Control, FormsBeyondTheMachineAreRefused) {
  EXPECT_TRUE(refuses("tcgen05.wait::ld.sync.aligned", "an instruction that the emulator knows"));
  EXPECT_TRUE(refuses("barrier.cluster.arrive", "a barrier of a block"));
  EXPECT_TRUE(refuses("fence.proxy.alias", "a fence of the async proxy"));
  EXPECT_TRUE(refuses("bar 0", "a barrier of .sync, .arrive or .red"));
  EXPECT_TRUE(refuses("st.const.u32 [%rd0], 5", "a type and a space that can be accessed"));
  EXPECT_TRUE(refuses("cvta.u64 %rd3, %rd4", "a space"));
  EXPECT_TRUE(refuses("atom.global.mul.u32 %r1, [%rd0], 5", "an atomic operation and a type that the emulator knows"));
  EXPECT_TRUE(refuses("ldmatrix.sync.aligned.m16n16.x1.shared.b8 {%r1}, [%r0]", "matrices of .m8n8"));
  EXPECT_TRUE(refuses("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%r1}, [%r0]", "4 registers"));
  EXPECT_TRUE(refuses("cp.async.ca.shared.global [%r0], [%rd0], 12", "a copy of 4, 8 or 16 bytes"));
  EXPECT_TRUE(refuses("cp.async.bulk.tensor.3d.shared::cluster.global.im2col.mbarrier::complete_tx::bytes [%r1], "
                      "[%rd1, {%r2, %r2, %r2}], [%r4], {%rs1}",
                      "a tensor copy in .tile mode"));
  EXPECT_TRUE(refuses("mbarrier.look.b64 %rd1", "an mbarrier instruction that the emulator knows"));
  EXPECT_TRUE(refuses("ret 5", "0 operands"));
  EXPECT_TRUE(refuses("createpolicy.L2::evict_first.b64 %rd1, 0f3F800000",
                      "a policy of .fractional.L2::..., .range.L2::... or .cvt.L2"));
  EXPECT_TRUE(refuses("createpolicy.cvt.L2.u64 %rd1, %rd2", "a policy of .b64"));
}

TEST(Control, WrongNamesAndOperands) {
  auto has = [](const Text &text, const std::string &part) {
    return errorOf(text).find(part) != std::string::npos ? ::testing::AssertionSuccess()
                                                         : ::testing::AssertionFailure() << errorOf(text);
  };
  EXPECT_TRUE(has({"mov.u32 %r1, %envreg3;"}, "expects a special register that the emulator knows, but got %envreg3"));
  EXPECT_TRUE(has({"brx.idx %r1, NONE;"}, "expects a list of targets, not NONE"));
  EXPECT_TRUE(has({"cvta.shared.u64 %rd1, {%rd2, %rd3};"}, "expects a register or a constant, but got a list"));
  EXPECT_TRUE(has({"ld.global.u32 %r1, %r2;"}, "expects an address in brackets, but got another operand"));
  EXPECT_TRUE(has({"ld.global.u32 5, [%rd0];"}, "expects registers for the results"));
  EXPECT_TRUE(has({.body = "call add1, (%r1);", .module = functions}, "expects arguments and results in .param space"));
  EXPECT_TRUE(has({.body = "", .module = ".global .u64 p = nothing;"},
                  "expects the address of a variable or function in `p`, but got `nothing`"));
  EXPECT_TRUE(has({.body = "", .module = ".global .b8 large[1000000000];"},
                  "expects 1000000000 bytes of free memory for `large`, but got none"));
  EXPECT_TRUE(has({.body = "call f, (%r1);", .module = ".func f(.reg .b32 x) { ret; }"},
                  "expects parameters of functions in .param space, but got `x`"));
}

} // namespace
