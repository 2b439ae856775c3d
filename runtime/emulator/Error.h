//===- Error.h - what goes wrong in the emulator ----------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the one exception of the emulator.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_EMULATOR_ERROR_H
#define PLAIT_RUNTIME_EMULATOR_ERROR_H

#include <stdexcept>
#include <string>

namespace plait::emulator {

struct Error : std::runtime_error {
  /// `line` counts from 1 in the PTX text; 0 where no line is meant.
  Error(int line, const std::string &message) : std::runtime_error(message), line(line) {}
  int line;
};

} // namespace plait::emulator

#endif // PLAIT_RUNTIME_EMULATOR_ERROR_H
