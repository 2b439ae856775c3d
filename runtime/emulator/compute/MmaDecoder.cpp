//===- MmaDecoder.cpp - the shapes and types of matrix products -----------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file reads mma.sync and wmma.mma and knows which of them PTX has for sm_90.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/compute/Mma.h"

#include <algorithm>

namespace plait::emulator {
namespace {

using Role = Fragment::Role;

void runMma(const Operation &operation, const Environment &environment, std::span<Value *const> results,
            std::span<const Value *const> operands, Mask active) {
  multiply(kept<MmaPlan>(operation), environment.mmaOrder, results, operands, active);
}

Operation finish(const Decoder &decoder, MmaPlan plan) {
  unsigned inputs = plan.a.fragment.registers + plan.b.fragment.registers + plan.c.fragment.registers;
  Operation operation = decoder.finish(&runMma, plan.d.fragment.registers, inputs);
  operation.convergent = operation.isMma = true;
  operation.flops = uint64_t(2) * plan.shape.m * plan.shape.n * plan.shape.k;
  keep(operation, std::move(plan));
  return operation;
}

bool isEightBit(NumberType type) {
  return type == types::s8 || type == types::u8 || type == types::e4m3 || type == types::e5m2;
}

/// Whether mma.sync has the shape for operands of this type.
bool hasShape(MmaShape shape, NumberType type) {
  constexpr MmaShape m8n8k4{8, 8, 4}, m8n8k16{8, 8, 16}, k4{16, 8, 4}, k8{16, 8, 8}, k16{16, 8, 16}, k32{16, 8, 32};
  if (type == types::f64)
    return shape == m8n8k4 || shape == k4 || shape == k8 || shape == k16;
  if (type == types::tf32)
    return shape == k4 || shape == k8;
  if (type == types::f16 || type == types::bf16)
    return shape == k8 || shape == k16;
  if (type.isInteger())
    return shape == m8n8k16 || shape == k16 || shape == k32;
  return shape == k16 || shape == k32;
}

/// Whether the accumulator's type goes with the operands'.
bool accumulates(NumberType accumulator, NumberType a, NumberType b) {
  if (a.isInteger())
    return isEightBit(a) && isEightBit(b) && b.isInteger() && accumulator == types::s32;
  bool areBytes = isEightBit(a) && isEightBit(b) && !b.isInteger();
  if (a != b && !areBytes)
    return false;
  if (a == types::f64)
    return accumulator == types::f64;
  bool mayBeHalf = a == types::f16 || areBytes;
  bool isKnown = mayBeHalf || a == types::bf16 || a == types::tf32;
  return isKnown && (accumulator == types::f32 || (mayBeHalf && accumulator == types::f16));
}

std::string_view nameOf(NumberType type) {
  for (std::string_view name : {"f16", "bf16", "tf32", "f32", "f64", "s8", "u8", "s32"})
    if (parseNumberType(name) == type)
      return name;
  return "";
}

MmaOperand takeWmma(const Decoder &decoder, Role role, MmaShape shape, NumberType type) {
  std::optional<Fragment> fragment = wmmaFragment(role, shape, nameOf(type));
  if (!fragment)
    decoder.refuse();
  return {*fragment, type};
}

} // namespace

MmaShape takeShape(Decoder &decoder) {
  for (const std::string &modifier : decoder.source().modifiers)
    if (std::optional<MmaShape> shape = parseShape(modifier)) {
      decoder.take(modifier);
      return *shape;
    }
  decoder.refuse();
}

Operation decodeMma(Decoder &decoder) {
  bool isKnown = decoder.take("sync") && decoder.take("aligned");
  MmaShape shape = takeShape(decoder);
  isKnown &= decoder.take("row") && decoder.take("col");
  bool saturates = decoder.take("satfinite");
  NumberType d = decoder.takeType(), a = decoder.takeType(), b = decoder.takeType(), c = decoder.takeType();
  if (a == types::f64)
    decoder.take("rn");
  isKnown &= hasShape(shape, a) && accumulates(c, a, b) && d == c && (!saturates || a.isInteger());
  if (!isKnown)
    decoder.refuse();
  auto operand = [&](Role role, NumberType type) { return MmaOperand(mmaFragment(role, shape, type.bits), type); };
  return finish(decoder, {shape, operand(Role::A, a), operand(Role::B, b), operand(Role::Accumulator, c),
                          operand(Role::Accumulator, d), saturates});
}

Operation decodeWmma(Decoder &decoder) {
  bool isKnown = decoder.take("sync") && decoder.take("aligned");
  // Both layouts were the loads' concern.
  decoder.require({"row", "col"});
  decoder.require({"row", "col"});
  MmaShape shape = takeShape(decoder);
  bool saturates = decoder.take("satfinite");
  NumberType d = decoder.takeType(), next = decoder.takeType(), a = types::f16, b = types::f16, c = next;
  // With operands in f16 the types are those of d and c alone.
  bool namesOperands = std::ranges::count_if(decoder.source().modifiers,
                                             [](const auto &name) { return parseNumberType(name).has_value(); }) == 4;
  if (namesOperands) {
    a = next;
    b = decoder.takeType();
    c = decoder.takeType();
  }
  if (a == types::f64)
    decoder.take("rn");
  isKnown &= a == b && accumulates(c, a, b) && accumulates(d, a, b) && (!saturates || a.isInteger());
  if (!isKnown)
    decoder.refuse();
  return finish(decoder, {shape, takeWmma(decoder, Role::A, shape, a), takeWmma(decoder, Role::B, shape, b),
                          takeWmma(decoder, Role::Accumulator, shape, c),
                          takeWmma(decoder, Role::Accumulator, shape, d), saturates});
}

} // namespace plait::emulator
