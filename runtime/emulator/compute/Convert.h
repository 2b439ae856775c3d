//===- Convert.h - destinations of conversions ------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares what the two halves of cvt share: how a control word holds the
// destination, and the way from an exact value into it.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_EMULATOR_COMPUTE_CONVERT_H
#define PLAIT_RUNTIME_EMULATOR_COMPUTE_CONVERT_H

#include "runtime/emulator/compute/Decoder.h"

namespace plait::emulator {

enum FormatIndex : uint8_t { halfIndex, bfloatIndex, tf32Index, singleIndex, doubleIndex, e4m3Index, e5m2Index };
inline constexpr Format floatFormats[] = {halfFormat,   bfloatFormat, tf32Format, singleFormat,
                                          doubleFormat, e4m3Format,   e5m2Format};
uint8_t formatIndex(const Decoder &decoder, NumberType type);

struct Destination {
  uint8_t format = 0; ///< of a float
  uint8_t bits = 0;
  bool isSigned = false;         ///< of an integer
  bool saturates = false;        ///< to the largest finite number
  bool roundsToIntegral = false; ///< before the conversion
};

constexpr Destination destinationOf(const Operation &operation) {
  uint32_t word = operation.control[1];
  return {uint8_t(word), uint8_t(word >> 8), (word & 1 << 16) != 0, (word & 1 << 17) != 0, (word & 1 << 18) != 0};
}
constexpr void setDestination(Operation &operation, Destination to) {
  operation.control[1] = to.format | uint32_t(to.bits) << 8 | uint32_t(to.isSigned) << 16 |
                         uint32_t(to.saturates) << 17 | uint32_t(to.roundsToIntegral) << 18;
}

/// The bits of an exact value in the operation's destination, under its flags.
uint64_t toFloat(const Operation &operation, double value, Rounding rounding);

/// cvt with a result of two elements.
Operation decodeConvertPacked(Decoder &decoder, NumberType to, NumberType from);

} // namespace plait::emulator

#endif // PLAIT_RUNTIME_EMULATOR_COMPUTE_CONVERT_H
