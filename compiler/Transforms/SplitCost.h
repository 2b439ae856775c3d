//===- SplitCost.h - what it costs how warps split a tile -------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the model by which plait-assign-layouts chooses.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_TRANSFORMS_SPLITCOST_H
#define COMPILER_TRANSFORMS_SPLITCOST_H

#include "dialects/Tile/IR/TileOps.h"

namespace plait {

/// Warps in the two directions of a tile.
using Grid = std::array<int64_t, 2>;

/// The clocks of a multiprocessor that an op takes where its fragments are split so, as far as that depends on it: what
/// it reads from shared memory, what several warps compute alike, and their exchanges.
double splitCost(mlir::Operation *op, Grid grid);

} // namespace plait

#endif // COMPILER_TRANSFORMS_SPLITCOST_H
