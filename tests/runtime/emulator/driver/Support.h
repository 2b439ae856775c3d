//===- Support.h - what the driver's tests share ----------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file opens the emulator as a stranger does, by dlopen and dlsym, and has what
// the tests do often. A process has one driver, so each test has a child of its own.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_TESTS_RUNTIME_EMULATOR_DRIVER_SUPPORT_H
#define PLAIT_TESTS_RUNTIME_EMULATOR_DRIVER_SUPPORT_H

#include "runtime/emulator/driver/Cuda.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace plait::emulator::test {

/// Symbol, types of the parameters.
#define PLAIT_TEST_ENTRY_POINTS(X)                                                                                     \
  X(cuInit, unsigned)                                                                                                  \
  X(cuDriverGetVersion, int *)                                                                                         \
  X(cuGetErrorName, CUresult, const char **)                                                                           \
  X(cuGetErrorString, CUresult, const char **)                                                                         \
  X(cuGetProcAddress_v2, const char *, void **, int, uint64_t, int *)                                                  \
  X(cuDeviceGetCount, int *)                                                                                           \
  X(cuDeviceGet, CUdevice *, int)                                                                                      \
  X(cuDeviceGetName, char *, int, CUdevice)                                                                            \
  X(cuDeviceGetAttribute, int *, int, CUdevice)                                                                        \
  X(cuDeviceTotalMem_v2, size_t *, CUdevice)                                                                           \
  X(cuDevicePrimaryCtxRetain, CUcontext *, CUdevice)                                                                   \
  X(cuDevicePrimaryCtxRelease_v2, CUdevice)                                                                            \
  X(cuCtxCreate_v2, CUcontext *, unsigned, CUdevice)                                                                   \
  X(cuCtxDestroy_v2, CUcontext)                                                                                        \
  X(cuCtxSetCurrent, CUcontext)                                                                                        \
  X(cuCtxGetDevice, CUdevice *)                                                                                        \
  X(cuCtxGetFlags, unsigned *)                                                                                         \
  X(cuCtxGetApiVersion, CUcontext, unsigned *)                                                                         \
  X(cuCtxGetStreamPriorityRange, int *, int *)                                                                         \
  X(cuDevicePrimaryCtxGetState, CUdevice, unsigned *, int *)                                                           \
  X(cuDevicePrimaryCtxSetFlags_v2, CUdevice, unsigned)                                                                 \
  X(cuDevicePrimaryCtxReset_v2, CUdevice)                                                                              \
  X(cuCtxGetCurrent, CUcontext *)                                                                                      \
  X(cuCtxPushCurrent_v2, CUcontext)                                                                                    \
  X(cuCtxPopCurrent_v2, CUcontext *)                                                                                   \
  X(cuCtxSynchronize)                                                                                                  \
  X(cuModuleLoadData, CUmodule *, const void *)                                                                        \
  X(cuModuleLoadDataEx, CUmodule *, const void *, unsigned, CUjit_option *, void **)                                   \
  X(cuModuleUnload, CUmodule)                                                                                          \
  X(cuModuleGetFunction, CUfunction *, CUmodule, const char *)                                                         \
  X(cuModuleGetGlobal_v2, CUdeviceptr *, size_t *, CUmodule, const char *)                                             \
  X(cuFuncGetParamInfo, CUfunction, size_t, size_t *, size_t *)                                                        \
  X(cuFuncGetName, const char **, CUfunction)                                                                          \
  X(cuFuncGetAttribute, int *, CUfunction_attribute, CUfunction)                                                       \
  X(cuFuncSetAttribute, CUfunction, CUfunction_attribute, int)                                                         \
  X(cuOccupancyMaxActiveBlocksPerMultiprocessor, int *, CUfunction, int, size_t)                                       \
  X(cuMemAlloc_v2, CUdeviceptr *, size_t)                                                                              \
  X(cuMemAllocManaged, CUdeviceptr *, size_t, unsigned)                                                                \
  X(cuMemAllocPitch_v2, CUdeviceptr *, size_t *, size_t, size_t, unsigned)                                             \
  X(cuMemFree_v2, CUdeviceptr)                                                                                         \
  X(cuMemHostAlloc, void **, size_t, unsigned)                                                                         \
  X(cuMemFreeHost, void *)                                                                                             \
  X(cuMemHostRegister_v2, void *, size_t, unsigned)                                                                    \
  X(cuMemHostUnregister, void *)                                                                                       \
  X(cuMemGetInfo_v2, size_t *, size_t *)                                                                               \
  X(cuMemAllocAsync, CUdeviceptr *, size_t, CUstream)                                                                  \
  X(cuMemFreeAsync, CUdeviceptr, CUstream)                                                                             \
  X(cuPointerGetAttributes, unsigned, CUpointer_attribute *, void **, CUdeviceptr)                                     \
  X(cuMemGetAddressRange_v2, CUdeviceptr *, size_t *, CUdeviceptr)                                                     \
  X(cuMemHostGetDevicePointer_v2, CUdeviceptr *, void *, unsigned)                                                     \
  X(cuMemAllocFromPoolAsync, CUdeviceptr *, size_t, CUmemoryPool, CUstream)                                            \
  X(cuDeviceGetDefaultMemPool, CUmemoryPool *, CUdevice)                                                               \
  X(cuMemPoolTrimTo, CUmemoryPool, size_t)                                                                             \
  X(cuMemPoolGetAttribute, CUmemoryPool, int, void *)                                                                  \
  X(cuMemPoolSetAttribute, CUmemoryPool, int, void *)                                                                  \
  X(cuPointerGetAttribute, void *, CUpointer_attribute, CUdeviceptr)                                                   \
  X(cuMemcpy, CUdeviceptr, CUdeviceptr, size_t)                                                                        \
  X(cuMemcpyHtoD_v2, CUdeviceptr, const void *, size_t)                                                                \
  X(cuMemcpyDtoH_v2, void *, CUdeviceptr, size_t)                                                                      \
  X(cuMemcpyDtoD_v2, CUdeviceptr, CUdeviceptr, size_t)                                                                 \
  X(cuMemcpyHtoDAsync_v2, CUdeviceptr, const void *, size_t, CUstream)                                                 \
  X(cuMemcpyDtoHAsync_v2, void *, CUdeviceptr, size_t, CUstream)                                                       \
  X(cuMemcpy2D_v2, const CUDA_MEMCPY2D *)                                                                              \
  X(cuMemsetD8_v2, CUdeviceptr, unsigned char, size_t)                                                                 \
  X(cuMemsetD16_v2, CUdeviceptr, unsigned short, size_t)                                                               \
  X(cuMemsetD32Async, CUdeviceptr, unsigned, size_t, CUstream)                                                         \
  X(cuMemsetD2D32_v2, CUdeviceptr, size_t, unsigned, size_t, size_t)                                                   \
  X(cuStreamCreate, CUstream *, unsigned)                                                                              \
  X(cuStreamDestroy_v2, CUstream)                                                                                      \
  X(cuStreamSynchronize, CUstream)                                                                                     \
  X(cuStreamWaitEvent, CUstream, CUevent, unsigned)                                                                    \
  X(cuStreamBeginCapture_v2, CUstream, CUstreamCaptureMode)                                                            \
  X(cuStreamEndCapture, CUstream, CUgraph *)                                                                           \
  X(cuStreamGetCaptureInfo_v3, CUstream, CUstreamCaptureStatus *, uint64_t *, CUgraph *, const CUgraphNode **,         \
    const void **, size_t *)                                                                                           \
  X(cuStreamIsCapturing, CUstream, CUstreamCaptureStatus *)                                                            \
  X(cuThreadExchangeStreamCaptureMode, CUstreamCaptureMode *)                                                          \
  X(cuLaunchHostFunc, CUstream, CUhostFn, void *)                                                                      \
  X(cuEventCreate, CUevent *, unsigned)                                                                                \
  X(cuEventRecord, CUevent, CUstream)                                                                                  \
  X(cuEventQuery, CUevent)                                                                                             \
  X(cuEventSynchronize, CUevent)                                                                                       \
  X(cuEventElapsedTime, float *, CUevent, CUevent)                                                                     \
  X(cuGraphCreate, CUgraph *, unsigned)                                                                                \
  X(cuGraphAddKernelNode_v2, CUgraphNode *, CUgraph, const CUgraphNode *, size_t, const CUDA_KERNEL_NODE_PARAMS *)     \
  X(cuGraphAddMemcpyNode, CUgraphNode *, CUgraph, const CUgraphNode *, size_t, const CUDA_MEMCPY3D *, CUcontext)       \
  X(cuGraphAddMemsetNode, CUgraphNode *, CUgraph, const CUgraphNode *, size_t, const CUDA_MEMSET_NODE_PARAMS *,        \
    CUcontext)                                                                                                         \
  X(cuGraphAddHostNode, CUgraphNode *, CUgraph, const CUgraphNode *, size_t, const CUDA_HOST_NODE_PARAMS *)            \
  X(cuGraphAddEmptyNode, CUgraphNode *, CUgraph, const CUgraphNode *, size_t)                                          \
  X(cuGraphGetRootNodes, CUgraph, CUgraphNode *, size_t *)                                                             \
  X(cuGraphGetNodes, CUgraph, CUgraphNode *, size_t *)                                                                 \
  X(cuGraphNodeGetType, CUgraphNode, CUgraphNodeType *)                                                                \
  X(cuGraphInstantiateWithFlags, CUgraphExec *, CUgraph, unsigned long long)                                           \
  X(cuGraphLaunch, CUgraphExec, CUstream)                                                                              \
  X(cuGraphDestroy, CUgraph)                                                                                           \
  X(cuGraphExecDestroy, CUgraphExec)                                                                                   \
  X(cuLaunchKernel, CUfunction, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, CUstream,        \
    void **, void **)                                                                                                  \
  X(cuLaunchKernelEx, const CUlaunchConfig *, CUfunction, void **, void **)                                            \
  X(cuTensorMapEncodeTiled, CUtensorMap *, CUtensorMapDataType, uint32_t, void *, const uint64_t *, const uint64_t *,  \
    const uint32_t *, const uint32_t *, CUtensorMapInterleave, CUtensorMapSwizzle, CUtensorMapL2promotion,             \
    CUtensorMapFloatOOBfill)                                                                                           \
  X(cuTensorMapReplaceAddress, CUtensorMap *, void *)                                                                  \
  X(cuLaunchCooperativeKernel, CUfunction, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned,       \
    CUstream, void **)

