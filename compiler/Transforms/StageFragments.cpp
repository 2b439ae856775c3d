//===- StageFragments.cpp - plait-stage-fragments -------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file keeps in shared memory what a loop's body reads again in or behind an
// inner loop or a branch, where registers are too few to hold it.
//===----------------------------------------------------------------------===//

#include "compiler/Transforms/Passes.h"

#include "compiler/Transforms/PlaceTiles.h"
#include "dialects/Tile/IR/TileOps.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

namespace plait {
#define GEN_PASS_DEF_STAGEFRAGMENTS
#include "compiler/Transforms/Passes.h.inc"
} // namespace plait

using namespace mlir;
using namespace plait;
using namespace plait::tile;

/// Whether it is read in or behind the first loop or branch behind it, all through which registers hold it.
static bool isHeld(Value value) {
  Operation *maker = value.getDefiningOp(), *between = maker->getNextNode();
  while (between && !isa<scf::ForOp, scf::IfOp>(between))
    between = between->getNextNode();
  return between && llvm::any_of(value.getUsers(), [&](Operation *user) {
           Operation *whole = maker->getBlock()->findAncestorOpInBlock(*user);
           return whole == between ? user != between : between->isBeforeInBlock(whole);
         });
}

/// Whether a tile is as it was when an op of a loop's body has read it: nothing writes it behind that.
static bool staysAfter(LoadOp load) {
  return llvm::all_of(load.getSource().getUsers(), [&](Operation *user) {
    Operation *whole = load->getBlock()->findAncestorOpInBlock(*user);
    return isa<LoadOp, MmaOp>(user) || (whole && whole->isBeforeInBlock(load));
  });
}

/// The load that a fragment is, but for its element type; null of others.
static LoadOp loadOf(Value value) {
  if (auto convert = value.getDefiningOp<ConvertOp>())
    return loadOf(convert.getOperand());
  return value.getDefiningOp<LoadOp>();
}

namespace {

class Staging {
public:
  Staging(func::FuncOp kernel, scf::ForOp loop) : kernel(kernel), loop(loop), b(kernel) {}
  void run();

private:
  Value again(Value value);
  Value store(Value value);
  void loadForEach(Value value);
  SmallVector<Value> heldMatrices();
  template <typename Op, typename... Args> Op make(Args &&...args);

  func::FuncOp kernel;
  scf::ForOp loop;
  OpBuilder b;
  SmallVector<Operation *> made; ///< for one fragment
};

struct StageFragmentsPass final : plait::impl::StageFragmentsBase<StageFragmentsPass> {
  void runOnOperation() override {
    func::FuncOp kernel = getOperation();
    if (kernel->hasAttr("plait.kernel"))
      kernel.walk([&](scf::ForOp loop) { Staging(kernel, loop).run(); });
  }
};

} // namespace

template <typename Op, typename... Args> Op Staging::make(Args &&...args) {
  Op op = Op::create(b, loop.getLoc(), std::forward<Args>(args)...);
  made.push_back(op);
  return op;
}

/// The same fragment, loaded anew.
Value Staging::again(Value value) {
  Operation *maker = value.getDefiningOp();
  IRMapping mapping;
  if (auto convert = dyn_cast<ConvertOp>(maker))
    mapping.map(convert.getOperand(), again(convert.getOperand()));
  made.push_back(b.clone(*maker, mapping));
  return made.back()->getResult(0);
}

/// Stores a fragment in a tile of its own, and returns a load of it.
Value Staging::store(Value value) {
  auto type = cast<FragmentType>(value.getType());
  b.setInsertionPointToStart(&kernel.front());
  auto tile = make<AllocOp>(SharedType::get(type.getShape(), type.getElementType()), IntegerAttr());
  b.setInsertionPointAfterValue(value);
  make<StoreOp>(value, tile, Value(), UnitAttr());
  return make<LoadOp>(type, tile, Value(), UnitAttr());
}

/// Lets each op that reads a fragment load it, where there is room; else nothing changes.
void Staging::loadForEach(Value value) {
  std::optional<int64_t> room = roomOf(kernel, placeTiles(kernel));
  SmallVector<OpOperand *> uses = llvm::map_to_vector(value.getUses(), [](OpOperand &use) { return &use; });
  made.clear();
  Value loaded = isa<MapOp>(value.getDefiningOp()) ? store(value) : value;
  for (OpOperand *use : uses) {
    b.setInsertionPoint(use->getOwner());
    use->set(again(loaded));
  }
  if (!room || placeTiles(kernel) <= *room)
    return;
  for (OpOperand *use : uses)
    use->set(value);
  for (Operation *op : llvm::reverse(made))
    op->erase();
}

/// The matrices in registers that can be loaded where they are read.
SmallVector<Value> Staging::heldMatrices() {
  SmallVector<Value> held;
  for (Operation &op : *loop.getBody()) {
    if (op.getNumResults() != 1)
      continue;
    Value value = op.getResult(0);
    auto type = dyn_cast<FragmentType>(value.getType());
    LoadOp load = loadOf(value);
    if (type && isa<MmaAttr>(type.getLayout()) && (isa<MapOp>(op) || (load && staysAfter(load))) && isHeld(value))
      held.push_back(value);
  }
  llvm::sort(held, [](Value x, Value y) {
    int64_t many = wordsOf(x), few = wordsOf(y);
    return many != few ? many > few : x.getDefiningOp()->isBeforeInBlock(y.getDefiningOp());
  });
  return held;
}

void Staging::run() {
  // Of 255 ptxas wants the others for addresses, and for what an op reads and makes. With more held, maps beside decays
  // of 128 and 256 key channels spill; with fewer, HGRN2 would be staged, which doesn't (`plait-compile --emit=cubin
  // --resource-usage`).
  constexpr int64_t mostCarried = 48, mostHeld = 32;
  if (wordsOf(loop.getResults()) <= mostCarried)
    return;
  SmallVector<Value> held = heldMatrices();
  if (wordsOf(held) > mostHeld)
    for (Value value : held)
      loadForEach(value);
  kernel.walk([](AllocOp tile) { tile.removeOffsetAttr(); }); // what was tried here is not what is allocated
}
