//===- ResourcesTest.cpp - reports of ptxas -------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tests the reading of what ptxas prints with -v. The texts are those
// of release 13.0.
//===----------------------------------------------------------------------===//

#include "compiler/Target/CUDA/Resources.h"

#include <gtest/gtest.h>

using namespace plait;

namespace {

TEST(Resources, AreReadForEachKernel) {
  AssemblerReport report = parseReport(R"(ptxas info    : 12 bytes gmem
ptxas info    : Compiling entry function 'first' for 'sm_90a'
ptxas info    : Function properties for first
    16 bytes stack frame, 8 bytes spill stores, 4 bytes spill loads
ptxas info    : Used 254 registers, used 2 barriers, 16 bytes cumulative stack size, 1024 bytes smem
ptxas info    : Compile time = 3.255 ms
ptxas info    : Compiling entry function 'second' for 'sm_90a'
ptxas info    : Function properties for second
    0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
ptxas info    : Used 1 registers, used 1 barriers, 360 bytes cmem[0]
)");
  ASSERT_EQ(report.kernels.size(), 2u);
  const KernelResources &first = report.kernels[0];
  EXPECT_EQ(first.kernel, "first");
  EXPECT_EQ(first.registers, 254);
  EXPECT_EQ(first.barriers, 2);
  EXPECT_EQ(first.stack, 16);
  EXPECT_EQ(first.spillStores, 8);
  EXPECT_EQ(first.spillLoads, 4);
  EXPECT_EQ(first.shared, 1024);
  std::string text;
  llvm::raw_string_ostream stream(text);
  report.kernels[1].print(stream);
  EXPECT_EQ(text, "second: 1 registers, 0 bytes spilled, 0 bytes loaded back, 0 bytes of stack, 0 bytes of static "
                  "shared memory, 1 barrier");
  EXPECT_TRUE(report.warnings.empty());
}

TEST(Resources, KeepWarningsAndNumberedNotes) {
  AssemblerReport report = parseReport(R"(ptxas warning : Value of threads per SM for entry k is out of range
ptxas info    : (C7510) Potential Performance Loss: wgmma.mma_async instructions are serialized
ptxas info    : (something else)
)");
  ASSERT_EQ(report.warnings.size(), 2u);
  EXPECT_NE(report.warnings[0].find("out of range"), std::string::npos);
  EXPECT_NE(report.warnings[1].find("(C7510)"), std::string::npos);
  EXPECT_TRUE(report.kernels.empty());
}

TEST(Resources, PassOverWhatTheyDoNotKnow) {
  EXPECT_TRUE(parseReport("").kernels.empty());
  EXPECT_TRUE(parseReport("Used 9 registers\n, ,used\n12\n").kernels.empty());
  AssemblerReport report =
      parseReport("ptxas info    : Compiling entry function 'k\nptxas info    : Used many registers\n");
  ASSERT_EQ(report.kernels.size(), 1u);
  EXPECT_EQ(report.kernels[0].registers, 0);
}

} // namespace
