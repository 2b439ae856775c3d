//===- PipelineCopies.cpp - plait-pipeline-copies -------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file starts the copies of a loop's next iteration before the work of this
// one. What they are copied to gets two stages, which iterations use in turn. Numbers
// of tokens that are loaded beside them are carried in registers. Copies elsewhere
// are one group, if nothing between them reads shared memory.
//===----------------------------------------------------------------------===//

#include "compiler/Transforms/Passes.h"

#include "compiler/Transforms/PlaceTiles.h"
#include "dialects/Plait/IR/PlaitDialect.h"
#include "dialects/Tile/IR/TileOps.h"

#include "mlir/IR/IRMapping.h"

namespace plait {
#define GEN_PASS_DEF_PIPELINECOPIES
#include "compiler/Transforms/Passes.h.inc"
} // namespace plait

using namespace mlir;
using namespace plait;
using namespace plait::tile;

namespace {

class Pipelining {
public:
  explicit Pipelining(scf::ForOp loop) : loop(loop), b(loop) {}
  /// Whether the loop was one that can be.
  bool run();

private:
  bool collect();
  bool addIndexing(Value value);
  /// Whether the loop writes to memory: what the next iteration reads of it isn't there before.
  bool isStored(Value memory);
  bool canLoadAhead(LoadGlobalOp load);
  Value isThere(Value iteration);
  /// What `indexing` gives in an iteration, of what it gives in the loop's.
  IRMapping indicesOf(Value iteration);
  Value copyAll(Value iteration, Value stage);
  SmallVector<Value> loadAll(Value iteration);
  void addStages(Value stage);

  scf::ForOp loop;
  OpBuilder b;
  SmallVector<CopyAsyncOp> copies;
  SmallVector<LoadGlobalOp> loads;
  llvm::SetVector<Operation *> indexing; // of the copies and loads, in the loop
  SmallVector<Operation *> groups;       // commits and waits
};

} // namespace

/// Whether a value follows from the loop's counter alone.
bool Pipelining::addIndexing(Value value) {
  Operation *producer = value.getDefiningOp();
  if (!producer)
    return value.getParentBlock() != loop.getBody() || value == loop.getInductionVar();
  if (producer->getBlock() != loop.getBody() || indexing.contains(producer))
    return true;
  if (!isMemoryEffectFree(producer) || producer->getNumRegions() != 0)
    return false;
  for (Value operand : producer->getOperands())
    if (!addIndexing(operand))
      return false;
  return indexing.insert(producer);
}

/// Whether an op reads a tile at a stage of its own: not as one of several parts.
static bool readsAlone(Operation *op, Value tile) {
  auto mma = dyn_cast<MmaOp>(op);
  return isa<LoadOp>(op) || (mma && llvm::all_of(std::array{mma.getA(), mma.getB()}, [&](OperandRange parts) {
                               return parts.size() == 1 || !llvm::is_contained(parts, tile);
                             }));
}

/// A tile that only this copy writes, and that is read behind it in the loop.
static bool isOnlyCopied(CopyAsyncOp copy) {
  auto alloc = copy.getTarget().getDefiningOp<AllocOp>();
  return alloc && copy.getTarget().getType().getStages() == 1 && llvm::all_of(alloc->getUsers(), [&](Operation *user) {
           Operation *whole = copy->getBlock()->findAncestorOpInBlock(*user);
           return user == copy || (readsAlone(user, copy.getTarget()) && whole && copy->isBeforeInBlock(whole));
         });
}

/// A number for each token of a block, of which there may be none.
static bool isOfTokens(LoadGlobalOp load) {
  return load.getAlong() && load.getFragment().getType().getShape().columns == 1;
}

bool Pipelining::isStored(Value memory) {
  return llvm::any_of(memory.getUsers(),
                      [&](Operation *user) { return isa<StoreGlobalOp>(user) && loop->isAncestor(user); });
}

