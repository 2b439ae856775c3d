//===- SharedMatrix.cpp - an operand of wgmma in shared memory ------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements how matrices are read by their descriptors.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/machine/SharedMatrix.h"

#include "runtime/emulator/machine/Access.h"
#include "runtime/emulator/machine/Block.h"

#include <array>
#include <cstring>

using namespace plait::emulator;

namespace {

constexpr unsigned pieceBytes = MatrixDescriptor::pieceBytes, coreRows = MatrixDescriptor::coreRows;
constexpr unsigned rowBytes = 2 * pieceBytes, wordBytes = 4;

} // namespace

uint32_t SharedMatrix::address(unsigned piece) const {
  unsigned core = piece / coreRows, inCore = piece % coreRows, row = firstRow + core / 2 * coreRows;
  return isTransposed ? descriptor.acrossK(core % 2 * coreRows + inCore, row / coreRows)
                      : descriptor.alongK(row + inCore, core % 2);
}

bool SharedMatrix::isInside(Warp &warp, const Step &step) const {
  for (unsigned piece = 0; piece < pieces(); ++piece)
    if (!checkShared(warp, step, 0, address(piece), pieceBytes, pieceBytes))
      return false;
  return true;
}

void SharedMatrix::begin(Warp &warp, const Step &step, const Accessor &who) const {
  SharedMemory &shared = warp.owner.shared;
  for (unsigned piece = 0; piece < pieces(); ++piece) {
    if (Finding finding = shared.readByCopy(who, warp.clock.proxy, address(piece), pieceBytes))
      reportShared(warp, step, 0, finding, false);
    shared.addReader(address(piece), pieceBytes);
  }
}

void SharedMatrix::finish(Warp &warp) const {
  for (unsigned piece = 0; piece < pieces(); ++piece)
    warp.owner.shared.removeReader(address(piece), pieceBytes);
}

void SharedMatrix::count(Warp &warp, const Step &step) const {
  for (unsigned first = 0; first < pieces(); first += warpSize) {
    Addresses at{};
    for (unsigned lane = 0; lane < warpSize; ++lane)
      at.lane[lane] = address(first + lane);
    countShared(warp.work(step), first + warpSize <= pieces() ? ~Mask(0) : (Mask(1) << pieces() % warpSize) - 1, at,
                pieceBytes, true, false);
  }
}

std::vector<Value> SharedMatrix::load(Warp &warp, const Fragment &fragment) const {
  std::vector<std::array<uint8_t, rowBytes>> content(rows);
  const uint8_t *data = warp.owner.shared.data();
  for (unsigned piece = 0; piece < pieces(); ++piece) {
    const uint8_t *from = data + address(piece);
    unsigned core = piece / coreRows, inCore = piece % coreRows, row = core / 2 * coreRows;
    if (!isTransposed) {
      std::memcpy(&content[row + inCore][core % 2 * pieceBytes], from, pieceBytes);
      continue;
    }
    constexpr unsigned elementBytes = pieceBytes / coreRows;
    unsigned k = core % 2 * coreRows + inCore;
    for (unsigned i = 0; i < coreRows; ++i)
      std::memcpy(&content[row + i][k * elementBytes], from + i * elementBytes, elementBytes);
  }
  bool isB = fragment.role == Fragment::Role::B;
  std::vector<Value> registers(fragment.registers);
  for (unsigned i = 0; i < fragment.registers; ++i)
    for (unsigned lane = 0; lane < warpSize; ++lane) {
      Coordinates at = coordinates(fragment, lane, i * fragment.perRegister);
      unsigned row = isB ? at.column : at.row, k = isB ? at.row : at.column;
      uint32_t word = 0;
      std::memcpy(&word, &content[row][k / fragment.perRegister * wordBytes], wordBytes);
      registers[i].lane[lane] = word;
    }
  return registers;
}
