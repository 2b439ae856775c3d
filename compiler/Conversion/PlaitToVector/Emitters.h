//===- Emitters.h - one emitter for each form -------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the forms. Each emits loops in front of its op, which the
// pass then erases, or says at the op why it can't and fails.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_CONVERSION_PLAITTOVECTOR_EMITTERS_H
#define COMPILER_CONVERSION_PLAITTOVECTOR_EMITTERS_H

#include "compiler/Conversion/PlaitToVector/VectorBuilder.h"
#include "dialects/Plait/IR/PlaitOps.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace plait {

/// A matrix-state recurrence: the row form where it has one value column, else
/// the tile-scan.
llvm::LogicalResult emitRecur(RecurOp op, Machine machine);

/// A matrix-state recurrence with the state in register tiles.
llvm::LogicalResult emitTileScan(RecurOp op, Machine machine);

/// A matrix-state recurrence with one value column: the state is a row along K.
llvm::LogicalResult emitRowScan(RecurOp op, Machine machine);

llvm::LogicalResult emitMapRows(MapRowsOp op, Machine machine);

llvm::LogicalResult emitProject(ProjectOp op, Machine machine);

llvm::LogicalResult emitScan(ScanOp op, Machine machine);

llvm::LogicalResult emitFill(mlir::linalg::FillOp op, Machine machine);
llvm::LogicalResult emitCopy(mlir::linalg::CopyOp op, Machine machine);

} // namespace plait

#endif // COMPILER_CONVERSION_PLAITTOVECTOR_EMITTERS_H
