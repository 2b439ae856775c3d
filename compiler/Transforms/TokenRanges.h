//===- TokenRanges.h - kernels over ranges of tokens ------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares what plait-split-tokens makes of a kernel: two, whose third work
// item counts ranges, with buffers between them.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_TRANSFORMS_TOKENRANGES_H
#define COMPILER_TRANSFORMS_TOKENRANGES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace plait {

/// Whether what a range of a kernel's tokens writes to its states can be had without those before it.
bool isSplittable(mlir::func::FuncOp kernel);

/// The types of the buffers between the kernels, which are their last buffers: for each recurrence
/// [B, H * ranges, K, V], what a range adds to the state, and with decays [B, H * ranges, K, 1], what it
/// multiplies each key channel's row by.
llvm::SmallVector<mlir::MemRefType> typesBetween(mlir::func::FuncOp kernel);

/// Makes the first kernel of a copy: item 0 leaves the caller's states, item p + 1 what range p adds.
void leaveUpdates(mlir::func::FuncOp kernel, int64_t ranges);

/// Makes the second kernel: its range begins where those before it end.
void foldUpdates(mlir::func::FuncOp kernel, int64_t ranges);

} // namespace plait

#endif // COMPILER_TRANSFORMS_TOKENRANGES_H
