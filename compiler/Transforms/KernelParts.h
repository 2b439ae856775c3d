//===- KernelParts.h - states and grids -------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares what passes that split kernels ask of states in buffers, and do to grids.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_TRANSFORMS_KERNELPARTS_H
#define COMPILER_TRANSFORMS_KERNELPARTS_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace plait {

/// The buffer that a view is of.
mlir::Value rootOf(mlir::Value buffer);

/// The op that gives a state its first value; none where the caller's is updated in place.
mlir::linalg::LinalgOp startOf(mlir::Value state);

/// Whether a state is the caller's, updated in place.
bool isInPlace(mlir::Value state);

/// Gives a grid that starts at 0 other upper bounds.
void setUpperBounds(mlir::scf::ForallOp grid, llvm::ArrayRef<mlir::OpFoldResult> upper);

} // namespace plait

#endif // COMPILER_TRANSFORMS_KERNELPARTS_H
