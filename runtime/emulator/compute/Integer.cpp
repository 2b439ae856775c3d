//===- Integer.cpp - integer arithmetic -----------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file gives add, sub, mul, mad, mul24, mad24, sad, div, rem, abs, neg, min and
// max their meaning on integers.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/compute/Decoder.h"
#include "runtime/emulator/compute/Lanes.h"

#include <algorithm>

namespace plait::emulator {
namespace {

// Wrap-around is that of unsigned arithmetic, at least 32 bits wide.
template <typename T> using Wide = std::conditional_t<sizeof(T) == 8, uint64_t, uint32_t>;
/// Twice the width.
template <typename T>
using Double =
    std::conditional_t<sizeof(T) == 2, std::conditional_t<std::is_signed_v<T>, int32_t, uint32_t>,
                       std::conditional_t<sizeof(T) == 4, std::conditional_t<std::is_signed_v<T>, int64_t, uint64_t>,
                                          std::conditional_t<std::is_signed_v<T>, __int128, unsigned __int128>>>;

template <typename T> T add(T a, T b) { return T(Wide<T>(a) + Wide<T>(b)); }
template <typename T> T sub(T a, T b) { return T(Wide<T>(a) - Wide<T>(b)); }
int32_t clampToS32(int64_t value) { return int32_t(std::clamp<int64_t>(value, INT32_MIN, INT32_MAX)); }
int32_t addSaturated(int32_t a, int32_t b) { return clampToS32(int64_t(a) + b); }
int32_t subSaturated(int32_t a, int32_t b) { return clampToS32(int64_t(a) - b); }

template <typename T> T mulLow(T a, T b) { return T(Wide<T>(a) * Wide<T>(b)); }
template <typename T> T mulHigh(T a, T b) { return T((Double<T>(a) * Double<T>(b)) >> (8 * sizeof(T))); }
template <typename T> Double<T> mulWide(T a, T b) { return Double<T>(a) * Double<T>(b); }
template <typename T> T madLow(T a, T b, T c) { return add(mulLow(a, b), c); }
template <typename T> T madHigh(T a, T b, T c) { return add(mulHigh(a, b), c); }
int32_t madHighSaturated(int32_t a, int32_t b, int32_t c) { return addSaturated(mulHigh(a, b), c); }
template <typename T> Double<T> madWide(T a, T b, Double<T> c) { return add(mulWide(a, b), c); }

/// The product of the low 24 bits.
template <typename T> Double<T> product24(T a, T b) {
  auto low = [](T x) { return Double<T>(T(uint32_t(x) << 8) >> 8); };
  return low(a) * low(b);
}
template <typename T> T mul24Low(T a, T b) { return T(product24(a, b)); }
template <typename T> T mul24High(T a, T b) { return T(product24(a, b) >> 16); }
template <typename T> T mad24Low(T a, T b, T c) { return add(mul24Low(a, b), c); }
template <typename T> T mad24High(T a, T b, T c) { return add(mul24High(a, b), c); }
int32_t mad24HighSaturated(int32_t a, int32_t b, int32_t c) { return addSaturated(mul24High(a, b), c); }

template <typename T> T sumOfDifference(T a, T b, T c) { return add(c, a < b ? sub(b, a) : sub(a, b)); }

// PTX leaves a division by zero open: all bits are set, as hardware does it.
template <typename T> T divide(T a, T b) {
  if (b == 0)
    return T(~T(0));
  if (std::is_signed_v<T> && b == T(-1))
    return sub(T(0), a);
  return T(a / b);
}
template <typename T> T remainder(T a, T b) {
  if (b == 0)
    return a;
  if (std::is_signed_v<T> && b == T(-1))
    return 0;
  return T(a % b);
}

template <typename T> T negate(T a) { return sub(T(0), a); }
template <typename T> T absolute(T a) { return a < 0 ? negate(a) : a; }
template <typename T> T minimum(T a, T b) { return std::min(a, b); }
template <typename T> T maximum(T a, T b) { return std::max(a, b); }
template <typename T> T minimumRelu(T a, T b) { return std::max(T(0), std::min(a, b)); }
template <typename T> T maximumRelu(T a, T b) { return std::max(T(0), std::max(a, b)); }

template <typename Choose> Operation::Run byInteger(NumberType type, Choose choose) {
  return byType<uint16_t, uint32_t, uint64_t, int16_t, int32_t, int64_t>(type, choose);
}

Operation decodeAddSub(Decoder &decoder, NumberType type, bool isAdd) {
  if (decoder.take("sat"))
    return decoder.finish(type != types::s32 ? nullptr : isAdd ? &map<addSaturated> : &map<subSaturated>, 1, 2);
  if (type == types::u16x2 || type == types::s16x2)
    return decoder.finish(isAdd ? &mapPacked<add<uint16_t>> : &mapPacked<sub<uint16_t>>, 1, 2);
  return decoder.finish(
      byInteger(type, [&]<typename T>() -> Operation::Run { return isAdd ? &map<add<T>> : &map<sub<T>>; }), 1, 2);
}

Operation decodeMul(Decoder &decoder, NumberType type) {
  unsigned part = decoder.require({"lo", "hi", "wide"});
  if (part == 2)
    return decoder.finish(byType<uint16_t, uint32_t, int16_t, int32_t>(
                              type, []<typename T>() -> Operation::Run { return &map<mulWide<T>>; }),
                          1, 2);
  return decoder.finish(
      byInteger(type, [&]<typename T>() -> Operation::Run { return part == 1 ? &map<mulHigh<T>> : &map<mulLow<T>>; }),
      1, 2);
}

Operation decodeMad(Decoder &decoder, NumberType type) {
  unsigned part = decoder.require({"lo", "hi", "wide"});
  if (decoder.take("sat"))
    return decoder.finish(type == types::s32 && part == 1 ? &map<madHighSaturated> : nullptr, 1, 3);
  if (part == 2)
    return decoder.finish(byType<uint16_t, uint32_t, int16_t, int32_t>(
                              type, []<typename T>() -> Operation::Run { return &map<madWide<T>>; }),
                          1, 3);
  return decoder.finish(
      byInteger(type, [&]<typename T>() -> Operation::Run { return part == 1 ? &map<madHigh<T>> : &map<madLow<T>>; }),
      1, 3);
}

Operation decode24(Decoder &decoder, NumberType type, bool isMad) {
  bool high = decoder.require({"lo", "hi"}) == 1;
  if (isMad && decoder.take("sat"))
    return decoder.finish(type == types::s32 && high ? &map<mad24HighSaturated> : nullptr, 1, 3);
  auto choose = [&]<typename T>() -> Operation::Run {
    if (isMad)
      return high ? &map<mad24High<T>> : &map<mad24Low<T>>;
    return high ? &map<mul24High<T>> : &map<mul24Low<T>>;
  };
  return decoder.finish(byType<uint32_t, int32_t>(type, choose), 1, isMad ? 3 : 2);
}

Operation decodeMinMax(Decoder &decoder, NumberType type, bool isMin) {
  if (decoder.take("relu")) {
    if (type == types::s16x2)
      return decoder.finish(isMin ? &mapPacked<minimumRelu<int16_t>> : &mapPacked<maximumRelu<int16_t>>, 1, 2);
    return decoder.finish(type != types::s32 ? nullptr
                          : isMin            ? &map<minimumRelu<int32_t>>
                                             : &map<maximumRelu<int32_t>>,
                          1, 2);
  }
  if (type == types::u16x2)
    return decoder.finish(isMin ? &mapPacked<minimum<uint16_t>> : &mapPacked<maximum<uint16_t>>, 1, 2);
  if (type == types::s16x2)
    return decoder.finish(isMin ? &mapPacked<minimum<int16_t>> : &mapPacked<maximum<int16_t>>, 1, 2);
  return decoder.finish(
      byInteger(type, [&]<typename T>() -> Operation::Run { return isMin ? &map<minimum<T>> : &map<maximum<T>>; }), 1,
      2);
}

Operation decodeSigned(Decoder &decoder, NumberType type, bool isAbs) {
  auto choose = [&]<typename T>() -> Operation::Run { return isAbs ? &map<absolute<T>> : &map<negate<T>>; };
  return decoder.finish(byType<int16_t, int32_t, int64_t>(type, choose), 1, 1);
}

Operation decodeDivRem(Decoder &decoder, NumberType type, bool isDiv) {
  auto choose = [&]<typename T>() -> Operation::Run { return isDiv ? &map<divide<T>> : &map<remainder<T>>; };
  return decoder.finish(byInteger(type, choose), 1, 2);
}

} // namespace

Operation decodeInteger(Decoder &decoder, NumberType type) {
  const std::string &opcode = decoder.source().opcode;
  if (opcode == "add" || opcode == "sub")
    return decodeAddSub(decoder, type, opcode == "add");
  if (opcode == "mul")
    return decodeMul(decoder, type);
  if (opcode == "mad")
    return decodeMad(decoder, type);
  if (opcode == "mul24" || opcode == "mad24")
    return decode24(decoder, type, opcode == "mad24");
  if (opcode == "min" || opcode == "max")
    return decodeMinMax(decoder, type, opcode == "min");
  if (opcode == "abs" || opcode == "neg")
    return decodeSigned(decoder, type, opcode == "abs");
  if (opcode == "div" || opcode == "rem")
    return decodeDivRem(decoder, type, opcode == "div");
  if (opcode == "sad")
    return decoder.finish(byInteger(type, []<typename T>() -> Operation::Run { return &map<sumOfDifference<T>>; }), 1,
                          3);
  decoder.refuse();
}

} // namespace plait::emulator
