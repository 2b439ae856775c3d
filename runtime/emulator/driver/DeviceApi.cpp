//===- DeviceApi.cpp - the driver and its devices -------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the initialisation and the queries about devices.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/driver/Enter.h"

#include <algorithm>
#include <cstring>

using namespace plait::emulator;

PLAIT_CUDA_API CUresult cuInit(unsigned flags) {
  return enterEarly([&](Driver &driver) {
    if (flags != 0)
      return CUDA_ERROR_INVALID_VALUE;
    if (driver.device)
      return CUDA_SUCCESS;
    driver.settings = readEnvironment();
    if (driver.settings.devices == 0)
      return CUDA_ERROR_NO_DEVICE;
    driver.device = std::make_unique<Device>(driver.settings.limits);
    return CUDA_SUCCESS;
  });
}

/// Works before cuInit, as the driver's does.
PLAIT_CUDA_API CUresult cuDriverGetVersion(int *driverVersion) {
  return enterEarly([&](Driver &driver) {
    if (!driverVersion)
      return CUDA_ERROR_INVALID_VALUE;
    *driverVersion = driver.device ? driver.settings.driverVersion : readEnvironment().driverVersion;
    return CUDA_SUCCESS;
  });
}

PLAIT_CUDA_API CUresult cuDeviceGetCount(int *count) {
  return enter([&](Driver &driver) {
    if (!count)
      return CUDA_ERROR_INVALID_VALUE;
    *count = driver.settings.devices;
    return CUDA_SUCCESS;
  });
}

PLAIT_CUDA_API CUresult cuDeviceGet(CUdevice *device, int ordinal) {
  return enter([&](Driver &driver) {
    if (!device)
      return CUDA_ERROR_INVALID_VALUE;
    if (ordinal < 0 || ordinal >= driver.settings.devices)
      return CUDA_ERROR_INVALID_DEVICE;
    *device = ordinal;
    return CUDA_SUCCESS;
  });
}

/// For queries about a device.
template <typename Body> static CUresult enterDevice(CUdevice device, const void *result, Body &&body) {
  return enter([&](Driver &driver) -> CUresult {
    if (!result)
      return CUDA_ERROR_INVALID_VALUE;
    if (device != 0)
      return CUDA_ERROR_INVALID_DEVICE;
    return body(driver);
  });
}

PLAIT_CUDA_API CUresult cuDeviceGetName(char *name, int len, CUdevice dev) {
  return enterDevice(dev, name, [&](Driver &driver) {
    if (len < 1)
      return CUDA_ERROR_INVALID_VALUE;
    const DeviceModel &model = driver.settings.model;
    std::string text = "Plait emulator of sm_" + std::to_string(model.major * 10 + model.minor);
    size_t size = std::min(text.size(), size_t(len) - 1);
    std::memcpy(name, text.data(), size);
    name[size] = '\0';
    return CUDA_SUCCESS;
  });
}

PLAIT_CUDA_API CUresult cuDeviceGetUuid(CUuuid *uuid, CUdevice dev) {
  return enterDevice(dev, uuid, [&](Driver &driver) {
    const DeviceModel &model = driver.settings.model;
    std::memcpy(uuid->bytes, "plait-emulator", 14);
    uuid->bytes[14] = char(model.major);
    uuid->bytes[15] = char(model.minor);
    return CUDA_SUCCESS;
  });
}

PLAIT_CUDA_API CUresult cuDeviceGetUuid_v2(CUuuid *uuid, CUdevice dev) { return cuDeviceGetUuid(uuid, dev); }

PLAIT_CUDA_API CUresult cuDeviceTotalMem_v2(size_t *bytes, CUdevice dev) {
  return enterDevice(dev, bytes, [&](Driver &driver) {
    *bytes = driver.device->memory().capacity();
    return CUDA_SUCCESS;
  });
}

PLAIT_CUDA_API CUresult cuDeviceComputeCapability(int *major, int *minor, CUdevice dev) {
  return enterDevice(dev, major && minor ? major : nullptr, [&](Driver &driver) {
    *major = driver.settings.model.major;
    *minor = driver.settings.model.minor;
    return CUDA_SUCCESS;
  });
}

