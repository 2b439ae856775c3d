//===- AssignLayouts.cpp - plait-assign-layouts ---------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file chooses how the warps of a CTA split its fragments: those that ops have
// beside each other all alike, such that little is loaded and computed twice.
//===----------------------------------------------------------------------===//

#include "compiler/Transforms/Passes.h"

#include "compiler/Transforms/SplitCost.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/IntEqClasses.h"

namespace plait {
#define GEN_PASS_DEF_ASSIGNLAYOUTS
#include "compiler/Transforms/Passes.h.inc"
} // namespace plait

using namespace mlir;
using namespace plait;
using namespace plait::tile;

namespace {

class LayoutAssignment {
public:
  LayoutAssignment(func::FuncOp kernel, int64_t warps) : kernel(kernel), warps(warps) {}
  LogicalResult run();

private:
  /// Fragments that are split alike, and the ops that have them.
  struct Group {
    SmallVector<Value> values;
    llvm::SetVector<Operation *> ops;
  };

  void add(Value value);
  void join(ValueRange values);
  LogicalResult joinValuesOf(Operation *op);
  bool isPossible(const Group &group, Grid grid) const;
  double costOf(const Group &group, Grid grid) const;
  LogicalResult assignWarps(const Group &group) const;

  func::FuncOp kernel;
  int64_t warps;
  llvm::MapVector<Value, unsigned> numbers;
  llvm::IntEqClasses groups;
};

} // namespace

/// The fragment that still wants warps; null of other values.
static FragmentType unassigned(Value value) {
  auto type = dyn_cast<FragmentType>(value.getType());
  return type && !type.isAssigned() ? type : FragmentType();
}

void LayoutAssignment::add(Value value) {
  if (unassigned(value))
    numbers.insert({value, numbers.size()});
}

void LayoutAssignment::join(ValueRange values) {
  std::optional<unsigned> first;
  for (Value value : values) {
    auto found = numbers.find(value);
    if (found == numbers.end())
      continue;
    if (first)
      groups.join(*first, found->second);
    first = found->second;
  }
}

/// Whether an op has a fragment that wants warps, and may have it beside others in ways that are not known here.
static bool isUnknown(Operation *op) {
  if (isa<ExceedsOp, GatherOp, LoadOp, LoadGlobalOp, ShuffleOp, SplatOp, StoreOp, StoreGlobalOp, scf::YieldOp>(op))
    return false;
  SmallVector<Value> values(op->getOperands());
  llvm::append_range(values, op->getResults());
  for (Region &region : op->getRegions())
    for (Block &block : region)
      llvm::append_range(values, block.getArguments());
  return llvm::any_of(values, [](Value value) { return bool(unassigned(value)); });
}

/// Joins what an op has beside each other, or carries over an edge.
LogicalResult LayoutAssignment::joinValuesOf(Operation *op) {
  if (auto loop = dyn_cast<scf::ForOp>(op)) {
    for (auto [init, carried, next, result] :
         llvm::zip(loop.getInitArgs(), loop.getRegionIterArgs(), loop.getYieldedValues(), loop.getResults()))
      join({init, carried, next, result});
  } else if (auto choice = dyn_cast<scf::IfOp>(op)) {
    for (auto [i, result] : llvm::enumerate(choice.getResults()))
      join({result, choice.thenYield().getOperand(i), choice.elseYield().getOperand(i)});
  } else if (isa<ConvertOp, MapOp, MmaOp, ReduceOp>(op)) {
    SmallVector<Value> beside(op->getOperands());
    llvm::append_range(beside, op->getResults());
    join(beside);
  } else if (isUnknown(op)) {
    return op->emitOpError("expects fragments over warps, which are assigned to those of tile ops, scf.for and scf.if");
  }
  return success();
}

/// Whether an accumulator becomes an operand, as only one with whole rows in each warp may.
static bool isOperandOfAccumulator(Operation *op) {
  auto convert = dyn_cast<ConvertOp>(op);
  return convert && convert.getSource().getType().getLayout() != convert.getResult().getType().getLayout();
}

/// Whether warps can't have parts of a product's K: of no whole pieces, where B is not in shared memory or not all
/// multiplied, or of more than two, whose sums cost more than they save (of GLA in bf16, K = 256, V = 64 and 16 tokens
/// a block takes 4,413 clocks with four, 3,903 with two, in the simulation of tools/bench/plait_bench/pipeline.py).
static bool hasNoParts(Operation *op, Grid grid) {
  auto mma = dyn_cast<MmaOp>(op);
  if (!mma || !mma.mayShareDepth() || grid[1] == 1)
    return false;
  bool isWhole = isa<SharedType>(mma.getB().front().getType()) && !mma.getTriangle();
  return grid[1] > 2 || !isWhole || mma.depth() % (16 * grid[1]) != 0;
}

bool LayoutAssignment::isPossible(const Group &group, Grid grid) const {
  if (grid[1] > 1 && llvm::any_of(group.ops, isOperandOfAccumulator))
    return false;
  if (llvm::any_of(group.ops, [&](Operation *op) { return hasNoParts(op, grid); }))
    return false;
  return llvm::all_of(group.values, [&](Value value) {
    FragmentType type = unassigned(value);
    return succeeded(type.layoutOver(grid).verifyShape(/*emitError=*/nullptr, type.getShape()));
  });
}

