//===- Wgmma.cpp - matrix products of a warpgroup -------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file reads wgmma.mma_async, knows which of them PTX has, and multiplies a
// warp's rows by parts of the columns.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/compute/Wgmma.h"

#include <algorithm>

namespace plait::emulator {
namespace {

using Role = Fragment::Role;

constexpr unsigned warpRows = 16, rowsOfGroup = warpRows * warpgroupWarps, mostColumns = 256;
constexpr unsigned bitsAlongK = 256; ///< of each row of A, whatever the type
constexpr unsigned partColumns = 32; ///< as many as fit into what a product of a warp holds at most

bool isOneOf(NumberType type, std::initializer_list<NumberType> types) {
  return std::ranges::find(types, type) != types.end();
}

bool hasShape(MmaShape shape, NumberType type) {
  bool isMultiple = shape.n % (type.isInteger() && shape.n > 32 ? 16 : 8) == 0;
  return shape.m == rowsOfGroup && isMultiple && shape.n <= mostColumns && shape.k == bitsAlongK / type.bits;
}

bool hasTypes(NumberType d, NumberType a, NumberType b) {
  auto areBoth = [&](std::initializer_list<NumberType> types) { return isOneOf(a, types) && isOneOf(b, types); };
  if (areBoth({types::f16}) || areBoth({types::e4m3, types::e5m2}))
    return isOneOf(d, {types::f16, types::f32});
  if (areBoth({types::bf16}) || areBoth({types::tf32}))
    return d == types::f32;
  return areBoth({types::s8, types::u8}) && d == types::s32;
}

/// An immediate operand that is one of two numbers: whether it is the second.
bool takeChoice(const Decoder &decoder, size_t index, int64_t first, int64_t second) {
  if (!decoder.isKind(unsigned(index), ptx::Operand::Kind::Immediate))
    decoder.refuse();
  auto value = int64_t(decoder.source().operands[index].bits);
  if (value != first && value != second)
    decoder.refuse();
  return value == second;
}

/// Reads the numbers behind the predicate, and gives their count.
unsigned takeImmediates(const Decoder &decoder, WgmmaPlan &plan) {
  constexpr size_t first = 4; // behind d, a, b and the predicate
  if (plan.a.isInteger())
    return 0;
  plan.negates = takeChoice(decoder, first, 1, -1) != takeChoice(decoder, first + 1, 1, -1);
  if (plan.a.bits != 16)
    return 2;
  // What is in registers is not transposed.
  size_t next = first + 2;
  if (!plan.hasRegisters)
    plan.transposesA = takeChoice(decoder, next++, 0, 1);
  plan.transposesB = takeChoice(decoder, next++, 0, 1);
  return unsigned(next - first);
}

void addParts(WgmmaPlan &plan) {
  for (unsigned column = 0; column < plan.shape.n; column += partColumns) {
    MmaShape shape{warpRows, std::min(partColumns, plan.shape.n - column), plan.shape.k};
    auto operand = [&](Role role, NumberType type) { return MmaOperand(mmaFragment(role, shape, type.bits), type); };
    plan.parts.push_back({shape, operand(Role::A, plan.a), operand(Role::B, plan.b), operand(Role::Accumulator, plan.d),
                          operand(Role::Accumulator, plan.d), plan.saturates});
  }
}

/// Flips the signs of all elements.
Value opposite(const Value &value, unsigned elementBits) {
  Value result;
  uint32_t signs = 0;
  for (unsigned bit = elementBits; bit <= 32; bit += elementBits)
    signs |= uint32_t(1) << (bit - 1);
  for (unsigned lane = 0; lane < warpSize; ++lane)
    result.lane[lane] = value.lane[lane] ^ signs;
  return result;
}

void runWgmma(const Operation &operation, const Environment &environment, std::span<Value *const> results,
              std::span<const Value *const> operands, Mask active) {
  const WgmmaPlan &plan = wgmmaPlan(operation);
  std::span a = operands.first(plan.fragment(Role::A).registers);
  std::span b = operands.subspan(a.size(), plan.fragment(Role::B).registers);
  std::span c = operands.subspan(a.size() + b.size());
  std::vector<Value> negated;
  if (plan.negates)
    for (const Value *value : a)
      negated.push_back(opposite(*value, plan.a.bits));
  std::vector<const Value *> inputs;
  for (const MmaPlan &part : plan.parts) {
    inputs.assign(a.begin(), a.end());
    for (size_t i = 0; i < negated.size(); ++i)
      inputs[i] = &negated[i];
    unsigned factors = part.b.fragment.registers, sums = part.d.fragment.registers;
    inputs.insert(inputs.end(), b.begin(), b.begin() + factors);
    inputs.insert(inputs.end(), c.begin(), c.begin() + sums);
    multiply(part, environment.mmaOrder, results.first(sums), inputs, active);
    b = b.subspan(factors);
    c = c.subspan(sums);
    results = results.subspan(sums);
  }
}

} // namespace

Fragment WgmmaPlan::fragment(Role role) const {
  NumberType type = role == Role::A ? a : role == Role::B ? b : d;
  return mmaFragment(role, {warpRows, shape.n, shape.k}, type.bits);
}

bool WgmmaPlan::operator==(const WgmmaPlan &other) const {
  return shape == other.shape && a == other.a && b == other.b && d == other.d && saturates == other.saturates &&
         negates == other.negates && hasRegisters == other.hasRegisters && transposesA == other.transposesA &&
         transposesB == other.transposesB;
}

const WgmmaPlan &wgmmaPlan(const Operation &operation) { return kept<WgmmaPlan>(operation); }

Operation decodeWgmma(Decoder &decoder) {
  if (!decoder.take("sync"))
    decoder.refuse();
  decoder.take("aligned");
  MmaShape shape = takeShape(decoder);
  bool saturates = decoder.take("satfinite");
  NumberType d = decoder.takeType(), a = decoder.takeType(), b = decoder.takeType();
  if (!hasTypes(d, a, b) || !hasShape(shape, a) || (saturates && !a.isInteger()))
    decoder.refuse();
  WgmmaPlan plan{shape, a, b, d, saturates, false, decoder.isKind(1, ptx::Operand::Kind::Vector), false, false};
  unsigned immediates = takeImmediates(decoder, plan);
  addParts(plan);
  unsigned ofA = plan.hasRegisters ? plan.fragment(Role::A).registers : 1;
  Operation operation = decoder.finish(&runWgmma, plan.fragment(Role::Accumulator).registers, ofA + 2 + immediates);
  operation.convergent = operation.isMma = true;
  operation.flops = uint64_t(2) * warpRows * shape.n * shape.k;
  keep(operation, std::move(plan));
  return operation;
}

} // namespace plait::emulator
