//===- Support.h - what layouts give to threads -----------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file evaluates the formulas of a layout with MLIR's affine maps.
//===----------------------------------------------------------------------===//

#ifndef PLAIT_TESTS_DIALECTS_TILE_SUPPORT_H
#define PLAIT_TESTS_DIALECTS_TILE_SUPPORT_H

#include "dialects/Tile/IR/TileDialect.h"

#include "mlir/IR/AffineMap.h"

#include <gtest/gtest.h>
#include <vector>

namespace plait::tile {

/// The elements that each thread holds, in the order of its registers.
inline std::vector<std::vector<Coordinates>> held(LayoutInterface layout, Shape shape) {
  std::vector<std::vector<Coordinates>> threads(layout.threadCount());
  llvm::SmallVector<RegisterPlace> places = layout.places(shape);
  EXPECT_EQ(static_cast<int64_t>(places.size()), layout.registers(shape));
  for (const RegisterPlace &place : places) {
    auto map = mlir::AffineMap::get(/*dimCount=*/1, /*symbolCount=*/0, {place.row, place.column}, layout.getContext());
    for (auto [thread, elements] : llvm::enumerate(threads)) {
      auto at = map.compose(static_cast<int64_t>(thread));
      elements.push_back({at[0], at[1]});
    }
  }
  return threads;
}

} // namespace plait::tile

#endif // PLAIT_TESTS_DIALECTS_TILE_SUPPORT_H
