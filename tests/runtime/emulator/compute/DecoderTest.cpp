//===- DecoderTest.cpp - instructions that are refused --------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tests that no modifier is ignored, and that what is not an instruction on
// registers is left to the machine.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/Error.h"

#include "tests/runtime/emulator/compute/Support.h"

namespace plait::emulator::test {
namespace {

std::string errorOf(const std::string &text) {
  try {
    decodeCompute(parseInstruction(text));
  } catch (const Error &error) {
    return error.what();
  }
  return "none";
}

TEST(Decoder, LeavesOthersToTheMachine) {
  for (std::string text :
       {"ld.global.f32 %r0, [%d0]", "bar.sync 0", "atom.add.u32 %r0, [%d0], %r1", "cp.async.commit_group",
        "wmma.load.a.sync.aligned.row.m16n16k16.shared.bf16 {%r0, %r1, %r2, %r3}, [%d0], %r4", "vadd.u32 %r0, %r1"})
    EXPECT_FALSE(decodeCompute(parseInstruction(text))) << text;
}

TEST(Decoder, RefusesUnknownModifiers) {
  const char *texts[] = {
      "add.wide.u32 %r0, %r1, %r2",
      "add.sat.u32 %r0, %r1, %r2",
      "add.b32 %r0, %r1",
      "mul.u32 %r0, %r1, %r2",
      "mul.wide.u64 %d0, %d1, %d2",
      "mad.lo.sat.s32 %r0, %r1, %r2, %r3",
      "mul24.wide.u32 %r0, %r1, %r2",
      "abs.u32 %r0, %r1",
      "div.approx.s32 %r0, %r1, %r2",
      "addc.u16 %h0, %h1, %h2",
      "fma.f32 %r0, %r1, %r2, %r3",
      "fma.rna.f32 %r0, %r1, %r2, %r3",
      "div.f32 %r0, %r1, %r2",
      "mul.rn.f32.f16 %r0, %h1, %r2",
      "add.rn.ftz.f32.f16 %r0, %h1, %r2",
      "mad.rn.f32.bf16 %r0, %h1, %h2, %r3",
      "ex2.f32 %r0, %r1",
      "ex2.approx.f64 %d0, %d1",
      "rcp.approx.f64 %d0, %d1",
      "fma.f64 %d0, %d1, %d2, %d3",
      "add.ftz.f64 %d0, %d1, %d2",
      "add.rz.f16 %h0, %h1, %h2",
      "add.sat.bf16 %h0, %h1, %h2",
      "fma.f16 %h0, %h1, %h2, %h3",
      "fma.rn.sat.relu.f16 %h0, %h1, %h2, %h3",
      "ex2.approx.bf16 %h0, %h1",
      "min.xorsign.f32 %r0, %r1, %r2",
      "min.NaN.f64 %d0, %d1, %d2",
      "testp.f32 %p0, %r1",
      "setp.s32 %p0, %r1, %r2",
      "setp.lo.s32 %p0, %r1, %r2",
      "setp.lt.b32 %p0, %r1, %r2",
      "setp.equ.u32 %p0, %r1, %r2",
      "set.lt.u64.s32 %d0, %r1, %r2",
      "slct.u32.u32 %r0, %r1, %r2, %r3",
      "selp.pred %p0, %p1, %p2, %p3",
      "and.u32 %r0, %r1, %r2",
      "cnot.pred %p0, %p1",
      "shl.s32 %r0, %r1, %r2",
      "lop3.b64 %d0, %d1, %d2, %d3, 3",
      "popc.u32 %r0, %r1",
      "bfe.b32 %r0, %r1, %r2, %r3",
      "prmt.b64 %d0, %d1, %d2, %r3",
      "shf.l.b32 %r0, %r1, %r2, %r3",
      "bmsk.b32 %r0, %r1, %r2",
      "dp4a.u32 %r0, %r1, %r2, %r3",
      "mov.b32 {%h0, %h1}, {%h2, %h3}",
      "mov.u8 %h0, %h1",
      "cvt.f32.s32 %r0, %r1",
      "cvt.s32.f32 %r0, %r1",
      "cvt.f16.f32 %h0, %r1",
      "cvt.rna.f16.f32 %h0, %r1",
      "cvt.rp.tf32.f32 %r0, %r1",
      "cvt.b32.u16 %r0, %h1",
      "cvt.rn.e4m3x2.f32 %h0, %r1, %r2",
      "cvt.rm.f16x2.f32 %r0, %r1, %r2",
      "cvt.rn.e4m3x2.bf16x2 %h0, %r1",
      "cvt.pack.u8.s32.b32 %r0, %r1, %r2, %r3",
      "cvt.pack.sat.u8.s32 %r0, %r1, %r2",
      "cvt.pack.sat.u16.u32 %r0, %r1, %r2",
      "shfl.up.b32 %r0, %r1, %r2, %r3",
      "shfl.sync.up.b64 %d0, %d1, %r2, %r3, %r4",
      "movmatrix.sync.aligned.m8n8.b16 %r0, %r1",
      "vote.all.pred %p0, %p1",
      "vote.sync.ballot.pred %p0, %p1, %r0",
      "match.any.sync.u32 %r0, %r1, %r2",
      "redux.sync.add.b32 %r0, %r1, %r2",
      "activemask.u32 %r0",
      "mma.sync.aligned.m16n8k16.row.row.f32.bf16.bf16.f32 {%r0}, {%r0}, {%r0}, {%r0}",
      "mma.sync.aligned.m16n8k4.row.col.f32.bf16.bf16.f32 {%r0}, {%r0}, {%r0}, {%r0}",
      "mma.sync.aligned.row.col.f32.bf16.bf16.f32 {%r0}, {%r0}, {%r0}, {%r0}",
      "wmma.mma.sync.aligned.row.col.m16n16k4.f32.f32 {%r0}, {%r0}, {%r0}, {%r0}",
      "wmma.mma.sync.aligned.row.m16n16k16.f32.f32 {%r0}, {%r0}, {%r0}, {%r0}",
  };
  for (std::string text : texts)
    EXPECT_EQ(errorOf(text), "expects an instruction that the emulator knows, but got " + text);
}

TEST(Decoder, CountsOperands) {
  EXPECT_EQ(errorOf("add.u32 %r0, %r1"), "expects 3 operands, but got 2: add.u32 %r0, %r1");
  EXPECT_EQ(errorOf("cvt.rn.f16x2.f32 %r0, %r1"), "expects 3 operands, but got 2: cvt.rn.f16x2.f32 %r0, %r1");
  EXPECT_EQ(errorOf("elect.sync %r0, %r1"), "expects 3 operands, but got 2: elect.sync %r0, %r1");
}

TEST(Decoder, KnowsTheLine) {
  try {
    decodeCompute(parseInstruction("add.wide.u32 %r0, %r1, %r2"));
    FAIL();
  } catch (const Error &error) {
    EXPECT_EQ(error.line, parseInstruction("ret").line);
  }
}

TEST(Decoder, LeavesInactiveLanesAlone) {
  for (std::string text : {"add.u32 %r0, %r1, %r2", "fma.rn.f32 %r0, %r1, %r2, %r3", "mov.u32 %r0, %r1"}) {
    Value result = run(text, std::vector<Value>(3, splat(1)), 0x0f0f0001).front();
    for (unsigned l = 0; l < warpSize; ++l)
      EXPECT_EQ(result.lane[l] == 0xdeadbeefdeadbeef, (0x0f0f0001 >> l & 1) == 0) << text;
  }
}

} // namespace
} // namespace plait::emulator::test
