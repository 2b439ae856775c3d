//===- PlaceTiles.h - places of tiles in shared memory ----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the placement, which plait-pipeline-copies tries before
// plait-allocate-shared keeps it.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_TRANSFORMS_PLACETILES_H
#define COMPILER_TRANSFORMS_PLACETILES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace plait {

/// Gives each tile in shared memory its offset; tiles that are not in use at the same
/// time share bytes. Returns how many bytes there are.
int64_t placeTiles(mlir::func::FuncOp kernel);

} // namespace plait

#endif // COMPILER_TRANSFORMS_PLACETILES_H
