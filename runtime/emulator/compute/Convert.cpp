//===- Convert.cpp - conversions between numbers --------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file gives cvt its meaning, but for packed results (Pack.cpp). Each conversion
// goes through an exact value and rounds once.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/compute/Convert.h"

#include "runtime/emulator/compute/Flush.h"
#include "runtime/emulator/compute/Lanes.h"

#include <algorithm>

namespace plait::emulator {

uint64_t toFloat(const Operation &operation, double value, Rounding rounding) {
  const Destination to = destinationOf(operation);
  const Format format = floatFormats[to.format];
  uint32_t flags = operation.control[0];
  if (flags & relu)
    value = value <= 0 ? 0.0 : value;
  if (flags & sat)
    value = value >= 1 ? 1.0 : value > 0 ? value : 0.0;
  uint64_t bits = encode(format, value, rounding, to.saturates);
  bool isDenormal = (bits & format.infinity()) == 0;
  if ((flags & ftz) && to.format == singleIndex && isDenormal)
    bits &= format.signBit();
  return to.format == tf32Index ? bits << 13 : bits;
}

double roundToIntegral(double value, Rounding rounding) {
  switch (rounding) {
  case Rounding::Zero:
    return std::trunc(value);
  case Rounding::Down:
    return std::floor(value);
  case Rounding::Up:
    return std::ceil(value);
  default:
    return std::nearbyint(value);
  }
}

namespace {

// .ftz concerns single precision alone.
double operandOf(const Operation &operation, float value) { return flushIf(operation, value); }
template <typename T> double operandOf(const Operation &, T value) { return widen(value); }

/// The usual cases without branches: to nearest, or exact, and without flags.
template <typename To, typename From> To floatToNearest(From value) { return narrow<To>(widen(value)); }
template <typename T> uint64_t floatToFloat(const Operation &operation, T value) {
  double exact = operandOf(operation, value);
  if (destinationOf(operation).roundsToIntegral)
    exact = roundToIntegral(exact, roundingOf(operation));
  return toFloat(operation, exact, roundingOf(operation));
}

/// The low bits of an integer in a register. The sign of a small one fills a register of 32 bits:
/// its own may be wider than the type.
uint64_t integerBits(Destination to, uint64_t value) {
  unsigned above = 64 - to.bits;
  if (!to.isSigned)
    return value << above >> above;
  uint64_t extended = uint64_t(int64_t(value << above) >> above);
  return to.bits < 32 ? uint32_t(extended) : extended & (~uint64_t(0) >> above);
}

/// Clamped to the destination; NaN becomes 0, or the lowest number where 64 bits take part.
template <typename T> uint64_t floatToInteger(const Operation &operation, T value) {
  const Destination to = destinationOf(operation);
  double exact = roundToIntegral(operandOf(operation, value), roundingOf(operation));
  uint64_t ones = ~uint64_t(0) >> (64 - to.bits), top = uint64_t(1) << (to.bits - 1);
  double limit = double(top) * (to.isSigned ? 1 : 2);
  uint64_t result;
  if (exact != exact)
    result = sizeof(T) == 8 || to.bits == 64 ? top : 0;
  else if (exact >= limit)
    result = to.isSigned ? top - 1 : ones;
  else if (exact < (to.isSigned ? -limit : 0.0))
    result = to.isSigned ? top : 0;
  else
    result = exact < 0 ? uint64_t(int64_t(exact)) : uint64_t(exact);
  return integerBits(to, result);
}

template <typename T> uint64_t integerToFloat(const Operation &operation, T value) {
  const Destination to = destinationOf(operation);
  bool isNegative = value < 0;
  uint64_t magnitude = isNegative ? -uint64_t(value) : uint64_t(value);
  if (operation.control[0] & sat)
    magnitude = isNegative ? 0 : std::min<uint64_t>(magnitude, 1);
  return pack(floatFormats[to.format], {isNegative && magnitude, 0, magnitude}, roundingOf(operation), to.saturates);
}
/// The usual case in one instruction of the host.
template <typename T> float integerToSingle(T value) { return float(value); }

template <typename T> uint64_t integerToInteger(const Operation &operation, T value) {
  return integerBits(destinationOf(operation), uint64_t(value));
}
template <typename T> uint64_t integerClamped(const Operation &operation, T value) {
  const Destination to = destinationOf(operation);
  __int128 one = 1, lowest = to.isSigned ? -(one << (to.bits - 1)) : 0;
  __int128 highest = (one << (to.isSigned ? to.bits - 1 : to.bits)) - 1;
  return integerBits(to, uint64_t(std::clamp<__int128>(value, lowest, highest)));
}

/// choose.operator()<T>() for the integer type of an operand.
template <typename Choose> Operation::Run byInteger(NumberType type, Choose choose) {
  if (type == types::u8)
    return choose.template operator()<uint8_t>();
  if (type == types::s8)
    return choose.template operator()<int8_t>();
  return byType<uint16_t, uint32_t, uint64_t, int16_t, int32_t, int64_t>(type, choose);
}

bool isSigned(NumberType type) { return type.kind == NumberType::Signed; }

Operation finish(const Decoder &decoder, Operation::Run run, uint32_t flags, Destination to) {
  Operation operation = decoder.finish(run, 1, 1, flags);
  setDestination(operation, to);
  return operation;
}

Operation decodeFromInteger(Decoder &decoder, NumberType to, NumberType from) {
  uint32_t flags = decoder.takeFlag("sat", sat);
  if (to.isInteger()) {
    auto choose = [&]<typename T>() -> Operation::Run {
      return flags ? &map<integerClamped<T>> : &map<integerToInteger<T>>;
    };
    return finish(decoder, byInteger(from, choose), flags, {.bits = to.bits, .isSigned = isSigned(to)});
  }
  flags |= decoder.takeFlag("ftz", ftz); // has nothing to flush
  std::optional<Rounding> rounding = decoder.takeRounding();
  if (!rounding)
    decoder.refuse();
  bool isPlain = to == types::f32 && rounding == Rounding::Even && !(flags & sat);
  auto choose = [&]<typename T>() -> Operation::Run {
    return isPlain ? &map<integerToSingle<T>> : &map<integerToFloat<T>>;
  };
  return finish(decoder, byInteger(from, choose), flags | uint32_t(*rounding),
                {.format = formatIndex(decoder, to), .bits = to.bits});
}

std::optional<Rounding> takeIntegralRounding(Decoder &decoder) {
  constexpr Rounding modes[] = {Rounding::Even, Rounding::Zero, Rounding::Down, Rounding::Up};
  unsigned index = decoder.takeOneOf({"rni", "rzi", "rmi", "rpi"});
  return index < 4 ? std::optional(modes[index]) : std::nullopt;
}

Operation decodeFloatToInteger(Decoder &decoder, NumberType to, NumberType from) {
  uint32_t flags = decoder.takeFlag("ftz", ftz) | decoder.takeFlag("sat", sat);
  std::optional<Rounding> rounding = takeIntegralRounding(decoder);
  if (!rounding)
    decoder.refuse();
  auto choose = []<typename T>() -> Operation::Run { return &map<floatToInteger<T>>; };
  return finish(decoder, byType<Half, Bfloat, float, double>(from, choose), flags | uint32_t(*rounding),
                {.bits = to.bits, .isSigned = isSigned(to)});
}

/// Whether each number of one type is one of the other.
bool holds(NumberType to, NumberType from) { return to == from || to.bits > from.bits; }

Operation::Run chooseNearest(NumberType to, NumberType from) {
  return byType<Half, Bfloat, float>(to, [&]<typename To>() {
    return byType<Half, Bfloat, float>(
        from, []<typename From>() -> Operation::Run { return &map<floatToNearest<To, From>>; });
  });
}

Operation decodeFloatToFloat(Decoder &decoder, NumberType to, NumberType from) {
  uint32_t flags = decoder.takeFlag("ftz", ftz) | decoder.takeFlag("sat", sat) | decoder.takeFlag("relu", relu);
  Destination destination{.format = formatIndex(decoder, to), .bits = to.bits};
  destination.saturates = decoder.take("satfinite");
  std::optional<Rounding> rounding;
  if (to == types::tf32) {
    rounding = decoder.take("rna") ? Rounding::Away : decoder.takeRounding();
    if (from != types::f32 || !rounding || *rounding == Rounding::Down || *rounding == Rounding::Up)
      decoder.refuse();
  } else if (!holds(to, from)) {
    rounding = decoder.takeRounding();
    if (!rounding)
      decoder.refuse();
  } else if (to == from) {
    rounding = takeIntegralRounding(decoder);
    destination.roundsToIntegral = rounding.has_value();
  }
  flags |= uint32_t(rounding.value_or(Rounding::Even));
  bool isPlain = !flags && !destination.saturates && !destination.roundsToIntegral;
  Operation::Run run = isPlain ? chooseNearest(to, from) : nullptr;
  auto choose = []<typename T>() -> Operation::Run { return &map<floatToFloat<T>>; };
  return finish(decoder, run ? run : byType<Half, Bfloat, float, double>(from, choose), flags, destination);
}

} // namespace

uint8_t formatIndex(const Decoder &decoder, NumberType type) {
  switch (type.kind) {
  case NumberType::Float:
    return type.bits == 16 ? halfIndex : type.bits == 32 ? singleIndex : doubleIndex;
  case NumberType::Bfloat:
    return bfloatIndex;
  case NumberType::Tf32:
    return tf32Index;
  case NumberType::E4m3:
    return e4m3Index;
  case NumberType::E5m2:
    return e5m2Index;
  default:
    decoder.refuse();
  }
}

Operation decodeConvert(Decoder &decoder) {
  if (decoder.take("pack"))
    return decodePack(decoder);
  NumberType to = decoder.takeType(), from = decoder.takeType();
  if (to.kind == NumberType::Untyped || from.kind == NumberType::Untyped || to == types::pred || from == types::pred)
    decoder.refuse();
  if (to.count == 2)
    return decodeConvertPacked(decoder, to, from);
  if (from.isInteger())
    return decodeFromInteger(decoder, to, from);
  if (to.isInteger())
    return decodeFloatToInteger(decoder, to, from);
  return decodeFloatToFloat(decoder, to, from);
}

} // namespace plait::emulator
