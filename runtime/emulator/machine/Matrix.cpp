//===- Matrix.cpp - matrices between shared memory and registers ----------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file gives ldmatrix and stmatrix their meaning: eight lanes name the rows of
// each 8x8 matrix of 16-bit elements, and lane l holds elements 2l and 2l+1.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/machine/Access.h"
#include "runtime/emulator/machine/Block.h"
#include "runtime/emulator/machine/FunctionDecoder.h"

#include <cstring>

using namespace plait::emulator;

namespace {

enum Control : size_t { transposed };
constexpr unsigned rows = 8, rowBytes = 16, lanesOfRow = 4;

/// The rows that lanes name for a matrix, checked and counted; false where one is no good.
bool rowsOf(Warp &warp, const Step &step, unsigned matrix, bool isStore, Addresses &at) {
  Mask lanes = Mask(0xff) << rows * matrix;
  at = sharedAddresses(warp, step.place, step.access.space);
  Mask valid = checkShared(warp, step, lanes, at, rowBytes);
  countShared(warp.work(step), valid, at, rowBytes, !isStore, isStore);
  return valid == lanes;
}

/// Where lane `lane` has its element `half` of a matrix: row and column.
std::pair<unsigned, unsigned> element(const Step &step, unsigned lane, unsigned half) {
  unsigned row = lane / lanesOfRow, column = lane % lanesOfRow * 2 + half;
  return step.control[transposed] ? std::pair(column, row) : std::pair(row, column);
}

void runLoad(Warp &warp, const Step &step, Mask) {
  Addresses at;
  Value loaded[4] = {};
  Accessor who = warp.accessor(step);
  const uint8_t *data = warp.owner.shared.data();
  for (unsigned matrix = 0; matrix < step.access.count; ++matrix) {
    if (!rowsOf(warp, step, matrix, false, at))
      continue;
    for (unsigned row = 0; row < rows; ++row)
      noteSharedRead(warp, step, who, rows * matrix + row, uint32_t(at.lane[rows * matrix + row]), rowBytes);
    const uint64_t *row = &at.lane[rows * matrix];
    for (unsigned lane = 0; lane < warpSize; ++lane) {
      uint16_t low, high;
      auto [firstRow, firstColumn] = element(step, lane, 0);
      auto [nextRow, nextColumn] = element(step, lane, 1);
      std::memcpy(&low, data + row[firstRow] + firstColumn * 2, 2);
      std::memcpy(&high, data + row[nextRow] + nextColumn * 2, 2);
      loaded[matrix].lane[lane] = uint32_t(low) | uint32_t(high) << 16;
    }
  }
  for (unsigned matrix = 0; matrix < step.access.count; ++matrix)
    warp.result(step.operands[matrix]) = loaded[matrix];
}

void runStore(Warp &warp, const Step &step, Mask) {
  Addresses at;
  Accessor who = warp.accessor(step);
  uint8_t *data = warp.owner.shared.data();
  for (unsigned matrix = 0; matrix < step.access.count; ++matrix) {
    if (!rowsOf(warp, step, matrix, true, at))
      continue;
    for (unsigned row = 0; row < rows; ++row)
      noteSharedWrite(warp, step, who, rows * matrix + row, uint32_t(at.lane[rows * matrix + row]), rowBytes);
    const Value &value = warp.value(step.operands[matrix]);
    for (unsigned lane = 0; lane < warpSize; ++lane)
      for (unsigned half = 0; half < 2; ++half) {
        auto [row, column] = element(step, lane, half);
        auto bits = uint16_t(value.lane[lane] >> 16 * half);
        std::memcpy(data + at.lane[rows * matrix + row] + column * 2, &bits, 2);
      }
  }
}

} // namespace

bool plait::emulator::decodeMatrix(FunctionDecoder &decoder, const ptx::Instruction &instruction, Step &step) {
  bool isLoad = instruction.opcode == "ldmatrix";
  if (!isLoad && instruction.opcode != "stmatrix")
    return false;
  Modifiers modifiers(instruction);
  expectOperands(instruction, 2, 2);
  modifiers.ignore({"sync", "aligned"});
  if (!modifiers.take("m8n8"))
    refuse(instruction, "matrices of .m8n8");
  step.access.count = modifiers.take("x4") ? 4 : modifiers.take("x2") ? 2 : 1;
  modifiers.ignore({"x1"});
  step.control[transposed] = modifiers.take("trans");
  step.access.space = modifiers.takeSpace().value_or(ptx::Space::Generic);
  if (modifiers.takeType() != ptx::Type::B16)
    refuse(instruction, "elements of .b16");
  modifiers.finish();
  step.execute = isLoad ? runLoad : runStore;
  step.together = Together::Live;
  step.place = decoder.place(instruction.operands[isLoad ? 1 : 0]);
  std::vector<Source> registers = decoder.flatten({&instruction.operands[isLoad ? 0 : 1], 1});
  if (registers.size() != step.access.count)
    refuse(instruction, text(unsigned(step.access.count), " registers"));
  decoder.setOperands(step, std::move(registers), isLoad ? step.access.count : 0);
  return true;
}
