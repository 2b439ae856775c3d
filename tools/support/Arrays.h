//===- Arrays.h - the arrays of a call --------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the arrays of one call, in memory of the host or, for a target of
// CUDA, of a device.
//===----------------------------------------------------------------------===//

#ifndef TOOLS_SUPPORT_ARRAYS_H
#define TOOLS_SUPPORT_ARRAYS_H

#include "compiler/Target/Target.h"
#include "tools/support/HostArray.h"

#include <memory>
#include <plait/runtime.h>
#include <string>

namespace plait {

/// The device of CUDA that tools use.
constexpr int32_t cudaDevice = 0;

/// Memory of that device, freed at the end.
struct FreeDeviceMemory {
  void operator()(void *data) const;
};
using DeviceMemory = std::unique_ptr<void, FreeDeviceMemory>;

/// Arrays as the runtime takes them, as long as they stay where they are.
struct Arguments {
  std::vector<DLTensor> tensors;
  std::vector<const DLTensor *> pointers;
};

/// The arrays of one call.
struct Arrays {
  std::vector<std::string> names;
  std::vector<plait_direction> directions;
  std::vector<HostArray> values;
  std::vector<DeviceMemory> copies; ///< of the values, where calls take these

  /// For a target of CUDA copies the values to the device; calls take the copies from then on.
  llvm::Error place(const Target &target);

  /// Where there are copies, waits for the calls that take them and fetches what these wrote.
  llvm::Error fetch();

  Arguments arguments();
};

} // namespace plait

#endif // TOOLS_SUPPORT_ARRAYS_H
