//===- CopyApi.cpp - copies between host and device -----------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements copies: those that wait, and those that are work on a stream.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/driver/Enter.h"
#include "runtime/emulator/driver/Tasks.h"

#include <cstring>

using namespace plait::emulator;

namespace {

struct Place {
  uint64_t address;
  bool isDevice;
};

Place onHost(const void *address) { return {reinterpret_cast<uintptr_t>(address), false}; }
Place onDevice(CUdeviceptr address) { return {address, true}; }

/// Where the driver is to find out which memory an address is of.
Place anywhere(Driver &driver, uint64_t address) { return {address, driver.device->memory().find(address) != nullptr}; }

CUresult copy(Driver &driver, Place to, Place from, size_t bytes) {
  GlobalMemory &memory = driver.device->memory();
  if (bytes == 0)
    return CUDA_SUCCESS;
  if (!to.address || !from.address)
    return CUDA_ERROR_INVALID_VALUE;
  void *hostTo = reinterpret_cast<void *>(to.address);
  const void *hostFrom = reinterpret_cast<const void *>(from.address);
  if (to.isDevice && from.isDevice)
    memory.copy(to.address, from.address, bytes);
  else if (to.isDevice)
    memory.copyIn(to.address, hostFrom, bytes);
  else if (from.isDevice)
    memory.copyOut(hostTo, from.address, bytes);
  else
    std::memmove(hostTo, hostFrom, bytes);
  return CUDA_SUCCESS;
}

CUresult copyAndWait(Place to, Place from, size_t bytes) {
  return enterWaiting([=](Driver &driver) { return copy(driver, to, from, bytes); });
}

CUresult copyOnStream(Place to, Place from, size_t bytes, CUstream stream) {
  return enterStream(stream, CU_GRAPH_NODE_TYPE_MEMCPY, [=](Driver &driver) { return copy(driver, to, from, bytes); });
}

Task copyAnywhere(CUdeviceptr to, CUdeviceptr from, size_t bytes) {
  return [=](Driver &driver) { return copy(driver, anywhere(driver, to), anywhere(driver, from), bytes); };
}

/// A row of a side; none where the side is of a kind that the emulator does not have.
std::optional<Place> rowOf(Driver &driver, const CUmemcpySide3D &side, size_t slice, size_t row) {
  size_t offset = ((side.z + slice) * side.height + side.y + row) * side.pitch + side.xInBytes;
  switch (side.memoryType) {
  case CU_MEMORYTYPE_HOST:
    return onHost(static_cast<char *>(side.host) + offset);
  case CU_MEMORYTYPE_DEVICE:
    return onDevice(side.device + offset);
  case CU_MEMORYTYPE_UNIFIED:
    return anywhere(driver, side.device + offset);
  case CU_MEMORYTYPE_ARRAY:
    break;
  }
  return std::nullopt;
}

CUresult copyRows(Driver &driver, const CUDA_MEMCPY3D &shape) {
  bool hasRows = shape.height > 1 || shape.depth > 1;
  for (const CUmemcpySide3D &side : {shape.src, shape.dst})
    if ((hasRows && side.pitch < side.xInBytes + shape.widthInBytes) ||
        (shape.depth > 1 && side.height < side.y + shape.height))
      return CUDA_ERROR_INVALID_VALUE;
  for (size_t row = 0; row < shape.depth * shape.height; ++row) {
    auto to = rowOf(driver, shape.dst, row / shape.height, row % shape.height),
         from = rowOf(driver, shape.src, row / shape.height, row % shape.height);
    if (!to || !from)
      return CUDA_ERROR_NOT_SUPPORTED;
    if (CUresult result = copy(driver, *to, *from, shape.widthInBytes); result != CUDA_SUCCESS)
      return result;
  }
  return CUDA_SUCCESS;
}

Task makeCopyOfRows(const CUDA_MEMCPY2D &shape) {
  auto widen = [](const CUmemcpySide2D &side) {
    return CUmemcpySide3D{side.xInBytes, side.y,  0,          0, side.memoryType, side.host, side.device,
                          side.array,    nullptr, side.pitch, 0};
  };
  return makeCopy({widen(shape.src), widen(shape.dst), shape.widthInBytes, shape.height, 1});
}

} // namespace

