//===- MemoryApi.cpp - memory of the device and of the host ---------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements what allocates memory and what frees it.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/driver/Enter.h"

#include <algorithm>
#include <iterator>

using namespace plait::emulator;

namespace {

/// Allocates in the current context. The result is a CUdeviceptr or a host pointer.
template <typename Pointer> CUresult allocate(Driver &driver, Pointer *result, size_t bytes, MemoryBlock::Kind kind) {
  if (!result || bytes == 0)
    return CUDA_ERROR_INVALID_VALUE;
  GlobalMemory &memory = driver.device->memory();
  auto address = memory.allocate(bytes);
  if (!address)
    return CUDA_ERROR_OUT_OF_MEMORY;
  // What the host writes to its own memory, nobody sees.
  if (kind != MemoryBlock::Kind::Device)
    memory.setInitialized(*address, bytes);
  driver.memory[*address] = {currentContext(), kind};
  *result = (Pointer)(*address);
  return CUDA_SUCCESS;
}

CUresult release(Driver &driver, uint64_t address, bool isHost) {
  auto found = driver.memory.find(address);
  if (found == driver.memory.end() || (found->second.kind == MemoryBlock::Kind::Host) != isHost)
    return CUDA_ERROR_INVALID_VALUE;
  driver.free(address);
  return CUDA_SUCCESS;
}

} // namespace

PLAIT_CUDA_API CUresult cuMemAlloc_v2(CUdeviceptr *dptr, size_t bytesize) {
  return enterUncaptured([&](Driver &driver) { return allocate(driver, dptr, bytesize, MemoryBlock::Kind::Device); });
}

PLAIT_CUDA_API CUresult cuMemAllocManaged(CUdeviceptr *dptr, size_t bytesize, unsigned flags) {
  return enterUncaptured([&](Driver &driver) {
    // CU_MEM_ATTACH_GLOBAL or CU_MEM_ATTACH_HOST.
    return flags == 1 || flags == 2 ? allocate(driver, dptr, bytesize, MemoryBlock::Kind::Managed)
                                    : CUDA_ERROR_INVALID_VALUE;
  });
}

PLAIT_CUDA_API CUresult cuMemAllocPitch_v2(CUdeviceptr *dptr, size_t *pPitch, size_t widthInBytes, size_t height,
                                           unsigned elementSizeBytes) {
  return enterUncaptured([&](Driver &driver) {
    bool isElement = elementSizeBytes == 4 || elementSizeBytes == 8 || elementSizeBytes == 16;
    size_t pitch = (widthInBytes + 511) / 512 * 512;
    if (!pPitch || !isElement || !height || pitch < widthInBytes || pitch > SIZE_MAX / height)
      return CUDA_ERROR_INVALID_VALUE;
    *pPitch = pitch;
    return allocate(driver, dptr, pitch * height, MemoryBlock::Kind::Device);
  });
}

/// Waits for the device, as the driver's does.
PLAIT_CUDA_API CUresult cuMemFree_v2(CUdeviceptr dptr) {
  return enterWaiting([&](Driver &driver) { return dptr ? release(driver, dptr, false) : CUDA_SUCCESS; });
}

/// For allocations in the order of a stream: `body(driver)`, or `record(driver, capture)`.
template <typename Body, typename Record> static CUresult enterOrdered(CUstream stream, Body &&body, Record &&record) {
  return enterContext([&](Driver &driver) -> CUresult {
    if (isDefault(stream))
      return body(driver);
    if (!driver.streams.has(stream))
      return CUDA_ERROR_INVALID_HANDLE;
    if (!stream->capture)
      return body(driver);
    return stream->capture->isInvalidated ? CUDA_ERROR_STREAM_CAPTURE_INVALIDATED : record(driver, *stream->capture);
  });
}

/// The addresses are fixed now, the memory is there when a launch comes to the node.
PLAIT_CUDA_API CUresult cuMemAllocAsync(CUdeviceptr *dptr, size_t bytesize, CUstream hStream) {
  auto allocateNow = [&](Driver &driver) { return allocate(driver, dptr, bytesize, MemoryBlock::Kind::Device); };
  return enterOrdered(hStream, allocateNow, [&](Driver &driver, Capture &capture) {
    if (!dptr || bytesize == 0)
      return CUDA_ERROR_INVALID_VALUE;
    GlobalMemory &memory = driver.device->memory();
    std::optional<uint64_t> address = memory.reserve(bytesize);
    if (!address)
      return CUDA_ERROR_OUT_OF_MEMORY;
    *dptr = *address;
    auto own = std::make_shared<GraphMemory>(memory, *address);
    capture.graph.memory.push_back(own);
    return submit(driver, hStream, CU_GRAPH_NODE_TYPE_MEM_ALLOC, [own, context = currentContext()](Driver &driver) {
      own->memory.provide(own->address);
      driver.memory[own->address] = {context, MemoryBlock::Kind::Device, own};
      return CUDA_SUCCESS;
    });
  });
}

