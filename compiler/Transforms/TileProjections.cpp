//===- TileProjections.cpp - plait-tile-projections -----------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tiles each projection over (batch, tokens, head).
//===----------------------------------------------------------------------===//

#include "compiler/Schedule/Schedule.h"
#include "compiler/Transforms/Passes.h"
#include "compiler/Transforms/TileAndFuse.h"

#include "dialects/Plait/IR/PlaitOps.h"

namespace plait {
#define GEN_PASS_DEF_TILEPROJECTIONS
#include "compiler/Transforms/Passes.h.inc"
} // namespace plait

using namespace mlir;
using namespace plait;

namespace {

struct TileProjectionsPass final : plait::impl::TileProjectionsBase<TileProjectionsPass> {
  void runOnOperation() override {
    RefusalRemarks remarks;
    IRRewriter rewriter(&getContext(), &remarks);
    SmallVector<TilingInterface> projections;
    getOperation().walk([&](TilingInterface op) {
      if (isa<ProjectOp>(op) && !op->getParentOfType<scf::ForallOp>())
        projections.push_back(op);
    });
    for (TilingInterface op : projections)
      if (failed(tileWithProducers(rewriter, op, {1, blockOf(op), 1}, scf::SCFTilingOptions::LoopType::ForallOp,
                                   Producers::All)))
        return signalPassFailure();
  }
};

} // namespace
