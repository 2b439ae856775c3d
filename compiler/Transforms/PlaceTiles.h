//===- PlaceTiles.h - places of tiles in shared memory ----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the placement, which plait-stage-fragments and plait-pipeline-copies
// try before plait-allocate-shared keeps it, and what a CTA has room for.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_TRANSFORMS_PLACETILES_H
#define COMPILER_TRANSFORMS_PLACETILES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace plait {

/// Gives each tile in shared memory its offset. Tiles that are not in use at the same
/// time share bytes, but for as many as in `room` bytes need not. Returns how many bytes
/// there are.
int64_t placeTiles(mlir::func::FuncOp kernel, int64_t room = 0);

/// The registers of a thread that those of the values take which are fragments.
int64_t wordsOf(mlir::ValueRange values);

/// The bytes that a CTA may take while as many of them fit a multiprocessor of the kernel's target as with `bytes`
/// each, or as have enough warps; none without warps or a target of CUDA.
std::optional<int64_t> roomOf(mlir::func::FuncOp kernel, int64_t bytes);

} // namespace plait

#endif // COMPILER_TRANSFORMS_PLACETILES_H