double LayoutAssignment::costOf(const Group &group, Grid grid) const {
  double cost = 0;
  for (Operation *op : group.ops)
    cost += splitCost(op, grid);
  return cost;
}

/// The cheapest split; of equally cheap ones that over the fewest warps of columns.
LogicalResult LayoutAssignment::assignWarps(const Group &group) const {
  std::optional<Grid> best;
  double least = 0;
  for (int64_t across = 1; across <= warps; ++across) {
    Grid grid{warps / across, across};
    if (warps % across != 0 || !isPossible(group, grid))
      continue;
    double cost = costOf(group, grid);
    if (!best || cost < least)
      best = grid, least = cost;
  }
  if (!best)
    return mlir::emitError(group.values.front().getLoc(), "expects fragments that ")
           << warps << " warps can split alike, but got those beside one of type " << group.values.front().getType();
  for (Value value : group.values) {
    FragmentType type = unassigned(value);
    value.setType(FragmentType::get(type.getContext(), type.getDims(), type.getElementType(), type.layoutOver(*best)));
  }
  return success();
}

/// Memory of the kernel through which warps exchange what they hold.
static Value makeScratch(Operation *op, SharedType type) {
  OpBuilder b = OpBuilder::atBlockBegin(&op->getParentOfType<func::FuncOp>().front());
  return AllocOp::create(b, op->getLoc(), type, IntegerAttr());
}

/// That of a source's lines; null where no warps split them.
static Value scratchFor(ReduceOp op, FragmentType source) {
  int64_t parts = op.splittingWarps(source);
  if (parts == 1)
    return {};
  Shape lines = op.getResult().getType().getShape();
  return makeScratch(op, SharedType::get({parts, lines.rows * lines.columns}, Float32Type::get(op.getContext())));
}

/// x and y as a reduction combines them, element by element.
static Value combine(OpBuilder &b, ReduceOp op, Value x, Value y) {
  auto map = MapOp::create(b, op.getLoc(), op.getType(), ValueRange{x, y});
  OpBuilder::InsertionGuard guard(b);
  Block *body = b.createBlock(&map.getBody());
  Type index = b.getIndexType();
  body->addArguments({b.getF32Type(), b.getF32Type(), index, index}, SmallVector<Location>(4, op.getLoc()));
  Value left = body->getArgument(0), right = body->getArgument(1), both;
  if (op.getKind() == ReduceKind::add)
    both = arith::AddFOp::create(b, op.getLoc(), left, right);
  else
    both = arith::MaximumFOp::create(b, op.getLoc(), left, right);
  tile::YieldOp::create(b, op.getLoc(), both);
  return map.getResult();
}

/// Gives a reduction the scratch that it needs; of sources that different numbers of warps split, each is reduced.
static void fitToWarps(ReduceOp op) {
  auto typeOf = [](Value source) { return cast<FragmentType>(source.getType()); };
  Value first = op.getSources()[0];
  int64_t parts = op.splittingWarps(typeOf(first));
  if (op.getKind() == ReduceKind::any)
    return op.getSourcesMutable().assign(first); // its elements are equal
  if (op.getScratch())
    return;
  if (llvm::all_of(op.getSources(), [&](Value source) { return op.splittingWarps(typeOf(source)) == parts; })) {
    if (Value scratch = scratchFor(op, typeOf(first)))
      op.getScratchMutable().assign(scratch);
    return;
  }
  OpBuilder b(op);
  Value all;
  for (Value source : op.getSources()) {
    Value next = ReduceOp::create(b, op.getLoc(), op.getType(), op.getKindAttr(), source, op.getDirectionAttr(),
                                  scratchFor(op, typeOf(source)));
    all = all ? combine(b, op, all, next) : next;
  }
  op.replaceAllUsesWith(all);
  op.erase();
}

LogicalResult LayoutAssignment::run() {
  kernel.walk([&](Block *block) { llvm::for_each(block->getArguments(), [&](Value value) { add(value); }); });
  kernel.walk([&](Operation *op) { llvm::for_each(op->getResults(), [&](Value value) { add(value); }); });
  groups.grow(numbers.size());
  if (kernel.walk([&](Operation *op) { return WalkResult(joinValuesOf(op)); }).wasInterrupted())
    return failure();
  groups.compress();
  std::vector<Group> members(groups.getNumClasses());
  for (auto [value, number] : numbers) {
    Group &group = members[groups[number]];
    group.values.push_back(value);
    if (Operation *op = value.getDefiningOp())
      group.ops.insert(op);
  }
  for (const Group &group : members)
    if (failed(assignWarps(group)))
      return failure();
  kernel.walk([](ReduceOp op) { fitToWarps(op); });
  kernel.walk([](MmaOp op) {
    if (op.splittingWarps() > 1 && !op.getScratch())
      op.getScratchMutable().assign(makeScratch(op, op.scratchType()));
  });
  return success();
}

namespace {

struct AssignLayoutsPass final : plait::impl::AssignLayoutsBase<AssignLayoutsPass> {
  void runOnOperation() override {
    auto warps = getOperation()->getAttrOfType<IntegerAttr>("tile.warps");
    if (warps && failed(LayoutAssignment(getOperation(), warps.getInt()).run()))
      signalPassFailure();
  }
};

} // namespace
