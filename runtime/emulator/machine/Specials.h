//===- Specials.h - special registers ---------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the values of special registers such as %tid.x.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_EMULATOR_MACHINE_SPECIALS_H
#define PLAIT_RUNTIME_EMULATOR_MACHINE_SPECIALS_H

#include <cstdint>
#include <string_view>

namespace plait::emulator {

class Warp;

struct Special {
  std::string_view name; ///< without %
  uint64_t (*value)(const Warp &warp, unsigned lane);
  bool changes = false; ///< a clock: has another value each time it is read
};

/// None where the emulator does not know the name.
const Special *findSpecial(std::string_view name);

} // namespace plait::emulator

#endif // PLAIT_RUNTIME_EMULATOR_MACHINE_SPECIALS_H
