//===- LaunchTest.cpp - loading and launching -----------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tests modules' variables, attributes, special registers, the limits of a
// launch and its counters.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/Error.h"
#include "tests/runtime/emulator/machine/Support.h"

using namespace plait::emulator;
using namespace plait::emulator::test;
using Kind = Defect::Kind;

namespace {

TEST(Launch, Limits) {
  Text nothing{""};
  auto limit = [](const Text &text, const Conditions &conditions, const char *message) {
    Result result = run(text, conditions);
    EXPECT_FALSE(result.report.completed);
    return has(result, Kind::LaunchLimit, message);
  };
  EXPECT_TRUE(limit(nothing, {.block = {1025, 1, 1}}, "but got (1, 1, 1) and (1025, 1, 1)"));
  EXPECT_TRUE(limit(nothing, {.block = {32, 33, 1}}, "expects blocks of at most 1024 threads, but got 1056"));
  EXPECT_TRUE(limit(nothing, {.grid = {1, 65536, 1}}, "expects a grid of at most"));
  EXPECT_TRUE(limit(nothing, {.grid = {65535, 65535, 1}}, "expects a grid of less than"));
  EXPECT_TRUE(
      limit(nothing, {.dynamicShared = 49153}, "expects at most 49152 bytes of shared memory a block, but got 49153"));
  EXPECT_TRUE(limit(nothing, {.dynamicShared = 232449, .largeShared = true}, "expects at most 232448 bytes"));
  EXPECT_TRUE(isClean(run(nothing, {.dynamicShared = 232448, .largeShared = true})));
  Text required{.body = "", .directives = ".reqntid 64"}, most{.body = "", .directives = ".maxntid 64"};
  EXPECT_TRUE(limit(required, {.block = {32, 1, 1}}, "expects blocks of .reqntid (64, 1, 1), but got (32, 1, 1)"));
  EXPECT_TRUE(isClean(run(required, {.block = {64, 1, 1}})));
  EXPECT_TRUE(limit(most, {.block = {96, 1, 1}}, "expects blocks of at most 64 threads, but got 96"));
  EXPECT_TRUE(isClean(run(most, {.block = {32, 1, 1}})));
}

TEST(Launch, WrongArguments) {
  Device device({.memoryBytes = 1 << 20});
  auto program = device.load(ptx::parse(moduleText({""})));
  auto errorOf = [&](const Launch &launch) -> std::string {
    try {
      device.launch(*findKernel(*program, "k"), launch);
    } catch (const Error &error) {
      return error.what();
    }
    return "";
  };
  uint8_t parameters[20] = {};
  EXPECT_EQ(errorOf({}), "expects 20 bytes of parameters for k, but got 0");
  EXPECT_NE(errorOf({.grid = {0, 1, 1}, .parameters = parameters}).find("expects dimensions of at least 1"),
            std::string::npos);
}

TEST(Launch, Attributes) {
  Device device({.memoryBytes = 1 << 20});
  auto program = device.load(ptx::parse(moduleText({.body = "mov.u32 %r1, x; mov.u32 %r1, d;",
                                                    .variables = ".shared .align 8 .b8 x[40]; .local .b8 y[9];",
                                                    .module = ".extern .shared .align 16 .b8 d[]; .const .u32 c[3];",
                                                    .directives = ".maxntid 96\n.maxnreg 40"})));
  EXPECT_EQ(kernelNames(*program), std::vector<std::string>{"k"});
  EXPECT_EQ(findKernel(*program, "other"), nullptr);
  const FunctionAttributes &found = attributes(*findKernel(*program, "k"));
  EXPECT_EQ(found.parameterBytes, 20u);
  ASSERT_EQ(found.parameters.size(), 3u);
  EXPECT_EQ(found.parameters[2].offset, 16u);
  EXPECT_EQ(found.staticSharedBytes, 40u);
  EXPECT_EQ(found.localBytes, 9u);
  EXPECT_EQ(found.constBytes, 12u);
  EXPECT_EQ(found.registers, 40u);
  EXPECT_EQ(found.maxThreads, 96u);
}

TEST(Launch, VariablesOfTheModule) {
  Result result =
      run({.body = R"(
    setp.ne.u32 %p1, %r0, 0;
    @%p1 bra DONE;
    ld.const.u32 %r1, [table+4];
    ld.global.u64 %rd3, [pointer];
    ld.u32 %r2, [%rd3];
    mov.u64 %rd4, table;
    isspacep.const %p2, %rd4;
    isspacep.global %p3, %rd0;
    isspacep.shared %p4, %rd0;
    selp.u32 %r3, 1, 0, %p2;
    selp.u32 %r4, 2, 0, %p3;
    selp.u32 %r5, 4, 0, %p4;
    or.b32 %r3, %r3, %r4;
    or.b32 %r3, %r3, %r5;
    st.global.v2.u32 [%rd0], {%r1, %r2};
    st.global.u32 [%rd0+8], %r3;
    DONE:)",
           .module = ".const .u32 table[2] = {5, 6};\n.global .u32 word = 9;\n.global .u64 pointer = generic(word);"});
  EXPECT_TRUE(isClean(result));
  EXPECT_EQ(std::vector(result.out.begin(), result.out.begin() + 3), (std::vector<uint32_t>{6, 9, 3}));
}

