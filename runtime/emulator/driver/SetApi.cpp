//===- SetApi.cpp - filling memory ----------------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the calls that set memory to one value, in one row or in many.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/driver/Enter.h"
#include "runtime/emulator/driver/Tasks.h"

using namespace plait::emulator;

Task plait::emulator::makeFill(const CUDA_MEMSET_NODE_PARAMS &rows) {
  unsigned bytes = rows.elementSize;
  if (bytes != 1 && bytes != 2 && bytes != 4)
    throw Error(0, "expects elements of 1, 2 or 4 bytes, but got " + std::to_string(bytes));
  if (rows.dst % bytes || (rows.height > 1 && (rows.pitch % bytes || rows.pitch < rows.width * bytes)))
    throw Error(0, "expects rows of whole elements of " + std::to_string(bytes) +
                       " bytes, but got an address or a "
                       "pitch that is no multiple, or rows that overlap");
  return [=](Driver &driver) {
    for (size_t row = 0; row < rows.height && rows.width; ++row)
      driver.device->memory().fill(rows.dst + row * rows.pitch, rows.value, bytes, rows.width);
    return CUDA_SUCCESS;
  };
}

static CUresult fill(CUstream stream, const CUDA_MEMSET_NODE_PARAMS &rows) {
  return enterContext(
      [&](Driver &driver) { return submit(driver, stream, CU_GRAPH_NODE_TYPE_MEMSET, makeFill(rows)); });
}

// The calls without a stream are work on the default one.
// NOLINTBEGIN(bugprone-macro-parentheses): a type has none
#define PLAIT_CUDA_SET(Bits, Type)                                                                                     \
  PLAIT_CUDA_API CUresult cuMemsetD##Bits##_v2(CUdeviceptr dstDevice, Type value, size_t count) {                      \
    return fill(nullptr, {dstDevice, 0, value, Bits / 8, count, 1});                                                   \
  }                                                                                                                    \
  PLAIT_CUDA_API CUresult cuMemsetD##Bits##Async(CUdeviceptr dstDevice, Type value, size_t count, CUstream hStream) {  \
    return fill(hStream, {dstDevice, 0, value, Bits / 8, count, 1});                                                   \
  }                                                                                                                    \
  PLAIT_CUDA_API CUresult cuMemsetD2D##Bits##_v2(CUdeviceptr dstDevice, size_t dstPitch, Type value, size_t width,     \
                                                 size_t height) {                                                      \
    return fill(nullptr, {dstDevice, dstPitch, value, Bits / 8, width, height});                                       \
  }                                                                                                                    \
  PLAIT_CUDA_API CUresult cuMemsetD2D##Bits##Async(CUdeviceptr dstDevice, size_t dstPitch, Type value, size_t width,   \
                                                   size_t height, CUstream hStream) {                                  \
    return fill(hStream, {dstDevice, dstPitch, value, Bits / 8, width, height});                                       \
  }
PLAIT_CUDA_SET(8, unsigned char)
PLAIT_CUDA_SET(16, unsigned short)
PLAIT_CUDA_SET(32, unsigned)
// NOLINTEND(bugprone-macro-parentheses)
#undef PLAIT_CUDA_SET
