//===- PlaitToTile.cpp - convert-plait-to-tile ----------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file turns kernels on buffers into kernels on tiles. The kernel's own
// buffers become fragments and shared memory; states, which its loop over tokens
// keeps in a buffer, are carried by the loop.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/PlaitToTile/Emitters.h"

#include "compiler/Conversion/Passes.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/RegionUtils.h"

namespace plait {
#define GEN_PASS_DEF_CONVERTPLAITTOTILE
#include "compiler/Conversion/Passes.h.inc"
} // namespace plait

using namespace mlir;
using namespace plait;
using namespace plait::tile;

namespace {

class KernelEmitter {
public:
  KernelEmitter(func::FuncOp kernel, const CtaTile &cta, int64_t parts, int64_t alignment)
      : kernel(kernel), b(kernel, cta), tiles(b, parts, alignment), state(tiles) {}
  LogicalResult run();

private:
  LogicalResult check(const llvm::DenseSet<Value> &split, int64_t tileCount);
  void readItem();
  Value tokensOf(Block &block);
  LogicalResult emitBlock(Block &block);
  LogicalResult emitLoop(scf::ForOp loop);
  void emit(RecurOp op, ProductsOfBlock &products);
  llvm::DenseSet<Value> valueBuffers();
  Value enterLoop(int64_t count);
  void setAlignment();

  func::FuncOp kernel;
  TileBuilder b;
  BlockTiles tiles;
  StateEmitter state;
};

} // namespace

/// Work items are numbered by the grid, not by arguments; in the second direction by the turns of a CTA, too.
void KernelEmitter::readItem() {
  b.builder.setInsertionPointToStart(&kernel.front());
  auto turns = kernel->getAttrOfType<IntegerAttr>("plait.parts_in_turn");
  Value turn = turns ? enterLoop(turns.getInt()) : Value();
  kernel->removeAttr("plait.parts_in_turn");
  unsigned first = kernel.getNumArguments() - 3;
  for (int64_t d = 0; d < 3; ++d) {
    BlockArgument item = kernel.getArgument(first + d);
    if (item.use_empty())
      continue;
    Value id = ProgramIdOp::create(b.builder, b.loc, b.builder.getIndexType(), d);
    if (turn && d == 1)
      id = arith::AddIOp::create(b.builder, b.loc, arith::MulIOp::create(b.builder, b.loc, id, b.index(turns.getInt())),
                                 turn);
    item.replaceAllUsesWith(arith::IndexCastUIOp::create(b.builder, b.loc, item.getType(), id));
  }
  llvm::BitVector dropped(kernel.getNumArguments());
  dropped.set(first, first + 3);
  (void)kernel.eraseArguments(dropped);
}

/// The tokens of the rows that a block's ops work on; null where it has none.
Value KernelEmitter::tokensOf(Block &block) {
  auto ops = block.getOps<SequenceOpInterface>();
  if (ops.empty())
    return {};
  Value out = cast<DestinationStyleOpInterface>((*ops.begin()).getOperation()).getDpsInits()[0];
  return b.builder.createOrFold<memref::DimOp>(b.loc, out, 1);
}

/// What an op carries from one pass of a loop to the next; null where it carries nothing.
static Value carriedBy(Operation *op) {
  auto update = dyn_cast<linalg::GenericOp>(op);
  return update ? update.getDpsInits()[0] : stateOf(op);
}

/// A loop, over tokens or over ranges of them, with its states in registers.
LogicalResult KernelEmitter::emitLoop(scf::ForOp loop) {
  SmallVector<Value> buffers, inits;
  for (Operation &op : loop.getBody()->without_terminator()) {
    Value buffer = carriedBy(&op);
    if (!buffer)
      continue;
    buffers.push_back(BlockTiles::identity(buffer));
    Value &held = state.states[buffers.back()];
    if (!held) // the caller's, updated in place
      held = tiles.transposed(buffer, 0, state.typeOf(buffer));
    inits.push_back(held);
  }
  auto carrying =
      scf::ForOp::create(b.builder, loop.getLoc(), loop.getLowerBound(), loop.getUpperBound(), loop.getStep(), inits);
  Block &body = *carrying.getBody();
  loop.getInductionVar().replaceAllUsesWith(carrying.getInductionVar());
  body.getOperations().splice(body.end(), loop.getBody()->getOperations());
  body.back().erase(); // the old loop's yield
  for (auto [buffer, argument] : llvm::zip(buffers, carrying.getRegionIterArgs()))
    state.states[buffer] = argument;
  b.builder.setInsertionPointToEnd(&body);
  scf::YieldOp::create(b.builder, loop.getLoc(), inits);
  if (failed(emitBlock(body)))
    return failure();
  for (auto [i, buffer] : llvm::enumerate(buffers)) {
    body.getTerminator()->setOperand(i, state.states[buffer]);
    state.states[buffer] = carrying.getResult(i);
  }
  b.builder.setInsertionPointAfter(carrying);
  for (auto [buffer, result] : llvm::zip(buffers, carrying.getResults()))
    tiles.writeTransposed(buffer, result);
  loop.erase();
  return success();
}

