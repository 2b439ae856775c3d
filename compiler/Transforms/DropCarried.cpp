//===- DropCarried.cpp - plait-drop-carried -------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file removes the cycle of insert_slice and yield by which a loop keeps a
// whole tensor alive that only its own body reads.
//===----------------------------------------------------------------------===//

#include "compiler/Transforms/Passes.h"

#include "dialects/Plait/IR/PlaitOps.h"

namespace plait {
#define GEN_PASS_DEF_DROPCARRIED
#include "compiler/Transforms/Passes.h.inc"
} // namespace plait

using namespace mlir;
using namespace plait;

/// Whether a slice is only written: an init that its op does not read.
static bool isOnlyWritten(tensor::ExtractSliceOp slice) {
  return llvm::all_of(slice->getUses(), [](OpOperand &use) {
    auto dps = dyn_cast<DestinationStyleOpInterface>(use.getOwner());
    return dps && isa<SequenceOpInterface>(use.getOwner()) && dps.isDpsInit(&use) && !isCarried(use);
  });
}

/// Drops iter_arg `i` of `loop`, if all its body does is write tiles into it.
static void dropCarried(RewriterBase &rewriter, scf::ForOp loop, unsigned i) {
  BlockArgument carried = loop.getRegionIterArg(i);
  SmallVector<tensor::ExtractSliceOp> slices;
  for (Operation *user : carried.getUsers()) {
    auto slice = dyn_cast<tensor::ExtractSliceOp>(user);
    if (slice && isOnlyWritten(slice))
      slices.push_back(slice);
    else if (!isa<tensor::InsertSliceOp, scf::YieldOp>(user))
      return;
  }
  for (tensor::ExtractSliceOp slice : slices) {
    rewriter.setInsertionPoint(slice);
    rewriter.replaceOpWithNewOp<tensor::EmptyOp>(slice, slice.getMixedSizes(), slice.getType().getElementType());
  }
  rewriter.modifyOpInPlace(loop, [&] { loop.getBody()->getTerminator()->setOperand(i, carried); });
}

namespace {

struct DropCarriedPass final : plait::impl::DropCarriedBase<DropCarriedPass> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    getOperation().walk([&](scf::ForOp loop) {
      for (OpResult result : loop.getResults())
        if (result.use_empty())
          dropCarried(rewriter, loop, result.getResultNumber());
    });
  }
};

} // namespace
