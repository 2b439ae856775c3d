//===- Vote.cpp - decisions of a warp -------------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file gives vote.sync, match.sync, redux.sync, elect.sync and activemask their
// meaning. The lanes that take part are those that are active.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/compute/Decoder.h"
#include "runtime/emulator/compute/Lanes.h"

#include <algorithm>

namespace plait::emulator {
namespace {

/// Gives all active lanes one value.
void assignAll(Value &to, uint64_t bits, Mask active) {
  for (unsigned l = 0; l < warpSize; ++l)
    if (active >> l & 1)
      to.lane[l] = bits;
}

enum Ballot : uint32_t { all, any, uniform, ballot };

void vote(const Operation &operation, const Environment &, std::span<Value *const> results,
          std::span<const Value *const> operands, Mask active) {
  Mask yes = 0;
  for (unsigned l = 0; l < warpSize; ++l)
    yes |= Mask(operands[0]->lane[l] & 1) << l;
  yes &= active;
  uint64_t result = yes;
  if (operation.control[0] == all)
    result = yes == active;
  else if (operation.control[0] == any)
    result = yes != 0;
  else if (operation.control[0] == uniform)
    result = yes == active || yes == 0;
  assignAll(*results[0], result, active);
}

/// Of the active lanes those whose values are equal to this lane's; control[0] masks the values.
Mask equalTo(const Operation &operation, const Value &values, unsigned lane, Mask active) {
  uint64_t mask = operation.control[0] == 32 ? 0xffffffff : ~uint64_t(0);
  Mask equal = 0;
  for (unsigned l = 0; l < warpSize; ++l)
    equal |= Mask(((values.lane[l] ^ values.lane[lane]) & mask) == 0) << l;
  return equal & active;
}
void matchAny(const Operation &operation, const Environment &, std::span<Value *const> results,
              std::span<const Value *const> operands, Mask active) {
  Value equal;
  for (unsigned l = 0; l < warpSize; ++l)
    equal.lane[l] = equalTo(operation, *operands[0], l, active);
  assign(*results[0], equal, active);
}
void matchAll(const Operation &operation, const Environment &, std::span<Value *const> results,
              std::span<const Value *const> operands, Mask active) {
  unsigned first = active ? std::countr_zero(active) : 0;
  bool areEqual = equalTo(operation, *operands[0], first, active) == active;
  assignAll(*results[0], areEqual ? active : 0, active);
  if (results.size() > 1)
    assignAll(*results[1], areEqual, active);
}

template <typename T, T (*Function)(T, T)>
void reduce(const Operation &, const Environment &, std::span<Value *const> results,
            std::span<const Value *const> operands, Mask active) {
  std::optional<T> total;
  for (unsigned l = 0; l < warpSize; ++l) {
    if (!(active >> l & 1))
      continue;
    T value = fromBits<T>(operands[0]->lane[l]);
    total = total ? Function(*total, value) : value;
  }
  assignAll(*results[0], toBits(total.value_or(0)), active);
}
template <typename T> T add(T a, T b) { return T(uint32_t(a) + uint32_t(b)); }
template <typename T> T smaller(T a, T b) { return std::min(a, b); }
template <typename T> T larger(T a, T b) { return std::max(a, b); }
uint32_t bitAnd(uint32_t a, uint32_t b) { return a & b; }
uint32_t bitOr(uint32_t a, uint32_t b) { return a | b; }
uint32_t bitXor(uint32_t a, uint32_t b) { return a ^ b; }

void elect(const Operation &, const Environment &, std::span<Value *const> results, std::span<const Value *const>,
           Mask active) {
  unsigned leader = active ? std::countr_zero(active) : 0;
  assignAll(*results[0], leader, active);
  for (unsigned l = 0; l < warpSize; ++l)
    if (active >> l & 1)
      results[1]->lane[l] = l == leader;
}
void activeMask(const Operation &, const Environment &, std::span<Value *const> results, std::span<const Value *const>,
                Mask active) {
  assignAll(*results[0], active, active);
}

Operation decodeMatch(Decoder &decoder) {
  bool isAll = decoder.require({"any", "all"}) == 1;
  NumberType type = decoder.takeType();
  bool isKnown = type == types::b32 || type == types::b64;
  bool isPair = isAll && decoder.isKind(0, ptx::Operand::Kind::Pair);
  return decoder.finish(!isKnown ? nullptr : isAll ? &matchAll : &matchAny, isPair ? 2 : 1, 2, type.bits);
}

Operation decodeReduction(Decoder &decoder) {
  constexpr Operation::Run ofBits[] = {&reduce<uint32_t, bitAnd>, &reduce<uint32_t, bitOr>, &reduce<uint32_t, bitXor>};
  constexpr Operation::Run ofUnsigned[] = {&reduce<uint32_t, add>, &reduce<uint32_t, smaller>,
                                           &reduce<uint32_t, larger>};
  constexpr Operation::Run ofSigned[] = {&reduce<int32_t, add>, &reduce<int32_t, smaller>, &reduce<int32_t, larger>};
  unsigned how = decoder.require({"and", "or", "xor", "add", "min", "max"});
  NumberType type = decoder.takeType();
  Operation::Run run = nullptr;
  if (how < 3)
    run = type == types::b32 ? ofBits[how] : nullptr;
  else if (type == types::u32 || type == types::s32)
    run = (type == types::u32 ? ofUnsigned : ofSigned)[how - 3];
  return decoder.finish(run, 1, 2);
}

Operation decodeBallot(Decoder &decoder) {
  unsigned how = decoder.require({"all", "any", "uni", "ballot"});
  bool isKnown = decoder.takeType() == (how == ballot ? types::b32 : types::pred);
  return decoder.finish(isKnown ? &vote : nullptr, 1, 2, how);
}

} // namespace

Operation decodeVote(Decoder &decoder) {
  const std::string &opcode = decoder.source().opcode;
  if (opcode == "activemask")
    return decoder.finish(decoder.takeType() == types::b32 ? &activeMask : nullptr, 1, 0);
  if (!decoder.take("sync"))
    decoder.refuse();
  Operation operation = opcode == "vote"    ? decodeBallot(decoder)
                        : opcode == "match" ? decodeMatch(decoder)
                        : opcode == "redux" ? decodeReduction(decoder)
                                            : decoder.finish(&elect, 2, 1);
  operation.convergent = operation.hasMemberMask = true;
  return operation;
}

} // namespace plait::emulator
