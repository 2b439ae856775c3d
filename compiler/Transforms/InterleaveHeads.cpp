//===- InterleaveHeads.cpp - plait-interleave-heads -----------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file makes a kernel that walks one head through all tokens into one that
// walks several together, block by block. Memory holds the heads of a token side
// by side: alone, a head would come back to each page for its own few lines.
//===----------------------------------------------------------------------===//

#include "compiler/Transforms/Passes.h"

#include "dialects/Plait/IR/PlaitOps.h"

#include "mlir/IR/IRMapping.h"
#include "llvm/Support/MathExtras.h"

namespace plait {
#define GEN_PASS_DEF_INTERLEAVEHEADS
#include "compiler/Transforms/Passes.h.inc"
} // namespace plait

using namespace mlir;
using namespace plait;

/// What the heads of a call carry takes a quarter of a second-level cache of 1 MB,
/// for their rows pass through it, too. Rows of 16 heads fill a page at D = 64.
static constexpr int64_t carriedBytes = 1 << 18;
static constexpr int64_t mostHeads = 16;

/// Each head's part of a buffer starts on a line of the cache.
static constexpr int64_t line = 64;

/// The bytes of a part; at least `carriedBytes + line` of one that a call can't carry.
static int64_t bytesOf(MemRefType type) {
  uint64_t bytes = llvm::divideCeil(type.getElementTypeBitWidth(), 8);
  for (int64_t size : type.getShape())
    bytes = llvm::SaturatingMultiply(bytes, uint64_t(size));
  return llvm::alignTo(std::min<uint64_t>(bytes, carriedBytes + line), line);
}

namespace {

/// The rewrite of one kernel.
class Interleaving {
public:
  explicit Interleaving(func::FuncOp kernel) : kernel(kernel), b(kernel.getContext()), loc(kernel.getLoc()) {}
  /// The heads that a call may take; 1 where the kernel is left as it was.
  int64_t run();

private:
  bool isForOneHead();
  bool findBlocks();
  void sort();
  bool canRepeat();
  int64_t headsTogether();
  void widenStates(int64_t heads);
  void build();
  void erase();
  bool isOfHead(Value value) {
    return value == head || (value.getDefiningOp() && ofHead.contains(value.getDefiningOp()));
  }
  void startStates(Value token, Value zero);

