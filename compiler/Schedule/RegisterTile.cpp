//===- RegisterTile.cpp - register tiles of a matrix ----------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file holds the choice of register tiles.
//===----------------------------------------------------------------------===//

#include "compiler/Schedule/RegisterTile.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace plait;

/// Fewer rows read and write values and sums too often.
static constexpr int64_t fewestRows = 4;

Machine plait::machineOf(TargetAttr target) {
  return {target.getLanes(), target.getRegisters(), target.hasFma(), target.getPipes()};
}

/// The rows that registers hold beside so many columns; negative where columns
/// alone are too many.
static int64_t mostRows(int64_t columns, const Machine &machine, int64_t readers) {
  if (columns > machine.registers || readers > machine.registers) // whose product may not fit 64 bits
    return -1;
  return (machine.registers - 2 - (1 + readers) * columns) / columns;
}

bool plait::fitsRegisters(RegisterTile tile, const Machine &machine, int64_t readers) {
  return tile.rows >= 1 && tile.columns >= 1 && tile.rows <= mostRows(tile.columns, machine, readers);
}

int64_t plait::rowsBeside(int64_t columns, int64_t keyDim, const Machine &machine, int64_t readers) {
  // Each sum is a chain of as many multiply-adds: longer ones hide no latency.
  constexpr int64_t longestChain = 16;
  int64_t most = std::clamp<int64_t>(mostRows(columns, machine, readers), 1, longestChain);
  return llvm::divideCeil(keyDim, llvm::divideCeil(keyDim, most));
}

RegisterTile plait::defaultTile(int64_t keyDim, int64_t valueDim, const Machine &machine, int64_t readers) {
  // Each column has a chain of sums of its own, and each pipe takes two chains to
  // keep busy. The sums of a group's query heads are as many, and leave fewer rows.
  int64_t vectors = llvm::divideCeil(valueDim, machine.lanes), widest = (readers > 1 ? 1 : 2) * machine.pipes;
  for (int64_t columns = std::min(widest, vectors); columns > 0; --columns)
    if (fitsRegisters({std::min(fewestRows, keyDim), columns}, machine, readers))
      return {rowsBeside(columns, keyDim, machine, readers), columns};
  // So many query heads run in lots.
  return {rowsBeside(1, keyDim, machine, /*readers=*/4), 1};
}

RegisterTile plait::tileOf(ScheduleAttr schedule, int64_t keyDim, int64_t valueDim, const Machine &machine,
                           int64_t readers) {
  RegisterTile tile = defaultTile(keyDim, valueDim, machine, readers);
  if (!schedule)
    return tile;
  RegisterTile asked = {std::min(schedule.get("rows", tile.rows), keyDim), schedule.get("columns", tile.columns)};
  return fitsRegisters(asked, machine) ? asked : tile;
}

SmallVector<int64_t> plait::stripWidths(int64_t vectors, int64_t columns, const Machine &machine, int64_t readers) {
  SmallVector<int64_t> widths;
  while (vectors > 0) {
    bool lonely = vectors == columns + 1 && columns > 1 && fitsRegisters({fewestRows, columns + 1}, machine, readers);
    widths.push_back(lonely ? vectors : std::min(columns, vectors));
    vectors -= widths.back();
  }
  return widths;
}
