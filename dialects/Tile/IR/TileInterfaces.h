//===- TileInterfaces.h - interfaces of the tile dialect --------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the interface of layouts and the words it speaks in.
//===----------------------------------------------------------------------===//

#ifndef DIALECTS_TILE_IR_TILEINTERFACES_H
#define DIALECTS_TILE_IR_TILEINTERFACES_H

#include "mlir/IR/AffineExpr.h"
#include "mlir/IR/Attributes.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Diagnostics.h"

#include <compare>

#include "dialects/Tile/IR/TileEnums.h.inc"

namespace plait::tile {

inline constexpr int64_t warpSize = 32;

/// The rows and columns of a tile.
struct Shape {
  int64_t rows = 0;
  int64_t columns = 0;

  Shape transposed() const { return {columns, rows}; }
  bool operator==(const Shape &other) const = default;
};

/// An element of a tile.
struct Coordinates {
  int64_t row = 0;
  int64_t column = 0;

  auto operator<=>(const Coordinates &other) const = default;
};

/// Where the element in a register is, by the number of the thread (d0).
struct RegisterPlace {
  mlir::AffineExpr row, column;

  RegisterPlace transposed() const { return {column, row}; }
};

} // namespace plait::tile

#include "dialects/Tile/IR/TileInterfaces.h.inc"

#endif // DIALECTS_TILE_IR_TILEINTERFACES_H
