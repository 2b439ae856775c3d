//===- Logic.cpp - bitwise logic and shifts -------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file gives and, or, xor, not, cnot, lop3, shl and shr their meaning.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/compute/Decoder.h"
#include "runtime/emulator/compute/Lanes.h"

namespace plait::emulator {
namespace {

// Registers are zero-extended, so 64 bits serve and, or and xor of every width; not cuts off.
uint64_t bitAnd(uint64_t a, uint64_t b) { return a & b; }
uint64_t bitOr(uint64_t a, uint64_t b) { return a | b; }
uint64_t bitXor(uint64_t a, uint64_t b) { return a ^ b; }

template <typename T, uint64_t (*Function)(uint64_t, uint64_t)> T narrowed(T a, T b) {
  return T(Function(toBits(a), toBits(b)));
}

bool invertPredicate(bool a) { return !a; }
template <typename T> T invert(T a) { return T(~a); }
template <typename T> T isZero(T a) { return a == 0; }

// Shift amounts past the width are clamped to it.
template <typename T> T shiftLeft(T a, uint32_t amount) {
  return amount < 8 * sizeof(T) ? T(uint64_t(a) << amount) : T(0);
}
template <typename T> T shiftRight(T a, uint32_t amount) {
  constexpr uint32_t width = 8 * sizeof(T);
  return T(a >> (amount < width ? amount : width - 1) >> (amount < width ? 0 : 1));
}

uint32_t lookUp(uint32_t table, uint32_t a, uint32_t b, uint32_t c) {
  uint32_t result = 0;
  for (unsigned i = 0; i < 8; ++i) {
    uint32_t term = (i & 4 ? a : ~a) & (i & 2 ? b : ~b) & (i & 1 ? c : ~c);
    result |= table >> i & 1 ? term : 0;
  }
  return result;
}
uint32_t lop3(uint32_t a, uint32_t b, uint32_t c, uint32_t table) { return lookUp(table, a, b, c); }
template <bool IsOr>
std::pair<uint32_t, bool> lop3Predicate(uint32_t a, uint32_t b, uint32_t c, uint32_t table, bool q) {
  uint32_t result = lookUp(table, a, b, c);
  return {result, IsOr ? (result != 0) || q : (result != 0) && q};
}

template <uint64_t (*Function)(uint64_t, uint64_t)> Operation::Run chooseBinary(NumberType type) {
  if (type == types::pred)
    return &map<narrowed<bool, Function>>;
  if (type == types::b16)
    return &map<narrowed<uint16_t, Function>>;
  if (type == types::b32)
    return &map<narrowed<uint32_t, Function>>;
  return type == types::b64 ? &map<narrowed<uint64_t, Function>> : nullptr;
}

Operation decodeUnary(Decoder &decoder, NumberType type, bool isNot) {
  if (type == types::pred)
    return decoder.finish(isNot ? &map<invertPredicate> : nullptr, 1, 1);
  if (type.kind != NumberType::Untyped)
    decoder.refuse();
  type.kind = NumberType::Unsigned;
  auto choose = [&]<typename T>() -> Operation::Run { return isNot ? &map<invert<T>> : &map<isZero<T>>; };
  return decoder.finish(byType<uint16_t, uint32_t, uint64_t>(type, choose), 1, 1);
}

Operation decodeShift(Decoder &decoder, NumberType type, bool isLeft) {
  // Left shifts have untyped operands only; an untyped right shift fills with zeros.
  if (type.kind == NumberType::Untyped)
    type.kind = NumberType::Unsigned;
  else if (isLeft)
    decoder.refuse();
  if (isLeft)
    return decoder.finish(
        byType<uint16_t, uint32_t, uint64_t>(type, []<typename T>() -> Operation::Run { return &map<shiftLeft<T>>; }),
        1, 2);
  return decoder.finish(byType<uint16_t, uint32_t, uint64_t, int16_t, int32_t, int64_t>(
                            type, []<typename T>() -> Operation::Run { return &map<shiftRight<T>>; }),
                        1, 2);
}

Operation decodeLop3(Decoder &decoder, NumberType type) {
  if (type != types::b32)
    decoder.refuse();
  unsigned combine = decoder.takeOneOf({"or", "and"});
  if (combine == 2)
    return decoder.finish(&map<lop3>, 1, 4);
  return decoder.finish(combine == 0 ? &map<lop3Predicate<true>> : &map<lop3Predicate<false>>, 2, 5);
}

} // namespace

Operation decodeLogic(Decoder &decoder) {
  const std::string &opcode = decoder.source().opcode;
  NumberType type = decoder.takeType();
  if (opcode == "and")
    return decoder.finish(chooseBinary<bitAnd>(type), 1, 2);
  if (opcode == "or")
    return decoder.finish(chooseBinary<bitOr>(type), 1, 2);
  if (opcode == "xor")
    return decoder.finish(chooseBinary<bitXor>(type), 1, 2);
  if (opcode == "not" || opcode == "cnot")
    return decodeUnary(decoder, type, opcode == "not");
  if (opcode == "lop3")
    return decodeLop3(decoder, type);
  return decodeShift(decoder, type, opcode == "shl");
}

} // namespace plait::emulator
