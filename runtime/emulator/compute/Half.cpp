//===- Half.cpp - arithmetic on f16 and bf16 ------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file gives arithmetic on f16, bf16 and pairs of them its meaning: each operation
// rounds once.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/compute/Flush.h"
#include "runtime/emulator/compute/Lanes.h"

namespace plait::emulator {
namespace {

template <typename T> T add(const Operation &operation, T a, T b) {
  return finishFloat<T>(operation, addToOdd(flushIf(operation, a), flushIf(operation, b)));
}
template <typename T> T sub(const Operation &operation, T a, T b) {
  return finishFloat<T>(operation, addToOdd(flushIf(operation, a), -flushIf(operation, b)));
}
template <typename T> T mul(const Operation &operation, T a, T b) {
  return finishFloat<T>(operation, flushIf(operation, a) * flushIf(operation, b));
}
template <typename T> T fma(const Operation &operation, T a, T b, T c) {
  double product = flushIf(operation, a) * flushIf(operation, b);
  return finishFloat<T>(operation, addToOdd(product, flushIf(operation, c)));
}
template <typename T> T exponential(const Operation &operation, T a) {
  return finishFloat<T>(operation, std::exp2(flushIf(operation, a)));
}
template <typename T> T hyperbolicTangent(const Operation &operation, T a) {
  return finishFloat<T>(operation, std::tanh(widen(a)));
}
// The sign is a bit, of NaN, too.
template <typename T> T flushBitsIf(const Operation &operation, T a) {
  return operation.control[0] & ftz ? flush(a) : a;
}
template <typename T> T negate(const Operation &operation, T a) {
  return T(uint16_t(flushBitsIf(operation, a)) ^ 0x8000);
}
template <typename T> T absolute(const Operation &operation, T a) {
  return T(uint16_t(flushBitsIf(operation, a)) & 0x7fff);
}

template <auto Function> Operation::Run choose(bool isPacked, uint32_t flags) {
  if (flags)
    return isPacked ? &mapPacked<Function> : &map<Function>;
  return isPacked ? &mapPacked<&Plain<Function>::call> : &map<&Plain<Function>::call>;
}

template <typename T> Operation decode(Decoder &decoder, bool isPacked) {
  const std::string &opcode = decoder.source().opcode;
  constexpr bool isHalf = std::is_same_v<T, Half>;
  bool isUnary = opcode == "neg" || opcode == "abs", isFma = opcode == "fma";
  bool isFunction = opcode == "ex2" || opcode == "tanh";
  if (isFunction ? !decoder.take("approx") : isFma && !decoder.take("rn"))
    decoder.refuse();
  if (!isFunction && !isUnary && !isFma)
    decoder.take("rn");
  uint32_t flags = 0;
  // f16 flushes if asked to; ex2 on bf16 must be asked.
  if (isHalf && opcode != "tanh")
    flags |= decoder.takeFlag("ftz", ftz);
  else if (!isHalf && opcode == "ex2" && !decoder.take("ftz"))
    decoder.refuse();
  if (!isFunction && !isUnary)
    flags |= isHalf ? decoder.takeFlag("sat", sat) : 0;
  if (isFma && !(flags & sat))
    flags |= decoder.takeFlag("relu", relu);
  if (opcode == "add")
    return decoder.finish(choose<&add<T>>(isPacked, flags), 1, 2, flags);
  if (opcode == "sub")
    return decoder.finish(choose<&sub<T>>(isPacked, flags), 1, 2, flags);
  if (opcode == "mul")
    return decoder.finish(choose<&mul<T>>(isPacked, flags), 1, 2, flags);
  if (opcode == "fma")
    return decoder.finish(choose<&fma<T>>(isPacked, flags), 1, 3, flags);
  if (opcode == "neg")
    return decoder.finish(choose<&negate<T>>(isPacked, flags), 1, 1, flags);
  if (opcode == "abs")
    return decoder.finish(choose<&absolute<T>>(isPacked, flags), 1, 1, flags);
  if (opcode == "ex2")
    return decoder.finish(choose<&exponential<T>>(isPacked, flags), 1, 1, flags);
  if (opcode == "tanh")
    return decoder.finish(choose<&hyperbolicTangent<T>>(isPacked, flags), 1, 1, flags);
  decoder.refuse();
}

} // namespace

Operation decodeHalf(Decoder &decoder, NumberType type) {
  if (type.kind == NumberType::Float)
    return decode<Half>(decoder, type.count == 2);
  return decode<Bfloat>(decoder, type.count == 2);
}

} // namespace plait::emulator
