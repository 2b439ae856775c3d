//===- KernelParts.cpp - what states are made of --------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements what is asked of kernels on buffers.
//===----------------------------------------------------------------------===//

#include "compiler/Transforms/KernelParts.h"

#include "dialects/Plait/IR/PlaitOps.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;
using namespace plait;

Value plait::rootOf(Value buffer) {
  while (auto view = buffer.getDefiningOp<memref::SubViewOp>())
    buffer = view.getSource();
  return buffer;
}

static bool anyIn(const llvm::DenseSet<Value> &roots, ValueRange buffers) {
  return llvm::any_of(buffers, [&](Value buffer) { return roots.contains(rootOf(buffer)); });
}

linalg::LinalgOp plait::startOf(Value state) {
  for (Operation *user : state.getUsers())
    if (auto op = dyn_cast<linalg::LinalgOp>(user); op && op.getDpsInits()[0] == state)
      return op;
  return {};
}

llvm::DenseSet<Value> plait::buffersWritten(func::FuncOp kernel) {
  llvm::DenseSet<Value> found;
  kernel.walk([&](Operation *op) {
    SmallVector<Value> written;
    if (auto recur = dyn_cast<RecurOp>(op))
      written = {recur.getKey(), recur.getValue(), recur.getDecay(), recur.getValueDecay()};
    else if (auto scan = dyn_cast<ScanOp>(op))
      llvm::append_range(written, scan.getInputs());
    for (Value rows : written)
      if (rows)
        found.insert(rootOf(rows));
  });
  for (bool grown = true; grown;) {
    grown = false;
    kernel.walk([&](Operation *op) {
      auto map = dyn_cast<DestinationStyleOpInterface>(op);
      if (isa<MapRowsOp, ProjectOp>(op) && anyIn(found, map.getDpsInits()))
        for (Value input : map.getDpsInputs())
          grown |= found.insert(rootOf(input)).second;
    });
  }
  return found;
}

void plait::eraseUnread(func::FuncOp kernel) {
  llvm::DenseSet<Value> written = buffersWritten(kernel);
  kernel.walk([&](Operation *op) {
    if (isa<MapRowsOp, ProjectOp>(op) && !anyIn(written, cast<DestinationStyleOpInterface>(op).getDpsInits()))
      op->erase();
  });
}

void plait::eraseUnused(func::FuncOp kernel) {
  IRRewriter rewriter(kernel.getContext());
  (void)runRegionDCE(rewriter, kernel->getRegions());
}

void plait::dropUnused(func::FuncOp kernel, func::CallOp call) {
  llvm::BitVector unused(kernel.getNumArguments());
  for (BlockArgument argument : kernel.getArguments().drop_back(3))
    if (argument.use_empty())
      unused.set(argument.getArgNumber());
  (void)kernel.eraseArguments(unused);
  call->eraseOperands(unused);
}
