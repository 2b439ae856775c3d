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

/// Gives each tile in shared memory its offset. Tiles that are not in use at the same
/// time share bytes, but for as many as in `room` bytes need not. Returns how many bytes
/// there are.
int64_t placeTiles(mlir::func::FuncOp kernel, int64_t room = 0);

/// What a CTA may take while as many of them fit a multiprocessor of the kernel's target as with `bytes` each, or as
/// have enough warps; without a target of CUDA any number.
int64_t roomOf(mlir::func::FuncOp kernel, int64_t bytes);

} // namespace plait

#endif // COMPILER_TRANSFORMS_PLACETILES_H
