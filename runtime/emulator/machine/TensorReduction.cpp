//===- TensorReduction.cpp - copies that reduce ---------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the reductions of copies by a tensor map. Arithmetic is that of
// the instruction of the same name on registers.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/machine/TensorReduction.h"

#include "runtime/emulator/machine/Access.h"

#include <cstring>

using namespace plait::emulator;

namespace {

/// The type that instructions name; none where the reduction has no such elements.
const char *instructionType(ReductionKind kind, TensorType type) {
  bool isAdd = kind == ReductionKind::Add, isOrdered = kind == ReductionKind::Min || kind == ReductionKind::Max;
  bool isBits = kind >= ReductionKind::And, isCounter = !isAdd && !isOrdered && !isBits;
  switch (type) {
  case TensorType::Uint32:
    return isBits ? "b32" : "u32";
  case TensorType::Int32:
    return isBits ? "b32" : isCounter ? nullptr : "s32";
  case TensorType::Uint64:
    return isBits ? "b64" : isCounter ? nullptr : "u64";
  case TensorType::Int64:
    return isBits ? "b64" : isOrdered ? "s64" : nullptr;
  case TensorType::Float16:
    return isAdd || isOrdered ? "f16" : nullptr;
  case TensorType::Bfloat16:
    return isAdd || isOrdered ? "bf16" : nullptr;
  case TensorType::Float32:
  case TensorType::Float32Ftz:
    return isAdd ? "f32" : nullptr;
  default:
    return nullptr;
  }
}

} // namespace

std::optional<Reduction> plait::emulator::findReduction(ReductionKind kind, TensorType type) {
  const char *typeName = instructionType(kind, type);
  if (!typeName)
    return std::nullopt;
  Reduction reduction{kind, elementBytes(type)};
  if (kind == ReductionKind::Increment || kind == ReductionKind::Decrement)
    return reduction;
  ptx::Instruction same;
  same.opcode = reductionNames[unsigned(kind)];
  if (isFloat(type) && kind == ReductionKind::Add)
    same.modifiers = {"rn"};
  // Global memory flushes what is subnormal.
  if (reduction.bytes == 4 && isFloat(type))
    same.modifiers.push_back("ftz");
  same.modifiers.push_back(typeName);
  ptx::Operand value;
  value.kind = ptx::Operand::Kind::Register;
  same.operands.assign(3, value);
  reduction.operation = *decodeCompute(same);
  return reduction;
}

uint64_t Reduction::apply(const Environment &environment, uint64_t old, uint64_t own) const {
  if (kind == ReductionKind::Increment)
    return old >= own ? 0 : old + 1;
  if (kind == ReductionKind::Decrement)
    return old == 0 || old > own ? own : old - 1;
  Value before{}, operand{}, after{};
  before.lane[0] = old;
  operand.lane[0] = own;
  Value *results[] = {&after};
  const Value *operands[] = {&before, &operand};
  operation.run(operation, environment, results, operands, 1);
  return after.lane[0];
}

void plait::emulator::reduceGlobal(Warp &warp, const Step &step, unsigned lane, uint64_t address, const uint8_t *own,
                                   const Reduction &reduction) {
  unsigned bytes = reduction.bytes;
  GlobalAccessor who = warp.globalAccessor(step);
  who.isStrong = true;
  std::lock_guard lock(warp.grid.stripe(address));
  noteGlobalRead(warp, step, who, lane, address, bytes);
  noteGlobalWrite(warp, step, who, lane, address, bytes);
  auto *memory = reinterpret_cast<uint8_t *>(address);
  uint64_t old = 0, operand = 0;
  std::memcpy(&old, memory, bytes);
  std::memcpy(&operand, own, bytes);
  uint64_t result = reduction.apply(warp.grid.environment, old, operand);
  std::memcpy(memory, &result, bytes);
}
