//===- Float.h - number formats and exact rounding --------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the floating-point formats of PTX and how a value is rounded into
// one, once and in any direction. Whatever is no wider than f32 is computed in f64
// rounded to odd: rounding that again gives the exactly rounded result.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_EMULATOR_COMPUTE_FLOAT_H
#define PLAIT_RUNTIME_EMULATOR_COMPUTE_FLOAT_H

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace plait::emulator {

enum class Half : uint16_t {};   ///< the bits of an f16
enum class Bfloat : uint16_t {}; ///< the bits of a bf16

/// To nearest with ties to even or away from zero; to zero, down, up.
enum class Rounding : uint8_t { Even, Away, Zero, Down, Up };

struct Format {
  unsigned exponentBits, mantissaBits;
  bool hasInfinity = true; ///< e4m3 has none, and one NaN of each sign
  constexpr int bias() const { return (1 << (exponentBits - 1)) - 1; }
  constexpr uint64_t signBit() const { return uint64_t(1) << (exponentBits + mantissaBits); }
  constexpr uint64_t infinity() const { return ((uint64_t(1) << exponentBits) - 1) << mantissaBits; }
  /// As PTX writes it: all bits but the sign.
  constexpr uint64_t nan() const { return signBit() - 1; }
  constexpr uint64_t largest() const { return hasInfinity ? infinity() - 1 : signBit() - 2; }
};

inline constexpr Format halfFormat{5, 10}, bfloatFormat{8, 7}, tf32Format{8, 10}, singleFormat{8, 23},
    doubleFormat{11, 52}, e4m3Format{4, 3, false}, e5m2Format{5, 2};

/// A finite value: significand * 2^exponent; the significand's last bit may stand for more below it.
struct Unpacked {
  bool isNegative;
  int exponent;
  uint64_t significand;
};

/// Rounds into a format; too large values become its largest one if `saturates`.
constexpr uint64_t pack(Format format, Unpacked value, Rounding rounding, bool saturates = false) {
  uint64_t sign = value.isNegative ? format.signBit() : 0;
  if (!value.significand)
    return sign;
  int zeros = std::countl_zero(value.significand);
  uint64_t significand = value.significand << zeros;
  int exponent = value.exponent + 63 - zeros; // of the highest bit
  int lowest = 1 - format.bias();
  int denormal = exponent < lowest ? lowest - exponent : 0;
  int drop = 63 - int(format.mantissaBits) + denormal;
  uint64_t kept = drop < 64 ? significand >> drop : 0;
  uint64_t half = uint64_t(1) << 63;
  uint64_t rest = drop < 64 ? significand << (64 - drop) : drop == 64 ? significand : 1; // against `half`
  bool up = false;
  switch (rounding) {
  case Rounding::Even:
    up = rest > half || (rest == half && (kept & 1));
    break;
  case Rounding::Away:
    up = rest >= half;
    break;
  case Rounding::Zero:
    break;
  case Rounding::Down:
    up = rest && value.isNegative;
    break;
  case Rounding::Up:
    up = rest && !value.isNegative;
    break;
  }
  // A carry out of the mantissa moves on into the exponent by itself.
  uint64_t bits = kept + up;
  if (!denormal)
    bits += uint64_t(exponent - lowest) << format.mantissaBits;
  if (exponent > 2 * format.bias() || bits > format.largest()) {
    bool toInfinity = rounding == Rounding::Even || rounding == Rounding::Away ||
                      (rounding == Rounding::Up && !value.isNegative) ||
                      (rounding == Rounding::Down && value.isNegative);
    bits = saturates || !toInfinity ? format.largest() : format.hasInfinity ? format.infinity() : format.nan();
  }
  return sign | bits;
}

/// The value of a finite number's bits.
constexpr Unpacked unpack(Format format, uint64_t bits) {
  uint64_t mantissa = bits & ((uint64_t(1) << format.mantissaBits) - 1);
  int exponent = int((bits & format.nan()) >> format.mantissaBits);
  if (exponent)
    mantissa |= uint64_t(1) << format.mantissaBits;
  else
    exponent = 1;
  return {(bits & format.signBit()) != 0, exponent - format.bias() - int(format.mantissaBits), mantissa};
}

/// Rounds a double into a format. NaN becomes the format's NaN without a sign.
constexpr uint64_t encode(Format format, double value, Rounding rounding, bool saturates = false) {
  uint64_t bits = std::bit_cast<uint64_t>(value);
  uint64_t magnitude = bits & doubleFormat.nan();
  uint64_t sign = bits >> 63 ? format.signBit() : 0;
  if (magnitude > doubleFormat.infinity())
    return format.nan();
  if (magnitude == doubleFormat.infinity())
    return sign | (saturates ? format.largest() : format.hasInfinity ? format.infinity() : format.nan());
  return pack(format, unpack(doubleFormat, bits), rounding, saturates);
}

/// The exact value of a number no wider than a double.
constexpr double decode(Format format, uint64_t bits) {
  uint64_t magnitude = bits & format.nan();
  uint64_t sign = bits & format.signBit() ? doubleFormat.signBit() : 0;
  if (format.hasInfinity ? magnitude > format.infinity() : magnitude == format.nan())
    return std::numeric_limits<double>::quiet_NaN();
  if (format.hasInfinity && magnitude == format.infinity())
    return std::bit_cast<double>(sign | doubleFormat.infinity());
  return std::bit_cast<double>(pack(doubleFormat, unpack(format, bits), Rounding::Even));
}

// The same for the types that arithmetic is done in.

constexpr Format formatOf(Half) { return halfFormat; }
constexpr Format formatOf(Bfloat) { return bfloatFormat; }
constexpr Format formatOf(float) { return singleFormat; }
constexpr Format formatOf(double) { return doubleFormat; }

constexpr double widen(double value) { return value; }
constexpr double widen(float value) { return value; }
constexpr double widen(Bfloat value) { return std::bit_cast<float>(uint32_t(value) << 16); }
constexpr double widen(Half value) {
  // A denormal's bits are scaled into place by the product.
  uint32_t bits = uint32_t(value), magnitude = (bits & 0x7fff) << 13;
  float scaled = std::bit_cast<float>(magnitude) * 0x1p112f;
  if (scaled >= 65536.0f)
    scaled = std::bit_cast<float>(magnitude | 0x7f800000);
  return bits & 0x8000 ? -scaled : scaled;
}

/// Each NaN is the same one. The choice is among bits: a compiler may take all NaN to be equal.
constexpr float canonical(float value) {
  uint32_t bits = std::bit_cast<uint32_t>(value);
  return std::bit_cast<float>((bits & 0x7fffffff) > 0x7f800000 ? 0x7fffffff : bits);
}

/// `value`, or where it is inexact, of its two neighbours the one whose last bit is set: rounding
/// that to a half is rounding once.
constexpr float narrowToOdd(double value) {
  auto nearest = float(value);
  uint32_t bits = std::bit_cast<uint32_t>(nearest);
  bool isOver = (bits & 0x80000000 ? -double(nearest) : double(nearest)) > (bits & 0x80000000 ? -value : value);
  uint32_t towardsZero = bits - isOver;
  return std::bit_cast<float>(double(nearest) == value || value != value ? bits : towardsZero | 1);
}

// To nearest, without branches.
constexpr Bfloat toBfloat(float value) {
  uint32_t bits = std::bit_cast<uint32_t>(value);
  uint32_t rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
  return Bfloat(uint16_t(value == value ? rounded : 0x7fff));
}
constexpr Half toHalf(float value) {
  uint32_t bits = std::bit_cast<uint32_t>(value), magnitude = bits & 0x7fffffff;
  uint32_t normal = (magnitude + 0xfff + (magnitude >> 13 & 1) - (112u << 23)) >> 13;
  // The sum's last bit is that of a denormal.
  uint32_t denormal = std::bit_cast<uint32_t>(std::bit_cast<float>(magnitude) + 0.5f) - 0x3f000000;
  uint32_t result = magnitude < 0x38800000 ? denormal : normal;
  result = magnitude >= 0x47800000 ? 0x7c00 : result;
  return Half(uint16_t(value == value ? result | (bits >> 16 & 0x8000) : 0x7fff));
}

template <typename T> constexpr T narrow(double value) {
  if constexpr (std::is_same_v<T, double>)
    return value;
  else if constexpr (std::is_same_v<T, float>)
    return canonical(float(value));
  else if constexpr (std::is_same_v<T, Half>)
    return toHalf(narrowToOdd(value));
  else
    return toBfloat(narrowToOdd(value));
}
template <typename T> constexpr T narrow(double value, Rounding rounding) {
  if (rounding == Rounding::Even)
    return narrow<T>(value);
  uint64_t bits = encode(formatOf(T{}), value, rounding);
  if constexpr (sizeof(T) == 2)
    return T(uint16_t(bits));
  else if constexpr (sizeof(T) == 4)
    return std::bit_cast<T>(uint32_t(bits));
  else
    return std::bit_cast<T>(bits);
}

// Sums, products, quotients and roots in f64, rounded to odd: of the two neighbours of an inexact
// result the one whose last bit is set. NaN and infinity are as usual.

/// `value`, which the exact result differs from by `error`'s sign, if that is a number.
constexpr double roundToOdd(double value, double error) {
  uint64_t bits = std::bit_cast<uint64_t>(value);
  uint64_t towardsZero = bits - ((error < 0) != (bits >> 63 != 0));
  return std::bit_cast<double>(error < 0 || error > 0 ? towardsZero | 1 : bits);
}

constexpr double addToOdd(double a, double b) {
  double sum = a + b;
  double bPart = sum - a;
  double error = (a - (sum - bPart)) + (b - bPart);
  return roundToOdd(sum, error);
}

inline double divideToOdd(double a, double b) {
  double quotient = a / b;
  double rest = std::fma(-quotient, b, a);
  return roundToOdd(quotient, b < 0 ? -rest : rest);
}

inline double rootToOdd(double a) {
  double root = std::sqrt(a);
  return roundToOdd(root, std::fma(-root, root, a));
}

} // namespace plait::emulator

#endif // PLAIT_RUNTIME_EMULATOR_COMPUTE_FLOAT_H
