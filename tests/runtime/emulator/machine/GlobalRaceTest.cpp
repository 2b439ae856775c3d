//===- GlobalRaceTest.cpp - races in global memory, atomics ---------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tests which accesses to global memory race, and how atomics and fences
// order them, within a block and between blocks.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/emulator/machine/Support.h"

using namespace plait::emulator;
using namespace plait::emulator::test;
using Kind = Defect::Kind;

namespace {

Conditions blocks(uint32_t count, uint32_t threads = 32) { return {.block = {threads, 1, 1}, .grid = {count, 1, 1}}; }

TEST(GlobalRace, BlocksThatWriteOneWord) {
  EXPECT_TRUE(has(run({"st.global.u32 [%rd2], %r0;"}, blocks(2)), Kind::Race,
                  "expects an order between this write and the write of warp 0 of block ("));
  EXPECT_TRUE(has(run({"ld.global.u32 %r1, [%rd2]; st.global.u32 [%rd2], %r1;"}, blocks(2)), Kind::Race, "order"));
  EXPECT_TRUE(isClean(run({"ld.global.u32 %r1, [%rd2];"}, blocks(2))));
  EXPECT_TRUE(isClean(run({R"(
    mov.u32 %r1, %ctaid.x;
    mad.wide.u32 %rd2, %r1, 128, %rd2;
    st.global.u32 [%rd2], %r0;)"},
                          blocks(2))));
}

TEST(GlobalRace, BlocksThatReadAndWrite) {
  auto body = [](const char *first, const char *second) {
    return Text{std::string(R"(
      mov.u32 %r1, %ctaid.x;
      setp.eq.u32 %p1, %r1, 0;
      @%p1 bra FIRST;)") +
                second + "\nbra DONE;\nFIRST:" + first + "\nDONE:"};
  };
  const char *load = "ld.global.u32 %r2, [%rd2];", *store = "st.global.u32 [%rd2], 1;";
  Conditions oneThread = blocks(2);
  oneThread.options.threads = 1;
  EXPECT_TRUE(has(run(body(load, store), oneThread), Kind::Race,
                  "between this write and the read of warp 0 of block (0, 0, 0)"));
  EXPECT_TRUE(has(run(body(store, load), oneThread), Kind::Race,
                  "between this read and the write of warp 0 of block (0, 0, 0)"));
  EXPECT_TRUE(isClean(run(body(load, load), oneThread)));
}

TEST(GlobalRace, WarpsOfABlock) {
  auto body = [](const char *between) {
    return Text{std::string("st.global.u32 [%rd2], %r0;") + between + R"(
      xor.b32 %r1, %r0, 32;
      mad.wide.u32 %rd3, %r1, 4, %rd0;
      ld.global.u32 %r2, [%rd3];)"};
  };
  EXPECT_TRUE(isClean(run(body("bar.sync 0;"), blocks(1, 64))));
  EXPECT_TRUE(
      has(run(body(""), blocks(1, 64)), Kind::Race, "expects an order between this read and the write of warp"));
}

TEST(GlobalRace, LanesOfAWarp) {
  auto body = [](const char *store, const char *between, const char *load) {
    return Text{std::string(store) + between + "xor.b32 %r1, %r0, 1; mad.wide.u32 %rd3, %r1, 4, %rd0;" + load};
  };
  const char *store = "st.global.u32 [%rd2], %r0;", *load = "ld.global.u32 %r2, [%rd3];";
  EXPECT_TRUE(has(run(body(store, "", load)), Kind::Race, "expects bar.warp.sync after the write of lane 1 in line"));
  EXPECT_TRUE(isClean(run(body(store, "bar.warp.sync -1;", load))));
  EXPECT_TRUE(isClean(run(body("st.volatile.global.u32 [%rd2], %r0;", "", load))));
  EXPECT_TRUE(isClean(run({"st.global.u32 [%rd2], %r0; ld.global.u32 %r2, [%rd2];"})));
}

TEST(GlobalRace, LanesThatDisagree) {
  EXPECT_TRUE(has(run({"st.global.u32 [%rd0], %r0;"}), Kind::Race, "expects one value for an address, but got two"));
  EXPECT_TRUE(isClean(run({"st.global.u32 [%rd0], 5;"})));
}

TEST(GlobalRace, AtomicsDoNotRace) {
  Result result = run({"red.global.add.u32 [%rd0], 1;"}, blocks(20, 64));
  EXPECT_TRUE(isClean(result));
  EXPECT_EQ(result.out[0], 1280u);
  // Those of a block's scope do, where they meet those of another block.
  EXPECT_TRUE(has(run({"red.relaxed.cta.global.add.u32 [%rd0], 1;"}, blocks(2)), Kind::Race, "order"));
  EXPECT_TRUE(isClean(run({"red.relaxed.cta.global.add.u32 [%rd0], 1;"}, blocks(1, 64))));
  Conditions inOrder = blocks(2);
  inOrder.options.threads = 1;
  for (auto [first, second] : {std::pair("cta", "gpu"), {"gpu", "cta"}})
    EXPECT_TRUE(has(run({R"(
      mov.u32 %r1, %ctaid.x;
      setp.eq.u32 %p1, %r1, 0;
      @%p1 red.relaxed.)" +
                         std::string(first) + ".global.add.u32 [%rd0], 1;\n@!%p1 red.relaxed." + second +
                         ".global.add.u32 [%rd0], 1;"},
                        inOrder),
                    Kind::Race, "order"))
        << first << second;
}

