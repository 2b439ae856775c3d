//===- SplitValues.cpp - plait-split-values -------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file gives the grid of a kernel on CUDA tiles of value channels, where a CTA's
// registers can't hold the state of all: a third direction, or part of the third. All
// tiles of a head read states of fewer channels, such as a normaliser's. Where such a
// one is the caller's, updated in place, one CTA takes all tiles, one after the other.
//===----------------------------------------------------------------------===//

#include "compiler/Transforms/KernelParts.h"
#include "compiler/Transforms/Passes.h"

#include "compiler/Schedule/Schedule.h"
#include "dialects/Plait/IR/PlaitOps.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/Support/MathExtras.h"

namespace plait {
#define GEN_PASS_DEF_SPLITVALUES
#include "compiler/Transforms/Passes.h.inc"
} // namespace plait

using namespace mlir;
using namespace plait;

/// A work item's number in the last of three directions counts tiles fastest: the kernel's own is
/// their quotient.
static void addTiles(scf::ForallOp grid, func::FuncOp kernel, int64_t tiles) {
  OpBuilder b(grid);
  AffineExpr extent = b.getAffineDimExpr(0);
  SmallVector<OpFoldResult> upper = grid.getMixedUpperBound();
  upper.back() = affine::makeComposedFoldedAffineApply(b, grid.getLoc(), extent * tiles, {upper.back()});
  setUpperBounds(grid, upper);
  b.setInsertionPointToStart(&kernel.front());
  BlockArgument item = kernel.getArguments().back();
  Value count = arith::ConstantOp::create(b, kernel.getLoc(), b.getI32IntegerAttr(tiles));
  auto quotient = arith::DivUIOp::create(b, kernel.getLoc(), item, count);
  item.replaceAllUsesExcept(quotient, quotient);
}

/// The grid with one more direction, whose number the call takes in place of its last operand.
static void addDirection(scf::ForallOp grid, func::CallOp call, int64_t tiles) {
  OpBuilder b(grid);
  SmallVector<OpFoldResult> lower = grid.getMixedLowerBound(), upper = grid.getMixedUpperBound(),
                            step = grid.getMixedStep();
  lower.push_back(b.getIndexAttr(0)), upper.push_back(b.getIndexAttr(tiles)), step.push_back(b.getIndexAttr(1));
  auto wider = scf::ForallOp::create(b, grid.getLoc(), lower, upper, step, ValueRange{}, std::nullopt);
  for (auto [from, to] : llvm::zip(grid.getInductionVars(), wider.getInductionVars()))
    from.replaceAllUsesWith(to);
  Block &body = *wider.getBody();
  body.getOperations().splice(body.begin(), grid.getBody()->getOperations(), grid.getBody()->begin(),
                              std::prev(grid.getBody()->end()));
  b.setInsertionPoint(call);
  Value tile = arith::IndexCastUIOp::create(b, call.getLoc(), b.getI32Type(), wider.getInductionVars().back());
  call->setOperand(call->getNumOperands() - 1, tile);
  grid.erase();
}

/// Whether an op updates a state of the caller in place that all tiles read, since its channels are not split.
static bool updatesShared(Operation *op) {
  Value state = stateOf(op);
  return state && *valueDimOf(op) <= valueTileOf(op) && isInPlace(state);
}

namespace {

struct SplitValuesPass final : plait::impl::SplitValuesBase<SplitValuesPass> {
  void runOnOperation() override {
    TargetAttr target = TargetAttr::of(getOperation());
    if (!target || !target.isCuda())
      return;
    SymbolTable symbols(getOperation());
    SmallVector<func::CallOp> calls;
    getOperation().walk([&](func::CallOp call) { calls.push_back(call); });
    for (func::CallOp call : calls) {
      auto grid = dyn_cast<scf::ForallOp>(call->getParentOp());
      auto kernel = symbols.lookup<func::FuncOp>(call.getCallee());
      int64_t tiles = 0;
      kernel.walk([&](Operation *op) {
        tiles = std::max<int64_t>(tiles, llvm::divideCeil(valueDimOf(op).value_or(0), valueTileOf(op)));
      });
      if (!grid || tiles <= 1)
        continue;
      kernel->setAttr("plait.value_tiles", Builder(&getContext()).getI64IntegerAttr(tiles));
      if (kernel.walk([](Operation *op) { return WalkResult(failure(updatesShared(op))); }).wasInterrupted())
        kernel->setAttr("plait.tiles_in_turn", UnitAttr::get(&getContext()));
      else if (grid.getRank() == 3)
        addTiles(grid, kernel, tiles);
      else
        addDirection(grid, call, tiles);
      ++kernels;
    }
  }
};

} // namespace
