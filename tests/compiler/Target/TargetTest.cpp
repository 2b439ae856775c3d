//===- TargetTest.cpp - the table of targets ------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tests what targets of both kinds are called and what passes see.
//===----------------------------------------------------------------------===//

#include "compiler/Target/Target.h"

#include "mlir/IR/MLIRContext.h"

#include <gtest/gtest.h>

using namespace plait;

namespace {

TEST(Target, IsOfOneKind) {
  auto cpu = findTarget("x86-64-v3"), cuda = findTarget("sm_90a");
  ASSERT_TRUE(bool(cpu));
  ASSERT_TRUE(bool(cuda));
  EXPECT_TRUE(cpu->cpu() && !cpu->cuda());
  EXPECT_TRUE(cuda->cuda() && !cuda->cpu());
  EXPECT_EQ(cpu->isa(), "x86-64-v3");
  EXPECT_EQ(cuda->isa(), "sm_90a");
}

TEST(Target, TellsPassesWhatCudaHas) {
  mlir::MLIRContext context;
  context.loadDialect<PlaitDialect>();
  TargetAttr cuda = llvm::cantFail(findTarget("sm_86")).attribute(&context);
  EXPECT_TRUE(cuda.isCuda());
  EXPECT_EQ(cuda.getCapability(), 86);
  EXPECT_EQ(cuda.getShared(), 101376);
  EXPECT_TRUE(cuda.hasFma());
  TargetAttr cpu = llvm::cantFail(findTarget("x86-64-v3")).attribute(&context);
  EXPECT_FALSE(cpu.isCuda());
  EXPECT_EQ(cpu.getCapability(), 0);
  EXPECT_EQ(cpu.getShared(), 0);
}

TEST(Target, HasAnAttributeThatIsValidForEachName) {
  mlir::MLIRContext context;
  context.loadDialect<PlaitDialect>();
  auto refuse = [&] { return mlir::emitError(mlir::UnknownLoc::get(&context)); };
  for (llvm::StringRef name : cudaTargetNames()) {
    TargetAttr target = llvm::cantFail(findTarget(name)).attribute(&context);
    EXPECT_TRUE(mlir::succeeded(TargetAttr::verify(refuse, target.getIsa(), target.getFeatures()))) << name.str();
  }
}

TEST(Target, NamesTheKnownOnesOfItsKind) {
  EXPECT_EQ(llvm::toString(findCudaTarget("x86-64-v3").takeError()),
            "expects a CUDA target among sm_80, sm_86, sm_89, sm_90, sm_90a, sm_100, sm_100a, sm_120, sm_120a, but "
            "got 'x86-64-v3'");
  EXPECT_EQ(llvm::toString(findCpuTarget("sm_80").takeError()),
            "expects a CPU target among native, x86-64-v4, x86-64-v3, x86-64, aarch64, but got 'sm_80'");
}

} // namespace
