//===- Tasks.h - what streams and graphs do ---------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares how what a caller says of a launch, a copy or a fill becomes a
// task, which a stream does at once and a graph each time it is launched.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_EMULATOR_DRIVER_TASKS_H
#define PLAIT_RUNTIME_EMULATOR_DRIVER_TASKS_H

#include "runtime/emulator/driver/State.h"

namespace plait::emulator {

/// What all calls that launch have in common.
struct LaunchCall {
  CUfunction function;
  Dimensions grid, block;
  unsigned sharedBytes;
  void **parameters, **extra; ///< one of them, or neither
};

/// Copies the parameters. Throws Error where they are not what the kernel expects; the handle is to be a valid one.
Task makeLaunch(const Driver &driver, const LaunchCall &call);

Task makeCopy(const CUDA_MEMCPY3D &shape);

/// Throws Error where the values are misaligned or the rows overlap.
Task makeFill(const CUDA_MEMSET_NODE_PARAMS &rows);

/// Calls a function of the host, in which no call of the driver is allowed.
Task makeHostCall(std::function<void()> function);

} // namespace plait::emulator

#endif // PLAIT_RUNTIME_EMULATOR_DRIVER_TASKS_H
