//===- FixedTree.h - sums of a row in one order -----------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the one order in which the elements of a row are
// combined, whatever the width of the machine's vectors: 16 lanes gather the
// row from its start, then halves are folded, 16 to 8 to 4 to 2 to 1.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_CONVERSION_PLAITTOVECTOR_FIXEDTREE_H
#define COMPILER_CONVERSION_PLAITTOVECTOR_FIXEDTREE_H

#include "compiler/Conversion/PlaitToVector/VectorBuilder.h"

namespace plait {

/// Lanes that gather a row, on every machine.
inline constexpr int64_t treeLanes = 16;

using Combine = llvm::function_ref<mlir::Value(mlir::Value, mlir::Value)>;

/// Folds a vector of `treeLanes` lanes to a scalar.
mlir::Value foldLanes(VectorBuilder &b, mlir::Value lanes, Combine combine);

/// Combines all lanes of a vector of any length; lanes that fill the last
/// sixteen up are `neutral`.
mlir::Value foldRow(VectorBuilder &b, mlir::Value row, double neutral, Combine combine);

/// Replaces a vector.reduction of a whole float row by the fixed tree; null
/// where its kind is not one of floats.
mlir::Value expandReduction(VectorBuilder &b, mlir::vector::CombiningKind kind, mlir::Value row, mlir::Value start);

/// Replaces a vector.multi_reduction: of all dims as of one row, else one slice
/// after the other.
mlir::Value expandMultiReduction(VectorBuilder &b, mlir::vector::MultiDimReductionOp op, mlir::Value source,
                                 mlir::Value start);

} // namespace plait

#endif // COMPILER_CONVERSION_PLAITTOVECTOR_FIXEDTREE_H
