//===- OperandSizesTest.cpp - how wide operands are -----------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tests which widths of registers instructions take: each case is as ptxas
// of CUDA 13.0 decides.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/Error.h"
#include "tests/runtime/emulator/machine/Support.h"

using namespace plait::emulator;
using namespace plait::emulator::test;

namespace {

std::string errorOf(const std::string &instruction) {
  try {
    Device({.memoryBytes = 1 << 20}).load(ptx::parse(moduleText({.body = instruction + ";"})));
  } catch (const Error &error) {
    return std::to_string(error.line) + ": " + error.what();
  }
  return "";
}

/// Whether it is refused with this reason, in the line of the kernel's body.
::testing::AssertionResult refuses(const std::string &instruction, const std::string &reason) {
  std::string error = errorOf(instruction), wanted = "19: expects " + reason + " in `" + instruction + "`";
  return error == wanted ? ::testing::AssertionSuccess()
                         : ::testing::AssertionFailure() << "expects '" << wanted << "', but got '" << error << "'";
}

TEST(OperandSizes, AreThoseOfTheType) {
  EXPECT_TRUE(refuses("mul.wide.u32 %r5, %r1, %r1", "a register of 64 bits as operand 1, but got %r5 of .b32"));
  EXPECT_TRUE(
      refuses("mad.wide.u16 %r5, %rs1, %rs2, %rs3", "a register of 32 bits as operand 4, but got %rs3 of .b16"));
  EXPECT_TRUE(refuses("add.s32 %r5, %r1, %rd1", "a register of 32 bits as operand 3, but got %rd1 of .b64"));
  EXPECT_TRUE(refuses("setp.lt.u32 %r5, %r1, %r2", "a predicate as operand 1, but got %r5 of .b32"));
  EXPECT_TRUE(refuses("setp.lt.and.u32 %p1|%p2, %r1, %r2, %r3", "a predicate as operand 4, but got %r3 of .b32"));
  EXPECT_TRUE(refuses("mov.u32 %rd1, %r1", "a register of 32 bits as operand 1, but got %rd1 of .b64"));
  EXPECT_TRUE(refuses("mov.u32 %rd1, %tid.x", "a register of 32 bits as operand 1, but got %rd1 of .b64"));
  EXPECT_TRUE(refuses("mov.b64 %rd1, {%r1, %rs1}", "a register of 32 bits as operand 2, but got %rs1 of .b16"));
  EXPECT_TRUE(refuses("and.pred %p1, %p2, %r1", "a predicate as operand 3, but got %r1 of .b32"));
  EXPECT_TRUE(refuses("shl.b64 %rd1, %rd2, %rd3", "a register of 32 bits as operand 3, but got %rd3 of .b64"));
  EXPECT_TRUE(refuses("popc.b64 %rd1, %rd2", "a register of 32 bits as operand 1, but got %rd1 of .b64"));
  EXPECT_TRUE(refuses("fma.rn.f64 %fd1, %fd2, %f3, %fd4", "a register of 64 bits as operand 3, but got %f3 of .f32"));
  EXPECT_TRUE(refuses("set.eq.u32.u64 %r1, %rd1, %r2", "a register of 64 bits as operand 3, but got %r2 of .b32"));
  EXPECT_TRUE(
      refuses("atom.global.add.u32 %r1, [%rd0], %rd1", "a register of 32 bits as operand 3, but got %rd1 of .b64"));
  EXPECT_TRUE(refuses("shfl.sync.up.b32 %r1|%p1, %rs1, %r2, %r3, %r4",
                      "a register of 32 bits as operand 2, but got %rs1 of .b16"));
}

TEST(OperandSizes, OfLoadsStoresAndConversionsMayBeLarger) {
  EXPECT_TRUE(
      refuses("ld.global.u32 %rs1, [%rd1]", "a register of at least 32 bits as operand 1, but got %rs1 of .b16"));
  EXPECT_TRUE(refuses("ld.global.v2.u32 {%r1, %rs1}, [%rd1]",
                      "a register of at least 32 bits as operand 1, but got %rs1 of .b16"));
  EXPECT_TRUE(refuses("st.global.u64 [%rd1], %r1", "a register of at least 64 bits as operand 2, but got %r1 of .b32"));
  EXPECT_TRUE(refuses("cvt.u64.u32 %r1, %r2", "a register of at least 64 bits as operand 1, but got %r1 of .b32"));
  EXPECT_TRUE(refuses("cvt.u32.u64 %r1, %r2", "a register of at least 64 bits as operand 2, but got %r2 of .b32"));
  for (const char *instruction :
       {"ld.global.u8 %rd2, [%rd1]", "ld.global.u32 %rd2, [%rd1]", "st.global.u8 [%rd1], %r1", "cvt.u32.u16 %rd2, %r1",
        "cvt.u8.u32 %r1, %r2", "cvt.rn.f16.f32 %rs1, %f1", "ld.param.u32 %rd2, [n]"})
    EXPECT_EQ(errorOf(instruction), "");
}

TEST(OperandSizes, OfOtherFormsAreAsTheyWere) {
  for (const char *instruction :
       {"mov.b32 %r1, {%rs1, %rs2}", "mov.b64 {%r1, _}, %rd1", "mov.u64 %rd1, %clock64", "selp.b64 %rd1, %rd2, 5, %p1",
        "setp.lt.or.u64 %p1|%p2, %rd1, %rd2, !%p3", "bfe.u64 %rd1, %rd2, %r1, %r2", "mul.wide.s32 %rd1, %r1, -5",
        "slct.u64.f32 %rd1, %rd2, %rd3, %f1", "lop3.or.b32 %r1|%p1, %r2, %r3, %r4, 0xe8, %p2",
        "vote.sync.ballot.b32 %r1, %p1, -1", "match.any.sync.b64 %r1, %rd1, -1", "fma.rn.f16x2 %r1, %r2, %r3, %r4",
        "cvt.rn.bf16x2.f32 %r1, %f1, %f2", "testp.finite.f64 %p1, %fd1", "add.f32 %r1, %r2, %f1",
        "st.global.L2::cache_hint.u32 [%rd1], %r1, %rd2", "isspacep.shared %p1, %rd1",
        "atom.global.cas.L2::cache_hint.b32 %r1, [%rd0], %r2, %r3, %rd2"})
    EXPECT_EQ(errorOf(instruction), "");
}

} // namespace