/// The library's functions. A missing one is a failure of the process.
struct Cuda {
#define PLAIT_TEST_MEMBER(symbol, ...) CUresult (*symbol)(__VA_ARGS__);
  PLAIT_TEST_ENTRY_POINTS(PLAIT_TEST_MEMBER)
#undef PLAIT_TEST_MEMBER
  const char *(*report)();
  const char *(*counters)();
  void (*clear)();
};

using Variables = std::vector<std::pair<std::string, std::string>>;

/// Runs `body` in a child with these variables of the environment; its failures are the test's.
void withLibrary(const Variables &variables, const std::function<void(const Cuda &)> &body);
/// The same where the primary context is current. The log goes to /dev/null.
void withContext(const Variables &variables, const std::function<void(const Cuda &)> &body);

#define EXPECT_CUDA(call) EXPECT_EQ(call, CUDA_SUCCESS)
#define ASSERT_CUDA(call) ASSERT_EQ(call, CUDA_SUCCESS)
/// Passes where text has a part.
#define EXPECT_PART(text, part) EXPECT_NE(std::string(text).find(part), std::string::npos) << (text)

/// The text of a module of PTX 8.0 for sm_80 with these kernels.
std::string moduleOf(const std::string &kernels);
/// add(float *sum, const float *a, const float *b, unsigned n).
extern const char *const addKernel;
/// The arguments of that kernel: vectors whose sum is 3.5 in each place.
struct Add {
  static constexpr unsigned length = 1000;
  CUfunction function;
  CUdeviceptr sum, a, b;
  unsigned n = length;

