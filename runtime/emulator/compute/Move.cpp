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

// The usual cases, of at most 64 bits in all.
template <typename T> T copy(T value) { return value; }
template <typename T, typename Both> Both joinTwo(T low, T high) { return Both(low | Both(high) << (8 * sizeof(T))); }
template <typename T, typename Both> std::pair<T, T> splitTwo(Both both) {
  return {T(both), T(both >> (8 * sizeof(T)))};
}
template <typename T, typename Both> Operation::Run chooseTwo(bool packs) {
  return packs ? &map<joinTwo<T, Both>> : &map<splitTwo<T, Both>>;
}
/// Two elements of these bits in one register.
Operation::Run chooseTwo(bool packs, unsigned bits) {
  return bits == 8    ? chooseTwo<uint8_t, uint16_t>(packs)
         : bits == 16 ? chooseTwo<uint16_t, uint32_t>(packs)
                      : chooseTwo<uint32_t, uint64_t>(packs);
}
Operation::Run chooseCopy(NumberType type) {
  type.kind = type.bits == 1 ? NumberType::Predicate : NumberType::Unsigned;
  return byType<bool, uint16_t, uint32_t, uint64_t>(type, []<typename T>() -> Operation::Run { return &map<copy<T>>; });
}

/// Copies a register of 128 bits.
void move(const Operation &, const Environment &, std::span<Value *const> results,
          std::span<const Value *const> operands, Mask active) {
  for (size_t i = 0; i < results.size(); ++i)
    assign(*results[i], *operands[i], active);
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
    Operation operation = decoder.finish(values == 2 ? &move : chooseCopy(type), 1, 1);
    operation.results = values;
    return operation;
  }
  unsigned elements = decoder.operandCount() - 1;
  bool fits = (elements == 2 || elements == 4) && type.bits / elements >= 8 && type.kind == NumberType::Untyped;
  if (packs == unpacks || !fits)
    decoder.refuse();
  unsigned bits = type.bits / elements;
  Operation::Run run = elements == 2 && values == 1 ? chooseTwo(packs, bits) : packs ? &join : &split;
  Operation operation = decoder.finish(run, packs ? 1 : elements, packs ? elements : 1);
  operation.results = packs ? values : elements;
  operation.control[0] = elements / values;
  operation.control[1] = bits;
  return operation;
}

} // namespace plait::emulator
