//===- CudaApi.cpp - CUDA devices and their memory in the C interface -----===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the functions plait_cuda_*.
//
//===----------------------------------------------------------------------===//

#include "runtime/src/cuda/Device.h"

#include <plait/cuda.h>

using namespace plait;
using namespace plait::cuda;

namespace {

DevicePointer toDevice(const void *data) { return reinterpret_cast<uintptr_t>(data); }

Status describeDevice(int index, plait_cuda_properties &properties) {
  const Driver *driver;
  DeviceHandle device;
  if (Status status = findDevice(index, driver, device))
    return status;
  size_t memory = 0;
  plait_cuda_properties found = {};
  Result result = driver->deviceGetName(found.name, sizeof found.name, device);
  if (result == success)
    result = driver->deviceTotalMem(&memory, device);
  for (auto [value, attribute] :
       {std::pair(&found.major, capabilityMajor), std::pair(&found.minor, capabilityMinor),
        std::pair(&found.multiprocessors, multiprocessorCount), std::pair(&found.shared_memory, sharedMemoryOfBlock)})
    if (result == success)
      result = driver->deviceGetAttribute(value, attribute, device);
  if (Status status = driver->check(result, "can't describe CUDA device ", index))
    return status;
  found.memory = memory;
  properties = found;
  return nullptr;
}

/// Runs a copy "to" or "from" a device.
template <typename F>
plait_status *copy(int32_t device, const void *to, const void *from, size_t size, const char *direction, F &&run) {
  return guarded([&]() -> Status {
    CurrentDevice current;
    if (!size)
      return nullptr;
    for (const void *end : {to, from})
      if (Status status = expectPointer(end, "a copy to or from a CUDA device expects two addresses"))
        return status;
    if (Status status = current.enter(device))
      return status;
    return current.driver().check(run(current.driver()), "can't copy ", size, " bytes ", direction, " CUDA device ",
                                  device);
  });
}

} // namespace

plait_status *plait_cuda_device_count(int32_t *count) {
  return guarded([&]() -> Status {
    const Driver *driver;
    int found = 0;
    if (Status status = countDevices(driver, found))
      return status;
    *count = found;
    return nullptr;
  });
}

plait_status *plait_cuda_describe(int32_t device, plait_cuda_properties *properties) {
  return guarded([&] { return describeDevice(device, *properties); });
}

plait_status *plait_cuda_allocate(int32_t device, size_t size, void **data) {
  return guarded([&]() -> Status {
    CurrentDevice current;
    if (Status status = current.enter(device))
      return status;
    DevicePointer memory = 0;
    if (size)
      if (Status status = current.driver().check(current.driver().memoryAllocate(&memory, size), "can't allocate ",
                                                 size, " bytes on CUDA device ", device))
        return status;
    *data = reinterpret_cast<void *>(uintptr_t(memory));
    return nullptr;
  });
}

plait_status *plait_cuda_free(int32_t device, void *data) {
  return guarded([&]() -> Status {
    CurrentDevice current;
    if (!data)
      return nullptr;
    if (Status status = current.enter(device))
      return status;
    return current.driver().check(current.driver().memoryFree(toDevice(data)), "can't free memory of CUDA device ",
                                  device);
  });
}

plait_status *plait_cuda_copy_to_device(int32_t device, void *to, const void *from, size_t size) {
  return copy(device, to, from, size, "to", [=](const Driver &driver) {
    // The driver may return while the bytes are on their way, for which only its default stream waits.
    Result result = driver.copyToDevice(toDevice(to), from, size);
    return result == success ? driver.streamSynchronize(nullptr) : result;
  });
}

plait_status *plait_cuda_copy_to_host(int32_t device, void *to, const void *from, size_t size) {
  return copy(device, to, from, size, "from",
              [=](const Driver &driver) { return driver.copyToHost(to, toDevice(from), size); });
}

plait_status *plait_cuda_fill(int32_t device, void *data, uint32_t word, size_t count, void *stream) {
  return guarded([&]() -> Status {
    CurrentDevice current;
    if (!count)
      return nullptr;
    if (Status status = expectPointer(data, "plait_cuda_fill expects an address"))
      return status;
    if (Status status = current.enter(device))
      return status;
    return current.driver().check(current.driver().fillWords(toDevice(data), word, count, stream), "can't fill ", count,
                                  " words on CUDA device ", device);
  });
}

plait_status *plait_cuda_synchronize(int32_t device) {
  return guarded([&]() -> Status {
    CurrentDevice current;
    if (Status status = current.enter(device))
      return status;
    return current.driver().check(current.driver().contextSynchronize(), "work on CUDA device ", device, " failed");
  });
}
