//===- TileRows.cpp - plait-tile-rows -------------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tiles the row maps that no other op took into its grid.
//===----------------------------------------------------------------------===//

#include "compiler/Schedule/Schedule.h"
#include "compiler/Transforms/Passes.h"
#include "compiler/Transforms/TileAndFuse.h"

#include "dialects/Plait/IR/PlaitOps.h"

namespace plait {
#define GEN_PASS_DEF_TILEROWS
#include "compiler/Transforms/Passes.h.inc"
} // namespace plait

using namespace mlir;
using namespace plait;

namespace {

struct TileRowsPass final : plait::impl::TileRowsBase<TileRowsPass> {
  void runOnOperation() override {
    if (getOperation().isExternal())
      return;
    RefusalRemarks remarks;
    IRRewriter rewriter(&getContext(), &remarks);
    // The last op first: it takes its producers along.
    while (TilingInterface op = lastUntiled()) {
      if (failed(tileWithProducers(rewriter, op, {1, blockOf(op), 1}, scf::SCFTilingOptions::LoopType::ForallOp,
                                   Producers::All)))
        return signalPassFailure();
      eraseDead(rewriter);
    }
  }

  TilingInterface lastUntiled() {
    TilingInterface last;
    for (Operation &op : getOperation().front())
      if (isa<MapRowsOp>(op) && !op.use_empty())
        last = cast<TilingInterface>(op);
    return last;
  }

  void eraseDead(RewriterBase &rewriter) {
    SmallVector<Operation *> ops;
    for (Operation &op : getOperation().front())
      ops.push_back(&op);
    for (Operation *op : llvm::reverse(ops))
      if (isOpTriviallyDead(op))
        rewriter.eraseOp(op);
  }
};

} // namespace