/// A capture can free what this or another graph allocates, once.
PLAIT_CUDA_API CUresult cuMemFreeAsync(CUdeviceptr dptr, CUstream hStream) {
  auto freeNow = [=](Driver &driver) { return release(driver, dptr, false); };
  return enterOrdered(hStream, freeNow, [&](Driver &driver, Capture &capture) {
    GraphHandle &graph = capture.graph;
    auto block = driver.memory.find(dptr);
    bool isOfGraph = block != driver.memory.end() && block->second.ofGraph;
    for (const auto &own : graph.memory)
      isOfGraph |= own->address == dptr;
    if (!isOfGraph || std::find(graph.freed.begin(), graph.freed.end(), dptr) != graph.freed.end())
      return CUDA_ERROR_INVALID_VALUE;
    graph.freed.push_back(dptr);
    return submit(driver, hStream, CU_GRAPH_NODE_TYPE_MEM_FREE, freeNow);
  });
}

PLAIT_CUDA_API CUresult cuMemHostAlloc(void **pp, size_t bytesize, unsigned flags) {
  return enterUncaptured([&](Driver &driver) {
    constexpr unsigned portable = 1, deviceMap = 2, writeCombined = 4;
    return flags & ~(portable | deviceMap | writeCombined) ? CUDA_ERROR_INVALID_VALUE
                                                           : allocate(driver, pp, bytesize, MemoryBlock::Kind::Host);
  });
}

PLAIT_CUDA_API CUresult cuMemAllocHost_v2(void **pp, size_t bytesize) { return cuMemHostAlloc(pp, bytesize, 0); }

PLAIT_CUDA_API CUresult cuMemFreeHost(void *p) {
  return enterWaiting(
      [&](Driver &driver) { return p ? release(driver, reinterpret_cast<uintptr_t>(p), true) : CUDA_SUCCESS; });
}

PLAIT_CUDA_API CUresult cuMemHostGetDevicePointer_v2(CUdeviceptr *pdptr, void *p, unsigned flags) {
  return enterContext([&](Driver &driver) {
    const Allocation *allocation;
    uint64_t address = reinterpret_cast<uintptr_t>(p);
    const MemoryBlock *block = driver.findMemory(address, &allocation);
    if (!pdptr || flags != 0 || !block || block->kind != MemoryBlock::Kind::Host)
      return CUDA_ERROR_INVALID_VALUE;
    *pdptr = address;
    return CUDA_SUCCESS;
  });
}

/// The host's own memory lies outside of the device's range, so kernels can't be given it; but a copy may
/// expect that it is registered.
PLAIT_CUDA_API CUresult cuMemHostRegister_v2(void *p, size_t bytesize, unsigned flags) {
  return enterUncaptured([&](Driver &driver) {
    constexpr unsigned portable = 1, readOnly = 8;
    if (!p || bytesize == 0)
      return CUDA_ERROR_INVALID_VALUE;
    if (flags & ~(portable | readOnly))
      return CUDA_ERROR_NOT_SUPPORTED;
    uintptr_t begin = reinterpret_cast<uintptr_t>(p);
    auto next = driver.registered.lower_bound(begin + bytesize);
    if (next != driver.registered.begin() && std::prev(next)->first + std::prev(next)->second > begin)
      return CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED;
    driver.registered.emplace(begin, bytesize);
    return CUDA_SUCCESS;
  });
}

PLAIT_CUDA_API CUresult cuMemHostUnregister(void *p) {
  return enterWaiting([&](Driver &driver) {
    return driver.registered.erase(reinterpret_cast<uintptr_t>(p)) ? CUDA_SUCCESS
                                                                   : CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED;
  });
}

PLAIT_CUDA_API CUresult cuMemGetInfo_v2(size_t *free, size_t *total) {
  return enterContext([&](Driver &driver) {
    if (!free || !total)
      return CUDA_ERROR_INVALID_VALUE;
    const GlobalMemory &memory = driver.device->memory();
    *total = memory.capacity();
    *free = memory.capacity() - memory.used();
    return CUDA_SUCCESS;
  });
}

PLAIT_CUDA_API CUresult cuMemGetAddressRange_v2(CUdeviceptr *pbase, size_t *psize, CUdeviceptr dptr) {
  return enterContext([&](Driver &driver) {
    const Allocation *allocation;
    if (!driver.findMemory(dptr, &allocation))
      return CUDA_ERROR_NOT_FOUND;
    if (pbase)
      *pbase = allocation->address;
    if (psize)
      *psize = allocation->bytes;
    return CUDA_SUCCESS;
  });
}
