//===- Moves.h - rows whose elements change places --------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares what ops of a region do that move elements of rows, or
// that are rows of constants: as tables that say it for each channel.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_CONVERSION_PLAITTOTILE_MOVES_H
#define COMPILER_CONVERSION_PLAITTOTILE_MOVES_H

#include "compiler/Conversion/PlaitToTile/TileBuilder.h"

namespace plait {

/// Where an element is from: its number in an operand. An undefined one has no operand.
struct ElementSource {
  mlir::Value operand;
  int64_t element = 0;
};

/// Whether an op puts elements of its operands at other places, and no value decides at which.
bool movesElements(mlir::Operation &op);
/// The source of each element of a result of such an op.
llvm::SmallVector<ElementSource> sourcesOf(mlir::OpResult result);

/// Whether an f32 holds the bits of an element, and as which it does.
bool isHeldInF32(mlir::Type element);
mlir::Value toF32(TileBuilder &b, mlir::Value element);
mlir::Value fromF32(TileBuilder &b, mlir::Value held, mlir::Type element);

/// The bits of each element of a row without operands; nothing where they aren't known.
std::optional<llvm::SmallVector<llvm::APInt>> constantRow(mlir::Operation &op);
/// The element of that row at a place less than `places`; behind the row's end it is some element.
mlir::Value lookUp(TileBuilder &b, llvm::ArrayRef<llvm::APInt> row, mlir::Type element, mlir::Value place,
                   int64_t places);

/// The number of a table at a place less than `places`; one that is negative, or behind the table's
/// end, stands for any from 0 to `last`.
mlir::Value lookUp(TileBuilder &b, llvm::ArrayRef<int64_t> table, int64_t last, mlir::Value place, int64_t places);

} // namespace plait

#endif // COMPILER_CONVERSION_PLAITTOTILE_MOVES_H