bool Pipelining::canLoadAhead(LoadGlobalOp load) {
  return isOfTokens(load) && !isStored(load.getMemory()) &&
         llvm::all_of(load->getOperands(), [&](Value operand) { return addIndexing(operand); });
}

bool Pipelining::collect() {
  for (Operation &op : loop.getBody()->without_terminator()) {
    if (isa<CommitOp, WaitOp>(op))
      groups.push_back(&op);
    if (auto load = dyn_cast<LoadGlobalOp>(op); load && canLoadAhead(load))
      loads.push_back(load);
    auto copy = dyn_cast<CopyAsyncOp>(op);
    if (!copy)
      continue;
    for (Value operand : copy->getOperands())
      if (operand != copy.getTarget() && !addIndexing(operand))
        return false;
    if (!isOnlyCopied(copy) || isStored(copy.getMemory()))
      return false;
    copies.push_back(copy);
  }
  return !copies.empty();
}

Value Pipelining::isThere(Value iteration) {
  return arith::CmpIOp::create(b, loop.getLoc(), arith::CmpIPredicate::slt, iteration, loop.getUpperBound());
}

IRMapping Pipelining::indicesOf(Value iteration) {
  IRMapping mapping;
  mapping.map(loop.getInductionVar(), iteration);
  for (Operation *op : indexing)
    b.clone(*op, mapping);
  return mapping;
}

/// The copies of one iteration, if there is one, as one group.
Value Pipelining::copyAll(Value iteration, Value stage) {
  Location loc = loop.getLoc();
  Value any = isThere(iteration);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(scf::IfOp::create(b, loc, any).thenBlock());
    IRMapping mapping = indicesOf(iteration);
    for (CopyAsyncOp copy : copies)
      cast<CopyAsyncOp>(b.clone(*copy, mapping)).getStageMutable().assign(stage);
  }
  return CommitOp::create(b, loc, TokenType::get(b.getContext()));
}

/// The loads of one iteration; one that isn't there has no tokens. In a branch they would be waited for at its end.
SmallVector<Value> Pipelining::loadAll(Value iteration) {
  SmallVector<Value> loaded;
  if (loads.empty())
    return loaded;
  Location loc = loop.getLoc();
  IRMapping mapping = indicesOf(iteration);
  Value any = isThere(iteration), none = arith::ConstantIndexOp::create(b, loc, 0);
  for (LoadGlobalOp load : loads) {
    Value rows = arith::SelectOp::create(b, loc, any, mapping.lookupOrDefault(load.getRows()), none);
    auto clone = cast<LoadGlobalOp>(b.clone(*load, mapping));
    clone.getRowsMutable().assign(rows);
    loaded.push_back(clone.getFragment());
  }
  return loaded;
}

void Pipelining::addStages(Value stage) {
  for (CopyAsyncOp copy : copies) {
    Value target = copy.getTarget();
    auto type = cast<SharedType>(target.getType());
    target.setType(
        SharedType::get(b.getContext(), type.getDims(), type.getElementType(), /*stages=*/2, type.getSwizzle()));
    // One that reads the tile twice is one of two uses, and gets new ones here.
    llvm::SetVector<Operation *> users(target.user_begin(), target.user_end());
    for (Operation *user : users) {
      if (auto load = dyn_cast<LoadOp>(user))
        load.getStageMutable().assign(stage);
      auto mma = dyn_cast<MmaOp>(user);
      if (mma && mma.getA().front() == target)
        mma.getAStageMutable().assign(stage);
      if (mma && mma.getB().front() == target)
        mma.getBStageMutable().assign(stage);
    }
  }
}

