//===- Address.h - the windows of generic addresses -------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares where the state spaces lie among generic addresses: global and
// const memory at their own addresses, the others in windows that no host address
// is in.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_EMULATOR_MACHINE_ADDRESS_H
#define PLAIT_RUNTIME_EMULATOR_MACHINE_ADDRESS_H

#include "runtime/emulator/ptx/Module.h"

#include <cstdint>

namespace plait::emulator {

constexpr uint64_t sharedWindow = uint64_t(1) << 56;
constexpr uint64_t localWindow = uint64_t(2) << 56;
constexpr uint64_t paramWindow = uint64_t(3) << 56;

/// What is added to an address of a space to make it generic.
inline uint64_t windowOf(ptx::Space space) {
  switch (space) {
  case ptx::Space::Shared:
    return sharedWindow;
  case ptx::Space::Local:
    return localWindow;
  case ptx::Space::Param:
    return paramWindow;
  default:
    return 0;
  }
}

/// The space that a generic address points into.
inline ptx::Space spaceOf(uint64_t address) {
  switch (address >> 32) {
  case sharedWindow >> 32:
    return ptx::Space::Shared;
  case localWindow >> 32:
    return ptx::Space::Local;
  case paramWindow >> 32:
    return ptx::Space::Param;
  default:
    return ptx::Space::Global;
  }
}

} // namespace plait::emulator

#endif // PLAIT_RUNTIME_EMULATOR_MACHINE_ADDRESS_H