/// The last block to come adds up what all have written.
Text lastBlock(const char *fence, const char *fence2) {
  return {.body = std::string(R"(
    mov.u32 %r1, %ctaid.x;
    mad.wide.u32 %rd3, %r1, 4, %rd0;
    setp.ne.u32 %p1, %r0, 0;
    @%p1 bra DONE;
    st.global.u32 [%rd3+4], %r1;)") +
                  fence + R"(
    atom.global.add.u32 %r2, [counter], 1;
    mov.u32 %r3, %nctaid.x;
    sub.u32 %r3, %r3, 1;
    setp.ne.u32 %p2, %r2, %r3;
    @%p2 bra DONE;)" +
                  fence2 + R"(
    mov.u32 %r4, 0;
    mov.u32 %r5, 0;
    mov.u64 %rd4, %rd0;
    LOOP:
    ld.global.u32 %r6, [%rd4+4];
    add.u32 %r5, %r5, %r6;
    add.u64 %rd4, %rd4, 4;
    add.u32 %r4, %r4, 1;
    setp.le.u32 %p3, %r4, %r3;
    @%p3 bra LOOP;
    st.global.u32 [%rd0], %r5;
    DONE:)",
          .module = ".global .u32 counter;"};
}

TEST(GlobalRace, FencesOrderBlocks) {
  Result result = run(lastBlock("membar.gl;", "fence.acq_rel.gpu;"), blocks(10));
  EXPECT_TRUE(isClean(result));
  EXPECT_EQ(result.out[0], 45u);
  for (auto [first, second] : {std::pair("", "membar.gl;"), {"membar.gl;", ""}, {"membar.cta;", "membar.gl;"}})
    EXPECT_TRUE(has(run(lastBlock(first, second), blocks(10)), Kind::Race, "order")) << first << second;
}

TEST(GlobalRace, BlocksWaitForEachOther) {
  // Block 0 waits for block 1.
  Result result = run({.body = R"(
    setp.ne.u32 %p1, %r0, 0;
    @%p1 bra DONE;
    mov.u32 %r1, %ctaid.x;
    setp.eq.u32 %p2, %r1, 1;
    @%p2 bra GIVE;
    WAIT:
    ld.acquire.gpu.global.u32 %r2, [flag];
    setp.eq.u32 %p3, %r2, 0;
    @%p3 bra WAIT;
    ld.global.u32 %r3, [%rd0];
    st.global.u32 [%rd0+4], %r3;
    bra DONE;
    GIVE:
    st.global.u32 [%rd0], 42;
    st.release.gpu.global.u32 [flag], 1;
    DONE:)",
                       .module = ".global .u32 flag;"},
                      blocks(2));
  EXPECT_TRUE(isClean(result));
  EXPECT_EQ(result.out[1], 42u);
}

TEST(GlobalRace, StoresEndWhatAReleaseBegan) {
  // Block 0 releases, block 1 changes the flag, block 2 acquires it.
  auto body = [](const char *change) {
    return Text{.body = std::string(R"(
      setp.ne.u32 %p1, %r0, 0;
      @%p1 bra DONE;
      mov.u32 %r1, %ctaid.x;
      setp.eq.u32 %p2, %r1, 1;
      @%p2 bra CHANGE;
      setp.eq.u32 %p2, %r1, 2;
      @%p2 bra TAKE;
      st.global.u32 [%rd0], 42;
      st.release.gpu.global.u32 [flag], 1;
      bra DONE;
      CHANGE:)") + change +
                        R"(
      bra DONE;
      TAKE:
      ld.acquire.gpu.global.u32 %r2, [flag];
      ld.global.u32 %r3, [%rd0];
      DONE:)",
                .module = ".global .u32 flag;"};
  };
  Conditions inOrder = blocks(3);
  inOrder.options.threads = 1;
  EXPECT_TRUE(isClean(run(body("red.relaxed.gpu.global.add.u32 [flag], 1;"), inOrder)));
  EXPECT_TRUE(has(run(body("st.relaxed.gpu.global.u32 [flag], 2;"), inOrder), Kind::Race, "order"));
}

