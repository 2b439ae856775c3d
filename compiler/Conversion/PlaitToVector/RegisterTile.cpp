//===- RegisterTile.cpp - register tiles of a matrix ----------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file holds the table of register tiles.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/PlaitToVector/RegisterTile.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace plait;

Machine plait::machineOf(TargetAttr target) { return {target.getLanes(), target.getRegisters(), target.hasFma()}; }

bool plait::isLegalTile(RegisterTile tile, const Machine &machine, int64_t readers) {
  if (tile.rows < 1 || tile.columns < 1)
    return false;
  return tile.rows * tile.columns + (1 + readers) * tile.columns + 2 <= machine.registers;
}

int64_t plait::rowsBeside(int64_t columns, const Machine &machine, int64_t readers) {
  for (int64_t rows : {16, 8, 6, 4, 2, 1})
    if (isLegalTile({rows, columns}, machine, readers))
      return rows;
  return 0;
}

RegisterTile plait::defaultTile(int64_t keyDim, int64_t valueDim, const Machine &machine, int64_t readers) {
  int64_t vectors = llvm::divideCeil(valueDim, machine.lanes);
  int64_t columns = std::min<int64_t>(2, vectors);
  while (columns > 1 && rowsBeside(columns, machine, readers) < 4)
    --columns;
  int64_t rows = std::max<int64_t>(1, rowsBeside(columns, machine, readers));
  return {std::min(rows, keyDim), columns};
}

RegisterTile plait::tileOf(ScheduleAttr schedule, int64_t keyDim, int64_t valueDim, const Machine &machine,
                           int64_t readers) {
  RegisterTile tile = defaultTile(keyDim, valueDim, machine, readers);
  if (!schedule)
    return tile;
  RegisterTile asked = {std::min(schedule.get("rows", tile.rows), keyDim), schedule.get("columns", tile.columns)};
  return isLegalTile(asked, machine, readers) ? asked : tile;
}

SmallVector<int64_t> plait::stripWidths(int64_t vectors, int64_t columns, const Machine &machine, int64_t readers) {
  SmallVector<int64_t> widths;
  while (vectors > 0) {
    bool lonely = vectors == columns + 1 && columns > 1 && rowsBeside(columns + 1, machine, readers) >= 4;
    widths.push_back(lonely ? vectors : std::min(columns, vectors));
    vectors -= widths.back();
  }
  return widths;
}
