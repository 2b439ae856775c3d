//===- Text.h - build messages ----------------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares how the emulator builds the text of its messages.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_EMULATOR_MACHINE_TEXT_H
#define PLAIT_RUNTIME_EMULATOR_MACHINE_TEXT_H

#include <cstdint>
#include <sstream>
#include <string>

namespace plait::emulator {

/// A number to print as 0x1f.
struct Hex {
  uint64_t value;
};

inline std::ostream &operator<<(std::ostream &stream, Hex hex) {
  return stream << "0x" << std::hex << hex.value << std::dec;
}

/// The parts, one after the other.
template <typename... Parts> std::string text(const Parts &...parts) {
  std::ostringstream stream;
  (stream << ... << parts);
  return stream.str();
}

} // namespace plait::emulator

#endif // PLAIT_RUNTIME_EMULATOR_MACHINE_TEXT_H
