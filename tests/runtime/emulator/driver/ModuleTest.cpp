//===- ModuleTest.cpp - modules and functions -----------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tests what the driver loads, what it refuses, and what it tells of kernels.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/emulator/driver/Support.h"

using namespace plait::emulator::test;

namespace {

/// Loads text that is to be refused, and gives the text of the log.
std::string refuse(const Cuda &cuda, const std::string &text, CUresult expected) {
  char log[500] = "";
  CUjit_option options[] = {CU_JIT_ERROR_LOG_BUFFER, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES};
  void *values[] = {log, reinterpret_cast<void *>(sizeof log)};
  CUmodule module = nullptr;
  EXPECT_EQ(cuda.cuModuleLoadDataEx(&module, text.c_str(), 2, options, values), expected);
  EXPECT_EQ(reinterpret_cast<size_t>(values[1]), std::string(log).size() + 1);
  EXPECT_STREQ(cuda.report(), "") << "the caller has the text";
  return log;
}

TEST(Module, RefusesMachineCode) {
  withContext({}, [](const Cuda &cuda) {
    for (const char *image : {"\x7f"
                              "ELF machine code",
                              "\x50\xed\x55\xba", "\xb1\x43\x62\x46"})
      EXPECT_PART(refuse(cuda, image, CUDA_ERROR_NO_BINARY_FOR_GPU), "expects PTX text, but got machine code");
    CUmodule module = nullptr;
    EXPECT_EQ(cuda.cuModuleLoadData(&module, "\x50\xed\x55\xba"), CUDA_ERROR_NO_BINARY_FOR_GPU);
    EXPECT_PART(cuda.report(), "machine code") << "without a buffer the text goes to the log";
  });
}

TEST(Module, RefusesWhatTheDeviceCantRun) {
  auto text = [](const char *version, const char *target) {
    return std::string(".version ") + version + "\n.target " + target + "\n.address_size 64\n";
  };
  withContext({{"PLAIT_EMULATOR_ARCH", "sm_89"}, {"PLAIT_EMULATOR_DRIVER", "12.4"}}, [&](const Cuda &cuda) {
    CUmodule module = nullptr;
    EXPECT_CUDA(cuda.cuModuleLoadData(&module, text("8.4", "sm_89").c_str()));
    EXPECT_CUDA(cuda.cuModuleLoadData(&module, text("7.0", "sm_50").c_str()));
    EXPECT_PART(refuse(cuda, text("8.0", "sm_90"), CUDA_ERROR_INVALID_PTX),
                "expects a .target that sm_89 can run, but got 'sm_90'");
    EXPECT_PART(refuse(cuda, text("8.0", "sm_90a"), CUDA_ERROR_INVALID_PTX), "sm_90a");
    EXPECT_PART(refuse(cuda, text("8.5", "sm_80"), CUDA_ERROR_UNSUPPORTED_PTX_VERSION),
                "line 1: expects a version of PTX that the driver 12040 reads, but got 8.5");
  });
  withContext({{"PLAIT_EMULATOR_ARCH", "sm_100"}}, [&](const Cuda &cuda) {
    EXPECT_PART(refuse(cuda, text("8.0", "sm_90a"), CUDA_ERROR_INVALID_PTX), "sm_90a");
  });
}

TEST(Module, RefusesVersionsBeforeTheTarget) {
  auto text = [](const std::string &version, const std::string &target) {
    return ".version " + version + "\n.target " + target + "\n.address_size 64\n";
  };
  struct Case {
    const char *device, *target, *before, *first;
  };
  for (const Case &c : {Case{"sm_80", "sm_75", "6.2", "6.3"},
                        {"sm_80", "sm_80", "6.5", "7.0"},
                        {"sm_86", "sm_86", "7.0", "7.1"},
                        {"sm_87", "sm_87", "7.3", "7.4"},
                        {"sm_89", "sm_89", "7.7", "7.8"},
                        {"sm_90", "sm_90", "7.0", "7.8"},
                        {"sm_90", "sm_90a", "7.8", "8.0"},
                        {"sm_100", "sm_100", "8.5", "8.6"},
                        {"sm_100", "sm_100f", "8.7", "8.8"},
                        {"sm_103", "sm_103a", "8.7", "8.8"},
                        {"sm_120", "sm_120a", "8.6", "8.7"}})
    withContext({{"PLAIT_EMULATOR_ARCH", c.device}}, [&](const Cuda &cuda) {
      EXPECT_PART(refuse(cuda, text(c.before, c.target), CUDA_ERROR_INVALID_PTX),
                  (std::string("expects .version ") + c.first + " or newer of a module for " + c.target + ", but got " +
                   c.before));
      CUmodule module = nullptr;
      EXPECT_CUDA(cuda.cuModuleLoadData(&module, text(c.first, c.target).c_str()));
    });
}

TEST(Module, RefusesWhatItDoesNotKnowWithTheLine) {
  withContext({}, [](const Cuda &cuda) {
    EXPECT_PART(refuse(cuda, moduleOf("nonsense"), CUDA_ERROR_INVALID_PTX), "line 4: ");
    std::string log = refuse(cuda, moduleOf(".entry k()\n{\n  frobnicate.u32;\n}\n"), CUDA_ERROR_INVALID_PTX);
    EXPECT_PART(log, "line 6: ");
    EXPECT_PART(log, "frobnicate");
  });
}

TEST(Module, RefusesMoreStaticSharedMemoryThanABlockHas) {
  auto kernel = [](const char *bytes) {
    return moduleOf(std::string(".visible .entry big() {\n  .shared .align 16 .b8 s[") + bytes +
                    "];\n  .reg .b32 %r<2>;\n  mov.u32 %r1, s;\n  st.shared.u32 [%r1], 0;\n}\n");
  };
  withContext({}, [&](const Cuda &cuda) {
    EXPECT_PART(refuse(cuda, kernel("49153"), CUDA_ERROR_INVALID_PTX),
                "line 4: expects at most 49152 bytes of static shared memory in `big`, but got 49153");
    CUmodule module = nullptr;
    EXPECT_CUDA(cuda.cuModuleLoadData(&module, kernel("49152").c_str()));
  });
}

TEST(Module, HasFunctionsAndVariables) {
  withContext({}, [](const Cuda &cuda) {
    CUmodule module = nullptr;
    std::string text = moduleOf(std::string(".visible .global .u32 table[3] = {5, 6, 7};\n") + addKernel);
    ASSERT_CUDA(cuda.cuModuleLoadData(&module, text.c_str()));
    CUfunction one = nullptr, again = nullptr;
    EXPECT_CUDA(cuda.cuModuleGetFunction(&one, module, "add"));
    EXPECT_CUDA(cuda.cuModuleGetFunction(&again, module, "add"));
    EXPECT_EQ(one, again);
    const char *name = nullptr;
    size_t offset = 0, size = 0;
    EXPECT_CUDA(cuda.cuFuncGetName(&name, one));
    EXPECT_STREQ(name, "add");
    EXPECT_CUDA(cuda.cuFuncGetParamInfo(one, 3, &offset, &size));
    EXPECT_EQ(offset, 24u);
    EXPECT_EQ(size, 4u);
    EXPECT_EQ(cuda.cuFuncGetParamInfo(one, 4, &offset, &size), CUDA_ERROR_INVALID_VALUE);
    EXPECT_EQ(cuda.cuModuleGetFunction(&one, module, "sub"), CUDA_ERROR_NOT_FOUND);
    CUdeviceptr table = 0;
    size_t bytes = 0;
    ASSERT_CUDA(cuda.cuModuleGetGlobal_v2(&table, &bytes, module, "table"));
    EXPECT_EQ(bytes, 12u);
    EXPECT_EQ(download<unsigned>(cuda, table, 3), (std::vector<unsigned>{5, 6, 7}));
    EXPECT_EQ(cuda.cuModuleGetGlobal_v2(&table, &bytes, module, "add"), CUDA_ERROR_NOT_FOUND);
    EXPECT_CUDA(cuda.cuModuleUnload(module));
    EXPECT_EQ(cuda.cuModuleUnload(module), CUDA_ERROR_INVALID_HANDLE);
    int value = 0;
    EXPECT_EQ(cuda.cuFuncGetAttribute(&value, CU_FUNC_ATTRIBUTE_NUM_REGS, again), CUDA_ERROR_INVALID_HANDLE);
  });
}

TEST(Module, TellsOfItsFunctions) {
  withContext({{"PLAIT_EMULATOR_ARCH", "sm_80"}}, [](const Cuda &cuda) {
    CUfunction function = load(cuda, moduleOf(R"(
.extern .shared .align 16 .b8 dynamic[];
.visible .entry k() .maxntid 256, 1, 1 {
  .shared .align 4 .b8 fixed[1024];
  .reg .b32 %r<3>;
  mov.u32 %r1, fixed;
  mov.u32 %r2, dynamic;
  st.shared.u32 [%r1], %r2;
  ret;
}
)"),
                               "k");
    auto attribute = [&](CUfunction_attribute which) {
      int value = -1;
      EXPECT_CUDA(cuda.cuFuncGetAttribute(&value, which, function));
      return value;
    };
    EXPECT_EQ(attribute(CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK), 256);
    EXPECT_EQ(attribute(CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES), 1024);
    EXPECT_EQ(attribute(CU_FUNC_ATTRIBUTE_PTX_VERSION), 80);
    EXPECT_EQ(attribute(CU_FUNC_ATTRIBUTE_BINARY_VERSION), 80);
    EXPECT_EQ(attribute(CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES), 47 << 10);
    constexpr auto dynamic = CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES;
    EXPECT_EQ(cuda.cuFuncSetAttribute(function, dynamic, (162 << 10) + 1), CUDA_ERROR_INVALID_VALUE);
    EXPECT_CUDA(cuda.cuFuncSetAttribute(function, dynamic, 162 << 10));
    EXPECT_EQ(attribute(dynamic), 162 << 10);
    int blocks = -1;
    EXPECT_CUDA(cuda.cuOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, function, 256, 80 << 10));
    EXPECT_EQ(blocks, 2) << "each takes 1 KiB of its own and 1 KiB of the system's, of 164 KiB";
    EXPECT_CUDA(cuda.cuOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, function, 256, (80 << 10) + 1));
    EXPECT_EQ(blocks, 1);
    EXPECT_CUDA(cuda.cuOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, function, 512, 0));
    EXPECT_EQ(blocks, 0);
  });
}

} // namespace
