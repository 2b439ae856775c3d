//===- StageOperands.cpp - plait-stage-operands ---------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file copies what a register tile walks many times into rows without
// gaps. In [B, T, H, D] the tokens of one head lie a power of two apart, in few
// sets of the first-level cache: without the copy they evict each other.
//===----------------------------------------------------------------------===//

#include "compiler/Transforms/Passes.h"

#include "dialects/Plait/IR/PlaitOps.h"

#include "llvm/Support/MathExtras.h"

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

/// Rows that another op computes are in scratch already.
static void stageOperand(RecurOp op, MutableOperandRange operand) {
  Value value = operand[0].get();
  if (value.getDefiningOp<MapRowsOp>())
    return;
  OpBuilder b(op);
  operand.assign(copyOf(b, op.getLoc(), value));
}

/// How often a tile-scan reads each query and key: once for each strip of
/// columns.
static int64_t stripsOf(RecurOp op, ScheduleAttr schedule, TargetAttr target) {
  return llvm::divideCeil(op.getValueDim(), schedule.get("columns", 1) * target.getLanes());
}

/// A folded gate writes scaled copies of what it scales by itself. A copy of
/// queries and keys that are read for one or two strips costs what it brings.
static void stageOperands(RecurOp op, ScheduleAttr schedule, TargetAttr target) {
  if (!op.getDecay() && stripsOf(op, schedule, target) > 2) {
    stageOperand(op, op.getQueryMutable());
    stageOperand(op, op.getKeyMutable());
  }
  if (!op.getValueDecay())
    stageOperand(op, op.getValueMutable());
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
    TargetAttr target = TargetAttr::of(getOperation());
    getOperation().walk([&](RecurOp op) {
      ScheduleAttr schedule = op.getScheduleAttr();
      if (!target || !schedule || schedule.getForm() != Form::tile_scan)
        return;
      stageOperands(op, schedule, target);
      stageResult(op);
    });
  }
};

} // namespace
