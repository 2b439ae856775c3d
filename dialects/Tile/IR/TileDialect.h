//===- TileDialect.h - the tile dialect -------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the dialect, its layouts and its types.
//===----------------------------------------------------------------------===//

#ifndef DIALECTS_TILE_IR_TILEDIALECT_H
#define DIALECTS_TILE_IR_TILEDIALECT_H

#include "dialects/Tile/IR/TileInterfaces.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"

#include "dialects/Tile/IR/TileDialect.h.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/Tile/IR/TileAttributes.h.inc"
#define GET_TYPEDEF_CLASSES
#include "dialects/Tile/IR/TileTypes.h.inc"

#endif // DIALECTS_TILE_IR_TILEDIALECT_H
