//===- Driver.h - the CUDA driver, opened at run time -----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the entry points of the CUDA driver that the runtime uses. The
// library is opened by name, so that nothing of CUDA is needed to build or to start.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_SRC_CUDA_DRIVER_H
#define PLAIT_RUNTIME_SRC_CUDA_DRIVER_H

#include "runtime/src/Status.h"

#include <cstddef>
#include <cstdint>

namespace plait::cuda {

/// The driver's types, as its interface fixes them.
using Result = int;
using DeviceHandle = int;
using Context = void *;
using Module = void *;
using Function = void *;
using Stream = void *;
using DevicePointer = unsigned long long;

/// The driver's numbers that matter here.
constexpr Result success = 0, outOfMemory = 2, noDevice = 100;
constexpr int multiprocessorCount = 16, capabilityMajor = 75, capabilityMinor = 76, sharedMemoryOfBlock = 97;
constexpr int errorLog = 5, errorLogSize = 6, dynamicSharedMemory = 8;

/// Member, name in the library, type.
#define PLAIT_CUDA_ENTRY_POINTS(X)                                                                                     \
  X(init, "cuInit", Result(unsigned))                                                                                  \
  X(getErrorName, "cuGetErrorName", Result(Result, const char **))                                                     \
  X(getErrorString, "cuGetErrorString", Result(Result, const char **))                                                 \
  X(deviceGetCount, "cuDeviceGetCount", Result(int *))                                                                 \
  X(deviceGet, "cuDeviceGet", Result(DeviceHandle *, int))                                                             \
  X(deviceGetName, "cuDeviceGetName", Result(char *, int, DeviceHandle))                                               \
  X(deviceGetAttribute, "cuDeviceGetAttribute", Result(int *, int, DeviceHandle))                                      \
  X(deviceTotalMem, "cuDeviceTotalMem_v2", Result(size_t *, DeviceHandle))                                             \
  X(primaryContextRetain, "cuDevicePrimaryCtxRetain", Result(Context *, DeviceHandle))                                 \
  X(contextPush, "cuCtxPushCurrent_v2", Result(Context))                                                               \
  X(contextPop, "cuCtxPopCurrent_v2", Result(Context *))                                                               \
  X(contextSynchronize, "cuCtxSynchronize", Result())                                                                  \
  X(memoryAllocate, "cuMemAlloc_v2", Result(DevicePointer *, size_t))                                                  \
  X(memoryFree, "cuMemFree_v2", Result(DevicePointer))                                                                 \
  X(memoryAllocateOrdered, "cuMemAllocAsync", Result(DevicePointer *, size_t, Stream))                                 \
  X(memoryFreeOrdered, "cuMemFreeAsync", Result(DevicePointer, Stream))                                                \
  X(copyToDevice, "cuMemcpyHtoD_v2", Result(DevicePointer, const void *, size_t))                                      \
  X(copyToHost, "cuMemcpyDtoH_v2", Result(void *, DevicePointer, size_t))                                              \
  X(fillWords, "cuMemsetD32Async", Result(DevicePointer, unsigned, size_t, Stream))                                    \
  X(streamSynchronize, "cuStreamSynchronize", Result(Stream))                                                          \
  X(moduleLoad, "cuModuleLoadDataEx", Result(Module *, const void *, unsigned, const int *, void *const *))            \
  X(moduleUnload, "cuModuleUnload", Result(Module))                                                                    \
  X(moduleGetFunction, "cuModuleGetFunction", Result(Function *, Module, const char *))                                \
  X(functionSetAttribute, "cuFuncSetAttribute", Result(Function, int, int))                                            \
  X(launchKernel, "cuLaunchKernel",                                                                                    \
    Result(Function, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, Stream, void *const *,      \
           void *const *))

/// The entry points of an open driver.
struct Driver {
#define PLAIT_CUDA_MEMBER(member, name, ...) std::add_pointer_t<__VA_ARGS__> member = nullptr;
  PLAIT_CUDA_ENTRY_POINTS(PLAIT_CUDA_MEMBER)
#undef PLAIT_CUDA_MEMBER

  /// Success, or the joined parts followed by the driver's name and text for what went wrong.
  template <typename... Parts> Status check(Result result, const Parts &...parts) const {
    return result == success ? nullptr : refused(result, join(parts...));
  }

private:
  [[gnu::cold]] Status refused(Result result, const std::string &what) const;
};

/// Gives the driver that PLAIT_CUDA_DRIVER names. The first success opens it for the life of the process; after a
/// failure the next call tries again. Fails in the child of a process that had opened it before fork().
Status openDriver(const Driver *&driver);

} // namespace plait::cuda

#endif // PLAIT_RUNTIME_SRC_CUDA_DRIVER_H