/// Moves ops without effects before the first op with some, where the block's copies go; that op, or null.
static Operation *hoistIndexing(Block &block) {
  Operation *first = nullptr;
  for (Operation &op : llvm::make_early_inc_range(block.without_terminator())) {
    if (!isMemoryEffectFree(&op) && !isa<memref::AllocaOp>(op))
      first = first ? first : &op;
    else if (first)
      op.moveBefore(first);
  }
  return first;
}

void KernelEmitter::emit(RecurOp op, ProductsOfBlock &products) {
  if (auto schedule = op.getSchedule(); schedule && schedule->getForm() == Form::step)
    emitStep(tiles, op, state.states);
  else
    emitRecur(tiles, op, state.states, products);
}

LogicalResult KernelEmitter::emitBlock(Block &block) {
  Operation *first = hoistIndexing(block);
  if (!first)
    return success();
  b.builder.setInsertionPoint(first);
  if (Value tokens = tokensOf(block)) {
    // An op that stays, before which the block's copies go.
    Operation *marker = arith::ConstantIndexOp::create(b.builder, b.loc, 0);
    tiles.enter(marker, tokens);
  }
  ProductsOfBlock products;
  for (Operation &op : llvm::make_early_inc_range(block.without_terminator())) {
    b.builder.setInsertionPoint(&op);
    b.loc = op.getLoc();
    LogicalResult emitted = success();
    if (auto loop = dyn_cast<scf::ForOp>(op))
      emitted = emitLoop(loop);
    else if (auto branch = dyn_cast<scf::IfOp>(op))
      emitted = emitBlock(*branch.thenBlock());
    else if (auto linalg = dyn_cast<linalg::LinalgOp>(op))
      emitted = state.emit(linalg);
    else if (auto map = dyn_cast<MapRowsOp>(op))
      emitted = emitMapRows(tiles, map);
    else if (auto recur = dyn_cast<RecurOp>(op))
      emit(recur, products);
    else if (auto scan = dyn_cast<plait::ScanOp>(op))
      emitScan(tiles, scan, state.states[BlockTiles::identity(scan.getCarry())]);
    else if (auto project = dyn_cast<ProjectOp>(op))
      emitProject(tiles, project);
    else
      continue;
    if (failed(emitted))
      return failure();
    if (!isa<scf::ForOp, scf::IfOp>(op))
      op.erase();
  }
  tiles.leave();
  return success();
}

/// Whether rows of a buffer are read or written by several elements at once: a transpose's never are.
static bool isInVectors(BlockArgument buffer) {
  return llvm::any_of(buffer.getUsers(), [](Operation *user) {
    auto load = dyn_cast<LoadGlobalOp>(user);
    auto store = dyn_cast<StoreGlobalOp>(user);
    return isa<CopyAsyncOp>(user) || (load && !load.getTransposed()) || (store && !store.getTransposed());
  });
}

void KernelEmitter::setAlignment() {
  SmallVector<int64_t> alignment;
  for (BlockArgument argument : kernel.getArguments()) {
    auto buffer = cast<MemRefType>(argument.getType());
    int64_t last = buffer.getShape().back();
    bool isMatrix = buffer.getRank() == 4 && !ShapedType::isDynamic(last) && last > 1 && isInVectors(argument);
    alignment.push_back(isMatrix ? tiles.rowAlignment(buffer) : buffer.getElementTypeBitWidth() / 8);
  }
  kernel->setAttr("tile.alignment", b.builder.getDenseI64ArrayAttr(alignment));
}