TEST(Atomic, ReturnsWhatWasThere) {
  Result result = run({R"(
    atom.global.add.u32 %r1, [%rd0], 2;
    mad.wide.u32 %rd3, %r0, 4, %rd0;
    st.global.u32 [%rd3+4], %r1;)"});
  EXPECT_TRUE(isClean(result));
  EXPECT_EQ(result.out[0], 64u);
  EXPECT_EQ(result.out[32], 62u);
}

/// One lane's operation on the word 10, in global and shared memory.
void expectAtomic(const std::string &operation, uint32_t after, uint32_t type = 10) {
  for (const char *space : {"global", "shared"}) {
    std::string address = space[0] == 'g' ? "[%rd0+4]" : "[word]";
    std::string name = operation.substr(0, operation.find(' ')), rest = operation.substr(operation.find(' ') + 1);
    Result result = run({.body = std::string(R"(
      setp.ne.u32 %p1, %r0, 0;
      @%p1 bra DONE;
      st.)") + space + ".u32 " + address +
                                 ", " + std::to_string(type) + ";\natom." + space + "." + name + " %r1, " + address +
                                 ", " + rest + ";\nld." + space + ".u32 %r2, " + address +
                                 ";\nst.global.v2.u32 [%rd0+8], {%r1, %r2};\nDONE:",
                         .variables = ".shared .u32 word;"});
    EXPECT_TRUE(isClean(result)) << operation;
    EXPECT_EQ(result.out[2], type) << operation;
    EXPECT_EQ(result.out[3], after) << operation;
  }
}

TEST(Atomic, Operations) {
  expectAtomic("add.u32 5", 15);
  expectAtomic("add.s32 -11", UINT32_MAX);
  expectAtomic("min.s32 -3", uint32_t(-3));
  expectAtomic("min.u32 -3", 10);
  expectAtomic("max.u32 12", 12);
  expectAtomic("and.b32 3", 2);
  expectAtomic("or.b32 5", 15);
  expectAtomic("xor.b32 3", 9);
  expectAtomic("exch.b32 77", 77);
  expectAtomic("cas.b32 10, 5", 5);
  expectAtomic("cas.b32 11, 5", 10);
  expectAtomic("inc.u32 10", 0);
  expectAtomic("inc.u32 11", 11);
  expectAtomic("dec.u32 20", 9);
  expectAtomic("dec.u32 9", 9);
  expectAtomic("dec.u32 5", 5);
  expectAtomic("add.f32 0f40000000", 0x40400000, 0x3f800000);
  expectAtomic("add.noftz.f16x2 0x3c004000", 0x40004200, 0x3c003c00);
}

TEST(Atomic, SixtyFourBits) {
  Result result = run({R"(
    cvt.u64.u32 %rd3, %r0;
    red.global.max.u64 [%rd0], %rd3;
    atom.add.u64 %rd4, [%rd0+8], %rd3;
    atom.global.cas.b64 %rd5, [%rd0+16], 0, 7;)"});
  EXPECT_TRUE(isClean(result));
  EXPECT_EQ(result.out[0], 31u);
  EXPECT_EQ(result.out[2], 496u);
  EXPECT_EQ(result.out[4], 7u);
}

TEST(Atomic, GlobalMemoryFlushesSubnormals) {
  Result result = run({.body = R"(
    setp.ne.u32 %p1, %r0, 0;
    @%p1 bra DONE;
    st.shared.u32 [word], 1;
    st.global.u32 [%rd0], 1;
    red.shared.add.f32 [word], 0f00000001;
    red.global.add.f32 [%rd0], 0f00000001;
    ld.shared.u32 %r1, [word];
    st.global.u32 [%rd0+4], %r1;
    DONE:)",
                       .variables = ".shared .u32 word;"});
  EXPECT_TRUE(isClean(result));
  EXPECT_EQ(result.out[0], 0u);
  EXPECT_EQ(result.out[1], 2u);
}

TEST(Atomic, LocalMemoryIsRefused) {
  EXPECT_TRUE(
      has(run({.body = "cvta.local.u64 %rd3, %rd4; mov.u64 %rd4, x; cvta.local.u64 %rd3, %rd4; red.add.u32 [%rd3], 1;",
               .variables = ".local .u32 x;"}),
          Kind::OutOfBounds, "expects an address of global or shared memory"));
}

} // namespace
