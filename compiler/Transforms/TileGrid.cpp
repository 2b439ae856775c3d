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

/// Heads of one work item. On CUDA neighbours are other CTAs'. On a CPU a scan does little with each element it reads:
/// its rows of neighbouring heads go together until they fill 2 KB, since memory is slow where every row lies far from
/// the one before.
static int64_t headsOf(TilingInterface op) {
  auto scan = dyn_cast<ScanOp>(op.getOperation());
  if (!scan || TargetAttr::of(scan).isCuda())
    return 1;
  int64_t row = cast<ShapedType>(scan.getOut().getType()).getDimSize(3);
  return std::max<int64_t>(1, 512 / row);
}

/// A grid takes tokens whole, but upstream takes a tile of size 0 for a loop that
/// is not tiled.
static LogicalResult checkTokens(TilingInterface op) {
  auto rows =
      cast<ShapedType>(cast<DestinationStyleOpInterface>(op.getOperation()).getDpsInitOperand(0)->get().getType());
  if (rows.getDimSize(1) != 0)
    return success();
  return op->emitOpError("expects a token or more where their number is static, but got 0");
}

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
      if (failed(checkTokens(op)) ||
          failed(tileWithProducers(rewriter, op, {1, headsOf(op)}, scf::SCFTilingOptions::LoopType::ForallOp,
                                   Producers::NotWideValues)))
        return signalPassFailure();
  }
};

} // namespace
