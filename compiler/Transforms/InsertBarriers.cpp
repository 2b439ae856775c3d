//===- InsertBarriers.cpp - plait-insert-barriers -------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file puts a barrier wherever threads could meet in memory: before an access
// of what was accessed since the last barrier, one of the two writing.
//===----------------------------------------------------------------------===//

#include "compiler/Transforms/Passes.h"

#include "compiler/Transforms/MemoryAccesses.h"

namespace plait {
#define GEN_PASS_DEF_INSERTBARRIERS
#include "compiler/Transforms/Passes.h.inc"
} // namespace plait

using namespace mlir;
using namespace plait;
using namespace plait::tile;

namespace {

/// What happened on the way to a place in the kernel.
struct History {
  Accesses pending; // since the last barrier
  Accesses copies;  // that are not waited for

  bool operator==(const History &other) const = default;
  void merge(const History &other) {
    pending.insert(other.pending.begin(), other.pending.end());
    copies.insert(other.copies.begin(), other.copies.end());
  }
  History passEdge(ValueRange from, ValueRange to, Region &ended) const {
    return {plait::passEdge(pending, from, to, ended), plait::passEdge(copies, from, to, ended)};
  }
};

class BarrierPlacement {
public:
  explicit BarrierPlacement(func::FuncOp kernel) : kernel(kernel) {}
  void run();

private:
  bool isNeeded(Operation *barrier);

  // Walks change the history that they are given to that behind.
  void walk(Block &block, History &history);
  void visit(Operation &op, History &history);
  void visitLoop(scf::ForOp loop, History &history);
  void visitIf(scf::IfOp choice, History &history);
  void separate(Operation &op, History &history);

  func::FuncOp kernel;
  SmallVector<Operation *> placed;
  Operation *ignored = nullptr; // while it is asked whether this barrier is needed
  bool isMissed = false;        // there was a need for it
};

} // namespace

static bool meets(ArrayRef<Access> accesses, const History &history) {
  return llvm::any_of(accesses, [&](const Access &access) {
    return llvm::any_of(history.pending, [&](const Access &other) { return access.meets(other); });
  });
}

void BarrierPlacement::separate(Operation &op, History &history) {
  history.pending.clear();
  isMissed = true;
  if (ignored)
    return;
  OpBuilder b(&op);
  placed.push_back(BarrierOp::create(b, op.getLoc()));
}

void BarrierPlacement::visit(Operation &op, History &history) {
  if (&op == ignored)
    return;
  if (isa<BarrierOp, ExceedsOp>(op))
    return history.pending.clear();
  if (auto wait = dyn_cast<WaitOp>(op)) {
    // Which groups are done follows from the order at run time; all may be.
    history.pending.insert(history.copies.begin(), history.copies.end());
    if (wait.getPending() == 0)
      history.copies.clear();
    return;
  }
  SmallVector<Access> accesses = accessesOf(op);
  if (meets(accesses, history))
    separate(op, history);
  if (isa<CopyAsyncOp>(op)) {
    // It writes behind the wait.
    history.copies.insert(accesses.pop_back_val());
  } else if (scratchOf(op)) {
    // It has a barrier between its writes and its reads.
    history.pending.clear();
    accesses = {accesses.back()};
    accesses.front().writes = false;
  }
  history.pending.insert(accesses.begin(), accesses.end());
}

/// Whether the body is known to run.
static bool isEntered(scf::ForOp loop) {
  llvm::APInt lower, upper;
  return matchPattern(loop.getLowerBound(), m_ConstantInt(&lower)) &&
         matchPattern(loop.getUpperBound(), m_ConstantInt(&upper)) && lower.slt(upper);
}

/// The body may follow itself, until nothing new comes around.
void BarrierPlacement::visitLoop(scf::ForOp loop, History &history) {
  Region &body = loop.getRegion();
  ValueRange carried = loop.getRegionIterArgs(), results = loop.getResults();
  ValueRange yielded = loop.getYieldedValues();
  History entry = history.passEdge(loop.getInits(), carried, body), after, before;
  do {
    before = entry;
    after = entry;
    walk(*loop.getBody(), after);
    entry.merge(after.passEdge(yielded, carried, body));
  } while (!(entry == before));
  History skipped = history.passEdge(loop.getInits(), results, body);
  history = after.passEdge(yielded, results, body);
  if (!isEntered(loop))
    history.merge(skipped);
}

/// What needs a barrier in one branch gets it before both.
void BarrierPlacement::visitIf(scf::IfOp choice, History &history) {
  WalkResult walked = choice->walk(
      [&](Operation *op) { return meets(accessesOf(*op), history) ? WalkResult::interrupt() : WalkResult::advance(); });
  if (walked.wasInterrupted())
    separate(*choice, history);
  History joined = choice.elseBlock() ? History() : history;
  for (Region &region : choice->getRegions()) {
    if (region.empty())
      continue;
    History after = history;
    walk(region.front(), after);
    joined.merge(after.passEdge({}, {}, region));
  }
  history = joined;
}

void BarrierPlacement::walk(Block &block, History &history) {
  for (Operation &op : llvm::make_early_inc_range(block)) {
    if (auto loop = dyn_cast<scf::ForOp>(op))
      visitLoop(loop, history);
    else if (auto choice = dyn_cast<scf::IfOp>(op))
      visitIf(choice, history);
    else
      visit(op, history);
  }
}

bool BarrierPlacement::isNeeded(Operation *barrier) {
  History history;
  ignored = barrier;
  isMissed = false;
  walk(kernel.front(), history);
  return isMissed;
}

/// A barrier that a loop's first iteration needs may not be needed any more with one
/// that the others need.
void BarrierPlacement::run() {
  History history;
  walk(kernel.front(), history);
  for (Operation *barrier : placed)
    if (!isNeeded(barrier))
      barrier->erase();
}

namespace {

struct InsertBarriersPass final : plait::impl::InsertBarriersBase<InsertBarriersPass> {
  void runOnOperation() override {
    func::FuncOp kernel = getOperation();
    if (!kernel->hasAttr("plait.kernel") || kernel.isExternal())
      return;
    if (failed(check(kernel)))
      return signalPassFailure();
    BarrierPlacement(kernel).run();
  }

private:
  LogicalResult check(func::FuncOp kernel) {
    WalkResult walked = kernel.walk([](Operation *op) { return WalkResult(checkOp(op)); });
    return failure(walked.wasInterrupted());
  }
  /// Tiles have places, and control flow is structured.
  static LogicalResult checkOp(Operation *op) {
    for (Value operand : op->getOperands()) {
      if (!isa<SharedType>(operand.getType()))
        continue;
      auto alloc = operand.getDefiningOp<AllocOp>();
      if (!alloc)
        return op->emitOpError("expects tiles of tile.alloc, but got another");
      if (!alloc.getOffset())
        return alloc.emitOpError("expects an offset, but got none (plait-allocate-shared sets it)");
    }
    if (op->getNumRegions() > 0 && !isa<func::FuncOp, scf::ForOp, scf::IfOp, GatherOp, MapOp, tile::ScanOp>(op))
      return op->emitOpError("expects scf.for or scf.if in a kernel, but got this");
    return success();
  }
};

} // namespace