/// Which buffers have the channels of values: those of recurrences, and what row maps make of
/// them or read beside them.
llvm::DenseSet<Value> KernelEmitter::valueBuffers() {
  llvm::DenseSet<Value> found;
  auto add = [&](Value buffer) { return found.insert(BlockTiles::identity(buffer)).second; };
  kernel.walk([&](RecurOp op) {
    if (op.getValueDim() <= valueTileOf(op))
      return;
    add(op.getValue()), add(op.getOut()), add(op.getState());
    if (op.getValueDecay())
      add(op.getValueDecay());
  });
  kernel.walk([&](ProjectOp op) {
    if (*valueDimOf(op) > valueTileOf(op))
      add(op.getMatrix()), add(op.getInits()[0]);
  });
  kernel.walk([&](plait::ScanOp op) {
    if (*valueDimOf(op) > valueTileOf(op))
      for (Value operand : op->getOperands())
        add(operand);
  });
  for (bool grown = true; grown;) {
    grown = false;
    kernel.walk([&](MapRowsOp op) {
      SmallVector<Value> rows;
      for (Value operand : op->getOperands())
        if (auto type = dyn_cast<MemRefType>(operand.getType()); type && type.getShape().back() > valueTileOf(op))
          rows.push_back(operand);
      if (llvm::any_of(rows, [&](Value row) { return found.contains(BlockTiles::identity(row)); }))
        for (Value row : rows)
          grown |= add(row);
    });
  }
  // What a state is made of, or copied to, lies as it does.
  kernel.walk([&](linalg::LinalgOp op) {
    if (llvm::any_of(op->getOperands(), [&](Value operand) { return found.contains(BlockTiles::identity(operand)); }))
      for (Value operand : op->getOperands())
        if (auto type = dyn_cast<MemRefType>(operand.getType()); type && type.getShape().back() > 1)
          add(operand);
  });
  return found;
}

/// As many tiles as the widest values have, and split channels that are values alone.
LogicalResult KernelEmitter::check(const llvm::DenseSet<Value> &split, int64_t tileCount) {
  int64_t expected = 1;
  kernel.walk([&](Operation *op) {
    expected = std::max<int64_t>(expected, llvm::divideCeil(valueDimOf(op).value_or(1), valueTileOf(op)));
  });
  if (tileCount != expected)
    return kernel.emitError("expects plait.value_tiles of ") << expected << ", but got " << tileCount;
  WalkResult walked = kernel.walk([&](Operation *op) {
    SmallVector<Value, 3> whole;
    if (auto recur = dyn_cast<RecurOp>(op))
      whole = {recur.getQuery(), recur.getKey(), recur.getDecay()};
    else if (auto project = dyn_cast<ProjectOp>(op))
      whole = {project.getInput()};
    if (llvm::any_of(whole, [&](Value rows) { return rows && split.contains(BlockTiles::identity(rows)); })) {
      op->emitOpError("has no CUDA form with rows that are also values of more than ")
          << valueTileOf(op) << " channels";
      return WalkResult::interrupt();
    }
    return WalkResult::advance();
  });
  return failure(walked.wasInterrupted());
}

/// A loop around all that the kernel does, in which what follows goes; its counter.
Value KernelEmitter::enterLoop(int64_t count) {
  Block &whole = *b.builder.getInsertionBlock();
  auto loop = scf::ForOp::create(b.builder, b.loc, b.index(0), b.index(count), b.index(1));
  Block *body = loop.getBody();
  body->getOperations().splice(body->begin(), whole.getOperations(), std::next(loop->getIterator()),
                               std::prev(whole.end()));
  b.builder.setInsertionPointToStart(body);
  return loop.getInductionVar();
}

LogicalResult KernelEmitter::run() {
  llvm::DenseSet<Value> split;
  auto tileAttr = kernel->getAttrOfType<IntegerAttr>("plait.value_tiles");
  int64_t tileCount = tileAttr ? tileAttr.getInt() : 1;
  if (tileCount > 1)
    split = valueBuffers();
  if (failed(check(split, tileCount)))
    return failure();
  kernel.walk([&](RecurOp op) { state.add(op.getState(), transposedType(b, op.getKeyDim(), op.getValueDim())); });
  kernel.walk([&](plait::ScanOp op) { state.add(op.getCarry(), carryType(b, op)); });
  readItem();
  if (kernel->removeAttr("plait.tiles_in_turn")) {
    tiles.splitChannels(split, enterLoop(tileCount), tileCount);
  } else if (!split.empty()) {
    Value tile = ProgramIdOp::create(b.builder, b.loc, b.builder.getIndexType(), 2);
    tile = arith::RemUIOp::create(b.builder, b.loc, tile, b.index(tileCount));
    tiles.splitChannels(split, tile, tileCount);
  }
  if (failed(emitBlock(*b.builder.getInsertionBlock())))
    return failure();
  IRRewriter rewriter(b.builder);
  (void)runRegionDCE(rewriter, kernel->getRegions()); // the kernel's own buffers have no users left
  setAlignment();
  kernel->setAttr("tile.warps", b.builder.getI64IntegerAttr(b.warps));
  return success();
}