Task plait::emulator::makeCopy(const CUDA_MEMCPY3D &shape) {
  return [shape](Driver &driver) { return copyRows(driver, shape); };
}

PLAIT_CUDA_API CUresult cuMemcpy(CUdeviceptr dst, CUdeviceptr src, size_t byteCount) {
  return enterWaiting(copyAnywhere(dst, src, byteCount));
}

PLAIT_CUDA_API CUresult cuMemcpyAsync(CUdeviceptr dst, CUdeviceptr src, size_t byteCount, CUstream hStream) {
  return enterStream(hStream, CU_GRAPH_NODE_TYPE_MEMCPY, copyAnywhere(dst, src, byteCount));
}

PLAIT_CUDA_API CUresult cuMemcpyHtoD_v2(CUdeviceptr dstDevice, const void *srcHost, size_t byteCount) {
  return copyAndWait(onDevice(dstDevice), onHost(srcHost), byteCount);
}

PLAIT_CUDA_API CUresult cuMemcpyDtoH_v2(void *dstHost, CUdeviceptr srcDevice, size_t byteCount) {
  return copyAndWait(onHost(dstHost), onDevice(srcDevice), byteCount);
}

PLAIT_CUDA_API CUresult cuMemcpyDtoD_v2(CUdeviceptr dstDevice, CUdeviceptr srcDevice, size_t byteCount) {
  return copyAndWait(onDevice(dstDevice), onDevice(srcDevice), byteCount);
}

PLAIT_CUDA_API CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr dstDevice, const void *srcHost, size_t byteCount,
                                             CUstream hStream) {
  return copyOnStream(onDevice(dstDevice), onHost(srcHost), byteCount, hStream);
}

PLAIT_CUDA_API CUresult cuMemcpyDtoHAsync_v2(void *dstHost, CUdeviceptr srcDevice, size_t byteCount, CUstream hStream) {
  return copyOnStream(onHost(dstHost), onDevice(srcDevice), byteCount, hStream);
}

PLAIT_CUDA_API CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr dstDevice, CUdeviceptr srcDevice, size_t byteCount,
                                             CUstream hStream) {
  return copyOnStream(onDevice(dstDevice), onDevice(srcDevice), byteCount, hStream);
}

PLAIT_CUDA_API CUresult cuMemcpy2DUnaligned_v2(const CUDA_MEMCPY2D *pCopy) {
  return pCopy ? enterWaiting(makeCopyOfRows(*pCopy)) : CUDA_ERROR_INVALID_VALUE;
}

PLAIT_CUDA_API CUresult cuMemcpy2D_v2(const CUDA_MEMCPY2D *pCopy) { return cuMemcpy2DUnaligned_v2(pCopy); }

PLAIT_CUDA_API CUresult cuMemcpy2DAsync_v2(const CUDA_MEMCPY2D *pCopy, CUstream hStream) {
  return pCopy ? enterStream(hStream, CU_GRAPH_NODE_TYPE_MEMCPY, makeCopyOfRows(*pCopy)) : CUDA_ERROR_INVALID_VALUE;
}

PLAIT_CUDA_API CUresult cuMemcpy3D_v2(const CUDA_MEMCPY3D *pCopy) {
  return pCopy ? enterWaiting(makeCopy(*pCopy)) : CUDA_ERROR_INVALID_VALUE;
}

PLAIT_CUDA_API CUresult cuMemcpy3DAsync_v2(const CUDA_MEMCPY3D *pCopy, CUstream hStream) {
  return pCopy ? enterStream(hStream, CU_GRAPH_NODE_TYPE_MEMCPY, makeCopy(*pCopy)) : CUDA_ERROR_INVALID_VALUE;
}
