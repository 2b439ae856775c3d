//===- Grid.cpp - how many work items a launch has ------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file evaluates grids with all overflows in mind.
//
//===----------------------------------------------------------------------===//

#include "runtime/src/call/Grid.h"

using namespace plait;

namespace {

/// Evaluates a grid extent; indices of items are 32 bits wide.
bool gridExtent(const pack::GridDim &dim, const int64_t *symbols, uint64_t &extent) {
  int64_t size = dim.factor;
  if (dim.symbol != pack::noSymbol && __builtin_mul_overflow(size, symbols[dim.symbol], &size))
    return false;
  extent = dim.divisor == 1 ? uint64_t(size) : uint64_t(size) / uint64_t(dim.divisor) + (size % dim.divisor != 0);
  return extent <= uint64_t(1) << 32;
}

bool fits(const pack::Launch &launch, const int64_t *symbols, Grid &grid) {
  if (!gridExtent(launch.grid[0], symbols, grid.x) || !gridExtent(launch.grid[1], symbols, grid.y) ||
      !gridExtent(launch.grid[2], symbols, grid.z))
    return false;
  uint64_t plane;
  return !__builtin_mul_overflow(grid.x, grid.y, &plane) && !__builtin_mul_overflow(plane, grid.z, &grid.items);
}

} // namespace

Status plait::evaluateGrid(const std::string &function, const pack::Launch &launch, const int64_t *symbols,
                           Grid &grid) {
  if (fits(launch, symbols, grid))
    return nullptr;
  return failure(PLAIT_INVALID_SHAPE, function, ": launch of '", launch.symbol,
                 "' expects at most 2^32 work items in a direction and 2^63 in all, but the arrays ask for more");
}