  explicit Add(const Cuda &cuda);
  CUresult launch(const Cuda &cuda, CUstream stream = nullptr, unsigned threads = 128, unsigned shared = 0);
  /// Passes where no report was made and each place of the sum holds this.
  void expectSum(const Cuda &cuda, float expected);
};
/// Loads a module, which must succeed, and finds the function.
CUfunction load(const Cuda &cuda, const std::string &text, const char *name);

/// Device memory that is never freed, with these values in it.
template <typename T> CUdeviceptr upload(const Cuda &cuda, const std::vector<T> &values) {
  CUdeviceptr data = 0;
  EXPECT_CUDA(cuda.cuMemAlloc_v2(&data, values.size() * sizeof(T)));
  EXPECT_CUDA(cuda.cuMemcpyHtoD_v2(data, values.data(), values.size() * sizeof(T)));
  return data;
}

template <typename T> std::vector<T> download(const Cuda &cuda, CUdeviceptr data, size_t count) {
  std::vector<T> values(count);
  EXPECT_CUDA(cuda.cuMemcpyDtoH_v2(values.data(), data, count * sizeof(T)));
  return values;
}

} // namespace plait::emulator::test

#endif // PLAIT_TESTS_RUNTIME_EMULATOR_DRIVER_SUPPORT_H
