//===- TileTokens.cpp - plait-tile-tokens ---------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tiles each recurrence of a grid over blocks of tokens; the loop
// carries its state.
//===----------------------------------------------------------------------===//

#include "compiler/Schedule/Schedule.h"
#include "compiler/Transforms/Passes.h"
#include "compiler/Transforms/TileAndFuse.h"

#include "dialects/Plait/IR/PlaitOps.h"

namespace plait {
#define GEN_PASS_DEF_TILETOKENS
#include "compiler/Transforms/Passes.h.inc"
} // namespace plait

using namespace mlir;
using namespace plait;

namespace {

struct TileTokensPass final : plait::impl::TileTokensBase<TileTokensPass> {
  void runOnOperation() override {
    RefusalRemarks remarks;
    IRRewriter rewriter(&getContext(), &remarks);
    SmallVector<TilingInterface> recurrences;
    getOperation().walk([&](TilingInterface op) {
      if (isa<RecurOp, ScanOp>(op) && op->getParentOfType<scf::ForallOp>())
        recurrences.push_back(op);
    });
    for (TilingInterface op : recurrences)
      if (failed(tileWithProducers(rewriter, op, {0, 0, 0, blockOf(op)}, scf::SCFTilingOptions::LoopType::ForOp,
                                   Producers::NotDestinations)))
        return signalPassFailure();
  }
};

} // namespace