TEST(Launch, SpecialRegisters) {
  Result result = run({R"(
    mov.u32 %r1, %tid.y;
    mov.u32 %r2, %ctaid.z;
    mad.lo.u32 %r1, %r1, 10, %r2;
    mov.u32 %r3, %ntid.x;
    mad.lo.u32 %r1, %r1, 10, %r3;
    mov.u32 %r4, %tid.z;
    mad.lo.u32 %r5, %r4, 2, %tid.y;
    mad.lo.u32 %r5, %r5, 3, %r0;
    mad.wide.u32 %rd3, %r5, 4, %rd0;
    setp.ne.u32 %p1, %r2, 1;
    @!%p1 st.global.u32 [%rd3], %r1;)"},
                      {.block = {3, 2, 2}, .grid = {1, 1, 2}, .outWords = 12});
  EXPECT_TRUE(isClean(result));
  EXPECT_EQ(result.out, (std::vector<uint32_t>{13, 13, 13, 113, 113, 113, 13, 13, 13, 113, 113, 113}));
}

TEST(Launch, CountersOfMemory) {
  Result result = run({R"(
    mad.wide.u32 %rd3, %r0, 32, %rd1;
    ld.global.u32 %r1, [%rd3];
    st.global.u32 [%rd2], %r1;)"},
                      {.in = iota(256), .outWords = 32});
  EXPECT_TRUE(isClean(result));
  const Counters &counters = result.report.counters;
  EXPECT_EQ(counters.kinds.at("ld.global").globalSectors, 32u);
  EXPECT_EQ(counters.kinds.at("ld.global").idealSectors, 4u);
  EXPECT_EQ(counters.kinds.at("st.global").globalSectors, 4u);
  EXPECT_EQ(counters.kinds.at("ld.global").globalRead, 128u);
  EXPECT_EQ(counters.uniqueRead, 128u);
  EXPECT_EQ(counters.uniqueWritten, 128u);
  // Reading it all again is redundant.
  Result twice = run({"ld.global.u32 %r1, [%rd0]; ld.global.u32 %r1, [%rd0];"});
  EXPECT_EQ(twice.report.counters.total.globalRead, 256u);
  EXPECT_EQ(twice.report.counters.uniqueRead, 4u);
}

TEST(Launch, WideSharedAccessesGoByQuarterWarps) {
  // Each quarter reads the same 128 bytes.
  Result result = run({.body = R"(
    mov.u32 %r1, buffer;
    and.b32 %r2, %r0, 7;
    mad.lo.u32 %r1, %r2, 16, %r1;
    st.shared.v4.u32 [%r1], {5, 5, 5, 5};)",
                       .variables = ".shared .align 16 .b8 buffer[128];"});
  EXPECT_TRUE(isClean(result));
  EXPECT_EQ(result.report.counters.total.sharedWavefronts, 4u);
  EXPECT_EQ(result.report.counters.total.idealWavefronts, 4u);
}

