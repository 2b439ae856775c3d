//===- Shuffle.cpp - exchanges between lanes ------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file gives shfl.sync and movmatrix their meaning.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/compute/Decoder.h"
#include "runtime/emulator/compute/Lanes.h"

#include <optional>

namespace plait::emulator {
namespace {

/// What a lane gets from one that does not take part: as a float NaN, so that it shows.
constexpr uint64_t noValue = 0xffffffff;

enum Mode : uint32_t { up, down, butterfly, index };

/// The lane that `lane` reads, if it is in range.
std::optional<unsigned> sourceOf(uint32_t mode, unsigned lane, uint32_t by, uint32_t clamp) {
  uint32_t segment = clamp >> 8 & 31, limit = clamp & 31;
  uint32_t first = lane & segment, last = first | (limit & ~segment);
  by &= 31;
  int64_t source;
  switch (mode) {
  case up:
    source = int64_t(lane) - by;
    return source >= int64_t(last) ? std::optional(unsigned(source)) : std::nullopt;
  case down:
    source = lane + by;
    break;
  case butterfly:
    source = lane ^ by;
    break;
  default:
    source = first | (by & ~segment);
  }
  return source <= int64_t(last) ? std::optional(unsigned(source)) : std::nullopt;
}

void shuffle(const Operation &operation, const Environment &, std::span<Value *const> results,
             std::span<const Value *const> operands, Mask active) {
  const Value &from = *operands[0], &by = *operands[1], &clamp = *operands[2];
  Value moved, inRange;
  for (unsigned l = 0; l < warpSize; ++l) {
    std::optional<unsigned> source = sourceOf(operation.control[0], l, uint32_t(by.lane[l]), uint32_t(clamp.lane[l]));
    unsigned read = source.value_or(l);
    moved.lane[l] = active >> read & 1 ? uint32_t(from.lane[read]) : noValue;
    inRange.lane[l] = source.has_value();
  }
  assign(*results[0], moved, active);
  if (results.size() > 1)
    assign(*results[1], inRange, active);
}

/// Transposes an 8x8 matrix of 16-bit elements: a lane holds two neighbours of a row.
void transpose(const Operation &, const Environment &, std::span<Value *const> results,
               std::span<const Value *const> operands, Mask active) {
  auto element = [&](unsigned row, unsigned column) {
    return operands[0]->lane[row * 4 + column / 2] >> (column % 2 * 16) & 0xffff;
  };
  Value moved;
  for (unsigned l = 0; l < warpSize; ++l) {
    unsigned row = l / 4, column = l % 4 * 2;
    moved.lane[l] = element(column, row) | element(column + 1, row) << 16;
  }
  assign(*results[0], moved, active);
}

} // namespace

Operation decodeShuffle(Decoder &decoder) {
  if (!decoder.take("sync"))
    decoder.refuse();
  uint32_t mode = decoder.require({"up", "down", "bfly", "idx"});
  bool isPair = decoder.isKind(0, ptx::Operand::Kind::Pair);
  Operation::Run run = decoder.takeType() == types::b32 ? &shuffle : nullptr;
  Operation operation = decoder.finish(run, isPair ? 2 : 1, 4, mode);
  operation.convergent = operation.hasMemberMask = true;
  return operation;
}

Operation decodeTranspose(Decoder &decoder) {
  bool isKnown = decoder.take("sync") && decoder.take("aligned") && decoder.take("m8n8") && decoder.take("trans");
  Operation operation = decoder.finish(isKnown && decoder.takeType() == types::b16 ? &transpose : nullptr, 1, 1);
  operation.convergent = true;
  return operation;
}

} // namespace plait::emulator
