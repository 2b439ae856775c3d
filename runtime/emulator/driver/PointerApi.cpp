//===- PointerApi.cpp - what an address is --------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the queries about pointers.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/driver/Enter.h"

#include <cstring>
#include <iterator>

using namespace plait::emulator;

namespace {

/// What is known of an address: of nothing of ours, all is 0.
struct Pointer {
  CUcontext context = nullptr;
  unsigned type = 0; ///< a CUmemorytype
  bool isManaged = false;
  uint64_t address = 0, begin = 0, bytes = 0;
};

Pointer describe(Driver &driver, uint64_t address) {
  const Allocation *allocation;
  if (const MemoryBlock *block = driver.findMemory(address, &allocation)) {
    bool isHost = block->kind == MemoryBlock::Kind::Host;
    return {block->context,
            isHost ? CU_MEMORYTYPE_HOST : CU_MEMORYTYPE_DEVICE,
            block->kind == MemoryBlock::Kind::Managed,
            address,
            allocation->address,
            allocation->bytes};
  }
  if (allocation) // a module's variable
    return {currentContext(), CU_MEMORYTYPE_DEVICE, false, address, allocation->address, allocation->bytes};
  auto next = driver.registered.upper_bound(address);
  if (next != driver.registered.begin())
    if (auto [begin, bytes] = *std::prev(next); address - begin < bytes)
      return {currentContext(), CU_MEMORYTYPE_HOST, false, address, begin, bytes};
  return {};
}

/// Writes an attribute; false where there is none of the number.
bool write(void *to, CUpointer_attribute attribute, const Pointer &pointer) {
  auto put = [&](auto value) {
    std::memcpy(to, &value, sizeof value);
    return true;
  };
  bool isOfHostAlone = pointer.type == CU_MEMORYTYPE_HOST, isDevice = pointer.type == CU_MEMORYTYPE_DEVICE;
  switch (attribute) {
  case CU_POINTER_ATTRIBUTE_CONTEXT:
    return put(reinterpret_cast<uintptr_t>(pointer.context));
  case CU_POINTER_ATTRIBUTE_MEMORY_TYPE:
    return put(pointer.type);
  case CU_POINTER_ATTRIBUTE_DEVICE_POINTER:
    return put(pointer.address);
  case CU_POINTER_ATTRIBUTE_HOST_POINTER:
    return put(isOfHostAlone || pointer.isManaged ? pointer.address : 0);
  case CU_POINTER_ATTRIBUTE_IS_MANAGED:
    return put(unsigned(pointer.isManaged));
  case CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL:
    return put(pointer.type ? 0 : -2); // CU_DEVICE_INVALID
  case CU_POINTER_ATTRIBUTE_RANGE_START_ADDR:
    return put(pointer.begin);
  case CU_POINTER_ATTRIBUTE_RANGE_SIZE:
    return put(size_t(pointer.bytes));
  case CU_POINTER_ATTRIBUTE_MAPPED:
    return put(isDevice);
  }
  return false;
}

} // namespace

PLAIT_CUDA_API CUresult cuPointerGetAttribute(void *data, CUpointer_attribute attribute, CUdeviceptr ptr) {
  return enter([&](Driver &driver) {
    Pointer pointer = describe(driver, ptr);
    if (!data || !pointer.type)
      return CUDA_ERROR_INVALID_VALUE;
    return write(data, attribute, pointer) ? CUDA_SUCCESS : CUDA_ERROR_NOT_SUPPORTED;
  });
}

/// Of a pointer that CUDA does not know, all attributes are 0.
PLAIT_CUDA_API CUresult cuPointerGetAttributes(unsigned numAttributes, CUpointer_attribute *attributes, void **data,
                                               CUdeviceptr ptr) {
  return enter([&](Driver &driver) {
    if (!attributes || !data)
      return CUDA_ERROR_INVALID_VALUE;
    Pointer pointer = describe(driver, ptr);
    for (unsigned i = 0; i < numAttributes; ++i)
      if (!data[i] || !write(data[i], attributes[i], pointer))
        return CUDA_ERROR_INVALID_VALUE;
    return CUDA_SUCCESS;
  });
}
