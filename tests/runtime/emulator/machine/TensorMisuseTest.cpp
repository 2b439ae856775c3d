//===- TensorMisuseTest.cpp - wrong copies by a tensor map ----------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tests that each wrong operand and each missing wait or fence of copies by a
// tensor map is reported.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/Error.h"
#include "tests/runtime/emulator/machine/Tensors.h"

using namespace plait::emulator;
using namespace plait::emulator::test;
using Kind = Defect::Kind;

namespace {

/// A text with another part.
std::string with(std::string text, const std::string &what, const std::string &instead) {
  size_t at = text.rfind(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), instead);
}

/// Whether a defect is among those that were found.
testing::AssertionResult finds(const TensorResult &got, Kind kind, const std::string &text) {
  testing::AssertionResult failure = testing::AssertionFailure() << "expects '" << text << "', but got";
  for (const Defect &defect : got.result.report.defects) {
    if (defect.kind == kind && defect.message.find(text) != std::string::npos)
      return testing::AssertionSuccess();
    failure << "\n" << defect.message;
  }
  return failure;
}

struct Misuse {
  std::string body;
  Kind kind;
  const char *message;
};

TEST(TensorMisuse, OfLoads) {
  const Tensor tensor;
  const std::string good = load(tensor), mask = "tile.mbarrier::complete_tx::bytes";
  const Misuse misuses[] = {
      {with(good, "[buffer+0]", "[buffer+64]"), Kind::Misaligned, "a shared address that is a multiple of 128"},
      {with(good, "[buffer+0]", "[buffer+1048576]"), Kind::OutOfBounds, "expects 256 bytes inside the"},
      {with(good, "[bar]", "[buffer]"), Kind::Barrier, "expects an mbarrier at shared address 0x0"},
      {with(with(good, ".2d", ".1d"), "{0, 0}", "{0}"), Kind::Operand,
       "a tensor map of 1 dimensions, but got one of 2"},
      {with(with(good, mask, mask + ".multicast::cluster"), "[bar];", "[bar], 3;"), Kind::Operand,
       "expects the mask 0x1 of a cluster's only block, but got 0x3"},
      {"mov.u64 %rd1, %rd2;" + good, Kind::Operand, "of cuTensorMapEncodeTiled in the kernel's parameters, const or"},
      {"mov.u64 %rd1, buffer; cvta.shared.u64 %rd1, %rd1;" + good, Kind::Operand, "of shared memory"},
      {"add.u64 %rd1, %rd1, 32;" + good, Kind::Misaligned, "that is a multiple of 64, but got 0x20 in the parameters"},
      {"add.u64 %rd1, %rd1, 64;" + good, Kind::OutOfBounds, "expects 128 bytes inside the 152 of parameter memory"},
      {"add.u64 %rd1, %rd2, 32;" + good, Kind::Misaligned, "a global address that is a multiple of 64"},
      {"mov.u64 %rd1, 0;" + good, Kind::OutOfBounds, "expects 128 bytes of global memory"},
      {"prefetch.tensormap [%rd2];", Kind::Operand, "expects a tensor map"},
      {"cp.async.bulk.prefetch.tensor.3d.L2.global [%rd1, {0, 0, 0}];", Kind::Operand, "a tensor map of 3 dimensions"},
  };
  for (const Misuse &each : misuses) {
    SCOPED_TRACE(each.body);
    EXPECT_TRUE(has(run({each.body}, tensor, pattern(tensor.bytes())).result, each.kind, each.message));
  }
}

TEST(TensorMisuse, LargerThanSharedMemory) {
  Tensor huge{.sizes = {256, 256, 256, 256, 256}, .box = {256, 256, 256, 256, 256}, .first = {0, 0, 0, 0, 0}};
  EXPECT_TRUE(
      has(run({load(huge)}, huge, pattern(16)).result, Kind::OutOfBounds, "expects 2199023255552 bytes inside the"));
}

