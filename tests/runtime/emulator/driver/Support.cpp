//===- Support.cpp - what the driver's tests share ------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file opens the emulator and has a kernel for the tests.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/emulator/driver/Support.h"

#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace plait::emulator;
using namespace plait::emulator::test;

namespace {

template <typename F> void find(void *library, const char *name, F *&function) {
  function = reinterpret_cast<F *>(dlsym(library, name));
  if (!function) {
    std::fprintf(stderr, "expects a library that has %s, but %s\n", name, dlerror());
    std::_Exit(2);
  }
}

Cuda open() {
  void *library = dlopen(PLAIT_EMULATOR_LIBRARY, RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    std::fprintf(stderr, "expects the emulator, but %s\n", dlerror());
    std::_Exit(2);
  }
  Cuda cuda;
#define PLAIT_TEST_FIND(symbol, ...) find(library, #symbol, cuda.symbol);
  PLAIT_TEST_ENTRY_POINTS(PLAIT_TEST_FIND)
#undef PLAIT_TEST_FIND
  find(library, "plaitEmulatorReport", cuda.report);
  find(library, "plaitEmulatorCounters", cuda.counters);
  find(library, "plaitEmulatorClear", cuda.clear);
  return cuda;
}

} // namespace

void test::withLibrary(const Variables &variables, const std::function<void(const Cuda &)> &body) {
  std::fflush(nullptr);
  pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    alarm(60); // a deadlock of the emulator itself is a failure, too
    for (auto &[name, value] : variables)
      setenv(name.c_str(), value.c_str(), 1);
    body(open());
    std::fflush(nullptr);
    std::_Exit(testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "the child's status is " << status;
}

void test::withContext(const Variables &variables, const std::function<void(const Cuda &)> &body) {
  Variables all{{"PLAIT_EMULATOR_LOG", "/dev/null"}};
  all.insert(all.end(), variables.begin(), variables.end());
  withLibrary(all, [&](const Cuda &cuda) {
    CUcontext context = nullptr;
    ASSERT_CUDA(cuda.cuInit(0));
    ASSERT_CUDA(cuda.cuDevicePrimaryCtxRetain(&context, 0));
    ASSERT_CUDA(cuda.cuCtxPushCurrent_v2(context));
    body(cuda);
  });
}

std::string test::moduleOf(const std::string &kernels) {
  return ".version 8.0\n.target sm_80\n.address_size 64\n" + kernels;
}

const char *const test::addKernel = R"(
.visible .entry add(.param .u64 sum, .param .u64 a, .param .u64 b, .param .u32 n)
{
  .reg .pred %p<2>;
  .reg .f32 %f<4>;
  .reg .b32 %r<6>;
  .reg .b64 %rd<8>;
  ld.param.u64 %rd1, [sum];
  ld.param.u64 %rd2, [a];
  ld.param.u64 %rd3, [b];
  ld.param.u32 %r1, [n];
  mov.u32 %r2, %ctaid.x;
  mov.u32 %r3, %ntid.x;
  mov.u32 %r4, %tid.x;
  mad.lo.s32 %r5, %r2, %r3, %r4;
  setp.ge.u32 %p1, %r5, %r1;
  @%p1 bra done;
  mul.wide.u32 %rd4, %r5, 4;
  add.s64 %rd5, %rd1, %rd4;
  add.s64 %rd6, %rd2, %rd4;
  add.s64 %rd7, %rd3, %rd4;
  ld.global.f32 %f1, [%rd6];
  ld.global.f32 %f2, [%rd7];
  add.rn.f32 %f3, %f1, %f2;
  st.global.f32 [%rd5], %f3;
done:
  ret;
}
)";

CUfunction test::load(const Cuda &cuda, const std::string &text, const char *name) {
  CUmodule module = nullptr;
  CUfunction function = nullptr;
  EXPECT_CUDA(cuda.cuModuleLoadData(&module, text.c_str())) << cuda.report();
  EXPECT_CUDA(cuda.cuModuleGetFunction(&function, module, name));
  return function;
}

test::Add::Add(const Cuda &cuda)
    : function(load(cuda, moduleOf(addKernel), "add")), sum(upload(cuda, std::vector<float>(length))),
      a(upload(cuda, std::vector<float>(length, 1.5f))), b(upload(cuda, std::vector<float>(length, 2))) {}

CUresult test::Add::launch(const Cuda &cuda, CUstream stream, unsigned threads, unsigned shared) {
  void *parameters[] = {&sum, &a, &b, &n};
  return cuda.cuLaunchKernel(function, 8, 1, 1, threads, 1, 1, shared, stream, parameters, nullptr);
}

void test::Add::expectSum(const Cuda &cuda, float expected) {
  EXPECT_CUDA(cuda.cuCtxSynchronize());
  EXPECT_STREQ(cuda.report(), "");
  EXPECT_EQ(download<float>(cuda, sum, length), std::vector<float>(length, expected));
}
