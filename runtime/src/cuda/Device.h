//===- Device.h - CUDA devices and their contexts ---------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares how the runtime enters a device: through its primary context,
// which it shares with every other library of the process.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_SRC_CUDA_DEVICE_H
#define PLAIT_RUNTIME_SRC_CUDA_DEVICE_H

#include "runtime/src/cuda/Driver.h"

namespace plait::cuda {

/// Gives the number of devices.
Status countDevices(const Driver *&driver, int &count);

/// Finds a device by its number.
Status findDevice(int index, const Driver *&driver, DeviceHandle &device);

/// A device that is used, and its context. The driver is the one it was found with.
struct DeviceContext {
  const Driver *driver = nullptr;
  DeviceHandle device = 0;
  Context context = nullptr;
  int index = -1;
};

/// Gives the context of a device by its number.
Status findContext(int index, DeviceContext &found);

/// A device whose context is current for this object's lifetime. Then the caller's is so again.
class CurrentDevice {
public:
  CurrentDevice() = default;
  CurrentDevice(const CurrentDevice &) = delete;
  CurrentDevice &operator=(const CurrentDevice &) = delete;
  ~CurrentDevice();

  Status enter(int index);
  Status enter(const DeviceContext &context);

  const Driver &driver() const { return *table; }

private:
  const Driver *table = nullptr;
  bool entered = false;
};

} // namespace plait::cuda

#endif // PLAIT_RUNTIME_SRC_CUDA_DEVICE_H
