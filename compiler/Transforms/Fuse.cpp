//===- Fuse.cpp - plait-fuse ----------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file makes one nest of sibling loops and of the row maps that consume
// their results. It expects canonical IR: upstream refuses a consumer while
// dead slices of an earlier fusion are among a loop's users.
//===----------------------------------------------------------------------===//

#include "compiler/Schedule/Schedule.h"
#include "compiler/Transforms/Passes.h"
#include "compiler/Transforms/TileAndFuse.h"

#include "dialects/Plait/IR/PlaitOps.h"

#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Dialect/SCF/Utils/Utils.h"
#include "mlir/IR/Dominance.h"
#include "mlir/Transforms/CSE.h"

#include <set>

namespace plait {
#define GEN_PASS_DEF_FUSE
#include "compiler/Transforms/Passes.h.inc"
} // namespace plait

using namespace mlir;
using namespace plait;

/// Whether `later` uses a result of `earlier`, directly or through ops between.
static bool dependsOn(Operation *later, Operation *earlier) {
  SetVector<Operation *> slice;
  BackwardSliceOptions options;
  options.omitBlockArguments = true;
  options.inclusive = true;
  options.omitUsesFromAbove = false;
  return failed(getBackwardSlice(later, &slice, options)) || slice.contains(earlier);
}

template <class Loop> static bool sameBounds(Loop a, Loop b) {
  return a.getLoopLowerBounds() == b.getLoopLowerBounds() && a.getLoopUpperBounds() == b.getLoopUpperBounds() &&
         a.getLoopSteps() == b.getLoopSteps();
}

/// Upstream's sibling fusion checks nothing: the merged loop stands where the
/// later one stood, so no user of the earlier may come before it.
template <class Loop> static bool canMerge(Loop earlier, Loop later) {
  if (!sameBounds(earlier, later) || dependsOn(later, earlier))
    return false;
  return llvm::all_of(earlier->getUsers(), [&](Operation *user) {
    Operation *ancestor = later->getBlock()->findAncestorOpInBlock(*user);
    return ancestor && later->isBeforeInBlock(ancestor);
  });
}

static scf::ForOp mergeLoops(RewriterBase &rewriter, scf::ForOp a, scf::ForOp b) {
  return fuseIndependentSiblingForLoops(a, b, rewriter);
}
static scf::ForallOp mergeLoops(RewriterBase &rewriter, scf::ForallOp a, scf::ForallOp b) {
  return fuseIndependentSiblingForallLoops(a, b, rewriter);
}

template <class Loop> static bool mergeOnePair(RewriterBase &rewriter, Block *block) {
  SmallVector<Loop> loops(block->getOps<Loop>());
  for (auto [i, earlier] : llvm::enumerate(loops))
    for (Loop later : ArrayRef(loops).drop_front(i + 1))
      if (canMerge(earlier, later)) {
        mergeLoops(rewriter, earlier, later);
        return true;
      }
  return false;
}

/// Upstream creates a fused consumer at the first insert_slice: all of them go
/// to the end of the body.
static void sinkInsertions(scf::ForOp loop) {
  Operation *terminator = loop.getBody()->getTerminator();
  for (Value yielded : terminator->getOperands())
    if (auto insertion = yielded.getDefiningOp<tensor::InsertSliceOp>())
      if (insertion->getBlock() == loop.getBody())
        insertion->moveBefore(terminator);
}

/// Whether a consumer of a loop, or a producer beside one, has a nest of its own: on CUDA a map of whole rows of which
/// a CTA has a part.
static bool staysApart(Operation *op, Operation *loop = nullptr) {
  auto map = dyn_cast<MapRowsOp>(op);
  bool readsWide = !loop || llvm::any_of(op->getOperands(), [&](Value operand) {
    auto type = dyn_cast<ShapedType>(operand.getType());
    return operand.getDefiningOp() == loop && type.getShape().back() > valueTileOf(op);
  });
  return map && readsWide && takesWideRows(map);
}

/// The first row map or copy that consumes a result of the loop and was not refused
/// yet.
static Operation *findConsumer(Operation *loop, const DenseSet<Operation *> &refused) {
  for (Operation *user : loop->getUsers())
    if (isa<MapRowsOp, linalg::CopyOp>(user) && user->getBlock() == loop->getBlock() && !refused.contains(user) &&
        !staysApart(user, loop))
      return user;
  return nullptr;
}