  func::FuncOp kernel;
  OpBuilder b;
  Location loc;
  Value head, count; // the second item number, and the third
  scf::ForOp blocks;
  SmallVector<memref::AllocaOp> states;      // what a head carries from block to block
  llvm::SmallPtrSet<Operation *, 32> ofHead; // what differs from head to head
  SmallVector<Operation *> addresses, starts;
  bool ends = false; // a head has work after its last block
  llvm::DenseMap<Value, memref::AllocaOp> widened;
  IRMapping mapping;
};

/// What outlining makes of a grid over batch and heads: the third number is free.
bool Interleaving::isForOneHead() {
  if (!kernel.getBody().hasOneBlock() || kernel.getNumArguments() < 3)
    return false;
  auto items = kernel.getArguments().take_back(3);
  head = items[1];
  count = items[2];
  return llvm::all_of(items, [](Value item) { return item.getType().isInteger(32); }) && count.use_empty();
}

/// The one loop over blocks of tokens, if the kernel is one.
bool Interleaving::findBlocks() {
  for (Operation &op : kernel.front()) {
    if (isa<SequenceOpInterface>(op))
      return false;
    auto loop = dyn_cast<scf::ForOp>(op);
    if (!loop)
      continue;
    if (blocks || loop.getNumResults() > 0 || loop.getUnsignedCmp() || getConstantIntValue(loop.getLowerBound()) != 0)
      return false;
    blocks = loop;
  }
  return blocks && !blocks.getBody()->getOps<RecurOp>().empty();
}

/// Sorts the kernel's ops around the loop: addresses of a head are computed
/// again for each, the rest starts its states.
void Interleaving::sort() {
  for (Operation &op : kernel.front().without_terminator()) {
    if (&op == blocks)
      continue;
    if (auto local = dyn_cast<memref::AllocaOp>(op)) {
      if (llvm::all_of(local->getUsers(), [&](Operation *user) { return blocks->isAncestor(user); }))
        continue;
      states.push_back(local);
      ofHead.insert(local);
      continue;
    }
    bool depends = false;
    op.walk(
        [&](Operation *inner) { depends |= llvm::any_of(inner->getOperands(), [&](Value x) { return isOfHead(x); }); });
    if (depends)
      ofHead.insert(&op);
    if (!isMemoryEffectFree(&op)) {
      starts.push_back(&op);
      ends |= blocks->isBeforeInBlock(&op);
    } else if (depends) {
      addresses.push_back(&op);
    }
  }
}

/// Whether all that was sorted can be done head by head.
bool Interleaving::canRepeat() {
  auto hasResults = [](Operation *op) { return op->getNumResults() > 0; };
  auto isPlain = [](memref::AllocaOp state) {
    MemRefType type = state.getType();
    return type.hasStaticShape() && type.getLayout().isIdentity() && !type.getMemorySpace() &&
           type.getElementType().isIntOrFloat();
  };
  return !ends && !isOfHead(blocks.getUpperBound()) && !isOfHead(blocks.getStep()) &&
         llvm::none_of(starts, hasResults) && llvm::all_of(states, isPlain);
}

int64_t Interleaving::headsTogether() {
  int64_t scratch = 0, matrices = 0; // a state may be the caller's
  for (memref::AllocaOp state : states)
    scratch += bytesOf(state.getType());
  for (auto recur : blocks.getBody()->getOps<RecurOp>()) {
    if (ShapedType::isDynamic(recur.getKeyDim()) || ShapedType::isDynamic(recur.getValueDim()))
      return 1;
    matrices += 4 * recur.getKeyDim() * recur.getValueDim();
  }
  return std::clamp<int64_t>(carriedBytes / std::max<int64_t>({scratch, matrices, 1}), 1, mostHeads);
}

void Interleaving::widenStates(int64_t heads) {
  for (memref::AllocaOp state : states) {
    b.setInsertionPoint(state);
    auto type = MemRefType::get({heads * bytesOf(state.getType())}, b.getI8Type());
    widened[state] = memref::AllocaOp::create(b, state.getLoc(), type, b.getI64IntegerAttr(line));
  }
}

void Interleaving::startStates(Value token, Value zero) {
  if (starts.empty())
    return;
  Value isFirst = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, token, zero);
  auto branch = scf::IfOp::create(b, loc, isFirst);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  for (Operation *op : starts)
    b.clone(*op, mapping);
}

void Interleaving::build() {
  b.setInsertionPoint(kernel.front().getTerminator());
  Value zero = arith::ConstantIndexOp::create(b, loc, 0), one = arith::ConstantIndexOp::create(b, loc, 1);
  Value heads = arith::IndexCastUIOp::create(b, loc, b.getIndexType(), count);
  // States start without a token, too.
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
  for (Operation *op : addresses)
    b.clone(*op, mapping);
  startStates(tokens.getInductionVar(), zero);
  for (Operation &op : blocks.getBody()->without_terminator())
    b.clone(op, mapping);
}

void Interleaving::erase() {
  blocks.erase();
  for (Operation *op : llvm::reverse(starts))
    op->erase();
  for (Operation *op : llvm::reverse(addresses))
    op->erase();
  for (memref::AllocaOp state : states)
    state.erase();
}

int64_t Interleaving::run() {
  if (!isForOneHead() || !findBlocks())
    return 1;
  sort();
  int64_t heads = canRepeat() ? headsTogether() : 1;
  if (heads == 1)
    return 1;
  widenStates(heads);
  build();
  erase();
  return heads;
}

struct InterleaveHeadsPass final : plait::impl::InterleaveHeadsBase<InterleaveHeadsPass> {
  void runOnOperation() override {
    if (TargetAttr target = TargetAttr::of(getOperation()); target && target.isCuda())
      return;
    llvm::StringMap<int64_t> spans;
    for (auto kernel : getOperation().getOps<func::FuncOp>())
      if (kernel->hasAttr("plait.kernel"))
        if (int64_t heads = Interleaving(kernel).run(); heads > 1) {
          kernel->setAttr("plait.span", Builder(&getContext()).getI64IntegerAttr(heads));
          spans[kernel.getName()] = heads;
          ++kernels;
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
