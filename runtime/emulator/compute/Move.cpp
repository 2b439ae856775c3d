//===- Move.cpp - moves between registers ---------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file gives mov its meaning, with the packing and unpacking of vectors.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/compute/Decoder.h"
#include "runtime/emulator/compute/Lanes.h"

namespace plait::emulator {
namespace {

constexpr uint64_t lowBits(unsigned count) { return count >= 64 ? ~uint64_t(0) : (uint64_t(1) << count) - 1; }

/// Copies registers of control[0] bits.
void move(const Operation &operation, const Environment &, std::span<Value *const> results,
          std::span<const Value *const> operands, Mask active) {
  uint64_t mask = lowBits(operation.control[0]);
  Value copies[4]; // all are read before one is written
  for (size_t i = 0; i < results.size(); ++i)
    for (unsigned l = 0; l < warpSize; ++l)
      copies[i].lane[l] = operands[i]->lane[l] & mask;
  for (size_t i = 0; i < results.size(); ++i)
    assign(*results[i], copies[i], active);
}

/// Joins control[0] operands of control[1] bits into each result.
void join(const Operation &operation, const Environment &, std::span<Value *const> results,
          std::span<const Value *const> operands, Mask active) {
  unsigned count = operation.control[0], width = operation.control[1];
  Value joined[2];
  for (size_t r = 0; r < results.size(); ++r) {
    for (unsigned l = 0; l < warpSize; ++l) {
      joined[r].lane[l] = 0;
      for (unsigned i = 0; i < count; ++i)
        joined[r].lane[l] |= (operands[r * count + i]->lane[l] & lowBits(width)) << (i * width);
    }
  }
  for (size_t r = 0; r < results.size(); ++r)
    assign(*results[r], joined[r], active);
}

/// Splits each operand into control[0] results of control[1] bits.
void split(const Operation &operation, const Environment &, std::span<Value *const> results,
           std::span<const Value *const> operands, Mask active) {
  unsigned count = operation.control[0], width = operation.control[1];
  Value parts[8];
  for (size_t i = 0; i < results.size(); ++i)
    for (unsigned l = 0; l < warpSize; ++l)
      parts[i].lane[l] = operands[i / count]->lane[l] >> (i % count * width) & lowBits(width);
  for (size_t i = 0; i < results.size(); ++i)
    assign(*results[i], parts[i], active);
}

} // namespace

Operation decodeMove(Decoder &decoder) {
  using Kind = ptx::Operand::Kind;
  NumberType type = decoder.takeType();
  bool packs = decoder.isKind(1, Kind::Vector), unpacks = decoder.isKind(0, Kind::Vector);
  // A register of 128 bits is two values.
  unsigned values = type.bits == 128 ? 2 : 1;
  if (!packs && !unpacks) {
    Operation operation = decoder.finish(type.bits == 8 ? nullptr : &move, 1, 1, type.bits);
    operation.results = values;
    if (values == 2)
      operation.control[0] = 64;
    return operation;
  }
  unsigned elements = decoder.operandCount() - 1;
  bool fits = (elements == 2 || elements == 4) && type.bits / elements >= 8 && type.kind == NumberType::Untyped;
  if (packs == unpacks || !fits)
    decoder.refuse();
  Operation operation = decoder.finish(packs ? &join : &split, packs ? 1 : elements, packs ? elements : 1);
  operation.results = packs ? values : elements;
  operation.control[0] = elements / values;
  operation.control[1] = type.bits / elements;
  return operation;
}

} // namespace plait::emulator
