//===- KernelParts.cpp - what states are made of --------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file finds where states begin and what their updates read, and rewrites
// recurrences that nothing reads.
//===----------------------------------------------------------------------===//

#include "compiler/Transforms/KernelParts.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
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

Value plait::ownRows(RecurOp recur, int64_t columns) {
  auto loop = recur->getParentOfType<scf::ForOp>();
  Location loc = recur.getLoc();
  OpBuilder b(loop);
  auto type = MemRefType::get({1, *getConstantIntValue(loop.getStep()), 1, columns}, b.getF32Type());
  Value buffer = memref::AllocaOp::create(b, loc, type);
  b.setInsertionPoint(recur);
  OpFoldResult tokens = b.createOrFold<memref::DimOp>(loc, recur.getKey(), 1), one = b.getIndexAttr(1);
  SmallVector<OpFoldResult> zeros(4, b.getIndexAttr(0)), sizes{one, tokens, one, b.getIndexAttr(columns)}, ones(4, one);
  return memref::SubViewOp::create(b, loc, buffer, zeros, sizes, ones);
}

void plait::leaveUnread(RecurOp recur) {
  recur.getQueryMutable().assign(recur.getKey());
  recur.getInitsMutable().slice(0, 1).assign(ownRows(recur, recur.getValueDim()));
  recur.getBonusMutable().clear();
  recur.setGroupSize(1);
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