static std::optional<int> attributeOf(const Driver &driver, int attribute) {
  const DeviceModel &model = driver.settings.model;
  const Limits &limits = driver.settings.limits;
  // The number of an attribute, and its value; the comments are the driver's names.
  const std::pair<int, uint64_t> attributes[] = {
      {1, 1024},                        // MAX_THREADS_PER_BLOCK
      {2, 1024},                        // MAX_BLOCK_DIM_X
      {3, 1024},                        // MAX_BLOCK_DIM_Y
      {4, 64},                          // MAX_BLOCK_DIM_Z
      {5, 0x7fffffff},                  // MAX_GRID_DIM_X
      {6, 65535},                       // MAX_GRID_DIM_Y
      {7, 65535},                       // MAX_GRID_DIM_Z
      {8, limits.sharedBytesByDefault}, // MAX_SHARED_MEMORY_PER_BLOCK
      {9, 65536},                       // TOTAL_CONSTANT_MEMORY
      {10, warpSize},                   // WARP_SIZE
      {12, 65536},                      // MAX_REGISTERS_PER_BLOCK
      {13, model.clockKhz},             // CLOCK_RATE
      {16, limits.processors},          // MULTIPROCESSOR_COUNT
      {17, 0},                          // KERNEL_EXEC_TIMEOUT
      {18, 0},                          // INTEGRATED
      {19, 1},                          // CAN_MAP_HOST_MEMORY
      {20, 0},                          // COMPUTE_MODE: the default one
      {31, 0},                          // CONCURRENT_KERNELS
      {32, 0},                          // ECC_ENABLED
      {33, 0},                          // PCI_BUS_ID
      {34, 0},                          // PCI_DEVICE_ID
      {36, model.memoryClockKhz},       // MEMORY_CLOCK_RATE
      {37, model.busBits},              // GLOBAL_MEMORY_BUS_WIDTH
      {38, model.l2Bytes},              // L2_CACHE_SIZE
      {39, model.threads},              // MAX_THREADS_PER_MULTIPROCESSOR
      {40, 0},                          // ASYNC_ENGINE_COUNT
      {41, 1},                          // UNIFIED_ADDRESSING
      {50, 0},                          // PCI_DOMAIN_ID
      {75, uint64_t(model.major)},      // COMPUTE_CAPABILITY_MAJOR
      {76, uint64_t(model.minor)},      // COMPUTE_CAPABILITY_MINOR
      {78, 0},                          // STREAM_PRIORITIES_SUPPORTED
      {81, model.sharedBytes},          // MAX_SHARED_MEMORY_PER_MULTIPROCESSOR
      {82, 65536},                      // MAX_REGISTERS_PER_MULTIPROCESSOR
      {83, 1},                          // MANAGED_MEMORY
      {88, 0},                          // PAGEABLE_MEMORY_ACCESS
      {89, 0},                          // CONCURRENT_MANAGED_ACCESS
      {95, 0},                          // COOPERATIVE_LAUNCH
      {97, limits.sharedBytes},         // MAX_SHARED_MEMORY_PER_BLOCK_OPTIN
      {99, 0},                          // HOST_REGISTER_SUPPORTED
      {102, 0},                         // VIRTUAL_MEMORY_MANAGEMENT_SUPPORTED
      {106, model.blocks},              // MAX_BLOCKS_PER_MULTIPROCESSOR
      {111, 1024},                      // RESERVED_SHARED_MEMORY_PER_BLOCK
      {115, 1},                         // MEMORY_POOLS_SUPPORTED
      {120, 0},                         // CLUSTER_LAUNCH
      {127, model.major >= 9},          // TENSOR_MAP_ACCESS_SUPPORTED
  };
  for (auto [number, value] : attributes)
    if (number == attribute)
      return int(value);
  return std::nullopt;
}

PLAIT_CUDA_API CUresult cuDeviceGetAttribute(int *pi, int attrib, CUdevice dev) {
  return enterDevice(dev, pi, [&](Driver &driver) {
    auto value = attributeOf(driver, attrib);
    if (!value)
      return CUDA_ERROR_NOT_SUPPORTED;
    *pi = *value;
    return CUDA_SUCCESS;
  });
}
