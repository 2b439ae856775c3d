//===- TileVerify.h - words of the verifiers --------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the checks that verifiers of several operations share.
//===----------------------------------------------------------------------===//

#ifndef DIALECTS_TILE_IR_TILEVERIFY_H
#define DIALECTS_TILE_IR_TILEVERIFY_H

#include "dialects/Tile/IR/TileOps.h"

namespace plait::tile {

/// "64x128".
std::string shapeText(Shape shape);

/// A tile has a shape.
mlir::LogicalResult verifyShape(mlir::Operation *op, const llvm::Twine &tile, Shape expected, Shape shape);

/// A tile, or whatever else has elements, has those of another.
mlir::LogicalResult verifyElement(mlir::Operation *op, const llvm::Twine &tile, mlir::Type expected,
                                  mlir::Type element);

/// A stage is given for a tile in shared memory of several, and only there.
mlir::LogicalResult verifyStage(mlir::Operation *op, const llvm::Twine &tile, mlir::Type type, mlir::Value stage);

} // namespace plait::tile

#endif // DIALECTS_TILE_IR_TILEVERIFY_H
