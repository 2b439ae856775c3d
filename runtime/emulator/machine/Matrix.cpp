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

#include <array>
#include <cstring>

using namespace plait::emulator;

namespace {

enum Control : size_t { transposed };
constexpr unsigned rows = 8, rowBytes = 16, lanesOfRow = 4;

/// The rows that lanes name, checked and counted.
struct Rows {
  Addresses at;
  std::array<bool, 4> isValid{}; ///< of a matrix: all its rows are

  Rows(Warp &warp, const Step &step, bool isStore) : at(sharedAddresses(warp, step.place, step.access.space)) {
    unsigned count = step.access.count;
    Mask named = count * rows < warpSize ? (Mask(1) << count * rows) - 1 : ~Mask(0);
    Mask valid = checkShared(warp, step, named, at, rowBytes);
    for (unsigned matrix = 0; matrix < count; ++matrix) {
      Mask lanes = Mask(0xff) << rows * matrix;
      countShared(warp.work(step), valid & lanes, at, rowBytes, !isStore, isStore);
      isValid[matrix] = (valid & lanes) == lanes;
    }
  }
};

/// Where lane `lane` has its element `half` of a matrix: row and column.
template <bool isTransposed> constexpr std::pair<unsigned, unsigned> element(unsigned lane, unsigned half) {
  unsigned row = lane / lanesOfRow, column = lane % lanesOfRow * 2 + half;
  return isTransposed ? std::pair(column, row) : std::pair(row, column);
}

using Tile = std::array<std::array<uint16_t, rows>, rows>;

template <bool isTransposed> void loadTile(const Tile &tile, Value &value) {
  for (unsigned lane = 0; lane < warpSize; ++lane) {
    auto [lowRow, lowColumn] = element<isTransposed>(lane, 0);
    auto [highRow, highColumn] = element<isTransposed>(lane, 1);
    value.lane[lane] = tile[lowRow][lowColumn] | uint32_t(tile[highRow][highColumn]) << 16;
  }
}

template <bool isTransposed> void storeTile(Tile &tile, const Value &value) {
  for (unsigned lane = 0; lane < warpSize; ++lane)
    for (unsigned half = 0; half < 2; ++half) {
      auto [row, column] = element<isTransposed>(lane, half);
      tile[row][column] = uint16_t(value.lane[lane] >> 16 * half);
    }
}

void runLoad(Warp &warp, const Step &step, Mask) {
  const Rows named(warp, step, false);
  Accessor who = warp.accessor(step);
  const uint8_t *data = warp.owner.shared.data();
  for (unsigned matrix = 0; matrix < step.access.count; ++matrix) {
    Value &result = warp.result(step.operands[matrix]);
    if (!named.isValid[matrix]) {
      result = {};
      continue;
    }
    Tile tile;
    for (unsigned row = 0; row < rows; ++row) {
      unsigned lane = rows * matrix + row;
      auto address = uint32_t(named.at.lane[lane]);
      noteSharedRead(warp, step, who, lane, address, rowBytes);
      std::memcpy(&tile[row], data + address, rowBytes);
    }
    step.control[transposed] ? loadTile<true>(tile, result) : loadTile<false>(tile, result);
  }
}

void runStore(Warp &warp, const Step &step, Mask) {
  const Rows named(warp, step, true);
  Accessor who = warp.accessor(step);
  uint8_t *data = warp.owner.shared.data();
  for (unsigned matrix = 0; matrix < step.access.count; ++matrix) {
    if (!named.isValid[matrix])
      continue;
    Tile tile;
    const Value &value = warp.value(step.operands[matrix]);
    step.control[transposed] ? storeTile<true>(tile, value) : storeTile<false>(tile, value);
    for (unsigned row = 0; row < rows; ++row) {
      unsigned lane = rows * matrix + row;
      auto address = uint32_t(named.at.lane[lane]);
      noteSharedWrite(warp, step, who, lane, address, rowBytes);
      std::memcpy(data + address, &tile[row], rowBytes);
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
