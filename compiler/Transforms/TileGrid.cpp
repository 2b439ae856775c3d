//===- TileGrid.cpp - plait-tile-grid -------------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tiles each recurrence and scan over (batch, head): the grid that a
// kernel's work items are.
//===----------------------------------------------------------------------===//

#include "compiler/Transforms/Passes.h"
#include "compiler/Transforms/TileAndFuse.h"

#include "dialects/Plait/IR/PlaitOps.h"

namespace plait {
#define GEN_PASS_DEF_TILEGRID
#include "compiler/Transforms/Passes.h.inc"
} // namespace plait

using namespace mlir;
using namespace plait;

namespace {

struct TileGridPass final : plait::impl::TileGridBase<TileGridPass> {
  void runOnOperation() override {
    RefusalRemarks remarks;
    IRRewriter rewriter(&getContext(), &remarks);
    SmallVector<TilingInterface> recurrences;
    getOperation().walk([&](TilingInterface op) {
      if (isa<RecurOp, ScanOp>(op) && !op->getParentOfType<scf::ForallOp>())
        recurrences.push_back(op);
    });
    for (TilingInterface op : recurrences)
      if (failed(tileWithProducers(rewriter, op, {1, 1}, scf::SCFTilingOptions::LoopType::ForallOp, Producers::All)))
        return signalPassFailure();
  }
};

} // namespace
