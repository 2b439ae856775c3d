//===- KernelParts.h - what states are made of ------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares what passes that split kernels ask of kernels on buffers: where
// states begin, and what their updates read.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_TRANSFORMS_KERNELPARTS_H
#define COMPILER_TRANSFORMS_KERNELPARTS_H

#include "dialects/Plait/IR/PlaitOps.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "llvm/ADT/DenseSet.h"

namespace plait {

/// The buffer that a view is of.
mlir::Value rootOf(mlir::Value buffer);

/// The op that gives a state its first value; none where the caller's is updated in place.
mlir::linalg::LinalgOp startOf(mlir::Value state);

/// Rows of the kernel's own, of as many tokens as a block of a recurrence in a loop has.
mlir::Value ownRows(RecurOp recur, int64_t columns);

/// Leaves of a recurrence in a loop what it writes to its state: nothing of the caller's has its results.
void leaveUnread(RecurOp recur);

/// The buffers that what recurrences and scans write is made of.
llvm::DenseSet<mlir::Value> buffersWritten(mlir::func::FuncOp kernel);

/// Leaves of all row maps and projections those whose rows recurrences and scans write.
void eraseUnread(mlir::func::FuncOp kernel);

/// Erases what a rewrite has left without users: buffers, views, indices.
void eraseUnused(mlir::func::FuncOp kernel);

/// What a kernel doesn't read it doesn't take, but for its three work items.
void dropUnused(mlir::func::FuncOp kernel, mlir::func::CallOp call);

} // namespace plait

#endif // COMPILER_TRANSFORMS_KERNELPARTS_H
