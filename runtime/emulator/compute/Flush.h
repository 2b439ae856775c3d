//===- Flush.h - denormals, saturation and NaN ------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file says what the modifiers .ftz, .sat and .relu make of operands and results.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_EMULATOR_COMPUTE_FLUSH_H
#define PLAIT_RUNTIME_EMULATOR_COMPUTE_FLUSH_H

#include "runtime/emulator/compute/Decoder.h"

namespace plait::emulator {

/// A denormal becomes the zero of its sign.
constexpr float flush(float value) {
  uint32_t bits = std::bit_cast<uint32_t>(value);
  return std::bit_cast<float>(bits & 0x7f800000 ? bits : bits & 0x80000000);
}
constexpr Half flush(Half value) { return uint16_t(value) & 0x7c00 ? value : Half(uint16_t(value) & 0x8000); }
// Neither has .ftz.
constexpr Bfloat flush(Bfloat value) { return value; }
constexpr double flush(double value) { return value; }

/// The value that arithmetic sees: without denormals under .ftz. Halves are widened.
constexpr float flushIf(const Operation &operation, float value) {
  return operation.control[0] & ftz ? flush(value) : value;
}
constexpr double flushIf(const Operation &, double value) { return value; }
constexpr double flushIf(const Operation &operation, Half value) {
  return widen(operation.control[0] & ftz ? flush(value) : value);
}
constexpr double flushIf(const Operation &, Bfloat value) { return widen(value); }

/// To [0, 1]; NaN becomes 0.
constexpr float saturate(float value) { return value >= 1 ? 1.0f : value > 0 ? value : 0.0f; }

/// An exact or to-odd rounded result as T, as the flags say.
template <typename T>
constexpr T finishFloat(const Operation &operation, double exact, Rounding rounding = Rounding::Even) {
  uint32_t flags = operation.control[0];
  T result = narrow<T>(exact, rounding);
  if (flags & ftz)
    result = flush(result);
  if (flags & sat)
    result = widen(result) >= 1 ? narrow<T>(1) : widen(result) > 0 ? result : narrow<T>(0);
  if ((flags & relu) && widen(result) <= 0) // NaN stays; -0 becomes 0
    result = narrow<T>(0);
  return result;
}

} // namespace plait::emulator

#endif // PLAIT_RUNTIME_EMULATOR_COMPUTE_FLUSH_H
