//===- InterleaveHeads.cpp - plait-interleave-heads -----------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file makes a kernel that walks one head through all tokens into one that
// walks several together, block by block. Memory holds the heads of a token side
// by side: alone, a head would come back to each page for its own few lines.
//===----------------------------------------------------------------------===//

#include "compiler/Transforms/Passes.h"

#include "dialects/Plait/IR/PlaitOps.h"

#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/Support/MathExtras.h"

namespace plait {
#define GEN_PASS_DEF_INTERLEAVEHEADS
#include "compiler/Transforms/Passes.h.inc"
} // namespace plait

using namespace mlir;
using namespace plait;

/// The states of all heads of a call stay in the second-level cache, and more
/// heads than fill a page of memory gain nothing.
static constexpr int64_t stateBytes = 1 << 18;
static constexpr int64_t mostHeads = 16;

/// Each head's part of a buffer starts on a line of the cache.
static constexpr int64_t line = 64;

static int64_t bytesOf(MemRefType type) {
  return llvm::alignTo(llvm::divideCeil(type.getNumElements() * type.getElementTypeBitWidth(), 8), line);
}

namespace {

/// The rewrite of one kernel.
class Interleaving {
public:
  explicit Interleaving(func::FuncOp kernel) : kernel(kernel), b(kernel.getContext()), loc(kernel.getLoc()) {}
  /// The heads that a call may take; 1 where the kernel is left as it was.
  int64_t run();

private:
  bool findBlocks();
  int64_t headsTogether();
  void sort();
  void widenStates(int64_t heads);
  void build();
  void cloneEach(ArrayRef<Operation *> ops);
  void cloneIf(arith::CmpIPredicate predicate, Value x, Value y, ArrayRef<Operation *> ops);

