//===- Compare.cpp - comparisons and selections ---------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file gives setp, set, selp and slct their meaning.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/compute/Decoder.h"
#include "runtime/emulator/compute/Flush.h"
#include "runtime/emulator/compute/Lanes.h"

namespace plait::emulator {
namespace {

// control[1] holds for each relation of a to b whether the comparison is true.
enum Relation : uint32_t { less = 1, equal = 2, greater = 4, unordered = 8 };

struct Comparison {
  std::string_view name;
  uint32_t truth;
  bool ofFloats, ofSigned, ofUnsigned, ofUntyped;
};
constexpr Comparison comparisons[] = {
    {"eq", equal, true, true, true, true},
    {"ne", less | greater, true, true, true, true},
    {"lt", less, true, true, true, false},
    {"le", less | equal, true, true, true, false},
    {"gt", greater, true, true, true, false},
    {"ge", greater | equal, true, true, true, false},
    {"lo", less, false, false, true, false},
    {"ls", less | equal, false, false, true, false},
    {"hi", greater, false, false, true, false},
    {"hs", greater | equal, false, false, true, false},
    {"equ", equal | unordered, true, false, false, false},
    {"neu", less | greater | unordered, true, false, false, false},
    {"ltu", less | unordered, true, false, false, false},
    {"leu", less | equal | unordered, true, false, false, false},
    {"gtu", greater | unordered, true, false, false, false},
    {"geu", greater | equal | unordered, true, false, false, false},
    {"num", less | equal | greater, true, false, false, false},
    {"nan", unordered, true, false, false, false},
};

template <typename T> bool compare(const Operation &operation, T a, T b) {
  auto comparable = [&](T x) {
    if constexpr (std::is_integral_v<T>)
      return x;
    else
      return flushIf(operation, x);
  };
  auto x = comparable(a), y = comparable(b);
  uint32_t relation = x < y ? less : x == y ? equal : x > y ? greater : unordered;
  return operation.control[1] & relation;
}

// control[2] is how the comparison is combined with a predicate.
enum Combine : uint32_t { withAnd, withOr, withXor, withNothing };
bool combine(const Operation &operation, bool a, bool b) {
  uint32_t how = operation.control[2];
  return how == withAnd ? a && b : how == withOr ? a || b : a != b;
}

template <typename T> bool setp(const Operation &operation, T a, T b) { return compare(operation, a, b); }
template <typename T> bool setpCombined(const Operation &operation, T a, T b, bool c) {
  return combine(operation, compare(operation, a, b), c);
}
template <typename T> std::pair<bool, bool> setpPair(const Operation &operation, T a, T b) {
  bool is = compare(operation, a, b);
  return {is, !is};
}
template <typename T> std::pair<bool, bool> setpPairCombined(const Operation &operation, T a, T b, bool c) {
  bool is = compare(operation, a, b);
  return {combine(operation, is, c), combine(operation, !is, c)};
}
/// Of packed halves: one predicate for each.
template <typename T> std::pair<bool, bool> setpPacked(const Operation &operation, uint32_t a, uint32_t b) {
  return {compare(operation, fromBits<T>(a), fromBits<T>(b)),
          compare(operation, fromBits<T>(a >> 16), fromBits<T>(b >> 16))};
}
template <typename T>
std::pair<bool, bool> setpPackedCombined(const Operation &operation, uint32_t a, uint32_t b, bool c) {
  auto [low, high] = setpPacked<T>(operation, a, b);
  return {combine(operation, low, c), combine(operation, high, c)};
}

// control[3] is what `set` yields where the comparison is true.
template <typename T> uint32_t set(const Operation &operation, T a, T b) {
  return compare(operation, a, b) ? operation.control[3] : 0;
}
template <typename T> uint32_t setCombined(const Operation &operation, T a, T b, bool c) {
  return setpCombined(operation, a, b, c) ? operation.control[3] : 0;
}
template <typename T> uint32_t setPacked(const Operation &operation, uint32_t a, uint32_t b) {
  auto [low, high] = setpPacked<T>(operation, a, b);
  return (low ? operation.control[3] & 0xffff : 0) | (high ? operation.control[3] << 16 : 0);
}
template <typename T> uint32_t setPackedCombined(const Operation &operation, uint32_t a, uint32_t b, bool c) {
  auto [low, high] = setpPackedCombined<T>(operation, a, b, c);
  return (low ? operation.control[3] & 0xffff : 0) | (high ? operation.control[3] << 16 : 0);
}

template <typename T> T select(T a, T b, bool p) { return p ? a : b; }
template <typename T> T selectBySign(T a, T b, int32_t c) { return c >= 0 ? a : b; }
template <typename T> T selectByFloat(const Operation &operation, T a, T b, float c) {
  return flushIf(operation, c) >= 0 ? a : b;
}

template <typename Choose> Operation::Run byComparable(NumberType type, Choose choose) {
  if (type.kind == NumberType::Untyped)
    type.kind = NumberType::Unsigned;
  return byType<uint16_t, uint32_t, uint64_t, int16_t, int32_t, int64_t, Half, Bfloat, float, double>(type, choose);
}

/// The comparison that the modifiers name, if values of this type have it.
const Comparison &takeComparison(Decoder &decoder) {
  for (const Comparison &comparison : comparisons)
    if (decoder.take(comparison.name))
      return comparison;
  decoder.refuse();
}
void check(const Decoder &decoder, const Comparison &comparison, NumberType type) {
  bool has = type.kind == NumberType::Untyped    ? comparison.ofUntyped
             : type.kind == NumberType::Unsigned ? comparison.ofUnsigned
             : type.kind == NumberType::Signed   ? comparison.ofSigned
                                                 : comparison.ofFloats;
  if (!has)
    decoder.refuse();
}

Operation decodeSetp(Decoder &decoder) {
  const Comparison &comparison = takeComparison(decoder);
  unsigned how = decoder.takeOneOf({"and", "or", "xor"});
  uint32_t flags = decoder.takeFlag("ftz", ftz);
  NumberType type = decoder.takeType();
  check(decoder, comparison, type);
  bool isCombined = how != withNothing;
  bool isPair = decoder.isKind(0, ptx::Operand::Kind::Pair);
  Operation::Run run;
  if (type == types::f16x2)
    run = isCombined ? &map<setpPackedCombined<Half>> : &map<setpPacked<Half>>;
  else if (type == types::bf16x2)
    run = isCombined ? &map<setpPackedCombined<Bfloat>> : &map<setpPacked<Bfloat>>;
  else
    run = byComparable(type, [&]<typename T>() -> Operation::Run {
      if (isPair)
        return isCombined ? &map<setpPairCombined<T>> : &map<setpPair<T>>;
      return isCombined ? &map<setpCombined<T>> : &map<setp<T>>;
    });
  Operation operation = decoder.finish(run, isPair || type.count == 2 ? 2 : 1, isCombined ? 3 : 2, flags);
  operation.control[1] = comparison.truth;
  operation.control[2] = how;
  return operation;
}

/// What `set` yields for true in a destination of this type.
uint32_t truthOf(const Decoder &decoder, NumberType type, NumberType source) {
  if (type == types::u32 || type == types::s32)
    return ~uint32_t(0);
  if (type == types::f32)
    return std::bit_cast<uint32_t>(1.0f);
  bool isSmall = source.bits == 16; // only comparisons of halves have small results
  if (isSmall && (type == types::u16 || type == types::s16))
    return 0xffff;
  if (isSmall && type.kind == NumberType::Float && type.bits == 16 && type.count == source.count)
    return 0x3c00;
  if (isSmall && type.kind == NumberType::Bfloat && type.count == source.count)
    return 0x3f80;
  decoder.refuse();
}

Operation decodeSet(Decoder &decoder) {
  const Comparison &comparison = takeComparison(decoder);
  unsigned how = decoder.takeOneOf({"and", "or", "xor"});
  uint32_t flags = decoder.takeFlag("ftz", ftz);
  NumberType result = decoder.takeType(), type = decoder.takeType();
  check(decoder, comparison, type);
  bool isCombined = how != withNothing;
  Operation::Run run;
  if (type == types::f16x2)
    run = isCombined ? &map<setPackedCombined<Half>> : &map<setPacked<Half>>;
  else if (type == types::bf16x2)
    run = isCombined ? &map<setPackedCombined<Bfloat>> : &map<setPacked<Bfloat>>;
  else
    run = byComparable(
        type, [&]<typename T>() -> Operation::Run { return isCombined ? &map<setCombined<T>> : &map<set<T>>; });
  uint32_t truth = truthOf(decoder, result, type);
  Operation operation = decoder.finish(run, 1, isCombined ? 3 : 2, flags);
  operation.control[1] = comparison.truth;
  operation.control[2] = how;
  operation.control[3] = truth;
  return operation;
}

NumberType bitsOf(NumberType type) { return {NumberType::Unsigned, type.bits, type.count}; }

Operation decodeSelect(Decoder &decoder) {
  NumberType type = bitsOf(decoder.takeType());
  return decoder.finish(
      byType<uint16_t, uint32_t, uint64_t>(type, []<typename T>() -> Operation::Run { return &map<select<T>>; }), 1, 3);
}

Operation decodeSelectBySign(Decoder &decoder) {
  uint32_t flags = decoder.takeFlag("ftz", ftz);
  NumberType type = bitsOf(decoder.takeType()), condition = decoder.takeType();
  if (condition != types::s32 && condition != types::f32)
    decoder.refuse();
  auto choose = [&]<typename T>() -> Operation::Run {
    return condition == types::s32 ? &map<selectBySign<T>> : &map<selectByFloat<T>>;
  };
  return decoder.finish(byType<uint16_t, uint32_t, uint64_t>(type, choose), 1, 3, flags);
}

} // namespace

Operation decodeCompare(Decoder &decoder) {
  const std::string &opcode = decoder.source().opcode;
  if (opcode == "setp")
    return decodeSetp(decoder);
  if (opcode == "set")
    return decodeSet(decoder);
  return opcode == "selp" ? decodeSelect(decoder) : decodeSelectBySign(decoder);
}

} // namespace plait::emulator
