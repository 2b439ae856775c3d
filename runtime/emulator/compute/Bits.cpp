//===- Bits.cpp - counting and moving bits --------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file gives popc, clz, bfind, fns, brev, bfe, bfi, bmsk, szext, prmt, shf, dp4a and
// dp2a their meaning.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/compute/Decoder.h"
#include "runtime/emulator/compute/Lanes.h"

#include <algorithm>

namespace plait::emulator {
namespace {

template <typename T> uint32_t countOnes(T a) { return std::popcount(a); }
template <typename T> uint32_t countZeros(T a) { return std::countl_zero(a); }
/// The highest bit that is not the sign; all ones if there is none.
template <typename T, bool ShiftAmount> uint32_t findBit(T a) {
  using U = std::make_unsigned_t<T>;
  U bits = std::is_signed_v<T> && a < 0 ? U(~U(a)) : U(a);
  uint32_t zeros = std::countl_zero(bits), width = 8 * sizeof(T);
  return zeros == width ? ~uint32_t(0) : ShiftAmount ? zeros : width - 1 - zeros;
}
/// The n-th set bit from `base` on, up or, for a negative n, down.
uint32_t findNthSet(uint32_t mask, uint32_t base, int32_t n) {
  if (n == 0)
    return base < 32 && (mask >> base & 1) ? base : ~uint32_t(0);
  int step = n < 0 ? -1 : 1;
  int64_t left = n < 0 ? -int64_t(n) : n;
  for (int64_t position = base; position >= 0 && position < 32; position += step)
    if ((mask >> position & 1) && --left == 0)
      return uint32_t(position);
  return ~uint32_t(0);
}
template <typename T> T reverse(T a) {
  T result = 0;
  for (unsigned i = 0; i < 8 * sizeof(T); ++i)
    result |= (a >> i & 1) << (8 * sizeof(T) - 1 - i);
  return result;
}

/// A field of `length` bits from `position` on, extended by its highest bit below T's width.
template <typename T> T extract(T a, uint32_t position, uint32_t length) {
  constexpr uint32_t width = 8 * sizeof(T);
  position &= 0xff;
  length &= 0xff;
  using U = std::make_unsigned_t<T>;
  if (length == 0)
    return 0;
  uint32_t highest = std::min(position + length - 1, width - 1);
  bool sign = std::is_signed_v<T> && (U(a) >> highest & 1);
  U field = position < width ? U(a) >> position : 0;
  uint32_t held = position < width ? highest - position + 1 : 0; // bits of the field that exist
  U keep = held >= width ? ~U(0) : (U(1) << held) - 1;
  return T(sign ? field | ~keep : field & keep);
}
template <typename T> T insert(T a, T b, uint32_t position, uint32_t length) {
  constexpr uint32_t width = 8 * sizeof(T);
  position &= 0xff;
  length &= 0xff;
  if (position >= width || length == 0)
    return b;
  T ones = length >= width ? T(~T(0)) : (T(1) << length) - 1;
  T mask = ones << position;
  return (b & ~mask) | ((a << position) & mask);
}

template <bool Wrap> uint32_t makeMask(uint32_t position, uint32_t length) {
  if (Wrap) {
    position &= 31;
    length &= 31;
  }
  if (position >= 32 || length == 0)
    return 0;
  uint32_t ones = length >= 32 ? ~uint32_t(0) : (uint32_t(1) << length) - 1;
  return ones << position;
}
template <typename T, bool Wrap> T extend(T a, uint32_t length) {
  if (Wrap)
    length &= 31;
  if (length >= 32)
    return a;
  if (length == 0)
    return 0;
  return T(uint32_t(a) << (32 - length)) >> (32 - length);
}

/// The eight bytes of b:a, selected by the nibbles of `selector`; its bit 3 replicates the sign.
uint32_t permuteBytes(uint64_t bytes, uint32_t selector) {
  uint32_t result = 0;
  for (unsigned i = 0; i < 4; ++i) {
    uint32_t nibble = selector >> (4 * i);
    uint32_t byte = bytes >> (8 * (nibble & 7)) & 0xff;
    if (nibble & 8)
      byte = byte & 0x80 ? 0xff : 0;
    result |= byte << (8 * i);
  }
  return result;
}
uint32_t permute(uint32_t a, uint32_t b, uint32_t selector) { return permuteBytes(uint64_t(b) << 32 | a, selector); }
uint32_t permuteMode(const Operation &operation, uint32_t a, uint32_t b, uint32_t selector) {
  constexpr uint16_t selectors[6][4] = {
      {0x3210, 0x4321, 0x5432, 0x6543}, // f4e: four bytes forward
      {0x5670, 0x6701, 0x7012, 0x0123}, // b4e: four bytes backward
      {0x0000, 0x1111, 0x2222, 0x3333}, // rc8: one byte in all places
      {0x3210, 0x3211, 0x3222, 0x3333}, // ecl: clamp from the left
      {0x0000, 0x1110, 0x2210, 0x3210}, // ecr: clamp from the right
      {0x1010, 0x3232, 0x1010, 0x3232}, // rc16: one half in both places
  };
  return permuteBytes(uint64_t(b) << 32 | a, selectors[operation.control[0]][selector & 3]);
}

template <bool Left, bool Wrap> uint32_t funnel(uint32_t a, uint32_t b, uint32_t amount) {
  amount = Wrap ? amount & 31 : std::min(amount, 32u);
  uint64_t both = uint64_t(b) << 32 | a;
  return uint32_t(Left ? both << amount >> 32 : both >> amount);
}

/// Products of the bytes of a and those of b, or the low or high halves of a and two bytes of b.
int64_t field(uint32_t bits, unsigned index, unsigned width, bool isSigned) {
  uint32_t value = bits << (32 - width - index * width);
  return isSigned ? int64_t(int32_t(value) >> (32 - width)) : int64_t(value >> (32 - width));
}
uint32_t dot4(const Operation &operation, uint32_t a, uint32_t b, uint32_t c) {
  int64_t sum = c;
  for (unsigned i = 0; i < 4; ++i)
    sum += field(a, i, 8, operation.control[0] & 1) * field(b, i, 8, operation.control[0] & 2);
  return uint32_t(sum);
}
uint32_t dot2(const Operation &operation, uint32_t a, uint32_t b, uint32_t c) {
  int64_t sum = c;
  unsigned first = operation.control[0] & 4 ? 2 : 0;
  for (unsigned i = 0; i < 2; ++i)
    sum += field(a, i, 16, operation.control[0] & 1) * field(b, first + i, 8, operation.control[0] & 2);
  return uint32_t(sum);
}

Operation decodeDot(Decoder &decoder, bool isFour) {
  uint32_t control = !isFour && decoder.require({"lo", "hi"}) == 1 ? 4 : 0;
  for (uint32_t flag : {1, 2}) {
    NumberType type = decoder.takeType();
    if (type != types::u32 && type != types::s32)
      decoder.refuse();
    control |= type == types::s32 ? flag : 0;
  }
  return decoder.finish(isFour ? &map<dot4> : &map<dot2>, 1, 3, control);
}

Operation decodePermute(Decoder &decoder) {
  bool isB32 = decoder.takeType() == types::b32;
  unsigned mode = decoder.takeOneOf({"f4e", "b4e", "rc8", "ecl", "ecr", "rc16"});
  return decoder.finish(!isB32 ? nullptr : mode < 6 ? &map<permuteMode> : &map<permute>, 1, 3, mode);
}

Operation decodeFunnel(Decoder &decoder) {
  bool isLeft = decoder.require({"r", "l"}) == 1, isWrap = decoder.require({"clamp", "wrap"}) == 1;
  if (decoder.takeType() != types::b32)
    decoder.refuse();
  if (isLeft)
    return decoder.finish(isWrap ? &map<funnel<true, true>> : &map<funnel<true, false>>, 1, 3);
  return decoder.finish(isWrap ? &map<funnel<false, true>> : &map<funnel<false, false>>, 1, 3);
}

Operation decodeMask(Decoder &decoder, bool isExtend) {
  bool isWrap = decoder.require({"clamp", "wrap"}) == 1;
  NumberType type = decoder.takeType();
  if (!isExtend) {
    Operation::Run run = isWrap ? &map<makeMask<true>> : &map<makeMask<false>>;
    return decoder.finish(type == types::b32 ? run : nullptr, 1, 2);
  }
  auto choose = [&]<typename T>() -> Operation::Run { return isWrap ? &map<extend<T, true>> : &map<extend<T, false>>; };
  return decoder.finish(byType<uint32_t, int32_t>(type, choose), 1, 2);
}

Operation::Run chooseUntyped(std::string_view opcode, bool isLong) {
  if (opcode == "popc")
    return isLong ? &map<countOnes<uint64_t>> : &map<countOnes<uint32_t>>;
  if (opcode == "clz")
    return isLong ? &map<countZeros<uint64_t>> : &map<countZeros<uint32_t>>;
  if (opcode == "brev")
    return isLong ? &map<reverse<uint64_t>> : &map<reverse<uint32_t>>;
  return isLong ? &map<insert<uint64_t>> : &map<insert<uint32_t>>; // bfi
}

} // namespace

Operation decodeBits(Decoder &decoder) {
  const std::string &opcode = decoder.source().opcode;
  if (opcode == "dp4a" || opcode == "dp2a")
    return decodeDot(decoder, opcode == "dp4a");
  if (opcode == "prmt")
    return decodePermute(decoder);
  if (opcode == "shf")
    return decodeFunnel(decoder);
  if (opcode == "bmsk" || opcode == "szext")
    return decodeMask(decoder, opcode == "szext");
  bool shiftAmount = opcode == "bfind" && decoder.take("shiftamt");
  NumberType type = decoder.takeType();
  if (opcode == "fns")
    return decoder.finish(type == types::b32 ? &map<findNthSet> : nullptr, 1, 3);
  if (opcode == "bfind") {
    auto choose = [&]<typename T>() -> Operation::Run {
      return shiftAmount ? &map<findBit<T, true>> : &map<findBit<T, false>>;
    };
    return decoder.finish(byType<uint32_t, uint64_t, int32_t, int64_t>(type, choose), 1, 1);
  }
  if (opcode == "bfe") {
    auto choose = []<typename T>() -> Operation::Run { return &map<extract<T>>; };
    return decoder.finish(byType<uint32_t, uint64_t, int32_t, int64_t>(type, choose), 1, 3);
  }
  if (type != types::b32 && type != types::b64)
    decoder.refuse();
  return decoder.finish(chooseUntyped(opcode, type == types::b64), 1, opcode == "bfi" ? 4 : 1);
}

} // namespace plait::emulator
