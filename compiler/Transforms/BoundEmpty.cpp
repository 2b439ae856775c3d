//===- BoundEmpty.cpp - plait-bound-empty ---------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file gives each use of scratch its own tensor, of a static size, so
// that bufferization can make one buffer of it outside the loop.
//===----------------------------------------------------------------------===//

#include "compiler/Schedule/Schedule.h"
#include "compiler/Transforms/Passes.h"

#include "mlir/Dialect/MemRef/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/Transforms/Transforms.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/ValueBoundsOpInterface.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "llvm/Support/MathExtras.h"

namespace plait {
#define GEN_PASS_DEF_BOUNDEMPTY
#include "compiler/Transforms/Passes.h.inc"
} // namespace plait

using namespace mlir;
using namespace plait;

/// Gives each use of a fill behind the first a fill of its own: CSE merged
/// them, and two users of one init would need a copy.
static void splitFill(RewriterBase &rewriter, linalg::FillOp fill) {
  Value filled = fill.getResult(0);
  bool first = true;
  for (OpOperand &use : llvm::make_early_inc_range(filled.getUses())) {
    if (std::exchange(first, false))
      continue;
    IRMapping mapping;
    rewriter.setInsertionPoint(fill);
    Operation *init = fill.getOutputs()[0].getDefiningOp();
    if (isa_and_nonnull<tensor::EmptyOp, tensor::ExtractSliceOp>(init))
      rewriter.clone(*init, mapping);
    Operation *own = rewriter.clone(*fill, mapping);
    rewriter.modifyOpInPlace(use.getOwner(), [&] { use.set(own->getResult(0)); });
  }
}

/// An upper bound for each size of `empty`, or failure where there is none.
static FailureOr<SmallVector<int64_t>> boundSizes(tensor::EmptyOp empty) {
  SmallVector<int64_t> bounds;
  for (int64_t d = 0, e = empty.getType().getRank(); d < e; ++d) {
    FailureOr<int64_t> bound = ValueBoundsConstraintSet::computeConstantBound(
        presburger::BoundType::UB, {empty.getResult(), d}, /*stopCondition=*/nullptr, /*closedUB=*/true);
    if (failed(bound))
      return failure();
    bounds.push_back(*bound);
  }
  return bounds;
}

/// Rows of scratch fill whole cache lines: no vector of a row then lies across
/// two of them. Long rows of tokens take a line more, for a power of two apart
/// they would share few sets of the cache.
static void padRows(MutableArrayRef<int64_t> sizes) {
  constexpr int64_t lineElements = 16;
  if (sizes.empty() || sizes.back() <= lineElements)
    return;
  sizes.back() = llvm::alignTo(sizes.back(), lineElements);
  if (sizes.size() == 4 && sizes[1] > 1 && sizes.back() % longRow == 0)
    sizes.back() += lineElements;
}

/// tensor.empty(%n) ==> a slice of tensor.empty(bound of %n), one a use
static void splitEmpty(RewriterBase &rewriter, tensor::EmptyOp empty) {
  FailureOr<SmallVector<int64_t>> bounds = boundSizes(empty);
  if (failed(bounds))
    return;
  padRows(*bounds);
  Location loc = empty.getLoc();
  SmallVector<OpFoldResult> zeros(bounds->size(), rewriter.getIndexAttr(0)),
      ones(bounds->size(), rewriter.getIndexAttr(1));
  for (OpOperand &use : llvm::make_early_inc_range(empty->getUses())) {
    rewriter.setInsertionPoint(empty);
    Value scratch = tensor::EmptyOp::create(rewriter, loc, *bounds, empty.getType().getElementType());
    if (scratch.getType() != empty.getType())
      scratch =
          tensor::ExtractSliceOp::create(rewriter, loc, empty.getType(), scratch, zeros, empty.getMixedSizes(), ones);
    rewriter.modifyOpInPlace(use.getOwner(), [&] { use.set(scratch); });
  }
  rewriter.eraseOp(empty);
}

namespace {

struct BoundEmptyPass final : plait::impl::BoundEmptyBase<BoundEmptyPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    tensor::populateFoldTensorEmptyPatterns(patterns);
    memref::populateResolveRankedShapedTypeResultDimsPatterns(patterns);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      return signalPassFailure();
    IRRewriter rewriter(&getContext());
    SmallVector<linalg::FillOp> fills;
    getOperation().walk([&](linalg::FillOp fill) { fills.push_back(fill); });
    for (linalg::FillOp fill : fills)
      splitFill(rewriter, fill);
    SmallVector<tensor::EmptyOp> empties;
    getOperation().walk([&](tensor::EmptyOp empty) {
      if (empty->getParentOfType<scf::ForallOp>())
        empties.push_back(empty);
    });
    for (tensor::EmptyOp empty : empties)
      splitEmpty(rewriter, empty);
  }
};

} // namespace