/// The channels of a kernel's values in tiles, of which there may be several numbers.
static llvm::SmallSetVector<int64_t, 2> valueWidths(func::FuncOp kernel) {
  llvm::SmallSetVector<int64_t, 2> widths;
  kernel.walk([&](Operation *op) {
    if (std::optional<int64_t> columns = valueDimOf(op); columns && *columns > 1)
      widths.insert(paddedWidth(std::min(*columns, valueTileOf(op))));
  });
  return widths;
}

/// The channels of a warp, and in `tokens` those of a block, which all ops of a kernel have.
static FailureOr<int64_t> readSchedule(func::FuncOp kernel, int64_t &tokens) {
  int64_t channels = usualChannels;
  SequenceOpInterface first;
  WalkResult walked = kernel.walk([&](SequenceOpInterface op) {
    if (!first)
      first = op, tokens = blockOf(op), channels = warpChannelsOf(op);
    if (blockOf(op) == tokens && warpChannelsOf(op) == channels)
      return WalkResult::advance();
    op->emitOpError("expects the block and channels of the kernel's other ops, ")
        << tokens << " and " << channels << ", but got " << blockOf(op) << " and " << warpChannelsOf(op);
    return WalkResult::interrupt();
  });
  if (walked.wasInterrupted())
    return failure();
  return channels;
}

/// All values of a kernel go through the same warps: where they differ, rows are as wide as the widest.
static FailureOr<CtaTile> chooseTile(func::FuncOp kernel) {
  CtaTile cta{.warps = 0,
              .tokens = chunkTokens,
              .valueChannels = paddedWidth(1),
              .leastWidth = paddedWidth(1),
              .splitsKeys = false};
  llvm::SmallSetVector<int64_t, 2> widths = valueWidths(kernel);
  for (int64_t width : widths)
    cta.valueChannels = std::max(cta.valueChannels, width);
  if (widths.size() > 1)
    cta.leastWidth = cta.valueChannels;
  FailureOr<int64_t> warpChannels = readSchedule(kernel, cta.tokens);
  if (failed(warpChannels) || failed(checkCudaTile(kernel, cta.tokens, *warpChannels)))
    return failure();
  // Each piece of a block's rows is some warp's.
  cta.warps = std::max(cta.valueChannels / *warpChannels, cta.tokens / mmaRows);
  cta.splitsKeys = *warpChannels < mmaRows;
  return cta;
}

/// How many bf16 numbers an operand of a product is the sum of: as many as the widest of the
/// caller's rows need that what is multiplied is made of.
static int64_t chooseParts(func::FuncOp kernel) {
  llvm::SetVector<Value> factors;
  kernel.walk([&](RecurOp op) {
    for (Value rows : {op.getQuery(), op.getKey(), op.getValue()})
      factors.insert(rows);
  });
  kernel.walk([&](ProjectOp op) { factors.insert(op.getInput()); });
  int64_t parts = 1;
  for (size_t i = 0; i < factors.size(); ++i) {
    Value rows = factors[i], identity = BlockTiles::identity(rows);
    if (!identity.getDefiningOp<memref::AllocaOp>()) {
      parts = std::max(parts, partsOf(cast<MemRefType>(rows.getType()).getElementType()));
    }
    kernel.walk([&](MapRowsOp op) {
      if (llvm::any_of(op.getInits(), [&](Value init) { return BlockTiles::identity(init) == identity; }))
        factors.insert(op.getInputs().begin(), op.getInputs().end());
    });
  }
  return parts;
}

static LogicalResult emitKernel(func::FuncOp kernel) {
  FailureOr<CtaTile> cta = chooseTile(kernel);
  int64_t alignment = usualAlignment;
  kernel.walk([&](SequenceOpInterface op) { alignment = std::min(alignment, alignmentOf(op)); });
  return failure(failed(cta) || failed(KernelEmitter(kernel, *cta, chooseParts(kernel), alignment).run()));
}

namespace {

struct ConvertPlaitToTilePass final : plait::impl::ConvertPlaitToTileBase<ConvertPlaitToTilePass> {
  void runOnOperation() override {
    for (auto function : llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>())) {
      if (!function->hasAttr("plait.kernel"))
        function.erase();
      else if (!function->hasAttr("tile.warps") && failed(emitKernel(function)))
        return signalPassFailure();
    }
  }
};

} // namespace
