//===- Pack.cpp - conversions to packed results ---------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file gives cvt to f16x2, bf16x2, e4m3x2 and e5m2x2, and cvt.pack, their meaning.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/compute/Convert.h"
#include "runtime/emulator/compute/Flush.h"
#include "runtime/emulator/compute/Lanes.h"

#include <algorithm>

namespace plait::emulator {
namespace {

uint32_t pair(const Operation &operation, double high, double low) {
  uint64_t highBits = toFloat(operation, high, roundingOf(operation));
  uint64_t lowBits = toFloat(operation, low, roundingOf(operation));
  return uint32_t(highBits << destinationOf(operation).bits | lowBits);
}
uint32_t fromTwo(const Operation &operation, float high, float low) { return pair(operation, high, low); }
/// The usual case without branches: to nearest and without flags.
template <typename T> uint32_t fromTwoToNearest(float high, float low) {
  return uint32_t(narrow<T>(high)) << 16 | uint32_t(narrow<T>(low));
}
uint32_t fromHalves(const Operation &operation, uint32_t both) {
  return pair(operation, widen(Half(both >> 16)), widen(Half(both)));
}
/// control[2] is the source's format, of eight bits.
uint32_t fromBytes(const Operation &operation, uint32_t both) {
  const Format format = floatFormats[operation.control[2]];
  return pair(operation, decode(format, both >> 8 & 0xff), decode(format, both & 0xff));
}

int64_t clampTo(const Operation &operation, int32_t value) {
  const Destination to = destinationOf(operation);
  int64_t lowest = to.isSigned ? -(int64_t(1) << (to.bits - 1)) : 0;
  int64_t highest = (int64_t(1) << (to.isSigned ? to.bits - 1 : to.bits)) - 1;
  return std::clamp<int64_t>(value, lowest, highest) & ((int64_t(1) << to.bits) - 1);
}
uint32_t packTwo(const Operation &operation, int32_t high, int32_t low) {
  return uint32_t(clampTo(operation, high) << destinationOf(operation).bits | clampTo(operation, low));
}
uint32_t packBelow(const Operation &operation, int32_t high, int32_t low, uint32_t rest) {
  return packTwo(operation, high, low) | rest << (2 * destinationOf(operation).bits);
}

} // namespace

Operation decodeConvertPacked(Decoder &decoder, NumberType to, NumberType from) {
  bool isByte = to.bits == 8;
  uint32_t flags = decoder.takeFlag("relu", relu);
  Destination destination{.format = formatIndex(decoder, to), .bits = to.bits};
  destination.saturates = decoder.take("satfinite");
  std::optional<Rounding> rounding = decoder.takeRounding();
  bool isNearest = rounding == Rounding::Even, isZero = rounding == Rounding::Zero;
  bool isKnown = isNearest || (isZero && !isByte && from == types::f32);
  if (!isKnown || (isByte && !destination.saturates))
    decoder.refuse();
  Operation operation;
  flags |= uint32_t(*rounding);
  if (from == types::f32) {
    Operation::Run nearest = to == types::f16x2 ? &map<fromTwoToNearest<Half>> : &map<fromTwoToNearest<Bfloat>>;
    bool isPlain = !isByte && !flags && !destination.saturates;
    operation = decoder.finish(isPlain ? nearest : &map<fromTwo>, 1, 2, flags);
  } else if (from == types::f16x2 && isByte)
    operation = decoder.finish(&map<fromHalves>, 1, 1, flags);
  else if (to == types::f16x2 && (from == types::e4m3x2 || from == types::e5m2x2) && !destination.saturates) {
    operation = decoder.finish(&map<fromBytes>, 1, 1, flags);
    operation.control[2] = formatIndex(decoder, from);
  } else
    decoder.refuse();
  setDestination(operation, destination);
  return operation;
}

Operation decodePack(Decoder &decoder) {
  constexpr uint8_t widths[] = {16, 16, 8, 8, 4, 4, 2, 2};
  if (!decoder.take("sat"))
    decoder.refuse();
  unsigned index = decoder.require({"u16", "s16", "u8", "s8", "u4", "s4", "u2", "s2"});
  if (decoder.takeType() != types::s32)
    decoder.refuse();
  bool hasRest = widths[index] != 16;
  if (hasRest && decoder.takeType() != types::b32)
    decoder.refuse();
  Operation operation = decoder.finish(hasRest ? &map<packBelow> : &map<packTwo>, 1, hasRest ? 3 : 2);
  setDestination(operation, {.bits = widths[index], .isSigned = index % 2 == 1});
  return operation;
}

} // namespace plait::emulator
