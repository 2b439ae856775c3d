//===- TileCanonicalize.cpp - canonicalization of the tile dialect --------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the rewrites that spare a way through shared memory.
//===----------------------------------------------------------------------===//

#include "dialects/Tile/IR/TileOps.h"

#include "mlir/IR/PatternMatch.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace plait::tile;

/// The only user of a value that is an OpT.
template <typename OpT> static OpT onlyUser(Value value, Operation *except = nullptr) {
  OpT found;
  for (Operation *user : value.getUsers()) {
    if (user == except)
      continue;
    auto op = dyn_cast<OpT>(user);
    if (!op || found)
      return {};
    found = op;
  }
  return found;
}

namespace {

/// %v = tile.reduce add %x along row using %s
/// tile.store %v to %t transposed
/// %w = tile.load %t
///   ==>
/// %w = tile.reduce add %x along row using %s
///
/// where nothing else uses %v and %t, all in one block, and %w lies over the warps of %x: all threads load their
/// numbers from the scratch as they are. What is reduced stays where it was, before others' uses of the scratch.
struct ReduceIntoLayout final : OpRewritePattern<ReduceOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ReduceOp op, PatternRewriter &rewriter) const override {
    auto store = onlyUser<StoreOp>(op.getResult());
    if (!op.getScratch() || !store || store.getStage() || !store.getTarget().getDefiningOp<AllocOp>())
      return rewriter.notifyMatchFailure(op, "sums that no warps exchange, or others use");
    auto load = onlyUser<LoadOp>(store.getTarget(), store);
    if (!load || load->getBlock() != op->getBlock() || store->getBlock() != op->getBlock() ||
        !store->isBeforeInBlock(load))
      return rewriter.notifyMatchFailure(op, "no load of what is stored alone");
    FragmentType type = load.getFragment().getType();
    if (!op.canGive(type))
      return rewriter.notifyMatchFailure(op, "a layout that the scratch can't be read in");
    Value sums = ReduceOp::create(rewriter, op.getLoc(), type, op.getKindAttr(), op.getSources(), op.getDirectionAttr(),
                                  op.getScratch());
    rewriter.replaceOp(load, sums);
    rewriter.eraseOp(store);
    rewriter.eraseOp(op);
    return success();
  }
};

} // namespace

void ReduceOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<ReduceIntoLayout>(context);
}
