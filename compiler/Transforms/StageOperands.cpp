//===- StageOperands.cpp - plait-stage-operands ---------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file copies what a register tile walks many times into rows without
// gaps. In [B, T, H, D] the tokens of one head lie a power of two apart, in few
// sets of the first-level cache: without the copy they evict each other.
//===----------------------------------------------------------------------===//

#include "compiler/Transforms/Passes.h"

#include "dialects/Plait/IR/PlaitOps.h"

namespace plait {
#define GEN_PASS_DEF_STAGEOPERANDS
#include "compiler/Transforms/Passes.h.inc"
} // namespace plait

using namespace mlir;
using namespace plait;

static Value copyOf(OpBuilder &b, Location loc, Value value) {
  Type element = cast<RankedTensorType>(value.getType()).getElementType();
  Value empty = tensor::EmptyOp::create(b, loc, tensor::getMixedSizes(b, loc, value), element);
  return linalg::CopyOp::create(b, loc, value, empty).getResult(0);
}

/// Rows that another op computes are in scratch already, and a folded gate
/// writes a scaled copy of its own. Queries and keys are read an element at a
/// time, each line for a few tiles only: a copy of them costs what it brings.
static void stageValues(RecurOp op) {
  if (op.getValueDecay() || op.getValue().getDefiningOp<MapRowsOp>())
    return;
  OpBuilder b(op);
  op.getValueMutable().assign(copyOf(b, op.getLoc(), op.getValue()));
}

/// Sums go to the caller's rows when the block is done.
static void stageResult(RecurOp op) {
  Value rows = op.getResult(0);
  bool returned = llvm::any_of(rows.getUsers(), [](Operation *user) { return !isa<MapRowsOp>(user); });
  if (!returned)
    return;
  OpBuilder b(op->getContext());
  b.setInsertionPointAfter(op);
  Value copy = copyOf(b, op.getLoc(), rows);
  rows.replaceUsesWithIf(copy, [&](OpOperand &use) {
    return use.getOwner() != copy.getDefiningOp() && !isa<tensor::DimOp, MapRowsOp>(use.getOwner());
  });
}

namespace {

struct StageOperandsPass final : plait::impl::StageOperandsBase<StageOperandsPass> {
  void runOnOperation() override {
    getOperation().walk([](RecurOp op) {
      ScheduleAttr schedule = op.getScheduleAttr();
      if (!schedule || schedule.getForm() != Form::tile_scan)
        return;
      stageValues(op);
      stageResult(op);
    });
  }
};

} // namespace
