//===- ReportTest.cpp - what the driver says of a wrong kernel ------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tests how the machine's reports become errors of the driver.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/emulator/driver/Support.h"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <unistd.h>

using namespace plait::emulator::test;

namespace {

/// A kernel on one pointer.
std::string kernel(const std::string &body) {
  return moduleOf(R"(
.visible .entry wrong(.param .u64 data)
{
  .reg .pred %p<3>;
  .reg .b32 %r<5>;
  .reg .b64 %rd<5>;
  .shared .align 4 .b8 shared[512];
  ld.param.u64 %rd1, [data];
  mov.u32 %r1, %tid.x;
)" + body + "  ret;\n}\n");
}

const char *const outOfBounds = "  st.global.u32 [%rd1+1024], %r1;\n";

struct Wrong {
  const Cuda &cuda;
  CUfunction function;
  CUdeviceptr data;

  Wrong(const Cuda &cuda, const std::string &body)
      : cuda(cuda), function(load(cuda, kernel(body), "wrong")), data(upload(cuda, std::vector<int>(64))) {}

  CUresult launch() {
    void *parameters[] = {&data};
    return cuda.cuLaunchKernel(function, 1, 1, 1, 64, 1, 1, 0, nullptr, parameters, nullptr);
  }
};

/// The result of the next synchronisation, and a part of the report.
void expectDefect(const std::string &body, CUresult expected, const std::string &part, Variables variables = {}) {
  withContext(variables, [&](const Cuda &cuda) {
    Wrong wrong(cuda, body);
    EXPECT_CUDA(wrong.launch()) << "a launch does not wait";
    EXPECT_EQ(cuda.cuCtxSynchronize(), expected);
    EXPECT_PART(cuda.report(), "plait emulator:\nwrong line 1");
    EXPECT_PART(cuda.report(), ": " + part + ": ");
    EXPECT_CUDA(cuda.cuCtxSynchronize()) << "each failure is told once";
  });
}

TEST(Report, BecomesTheErrorThatADeviceHas) {
  expectDefect(outOfBounds, CUDA_ERROR_ILLEGAL_ADDRESS, "out of bounds");
  expectDefect("  st.global.u32 [%rd1+2], %r1;\n", CUDA_ERROR_MISALIGNED_ADDRESS, "misaligned");
  expectDefect("  trap;\n", CUDA_ERROR_LAUNCH_FAILED, "trap");
  expectDefect("loop:\n  bra loop;\n", CUDA_ERROR_LAUNCH_TIMEOUT, "step limit", {{"PLAIT_EMULATOR_STEPS", "1000"}});
}

TEST(Report, TellsWhatNoDeviceNotices) {
  std::string race = R"(
  mov.u32 %r2, shared;
  shl.b32 %r3, %r1, 2;
  add.u32 %r2, %r2, %r3;
  st.shared.u32 [%r2], %r1;
  xor.b32 %r3, %r3, 128;
  mov.u32 %r2, shared;
  add.u32 %r2, %r2, %r3;
  ld.shared.u32 %r4, [%r2];
)";
  expectDefect(race, CUDA_ERROR_LAUNCH_FAILED, "race");
  expectDefect("  mov.u32 %r2, shared;\n  ld.shared.u32 %r3, [%r2];\n", CUDA_ERROR_LAUNCH_FAILED, "uninitialised");
}

TEST(Report, HasTheFirstOfMany) {
  std::string body;
  for (int i = 0; i < 12; ++i)
    body += outOfBounds;
  withContext({}, [&](const Cuda &cuda) {
    EXPECT_CUDA(Wrong(cuda, body).launch());
    EXPECT_PART(cuda.report(), "wrong line 22 ");
    EXPECT_EQ(std::string(cuda.report()).find("wrong line 23 "), std::string::npos);
    EXPECT_PART(cuda.report(), "\nand 2 more\n");
  });
}

TEST(Report, LeavesTheDriverUsable) {
  withContext({}, [](const Cuda &cuda) {
    Wrong wrong(cuda, outOfBounds);
    EXPECT_CUDA(wrong.launch());
    int value = 0;
    EXPECT_EQ(cuda.cuMemcpyDtoH_v2(&value, wrong.data, 4), CUDA_ERROR_ILLEGAL_ADDRESS) << "a copy waits, too";
    EXPECT_CUDA(cuda.cuMemcpyDtoH_v2(&value, wrong.data, 4));
    EXPECT_CUDA(wrong.launch());
    EXPECT_EQ(cuda.cuStreamSynchronize(nullptr), CUDA_ERROR_ILLEGAL_ADDRESS);
    EXPECT_CUDA(cuda.cuMemFree_v2(wrong.data));
  });
}

TEST(Report, KeepsTheFirstFailure) {
  withContext({}, [](const Cuda &cuda) {
    Wrong first(cuda, outOfBounds), second(cuda, "  trap;\n");
    EXPECT_CUDA(first.launch());
    EXPECT_CUDA(second.launch());
    EXPECT_EQ(cuda.cuCtxSynchronize(), CUDA_ERROR_ILLEGAL_ADDRESS);
    EXPECT_CUDA(cuda.cuCtxSynchronize());
  });
}

TEST(Report, ComesWithTheLaunchThatBlocks) {
  withContext({{"CUDA_LAUNCH_BLOCKING", "1"}}, [](const Cuda &cuda) {
    Wrong wrong(cuda, outOfBounds);
    EXPECT_EQ(wrong.launch(), CUDA_ERROR_ILLEGAL_ADDRESS);
    EXPECT_CUDA(cuda.cuCtxSynchronize());
  });
}

TEST(Report, IsWrittenToTheLog) {
  std::string path = testing::TempDir() + "plait-emulator-log-XXXXXX";
  int file = mkstemp(path.data());
  ASSERT_GE(file, 0);
  close(file);
  withContext({{"PLAIT_EMULATOR_LOG", path}}, [](const Cuda &cuda) { EXPECT_CUDA(Wrong(cuda, outOfBounds).launch()); });
  std::ifstream log(path);
  std::ostringstream text;
  text << log.rdbuf();
  std::remove(path.c_str());
  EXPECT_PART(text.str(), ": out of bounds: ");
}

TEST(Report, HasOnlyWhatIsToBeChecked) {
  withContext({{"PLAIT_EMULATOR_CHECKS", "uninitialised"}}, [](const Cuda &cuda) {
    Wrong wrong(cuda, "  ld.global.u32 %r2, [%rd1];\n");
    ASSERT_CUDA(cuda.cuMemAlloc_v2(&wrong.data, 4));
    EXPECT_CUDA(wrong.launch());
    EXPECT_EQ(cuda.cuCtxSynchronize(), CUDA_ERROR_LAUNCH_FAILED);
    EXPECT_PART(cuda.report(), "uninitialised");
  });
  withContext({}, [](const Cuda &cuda) {
    Wrong wrong(cuda, "  ld.global.u32 %r2, [%rd1];\n");
    ASSERT_CUDA(cuda.cuMemAlloc_v2(&wrong.data, 4));
    EXPECT_CUDA(wrong.launch());
    EXPECT_CUDA(cuda.cuCtxSynchronize());
  });
}

} // namespace
