//===- MinMax.cpp - minimum, maximum and class of floats ------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file gives min, max and testp on floating-point numbers their meaning.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/compute/Flush.h"
#include "runtime/emulator/compute/Lanes.h"

namespace plait::emulator {
namespace {

/// The value without its sign, as bits: they order as magnitudes do.
template <typename T> constexpr uint64_t magnitudeOf(T value) { return toBits(value) & formatOf(T{}).nan(); }
template <typename T> bool isNan(T value) { return magnitudeOf(value) > formatOf(T{}).infinity(); }
/// The operand without denormals, if the operation flushes them.
template <typename T> T flushedIf(const Operation &operation, T value) {
  return operation.control[0] & ftz ? flush(value) : value;
}
/// Whether a is less; -0 is less than +0.
template <typename T> bool isLess(T a, T b) {
  bool aNegative = toBits(a) & formatOf(T{}).signBit(), bNegative = toBits(b) & formatOf(T{}).signBit();
  if (aNegative != bNegative)
    return aNegative;
  return aNegative ? magnitudeOf(a) > magnitudeOf(b) : magnitudeOf(a) < magnitudeOf(b);
}

template <typename T, bool IsMin> T extreme(const Operation &operation, T a, T b) {
  constexpr Format format = formatOf(T{});
  uint32_t flags = operation.control[0];
  a = flushedIf(operation, a);
  b = flushedIf(operation, b);
  uint64_t sign = (toBits(a) ^ toBits(b)) & format.signBit();
  if (flags & xorSign) {
    a = fromBits<T>(magnitudeOf(a));
    b = fromBits<T>(magnitudeOf(b));
  }
  T result;
  if (isNan(a) || isNan(b)) {
    if ((flags & propagatesNan) || (isNan(a) && isNan(b)))
      return fromBits<T>(format.nan());
    result = isNan(a) ? b : a;
  } else {
    result = isLess(a, b) == IsMin ? a : b;
  }
  return flags & xorSign ? fromBits<T>(magnitudeOf(result) | sign) : result;
}

enum Test : uint32_t { isFinite, isInfinite, isNumber, isNotANumber, isNormal, isSubnormal };
template <typename T> bool test(const Operation &operation, T a) {
  constexpr Format format = formatOf(T{});
  uint64_t magnitude = magnitudeOf(a), smallestNormal = uint64_t(1) << format.mantissaBits;
  switch (operation.control[0]) {
  case isFinite:
    return magnitude < format.infinity();
  case isInfinite:
    return magnitude == format.infinity();
  case isNumber:
    return magnitude <= format.infinity();
  case isNotANumber:
    return magnitude > format.infinity();
  case isNormal: // zero counts as normal
    return (magnitude >= smallestNormal || magnitude == 0) && magnitude < format.infinity();
  default:
    return magnitude < smallestNormal && magnitude != 0;
  }
}

} // namespace

Operation decodeMinMax(Decoder &decoder, NumberType type) {
  bool isMin = decoder.source().opcode == "min", isDouble = type == types::f64;
  uint32_t flags = type.kind == NumberType::Float && !isDouble ? decoder.takeFlag("ftz", ftz) : 0;
  if (!isDouble) {
    flags |= decoder.takeFlag("NaN", propagatesNan);
    if (decoder.take("xorsign")) {
      decoder.require({"abs"});
      flags |= xorSign;
    }
  }
  auto choose = [&]<typename T>() -> Operation::Run {
    return isMin ? &map<extreme<T, true>> : &map<extreme<T, false>>;
  };
  Operation::Run run;
  if (type == types::f16x2)
    run = isMin ? &mapPacked<extreme<Half, true>> : &mapPacked<extreme<Half, false>>;
  else if (type == types::bf16x2)
    run = isMin ? &mapPacked<extreme<Bfloat, true>> : &mapPacked<extreme<Bfloat, false>>;
  else
    run = byType<Half, Bfloat, float, double>(type, choose);
  return decoder.finish(run, 1, 2, flags);
}

Operation decodeTest(Decoder &decoder) {
  unsigned which = decoder.require({"finite", "infinite", "number", "notanumber", "normal", "subnormal"});
  auto choose = []<typename T>() -> Operation::Run { return &map<test<T>>; };
  return decoder.finish(byType<float, double>(decoder.takeType(), choose), 1, 1, which);
}

} // namespace plait::emulator
