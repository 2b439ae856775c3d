//===- SplitTokens.cpp - plait-split-tokens -------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file splits the tokens of a kernel on CUDA into ranges that run side by side,
// for grids of fewer items than a device has multiprocessors. Between ranges states
// pass through memory: a first kernel computes what each range alone adds to the
// states and by what its decays multiply them, and the kernel itself folds those of
// the ranges before its own.
//===----------------------------------------------------------------------===//

#include "compiler/Transforms/Passes.h"
#include "compiler/Transforms/TokenRanges.h"

#include "dialects/Plait/IR/PlaitOps.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/IR/SymbolTable.h"

namespace plait {
#define GEN_PASS_DEF_SPLITTOKENS
#include "compiler/Transforms/Passes.h.inc"
} // namespace plait

using namespace mlir;
using namespace plait;

namespace {

/// The split of one launch.
class Split {
public:
  Split(scf::ForallOp grid, func::CallOp call, func::FuncOp kernel, SymbolTable &symbols, int64_t ranges)
      : grid(grid), call(call), kernel(kernel), symbols(symbols), ranges(ranges), b(grid) {}

  void run();

private:
  func::CallOp launch(func::FuncOp callee, ValueRange between);

  scf::ForallOp grid;
  func::CallOp call;
  func::FuncOp kernel;
  SymbolTable &symbols;
  int64_t ranges;
  OpBuilder b;
};

} // namespace

/// What a kernel doesn't read it doesn't take, but for its three work items.
static void dropUnused(func::FuncOp kernel, func::CallOp call) {
  llvm::BitVector unused(kernel.getNumArguments());
  for (BlockArgument argument : kernel.getArguments().drop_back(3))
    if (argument.use_empty())
      unused.set(argument.getArgNumber());
  (void)kernel.eraseArguments(unused);
  call->eraseOperands(unused);
}

/// A launch of `callee` with the buffers between, over one more direction.
func::CallOp Split::launch(func::FuncOp callee, ValueRange between) {
  SmallVector<OpFoldResult> lower = grid.getMixedLowerBound(), upper = grid.getMixedUpperBound(),
                            step = grid.getMixedStep();
  lower.push_back(b.getIndexAttr(0)), upper.push_back(b.getIndexAttr(ranges)), step.push_back(b.getIndexAttr(1));
  auto wider = scf::ForallOp::create(b, grid.getLoc(), lower, upper, step, ValueRange{}, std::nullopt);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(wider.getBody());
  SmallVector<Value> operands(call.getOperands().drop_back(3));
  llvm::append_range(operands, between);
  for (Value item : wider.getInductionVars())
    operands.push_back(arith::IndexCastUIOp::create(b, call.getLoc(), b.getI32Type(), item));
  return func::CallOp::create(b, call.getLoc(), callee, operands);
}

void Split::run() {
  Location loc = grid.getLoc();
  SmallVector<OpFoldResult> extents = grid.getMixedUpperBound();
  AffineExpr heads = b.getAffineDimExpr(0);
  Value batch = getValueOrCreateConstantIndexOp(b, loc, extents[0]);
  Value slots = getValueOrCreateConstantIndexOp(
      b, loc, affine::makeComposedFoldedAffineApply(b, loc, heads * ranges, {extents[1]}));
  SmallVector<Value> between;
  for (MemRefType type : typesBetween(kernel)) {
    unsigned at = kernel.getNumArguments() - 3;
    (void)kernel.insertArgument(at, type, {}, kernel.getLoc());
    between.push_back(memref::AllocOp::create(b, loc, type, ValueRange{batch, slots}));
  }
  auto updates = cast<func::FuncOp>(kernel->clone());
  updates.setName((kernel.getName() + "_updates").str());
  symbols.insert(updates, kernel->getIterator());
  leaveUpdates(updates, ranges);
  dropUnused(updates, launch(updates, between));
  foldUpdates(kernel, ranges);
  launch(kernel, between);
  grid.erase();
}

/// Into how many ranges the schedules of a kernel's recurrences split its tokens.
static int64_t rangesOf(func::FuncOp kernel) {
  int64_t ranges = 1;
  kernel.walk([&](RecurOp recur) {
    if (auto schedule = recur.getSchedule())
      ranges = std::max(ranges, schedule->get("splits", 1));
  });
  return ranges;
}

namespace {

struct SplitTokensPass final : plait::impl::SplitTokensBase<SplitTokensPass> {
  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    SmallVector<func::CallOp> calls;
    getOperation().walk([&](func::CallOp call) { calls.push_back(call); });
    for (func::CallOp call : calls) {
      auto grid = dyn_cast<scf::ForallOp>(call->getParentOp());
      auto kernel = symbols.lookup<func::FuncOp>(call.getCallee());
      int64_t ranges = rangesOf(kernel);
      if (!grid || ranges == 1 || !isSplittable(kernel))
        continue;
      Split(grid, call, kernel, symbols, ranges).run();
      ++kernels;
    }
  }
};

} // namespace
