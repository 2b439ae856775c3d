//===- PoolApi.cpp - pools of memory ---------------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements pools: the device has its default one alone, which keeps nothing
// that was freed.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/driver/Enter.h"

#include <cstring>

using namespace plait::emulator;

namespace plait::emulator {
struct PoolHandle {
  uint64_t releaseThreshold = 0; ///< kept for those who ask
};
} // namespace plait::emulator

static PoolHandle defaultPool;

PLAIT_CUDA_API CUresult cuMemAllocAsync(CUdeviceptr *dptr, size_t bytesize, CUstream hStream);

PLAIT_CUDA_API CUresult cuMemAllocFromPoolAsync(CUdeviceptr *dptr, size_t bytesize, CUmemoryPool pool,
                                                CUstream hStream) {
  return pool == &defaultPool ? cuMemAllocAsync(dptr, bytesize, hStream) : CUDA_ERROR_INVALID_VALUE;
}

PLAIT_CUDA_API CUresult cuDeviceGetDefaultMemPool(CUmemoryPool *pool, CUdevice dev) {
  return enter([&](Driver &) {
    if (!pool)
      return CUDA_ERROR_INVALID_VALUE;
    if (dev != 0)
      return CUDA_ERROR_INVALID_DEVICE;
    *pool = &defaultPool;
    return CUDA_SUCCESS;
  });
}

PLAIT_CUDA_API CUresult cuDeviceGetMemPool(CUmemoryPool *pool, CUdevice dev) {
  return cuDeviceGetDefaultMemPool(pool, dev);
}

PLAIT_CUDA_API CUresult cuMemPoolTrimTo(CUmemoryPool pool, size_t minBytesToKeep) {
  return enter([&](Driver &) { return pool == &defaultPool ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE; });
}

/// Runs `access` on the attribute's value.
template <typename Access> static CUresult poolAttribute(CUmemoryPool pool, int attribute, void *value, Access access) {
  return enter([&](Driver &) {
    constexpr int releaseThreshold = 4; // CU_MEMPOOL_ATTR_RELEASE_THRESHOLD
    if (pool != &defaultPool || !value)
      return CUDA_ERROR_INVALID_VALUE;
    if (attribute != releaseThreshold)
      return CUDA_ERROR_NOT_SUPPORTED;
    access(pool->releaseThreshold);
    return CUDA_SUCCESS;
  });
}

PLAIT_CUDA_API CUresult cuMemPoolGetAttribute(CUmemoryPool pool, int attr, void *value) {
  return poolAttribute(pool, attr, value, [&](uint64_t &own) { std::memcpy(value, &own, sizeof own); });
}

PLAIT_CUDA_API CUresult cuMemPoolSetAttribute(CUmemoryPool pool, int attr, void *value) {
  return poolAttribute(pool, attr, value, [&](uint64_t &own) { std::memcpy(&own, value, sizeof own); });
}