bool Pipelining::run() {
  if (!collect())
    return false;
  Location loc = loop.getLoc();
  Value zero = arith::ConstantIndexOp::create(b, loc, 0), one = arith::ConstantIndexOp::create(b, loc, 1);
  SmallVector<Value> first = loadAll(loop.getLowerBound());
  first.append({zero, copyAll(loop.getLowerBound(), zero)});
  IRRewriter rewriter(b);
  loop = cast<scf::ForOp>(*loop.replaceWithAdditionalYields(rewriter, first, /*replaceInitOperandUsesInLoop=*/false,
                                                            [](OpBuilder &, Location, ArrayRef<BlockArgument> carried) {
                                                              return SmallVector<Value>(carried.begin(), carried.end());
                                                            }));
  auto carried = loop.getRegionIterArgs().take_back(first.size());
  Value stage = carried.drop_back().back(), group = carried.back();
  addStages(stage);

  b.setInsertionPointToStart(loop.getBody());
  WaitOp::create(b, loc, group, /*pending=*/0);
  Value next = arith::AddIOp::create(b, loc, loop.getInductionVar(), loop.getStep());
  Value nextStage = arith::SubIOp::create(b, loc, one, stage);
  SmallVector<Value> later = loadAll(next);
  later.append({nextStage, copyAll(next, nextStage)});
  for (auto [load, value] : llvm::zip_equal(loads, carried.drop_back(2))) {
    load.getFragment().replaceAllUsesWith(value);
    load.erase();
  }
  for (CopyAsyncOp copy : copies)
    copy.erase();
  for (Operation *op : llvm::reverse(groups))
    op->erase();
  Operation *yield = loop.getBody()->getTerminator();
  yield->setOperands(yield->getNumOperands() - later.size(), later.size(), later);
  b.setInsertionPointAfter(loop);
  WaitOp::create(b, loc, loop.getResults().back(), /*pending=*/0);
  return true;
}

/// Whether an op has nothing to do with what copies write.
static bool passesCopies(Operation &op) {
  return isa<CommitOp, LoadGlobalOp, memref::LoadOp>(op) || (op.getNumRegions() == 0 && isMemoryEffectFree(&op));
}

/// Of waits for all copies, with nothing but copies between, leaves the last, and of the groups one.
static void joinGroups(Block &block) {
  WaitOp before;
  llvm::DenseSet<Value> targets; // of copies that are not waited for
  for (Operation &op : llvm::make_early_inc_range(block)) {
    auto copy = dyn_cast<CopyAsyncOp>(op);
    auto wait = dyn_cast<WaitOp>(op);
    if (wait && wait.getPending() == 0) {
      auto group = before ? before.getGroup().getDefiningOp<CommitOp>() : CommitOp();
      auto later = wait.getGroup().getDefiningOp<CommitOp>();
      auto isHere = [&](CommitOp commit) { return commit && commit->getBlock() == &block; };
      if (isHere(group) && isHere(later) && group->isBeforeInBlock(later) && group->hasOneUse()) {
        before.erase();
        group.erase();
      }
      before = wait;
    } else if (!(copy && targets.insert(copy.getTarget()).second) && !passesCopies(op)) {
      before = {};
      targets.clear();
    }
  }
}

namespace {

struct PipelineCopiesPass final : plait::impl::PipelineCopiesBase<PipelineCopiesPass> {
  void runOnOperation() override {
    func::FuncOp kernel = getOperation();
    if (!kernel->hasAttr("plait.kernel"))
      return;
    int64_t count = 0;
    kernel.walk([&](scf::ForOp) { ++count; });
    for (int64_t i = 0; i < count; ++i)
      if (fits(kernel, i))
        pipelined += Pipelining(loopOf(kernel, i)).run();
    kernel.walk([](Block *block) { joinGroups(*block); });
  }

private:
  static scf::ForOp loopOf(func::FuncOp kernel, int64_t number) {
    SmallVector<scf::ForOp> loops;
    kernel.walk([&](scf::ForOp loop) { loops.push_back(loop); });
    return loops[number];
  }

  /// Whether the kernel's tiles are few enough with the loop's in two stages.
  static bool fits(func::FuncOp kernel, int64_t number) {
    TargetAttr target = TargetAttr::of(kernel);
    if (!target || !target.isCuda())
      return true;
    OwningOpRef<func::FuncOp> tried(kernel.clone());
    return Pipelining(loopOf(*tried, number)).run() && placeTiles(*tried) <= target.getShared();
  }
};

} // namespace