TEST(Launch, WideSharedLoadsGoByPairsOfLanes) {
  struct Access {
    const char *place; ///< makes bytes of the lane's number in %r2
    const char *instruction;
    unsigned wavefronts, ideal;
  };
  const char *load8 = "ld.shared.v2.u32 {%r3, %r4}, [%r1];", *load16 = "ld.shared.v4.u32 {%r3, %r4, %r5, %r6}, [%r1];";
  const Access accesses[] = {
      {"shl.b32 %r2, %r2, 3;", load8, 2, 2},
      {"mov.u32 %r2, 0;", load8, 1, 1},                           // all lanes one place
      {"shr.u32 %r2, %r2, 1; shl.b32 %r2, %r2, 3;", load8, 1, 1}, // two lanes side by side
      {"and.b32 %r3, %r2, 1; shr.u32 %r2, %r2, 2; mad.lo.u32 %r2, %r2, 2, %r3; shl.b32 %r2, %r2, 3;", load8, 1,
       1},                                                        // and next but one
      {"and.b32 %r2, %r2, 3; shl.b32 %r2, %r2, 3;", load8, 2, 2}, // four places, in no pairs
      {"mov.u32 %r2, 0;", load16, 2, 2},
      {"and.b32 %r2, %r2, 7; shl.b32 %r2, %r2, 4;", load16, 4, 4},
      {"shl.b32 %r2, %r2, 7;", load8, 32, 2},                       // all of one bank
      {"mov.u32 %r2, 0;", "st.shared.v2.u32 [%r1], {5, 5};", 2, 2}, // stores have no pairs
      // What a lane that does not load would have had makes no difference.
      {"and.b32 %r3, %r2, 1; setp.eq.u32 %p1, %r3, 0; shl.b32 %r3, %r3, 10; shr.u32 %r2, %r2, 1; "
       "mad.lo.u32 %r2, %r2, 8, %r3;",
       "@%p1 ld.shared.v2.u32 {%r3, %r4}, [%r1];", 1, 1},
  };
  for (const Access &access : accesses) {
    std::string body = std::string("mov.u32 %r1, buffer; mov.u32 %r2, %r0; ") + access.place +
                       " add.u32 %r1, %r1, %r2; " + access.instruction;
    Result result = run({.body = body, .variables = ".shared .align 16 .b8 buffer[4096];"});
    const Work &work = result.report.counters.total;
    EXPECT_EQ(work.sharedWavefronts, access.wavefronts) << body;
    EXPECT_EQ(work.idealWavefronts, access.ideal) << body;
  }
}

TEST(Launch, UninitializedGlobalMemoryOnDemand) {
  Conditions conditions;
  EXPECT_TRUE(isClean(run({"ld.global.u32 %r1, [%rd0];"}, conditions)));
  conditions.options.checkUninitializedGlobal = true;
  EXPECT_TRUE(has(run({"ld.global.u32 %r1, [%rd0];"}, conditions), Kind::Uninitialized, "at global address"));
  EXPECT_TRUE(
      isClean(run({"ld.global.u32 %r1, [%rd1]; st.global.u32 [%rd2], 1; ld.global.u32 %r1, [%rd2];"}, conditions)));
  Text local{.body = "mov.u64 %rd3, x; ld.local.u32 %r1, [%rd3];", .variables = ".local .align 4 .b8 x[8];"};
  EXPECT_TRUE(has(run(local, conditions), Kind::Uninitialized, "at local address"));
}

TEST(Launch, RacesAreOfOneLaunch) {
  Device device({.memoryBytes = 1 << 20});
  // Each launch lets another block write, after some steps of its clock.
  auto program = device.load(ptx::parse(moduleText({R"(
    ld.param.u32 %r1, [n];
    mov.u32 %r2, %ctaid.x;
    bar.warp.sync -1;
    bar.warp.sync -1;
    bar.warp.sync -1;
    setp.eq.u32 %p1, %r1, %r2;
    @%p1 st.global.u32 [%rd2], 1;)"})));
  uint64_t parameters[3] = {*device.memory().allocate(128), 0, 0};
  Launch launch{.grid = {3, 1, 1}, .block = {32, 1, 1}, .parameters = {reinterpret_cast<uint8_t *>(parameters), 20}};
  for (parameters[2] = 0; parameters[2] < 3; ++parameters[2])
    EXPECT_TRUE(device.launch(*findKernel(*program, "k"), launch).defects.empty());
}

} // namespace
