//===- Device.cpp - CUDA devices and their contexts -----------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file retains the primary context of each device that is used, once.
//
//===----------------------------------------------------------------------===//

#include "runtime/src/cuda/Device.h"

#include "runtime/src/threads/ForkMutex.h"

#include <map>

using namespace plait;
using namespace plait::cuda;

namespace {

/// Gives the context of a device. It is kept until the process ends: arrays of other libraries live in it.
Status primaryContext(const Driver &driver, int index, DeviceHandle device, Context &context) {
  static auto &retained = *new std::map<int, Context>; // calls come while the process ends, too
  ForkLock lock(ForkMutex::CudaDriver);
  auto found = retained.find(index);
  if (found == retained.end()) {
    if (Status status = driver.check(driver.primaryContextRetain(&context, device), "can't use CUDA device ", index))
      return status;
    found = retained.emplace(index, context).first;
  }
  context = found->second;
  return nullptr;
}

} // namespace

Status cuda::countDevices(const Driver *&driver, int &count) {
  if (Status status = openDriver(driver))
    return status;
  return driver->check(driver->deviceGetCount(&count), "can't count the CUDA devices");
}

Status cuda::findDevice(int index, const Driver *&driver, DeviceHandle &device) {
  int count = 0;
  if (Status status = countDevices(driver, count))
    return status;
  if (index < 0 || index >= count)
    return failure(PLAIT_INVALID_ARGUMENT, "CUDA expects a device from 0 to ", count - 1, ", but got ", index);
  return driver->check(driver->deviceGet(&device, index), "can't find CUDA device ", index);
}

CurrentDevice::~CurrentDevice() {
  Context left;
  if (entered)
    table->contextPop(&left);
}

Status cuda::findContext(int index, DeviceContext &found) {
  DeviceContext context;
  context.index = index;
  if (Status status = findDevice(index, context.driver, context.device))
    return status;
  if (Status status = primaryContext(*context.driver, index, context.device, context.context))
    return status;
  found = context;
  return nullptr;
}

Status CurrentDevice::enter(int index) {
  DeviceContext context;
  if (Status status = findContext(index, context))
    return status;
  return enter(context);
}

Status CurrentDevice::enter(const DeviceContext &context) {
  table = context.driver;
  Status status = table->check(table->contextPush(context.context), "can't use CUDA device ", context.index);
  entered = !status;
  return status;
}