/// A map that a kernel has changed is none.
TEST(TensorMisuse, ChangedMaps) {
  const Tensor tensor;
  TensorKernel kernel{.body = "@%p1 st.global.u8 [%rd1+100], 1; bar.sync 0;" + load(tensor), .isGlobal = true};
  EXPECT_TRUE(has(run(kernel, tensor, pattern(tensor.bytes())).result, Kind::Operand, "of other bytes"));
}

TEST(TensorMisuse, OutsideOfMemory) {
  const Tensor tensor;
  Tensor last = tensor;
  last.first = {0, 4};
  auto half = pattern(tensor.bytes() / 2);
  EXPECT_TRUE(isClean(run({load(tensor) + waitForBarrier}, tensor, half).result));
  EXPECT_TRUE(has(run({load(last)}, last, half).result, Kind::OutOfBounds, "expects 64 bytes of global memory"));
  EXPECT_TRUE(has(run({copyIn(last) + store(last) + waitForGroup}, last, half, pattern(256)).result, Kind::OutOfBounds,
                  "expects 64 bytes of global memory"));
}

TEST(TensorMisuse, OfOrder) {
  const Tensor tensor;
  const std::string loaded = load(tensor), out = copyOut(tensor), in = copyIn(tensor), stored = store(tensor);
  const std::string fence = "fence.proxy.async.shared::cta;", commit = "@%p1 cp.async.bulk.commit_group;\n";
  const Misuse misuses[] = {
      {loaded + "bar.sync 0;" + out + waitForBarrier, Kind::Async, "expects the copy in line"},
      {loaded, Kind::Async, "expects a wait for this before the block's end"},
      {with(loaded, " 256;", " 512;") + waitForBarrier, Kind::Deadlock, "can go on"},
      {with(loaded, " 256;", " 128;") + waitForBarrier, Kind::Deadlock, "can go on"},
      {with(in, fence, "") + stored + waitForGroup, Kind::Async, "expects fence.proxy.async after the write of warp"},
      {with(in, fence + "\nbar.sync 0;", fence) + stored + waitForGroup, Kind::Race, "expects a barrier between"},
      {in + stored + commit, Kind::Async, "expects a wait for this before the block's end"},
      {in + stored + "@%p1 cp.async.bulk.wait_group 0;", Kind::Async, "expects a wait for this before"},
      {in + stored + commit + "@%p1 st.shared.u32 [%r1], 7; @%p1 cp.async.bulk.wait_group 0;", Kind::Async,
       "expects the bulk copy or wgmma from here to be waited for"},
      {in + stored + commit + loaded + waitForBarrier + "@%p1 cp.async.bulk.wait_group 0;", Kind::Async,
       "expects the bulk copy or wgmma from here to be waited for"},
      {loaded + waitForBarrier + "ld.shared.u32 %r7, [%r1];" + stored + waitForGroup + "st.shared.u32 [%r1], 7;",
       Kind::Race, "expects"},
  };
  for (const Misuse &each : misuses) {
    SCOPED_TRACE(each.body);
    EXPECT_TRUE(finds(run({each.body}, tensor, pattern(tensor.bytes()), pattern(256)), each.kind, each.message));
  }
}

/// What a copy has brought, another may take away without a proxy fence.
TEST(TensorMisuse, NoFenceBetweenCopies) {
  const Tensor tensor;
  Tensor other = tensor;
  other.first = {0, 4};
  std::vector<uint8_t> memory = pattern(tensor.bytes());
  TensorResult got = run({load(tensor) + waitForBarrier + store(other) + waitForGroup}, tensor, memory);
  EXPECT_TRUE(isClean(got.result));
  std::vector<uint8_t> expected = memory;
  for (unsigned row = 0; row < 4; ++row)
    std::copy_n(memory.begin() + row * 128, 64, expected.begin() + (row + 4) * 128);
  EXPECT_EQ(got.tensor, expected);
}

struct Refusal {
  std::string body;
  const char *message;
  const char *directives = ".version 8.8\n.target sm_90a\n";
};

