//===- CApiTest.cpp - targets of CUDA in the C interface ------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tests, on the shared library that Python opens, what it says of CUDA.
//===----------------------------------------------------------------------===//

#include "compiler/Driver/CApi.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

namespace {

const std::string kernel = "llvm.func @k() attributes {nvvm.kernel} {\n  llvm.return\n}";
const std::string function = "func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {\n  return %x : tensor<4xf32>\n}";

/// Takes a text that is to be released.
std::string take(char *text) {
  std::string copy = text ? text : "";
  plait_compiler_free(text);
  return copy;
}

/// What a stage prints, or the error.
std::string print(const std::string &ir, const char *target, const char *stage) {
  char *text = nullptr;
  if (char *error = plait_compiler_print(ir.data(), ir.size(), target, "", stage, &text))
    return take(error);
  return take(text);
}

std::string errorOfCompile(const std::string &ir, const char *targets) {
  void *pack = nullptr;
  size_t size = 0;
  char *error = plait_compiler_compile(ir.data(), ir.size(), targets, "", "", &pack, &size);
  plait_compiler_free(pack);
  return take(error);
}

TEST(CApi, PrintsPtx) {
  EXPECT_NE(print(kernel, "sm_90a", "ptx").find(".target sm_90a"), std::string::npos);
  EXPECT_NE(print(kernel, "sm_90a", "llvm").find("ptx_kernel void @k"), std::string::npos);
}

TEST(CApi, RefusesStagesOfTheOtherKindOfTarget) {
  EXPECT_EQ(print(kernel, "sm_90a", "asm"), "expects a CPU target for stage asm, but got sm_90a");
  EXPECT_EQ(print(function, "x86-64-v3", "ptx"), "expects a CUDA target for stage ptx, but got x86-64-v3");
}

TEST(CApi, OutlivesAFatalErrorOfLLVM) {
  std::string storeMatrix = "llvm.func @k(%p: !llvm.ptr<3>, %x: i32) attributes {nvvm.kernel} {\n"
                            "  llvm.call_intrinsic \"llvm.nvvm.stmatrix.sync.aligned.m8n8.x1.b16.p3\"(%p, %x)"
                            " : (!llvm.ptr<3>, i32) -> ()\n  llvm.return\n}";
  for (int i = 0; i < 20; ++i) {
    EXPECT_NE(print(storeMatrix, "sm_80", "ptx").find("Cannot select"), std::string::npos);
    EXPECT_NE(print(storeMatrix, "sm_90", "ptx").find("stmatrix.sync.aligned"), std::string::npos);
  }
}

TEST(CApi, TakesTargetsOfBothKinds) {
  EXPECT_NE(errorOfCompile(function, "x86-64-v3,sm_7").find("expects a target among native, "), std::string::npos);
  EXPECT_NE(errorOfCompile(function, "x86-64-v3, sm_90a, sm_90a").find("but got sm_90a with schedule '' twice"),
            std::string::npos);
  EXPECT_EQ(errorOfCompile(kernel, "sm_90a"), "expects a function (func.func) for a pack, but got none");
}

} // namespace
