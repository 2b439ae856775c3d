//===- TurnGroups.cpp - plait-turn-groups ---------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file gives one CTA all parts of a group of query heads, one after the other,
// where their state is the caller's, updated in place: none may write it before all
// have read it.
//===----------------------------------------------------------------------===//

#include "compiler/Transforms/KernelParts.h"
#include "compiler/Transforms/Passes.h"

#include "compiler/Schedule/GroupParts.h"
#include "compiler/Schedule/Schedule.h"
#include "dialects/Plait/IR/PlaitOps.h"

#include "mlir/IR/SymbolTable.h"

namespace plait {
#define GEN_PASS_DEF_TURNGROUPS
#include "compiler/Transforms/Passes.h.inc"
} // namespace plait

using namespace mlir;
using namespace plait;

/// The parts of a group that update a state in place; 1 where there is none.
static int64_t partsInPlace(func::FuncOp kernel) {
  int64_t parts = 1;
  kernel.walk([&](Operation *op) {
    Value state = stateOf(op);
    std::optional<SharedHead> shared = state ? sharedHeadOf(state) : std::nullopt;
    if (shared && isInPlace(state))
      parts = std::max(parts, shared->parts);
  });
  return parts;
}

/// The grid with a work item for all of `parts` that there were in its second direction.
static void joinItems(scf::ForallOp grid, int64_t parts) {
  OpBuilder b(grid);
  SmallVector<OpFoldResult> upper = grid.getMixedUpperBound();
  AffineExpr items = b.getAffineDimExpr(0);
  upper[1] = affine::makeComposedFoldedAffineApply(b, grid.getLoc(), items.ceilDiv(parts), {upper[1]});
  setUpperBounds(grid, upper);
}

namespace {

struct TurnGroupsPass final : plait::impl::TurnGroupsBase<TurnGroupsPass> {
  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    getOperation().walk([&](func::CallOp call) {
      auto grid = dyn_cast<scf::ForallOp>(call->getParentOp());
      auto kernel = symbols.lookup<func::FuncOp>(call.getCallee());
      int64_t parts = grid ? partsInPlace(kernel) : 1;
      if (parts == 1)
        return;
      joinItems(grid, parts);
      kernel->setAttr("plait.parts_in_turn", Builder(&getContext()).getI64IntegerAttr(parts));
      ++kernels;
    });
  }
};

} // namespace