TEST(TensorMisuse, IsRefused) {
  const Tensor tensor;
  const std::string good = load(tensor), stored = store(tensor), reduced = with(stored, "cp.async", "cp.reduce.async");
  const char *mechanism = ".mbarrier::complete_tx::bytes";
  const Refusal refusals[] = {
      {with(good, "{0, 0}", "{0}"), "expects 2 coordinates behind the tensor map"},
      {with(good, "{0, 0}", "{0, 0, 0}"), "expects 2 coordinates behind the tensor map"},
      {with(good, ", {0, 0}", ""), "expects 2 coordinates behind the tensor map"},
      {with(good, "{0, 0}", "{%rd3, %rd4}"), "expects coordinates of 32 bits"},
      {with(with(good, mechanism, std::string(mechanism) + ".multicast::cluster"), "[bar];", "[bar], %r0;"),
       "expects a mask of 16 bits"},
      {with(good, "%rd1,", "%rd1+128,"), "expects a tensor map's address without an offset"},
      {with(good, ".2d", ""), "expects a tensor of .1d to .5d"},
      {with(good, ".2d", ".6d"), "expects a tensor of .1d to .5d"},
      {with(good, ".2d", ".2d.3d"), "but got .3d"},
      {with(good, ".bulk", ""), "expects a tensor copy of .async.bulk"},
      {with(good, mechanism, ""), "expects a tensor copy that completes on an mbarrier or in a group"},
      {with(good, mechanism, ".bulk_group"), "expects a tensor copy of .global.shared::cta"},
      {with(good, ".shared::cluster.global", ".global.shared::cta"),
       "expects a tensor copy of .shared::cluster.global"},
      {with(good, ".shared::cluster.global", ".global"), "expects a tensor copy of .shared::cluster.global"},
      {with(good, ".tile", ".im2col"), "expects a tensor copy in .tile mode"},
      {with(good, ".tile", ".tile::gather4"), "expects a tensor copy in .tile mode"},
      {with(good, "[bar];", "[bar], %rd4;"), "expects 3 operands"},
      {with(stored, ".global.shared::cta", ".global.shared::cluster"), "expects a tensor copy of .global.shared::cta"},
      {with(stored, ".tile", ".add.tile"), "but got .add"},
      {reduced, "expects a reduction of .add, .min, .max, .inc, .dec, .and, .or or .xor"},
      {good, "expects .target sm_90 and .version 8.0 or newer", ".version 7.8\n.target sm_90\n"},
      {good, "expects .target sm_90 and .version 8.0 or newer", ".version 8.8\n.target sm_80\n"},
      {with(good, ".shared::cluster", ".shared::cta"), "expects .target sm_90 and .version 8.6 or newer",
       ".version 8.5\n.target sm_90\n"},
      {"prefetch.global.tensormap [%rd1];", "expects a prefetch of a tensor map in .param, .const or at a generic"},
      {"fence.proxy.tensormap::generic.acquire.gpu [%rd1], 64;", "expects a fence of 128 bytes"},
      {"fence.proxy.tensormap::generic.acquire.gpu;", "expects 2 operands"},
      {"fence.proxy.tensormap::generic.acquire [%rd1], 128;", "expects a fence of a scope"},
      {"fence.proxy.tensormap::generic.release.gpu;", "expects .target sm_90 and .version 8.3 or newer",
       ".version 8.2\n.target sm_90\n"},
      {"tensormap.replace.tile.global_address.global.b1024.b64 [%rd1], %rd3;",
       "an instruction that the emulator knows"},
  };
  for (const Refusal &each : refusals) {
    SCOPED_TRACE(each.body);
    try {
      run({.body = each.body, .directives = each.directives}, tensor, pattern(tensor.bytes()));
      ADD_FAILURE() << "expects an error, but got none";
    } catch (const Error &error) {
      EXPECT_NE(std::string(error.what()).find(each.message), std::string::npos) << error.what();
    }
  }
}

} // namespace
