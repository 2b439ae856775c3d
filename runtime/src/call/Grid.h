//===- Grid.h - how many work items a launch has ----------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the evaluation of a launch's grid for the sizes of a call.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_SRC_CALL_GRID_H
#define PLAIT_RUNTIME_SRC_CALL_GRID_H

#include "runtime/src/Status.h"
#include "runtime/src/pack/Manifest.h"

#include <cstdint>

namespace plait {

/// The extents of a grid and their product.
struct Grid {
  uint64_t x = 0, y = 0, z = 0;
  int64_t items = 0;
};

/// Evaluates the grid of a launch of `function`. Fails when indices of work items or their number don't fit.
Status evaluateGrid(const std::string &function, const pack::Launch &launch, const int64_t *symbols, Grid &grid);

} // namespace plait

#endif // PLAIT_RUNTIME_SRC_CALL_GRID_H
