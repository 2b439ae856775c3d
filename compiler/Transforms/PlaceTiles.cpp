//===- PlaceTiles.cpp - places of tiles in shared memory ------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the placement: when each tile is in use, and the lowest
// offset that no other has then, the largest tile first. Tiles that share no bytes
// need fewer barriers: the smallest have theirs to themselves while there is room.
//===----------------------------------------------------------------------===//

#include "compiler/Transforms/PlaceTiles.h"

#include "compiler/Transforms/MemoryAccesses.h"
#include "dialects/Plait/IR/PlaitDialect.h"
#include "dialects/Tile/IR/TileOps.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace plait;
using namespace plait::tile;

namespace {

/// A tile and when it is in use, in numbers of ops.
struct Allocation {
  AllocOp op;
  int64_t bytes, first, last;
  int64_t offset = 0;
  bool isAlone = false; ///< shares no bytes

  bool meets(const Allocation &other) const {
    return isAlone || other.isAlone || (first <= other.last && other.first <= last);
  }
};

class Placement {
public:
  explicit Placement(func::FuncOp kernel);
  int64_t run(int64_t room);

private:
  int64_t placeAll();
  Allocation measure(AllocOp op);
  Block *scopeOf(AllocOp op);
  int64_t endOf(CopyAsyncOp copy, Block *scope);
  int64_t place(Allocation &allocation, ArrayRef<Allocation> placed);

  func::FuncOp kernel;
  SmallVector<Allocation> allocations;
  llvm::DenseMap<Operation *, int64_t> numbers; // an op's is greater than those of its bodies
};

} // namespace

Placement::Placement(func::FuncOp kernel) : kernel(kernel) {
  kernel.walk<WalkOrder::PostOrder>([&](Operation *op) { numbers.try_emplace(op, numbers.size()); });
}

/// The least block with all uses of the tile before and after which nothing in it counts.
Block *Placement::scopeOf(AllocOp op) {
  auto users = llvm::to_vector(op->getUsers());
  Block *block = users.front()->getBlock();
  auto hasAll = [&] {
    return llvm::all_of(users, [&](Operation *user) { return block->findAncestorOpInBlock(*user); });
  };
  while (!hasAll())
    block = block->getParentOp()->getBlock();
  // What one iteration reads before it writes is from the one before.
  Operation *first =
      *llvm::min_element(users, [&](Operation *x, Operation *y) { return numbers.lookup(x) < numbers.lookup(y); });
  bool writes = isa<StoreOp, CopyAsyncOp>(first) || scratchOf(*first) == op.getResult();
  bool starts = first->getBlock() == block && writes;
  bool isCarried = !starts || op.getType().getStages() > 1;
  return isCarried ? &kernel.front() : block;
}

/// When a copy is done: at the first wait for all behind it in the scope.
int64_t Placement::endOf(CopyAsyncOp copy, Block *scope) {
  Operation *whole = scope->findAncestorOpInBlock(*copy);
  for (Operation *op = whole->getNextNode(); op; op = op->getNextNode())
    if (auto wait = dyn_cast<WaitOp>(op); wait && wait.getPending() == 0)
      return numbers.lookup(op);
  return numbers.lookup(scope->getTerminator());
}

Allocation Placement::measure(AllocOp op) {
  int64_t number = numbers.lookup(op);
  Allocation allocation{op, op.getType().bytes(), number, number};
  if (op->use_empty())
    return allocation;
  Block *scope = scopeOf(op);
  allocation.first = std::numeric_limits<int64_t>::max();
  for (Operation *user : op->getUsers()) {
    Operation *whole = scope->findAncestorOpInBlock(*user);
    whole->walk([&](Operation *inner) { allocation.first = std::min(allocation.first, numbers.lookup(inner)); });
    allocation.last = std::max(allocation.last, numbers.lookup(whole));
    if (auto copy = dyn_cast<CopyAsyncOp>(user))
      allocation.last = std::max(allocation.last, endOf(copy, scope));
  }
  return allocation;
}

/// Moves past the tiles in the way; returns the end.
int64_t Placement::place(Allocation &allocation, ArrayRef<Allocation> placed) {
  constexpr int64_t alignment = 128;
  bool moved = true;
  while (moved) {
    moved = false;
    for (const Allocation &other : placed) {
      bool overlaps =
          allocation.offset < other.offset + other.bytes && other.offset < allocation.offset + allocation.bytes;
      if (!overlaps || !allocation.meets(other))
        continue;
      allocation.offset = llvm::alignTo(other.offset + other.bytes, alignment);
      moved = true;
    }
  }
  return allocation.offset + allocation.bytes;
}

/// Returns the bytes of all.
int64_t Placement::placeAll() {
  SmallVector<Allocation> placed;
  int64_t bytes = 0;
  for (Allocation &allocation : allocations) {
    allocation.offset = 0;
    bytes = std::max(bytes, place(allocation, placed));
    placed.push_back(allocation);
  }
  return bytes;
}

int64_t Placement::run(int64_t room) {
  kernel.walk([&](AllocOp op) { allocations.push_back(measure(op)); });
  // Those of one size in the order of the text.
  llvm::sort(allocations, [&](const Allocation &x, const Allocation &y) {
    return x.bytes != y.bytes ? x.bytes > y.bytes : numbers.lookup(x.op) < numbers.lookup(y.op);
  });
  for (Allocation &allocation : llvm::reverse(allocations)) {
    allocation.isAlone = true;
    allocation.isAlone = placeAll() <= room;
  }
  int64_t bytes = placeAll();
  for (Allocation &allocation : allocations)
    allocation.op.setOffset(allocation.offset);
  return bytes;
}

int64_t plait::placeTiles(func::FuncOp kernel, int64_t room) { return Placement(kernel).run(room); }

int64_t plait::wordsOf(ValueRange values) {
  int64_t sum = 0;
  for (Type type : values.getTypes())
    if (auto fragment = dyn_cast<FragmentType>(type))
      sum += fragment.words();
  return sum;
}

/// The warps of a multiprocessor whose CTAs need not share bytes: three for each scheduler, or two where
/// loops carry more than 32 registers in fragments. Then ptxas takes 171 to 255 of a thread's 255 (sm_80
/// and sm_90a, 64 and 128 channels), and else mostly 123 to 166; where it takes less, a fourth CTA may go.
static int64_t mostWarps(func::FuncOp kernel) {
  int64_t most = 0;
  kernel.walk([&](scf::ForOp loop) { most = std::max(most, wordsOf(loop.getResults())); });
  return most > 32 ? 8 : 12;
}

std::optional<int64_t> plait::roomOf(func::FuncOp kernel, int64_t bytes) {
  constexpr int64_t reserved = 1024; // for each CTA
  TargetAttr target = TargetAttr::of(kernel);
  auto warps = kernel->getAttrOfType<IntegerAttr>("tile.warps");
  if (!target || !target.isCuda() || !warps)
    return std::nullopt;
  int64_t shared = target.getShared() + reserved;
  int64_t ctas = std::min(shared / (bytes + reserved), mostWarps(kernel) / warps.getInt());
  return shared / std::max<int64_t>(1, ctas) - reserved;
}