/// Adds the directions in which a grid computes one of its results.
static void collectDirections(scf::ForallOp grid, OpResult result, std::set<bool> &reversed) {
  SetVector<Operation *> slice;
  BackwardSliceOptions options;
  options.inclusive = true;
  options.filter = [&](Operation *op) { return grid->isProperAncestor(op); };
  for (Operation *insertion : grid.getCombiningOps(grid.getTiedBlockArgument(result)))
    if (auto slices = dyn_cast<tensor::ParallelInsertSliceOp>(insertion))
      (void)getBackwardSlice(slices.getSource(), &slice, options); // a failed part only hides a direction
  for (Operation *op : slice)
    if (isa<RecurOp, ScanOp>(op))
      reversed.insert(cast<SequenceOpInterface>(op).isReversed());
}

/// Whether all that a consumer would read in a grid runs in one direction. Loops
/// over tokens of both directions can't be one, and between two of them whole
/// sequences would be kept.
static bool readsOneDirection(Operation *consumer, Operation *loop) {
  auto grid = dyn_cast<scf::ForallOp>(loop);
  std::set<bool> reversed;
  for (Value operand : consumer->getOperands())
    if (grid && operand.getDefiningOp() == grid)
      collectDirections(grid, cast<OpResult>(operand), reversed);
  return reversed.size() < 2;
}

static int fuseConsumers(RewriterBase &rewriter, LoopLikeOpInterface loop) {
  if (auto tokens = dyn_cast<scf::ForOp>(loop.getOperation()))
    sinkInsertions(tokens);
  SmallVector<LoopLikeOpInterface> nest{loop};
  DenseSet<Operation *> refused;
  int fused = 0;
  while (Operation *consumer = findConsumer(nest.front(), refused)) {
    if (!readsOneDirection(consumer, nest.front()) || failed(scf::tileAndFuseConsumer(rewriter, consumer, nest))) {
      consumer->emitRemark("a consumer of the recurrence stays outside its loop");
      refused.insert(consumer);
      continue;
    }
    ++fused;
    if (consumer->use_empty())
      rewriter.eraseOp(consumer);
    else
      refused.insert(consumer);
  }

  // The other operands of the fused consumers: their producers come along.
  for (bool again = fused > 0; again;) {
    again = false;
    SmallVector<tensor::ExtractSliceOp> slices;
    nest.front()->walk([&](tensor::ExtractSliceOp slice) {
      Operation *producer = slice.getSource().getDefiningOp();
      if (isa_and_nonnull<MapRowsOp>(producer) && producer->getBlock() == nest.front()->getBlock() &&
          slice->getParentOp() == nest.front() && !staysApart(producer))
        slices.push_back(slice);
    });
    for (tensor::ExtractSliceOp slice : slices)
      if (scf::tileAndFuseProducerOfSlice(rewriter, slice, nest)) {
        if (slice->use_empty())
          rewriter.eraseOp(slice);
        again = true;
      }
  }
  return fused;
}

namespace {

struct FusePass final : plait::impl::FuseBase<FusePass> {
  void runOnOperation() override {
    if (getOperation().isExternal())
      return;
    RefusalRemarks remarks;
    IRRewriter rewriter(&getContext(), &remarks);
    Block *body = &getOperation().front();
    while (mergeOnePair<scf::ForallOp>(rewriter, body))
      ++siblings;
    mergeEqualValues();
    for (scf::ForallOp grid : llvm::to_vector(body->getOps<scf::ForallOp>()))
      fuseInside(rewriter, grid);
  }

  void fuseInside(RewriterBase &rewriter, scf::ForallOp grid) {
    if (grid.getBody()->getOps<scf::ForOp>().empty()) {
      consumers += fuseConsumers(rewriter, grid);
      return;
    }
    while (mergeOnePair<scf::ForOp>(rewriter, grid.getBody()))
      ++siblings;
    mergeEqualValues();
    for (scf::ForOp loop : llvm::to_vector(grid.getBody()->getOps<scf::ForOp>()))
      consumers += fuseConsumers(rewriter, loop);
  }

  /// Offsets and sizes of merged siblings, equal but computed twice, become one
  /// value.
  void mergeEqualValues() {
    IRRewriter rewriter(&getContext());
    DominanceInfo dominance(getOperation());
    eliminateCommonSubExpressions(rewriter, dominance, getOperation());
  }
};

} // namespace