  func::FuncOp kernel;
  OpBuilder b;
  Location loc;
  scf::ForOp blocks;
  SmallVector<memref::AllocaOp> states; // what a head carries from block to block
  SmallVector<Operation *> addresses, before, after;
  llvm::DenseMap<Value, memref::AllocaOp> widened;
  IRMapping mapping;
};

/// The one loop over blocks of tokens, if the kernel is one.
bool Interleaving::findBlocks() {
  for (Operation &op : kernel.front()) {
    if (isa<RecurOp, ScanOp, ProjectOp>(op))
      return false;
    auto loop = dyn_cast<scf::ForOp>(op);
    if (!loop)
      continue;
    if (blocks || loop.getNumResults() > 0 || getConstantIntValue(loop.getLowerBound()) != 0)
      return false;
    blocks = loop;
  }
  return blocks && !blocks.getBody()->getOps<RecurOp>().empty();
}

int64_t Interleaving::headsTogether() {
  int64_t bytes = 0;
  for (auto recur : blocks.getBody()->getOps<RecurOp>())
    bytes += 4 * recur.getKeyDim() * recur.getValueDim();
  return std::clamp<int64_t>(stateBytes / bytes, 1, mostHeads);
}

/// Sorts the kernel's ops around the loop: addresses of a head are computed
/// again for each, the rest starts and ends its states.
void Interleaving::sort() {
  llvm::SmallPtrSet<Operation *, 32> ofHead;
  Block &body = kernel.front();
  Value head = body.getArgument(body.getNumArguments() - 2);
  for (Operation &op : body.without_terminator()) {
    if (&op == blocks)
      continue;
    if (auto local = dyn_cast<memref::AllocaOp>(op)) {
      bool carried = llvm::any_of(local->getUsers(), [&](Operation *user) { return !blocks->isAncestor(user); });
      if (!carried)
        continue;
      states.push_back(local);
      ofHead.insert(local);
      continue;
    }
    bool depends = llvm::any_of(
        op.getOperands(), [&](Value operand) { return operand == head || ofHead.contains(operand.getDefiningOp()); });
    if (isMemoryEffectFree(&op)) {
      if (depends)
        addresses.push_back(&op);
    } else {
      (op.isBeforeInBlock(blocks) ? before : after).push_back(&op);
    }
    if (depends)
      ofHead.insert(&op);
  }
}

void Interleaving::widenStates(int64_t heads) {
  for (memref::AllocaOp state : states) {
    b.setInsertionPoint(state);
    auto type = MemRefType::get({heads * bytesOf(state.getType())}, b.getI8Type());
    widened[state] = memref::AllocaOp::create(b, state.getLoc(), type, b.getI64IntegerAttr(line));
  }
}

void Interleaving::cloneEach(ArrayRef<Operation *> ops) {
  for (Operation *op : ops)
    b.clone(*op, mapping);
}

void Interleaving::cloneIf(arith::CmpIPredicate predicate, Value x, Value y, ArrayRef<Operation *> ops) {
  if (ops.empty())
    return;
  Value holds = arith::CmpIOp::create(b, loc, predicate, x, y);
  auto branch = scf::IfOp::create(b, loc, holds);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  cloneEach(ops);
}

void Interleaving::build() {
  Block &body = kernel.front();
  Value head = body.getArgument(body.getNumArguments() - 2), count = body.getArgument(body.getNumArguments() - 1);
  b.setInsertionPoint(body.getTerminator());
  Value zero = arith::ConstantIndexOp::create(b, loc, 0), one = arith::ConstantIndexOp::create(b, loc, 1);
  Value heads = arith::IndexCastUIOp::create(b, loc, b.getIndexType(), count);
  // States start and end without a token, too.
  Value end = arith::MaxSIOp::create(b, loc, blocks.getUpperBound(), one);
  auto tokens = scf::ForOp::create(b, loc, blocks.getLowerBound(), end, blocks.getStep());
  b.setInsertionPoint(tokens.getBody()->getTerminator());
  auto each = scf::ForOp::create(b, loc, zero, heads, one);
  b.setInsertionPoint(each.getBody()->getTerminator());

  Value offset = arith::IndexCastUIOp::create(b, loc, b.getI32Type(), each.getInductionVar());
  mapping.map(head, arith::AddIOp::create(b, loc, head, offset).getResult());
  mapping.map(blocks.getInductionVar(), tokens.getInductionVar());
  for (memref::AllocaOp state : states) {
    Value size = arith::ConstantIndexOp::create(b, loc, bytesOf(state.getType()));
    Value shift = arith::MulIOp::create(b, loc, each.getInductionVar(), size);
    mapping.map(state.getResult(),
                memref::ViewOp::create(b, loc, state.getType(), widened[state], shift, ValueRange()).getResult());
  }
  cloneEach(addresses);
  cloneIf(arith::CmpIPredicate::eq, tokens.getInductionVar(), zero, before);
  for (Operation &op : blocks.getBody()->without_terminator())
    b.clone(op, mapping);
  Value next = arith::AddIOp::create(b, loc, tokens.getInductionVar(), blocks.getStep());
  cloneIf(arith::CmpIPredicate::sge, next, blocks.getUpperBound(), after);
}

int64_t Interleaving::run() {
  if (!findBlocks())
    return 1;
  int64_t heads = headsTogether();
  if (heads == 1)
    return 1;
  sort();
  widenStates(heads);
  build();
  for (Operation *op : llvm::reverse(after))
    op->erase();
  blocks.erase();
  for (Operation *op : llvm::reverse(before))
    op->erase();
  for (Operation *op : llvm::reverse(addresses))
    op->erase();
  for (memref::AllocaOp state : states)
    state.erase();
  return heads;
}

struct InterleaveHeadsPass final : plait::impl::InterleaveHeadsBase<InterleaveHeadsPass> {
  void runOnOperation() override {
    llvm::StringMap<int64_t> spans;
    for (auto kernel : getOperation().getOps<func::FuncOp>())
      if (kernel->hasAttr("plait.kernel"))
        if (int64_t heads = Interleaving(kernel).run(); heads > 1) {
          kernel->setAttr("plait.span", Builder(&getContext()).getI64IntegerAttr(heads));
          spans[kernel.getName()] = heads;
        }
    getOperation().walk([&](func::CallOp call) {
      if (!spans.contains(call.getCallee()))
        return;
      OpBuilder b(call);
      call->setOperand(call->getNumOperands() - 1, arith::ConstantIntOp::create(b, call.getLoc(), 1, 32));
    });
  }
};

} // namespace
