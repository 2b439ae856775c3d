//===- WgmmaRefusalTest.cpp - which wgmma there are -----------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tests that modules are refused as ptxas refuses them.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/Error.h"

#include "tests/runtime/emulator/machine/Support.h"

using namespace plait::emulator;
using namespace plait::emulator::test;

namespace {

/// Why a module with an instruction is refused; empty if it is not.
std::string refusal(const std::string &instruction, const std::string &target = "sm_90a",
                    const std::string &version = "8.8") {
  std::string text = moduleText({.body = instruction + ";", .variables = ".reg .b32 %d<132>;"});
  text.replace(text.find("8.8"), 3, version);
  text.replace(text.find("sm_90a"), 6, target);
  Device device({.memoryBytes = uint64_t(1) << 20});
  try {
    device.load(ptx::parse(text));
  } catch (const Error &error) {
    return error.what();
  }
  return "";
}

std::string product(const std::string &type, const std::string &operands) {
  return "wgmma.mma_async.sync.aligned." + type + " " + operands;
}

std::string list(unsigned count) {
  std::string text = "{%d0";
  for (unsigned i = 1; i < count; ++i)
    text += ", %d" + std::to_string(i);
  return text + "}";
}

TEST(WgmmaRefusals, KnownForms) {
  const std::string four = list(4), two = list(2), a = "{%r1, %r2, %r3, %r4}";
  const std::string known[] = {
      "wgmma.fence.sync.aligned",
      "wgmma.commit_group.sync.aligned",
      "wgmma.wait_group.sync.aligned 8",
      "setmaxnreg.dec.sync.aligned.u32 24",
      "setmaxnreg.inc.sync.aligned.u32 256",
      product("m64n8k16.f32.f16.f16", four + ", %rd1, %rd2, %p1, 1, 1, 0, 0"),
      product("m64n8k16.f32.f16.f16", "{%f0, %f1, %f2, %f3}, %rd1, %rd2, !%p1, -1, 1, 1, 0"),
      product("m64n8k16.f16.f16.f16", two + ", " + a + ", %rd2, 1, 1, 1, 1"),
      product("m64n256k16.f32.bf16.bf16", list(128) + ", %rd1, 0, %p1, 1, 1, 0, 1"),
      product("m64n8k8.f32.tf32.tf32", four + ", " + a + ", %rd2, %p1, 1, 1"),
      product("m64n8k32.f16.e4m3.e5m2", two + ", %rd1, %rd2, %p1, 1, -1"),
      product("m64n24k32.satfinite.s32.s8.s8", list(12) + ", %rd1, %rd2, %p1"),
      product("m64n240k32.s32.u8.s8.satfinite", list(120) + ", " + a + ", %rd2, %p1"),
  };
  for (const std::string &instruction : known)
    EXPECT_EQ(refusal(instruction), "");
}

TEST(WgmmaRefusals, UnknownForms) {
  const std::string four = list(4), a = "{%r1, %r2, %r3, %r4}";
  struct Case {
    std::string instruction, expected;
  };
  const Case cases[] = {
      {"wgmma.wait_group.sync.aligned", "expects 1 operands"},
      {"wgmma.wait_group.sync.aligned %r1", "expects how many groups may be unfinished as a number"},
      {"wgmma.wait_group.sync.aligned -1", "expects how many groups may be unfinished as a number"},
      {"wgmma.fence.sync.aligned.all", "expects modifiers of wgmma that the emulator knows"},
      {"setmaxnreg.inc.sync.aligned.u32 25", "expects a number of registers from 24 to 256 that is a multiple of 8"},
      {"setmaxnreg.inc.sync.aligned.u32 264", "expects a number of registers from 24 to 256 that is a multiple of 8"},
      {"setmaxnreg.inc.sync.aligned.u32 %r1", "expects a number of registers"},
      {"wgmma.sync.aligned", "expects a wgmma that the emulator knows"},
      {"wgmma.fence.aligned", "expects a wgmma that is .sync"},
      {"wgmma.mma_async.aligned.m64n8k16.f32.f16.f16 " + four + ", %rd1, %rd2, %p1, 1, 1, 0, 0",
       "expects an instruction"},
      {product("m64n12k16.f32.f16.f16", four + ", %rd1, %rd2, %p1, 1, 1, 0, 0"), "expects an instruction"},
      {product("m64n264k16.f32.f16.f16", list(132) + ", %rd1, %rd2, %p1, 1, 1, 0, 0"), "expects an instruction"},
      {product("m64n8k8.f32.f16.f16", four + ", %rd1, %rd2, %p1, 1, 1, 0, 0"), "expects an instruction"},
      {product("m16n8k16.f32.f16.f16", four + ", %rd1, %rd2, %p1, 1, 1, 0, 0"), "expects an instruction"},
      {product("m64n40k32.s32.s8.s8", list(20) + ", %rd1, %rd2, %p1"), "expects an instruction"},
      {product("m64n8k16.bf16.bf16.bf16", list(2) + ", %rd1, %rd2, %p1, 1, 1, 0, 0"), "expects an instruction"},
      {product("m64n8k16.f32.f16.bf16", four + ", %rd1, %rd2, %p1, 1, 1, 0, 0"), "expects an instruction"},
      {product("m64n8k16.f32.f16.f16.satfinite", four + ", %rd1, %rd2, %p1, 1, 1, 0, 0"), "expects an instruction"},
      {product("m64n8k16.f32.f16.f16", four + ", %rd1, %rd2, %p1, 2, 1, 0, 0"), "expects an instruction"},
      {product("m64n8k16.f32.f16.f16", four + ", %rd1, %rd2, %p1, 1, 1, 0, 2"), "expects an instruction"},
      {product("m64n8k16.f32.f16.f16", four + ", %rd1, %rd2, %p1, 1, 1, 0"), "expects an instruction"},
      {product("m64n8k16.f32.f16.f16", four + ", " + a + ", %rd2, %p1, 1, 1, 0, 0"), "expects 13 operands"},
      {product("m64n8k8.f32.tf32.tf32", four + ", %rd1, %rd2, %p1, 1, 1, 0, 0"), "expects 9 operands"},
      {product("m64n8k32.s32.s8.s8", four + ", %rd1, %rd2, %p1, 1, 1"), "expects 7 operands"},
      {product("m64n8k16.f16.f16.f16", four + ", %rd1, %rd2, %p1, 1, 1, 0, 0"), "expects 9 operands"},
      {product("m64n8k16.f32.f16.f16", four + ", %r1, %rd2, %p1, 1, 1, 0, 0"), "a register of 64 bits as operand 2"},
      {product("m64n8k16.f32.f16.f16", four + ", %rd1, %rd2, %r1, 1, 1, 0, 0"), "a register of 1 bit as operand 4"},
      {product("m64n8k16.f32.f16.f16", "{%d0, %d1, %d2, %rd3}, %rd1, %rd2, %p1, 1, 1, 0, 0"),
       "a list of registers of 32 bits as operand 1"},
      {product("m64n8k16.f32.f16.f16", "{%d0, %d1, _, %d3}, %rd1, %rd2, %p1, 1, 1, 0, 0"),
       "a list of registers of 32 bits as operand 1"},
      {"wgmma.mma_async.sp.sync.aligned.m64n8k32.f32.f16.f16 " + four + ", %rd1, %rd2, %r1, 0, %p1, 1, 1, 0, 0",
       "expects a matrix A that is not sparse"},
      {product("m64n8k256.s32.b1.b1.and.popc", four + ", %rd1, %rd2, %p1"), "expects elements of more than one bit"},
  };
  for (const Case &test : cases)
    EXPECT_NE(refusal(test.instruction).find(test.expected), std::string::npos)
        << test.instruction << ": " << refusal(test.instruction);
}

TEST(WgmmaRefusals, TargetsAndVersions) {
  for (const char *target : {"sm_80", "sm_90", "sm_100a"})
    EXPECT_EQ(refusal("wgmma.fence.sync.aligned", target),
              "expects a module for sm_90a, but got `wgmma.fence.sync.aligned`");
  const std::string mixed = product("m64n8k32.s32.s8.u8", list(4) + ", %rd1, %rd2, %p1");
  EXPECT_EQ(refusal(mixed, "sm_90a", "8.4"), "");
  EXPECT_NE(refusal(mixed, "sm_90a", "8.3").find("expects a module of .version 8.4 or newer"), std::string::npos);
}

} // namespace
