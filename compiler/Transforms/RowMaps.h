//===- RowMaps.h - building row maps ----------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the helpers by which rewrites on tensors make map_rows
// and the tensors around them.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_TRANSFORMS_ROWMAPS_H
#define COMPILER_TRANSFORMS_ROWMAPS_H

#include "dialects/Plait/IR/PlaitOps.h"

#include "mlir/IR/Builders.h"

namespace plait {

using RowBody = llvm::function_ref<mlir::Value(mlir::OpBuilder &, mlir::Location, mlir::ValueRange)>;

/// An empty tensor with batch, tokens and heads of `like` (rank 3 or 4) and,
/// where `width` is not negative, rows of that many elements.
mlir::Value emptyRows(mlir::OpBuilder &b, mlir::Location loc, mlir::Value like, int64_t width, mlir::Type element);

/// The row map of `body` over `inputs`: rows (or scalars, for a negative
/// width) of type `element` for each token and head of the first input.
mlir::Value mapRows(mlir::OpBuilder &b, mlir::Location loc, mlir::ValueRange inputs, int64_t width, mlir::Type element,
                    RowBody body);

/// Rows or scalars of `value` in f32; `value` itself where it is f32.
mlir::Value extendRows(mlir::OpBuilder &b, mlir::Location loc, mlir::Value value);

/// Rows or scalars of f32 `value` rounded to `element`.
mlir::Value truncateRows(mlir::OpBuilder &b, mlir::Location loc, mlir::Value value, mlir::Type element);

/// A tensor of zeros with the given sizes.
mlir::Value zeroTensor(mlir::OpBuilder &b, mlir::Location loc, llvm::ArrayRef<mlir::OpFoldResult> sizes);

} // namespace plait

#endif // COMPILER_TRANSFORMS_ROWMAPS_H
