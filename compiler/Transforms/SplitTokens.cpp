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

#include "compiler/Schedule/Schedule.h"
#include "dialects/Plait/IR/PlaitOps.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/SymbolTable.h"

namespace plait {
#define GEN_PASS_DEF_SPLITTOKENS
#include "compiler/Transforms/Passes.h.inc"
} // namespace plait

using namespace mlir;
using namespace plait;

static Value rootOf(Value buffer) {
  while (auto view = buffer.getDefiningOp<memref::SubViewOp>())
    buffer = view.getSource();
  return buffer;
}

static bool anyIn(const llvm::DenseSet<Value> &roots, ValueRange buffers) {
  return llvm::any_of(buffers, [&](Value buffer) { return roots.contains(rootOf(buffer)); });
}

/// The op that gives a state its first value; none where the caller's is updated in place.
static linalg::LinalgOp startOf(RecurOp recur) {
  for (Operation *user : recur.getState().getUsers())
    if (isa<linalg::FillOp, linalg::CopyOp>(user) && cast<linalg::LinalgOp>(user).getDpsInits()[0] == recur.getState())
      return cast<linalg::LinalgOp>(user);
  return {};
}

static bool hasDecay(RecurOp recur) { return bool(recur.getDecay()); }

namespace {

/// One kernel, in which the last work item counts ranges.
class RangeKernel {
public:
  RangeKernel(func::FuncOp kernel, int64_t ranges) : kernel(kernel), ranges(ranges), b(kernel.getContext()) {
    loop = *kernel.getOps<scf::ForOp>().begin();
    b.setInsertionPoint(loop);
    unsigned items = kernel.getNumArguments() - 3;
    for (unsigned d = 0; d < 3; ++d)
      item[d] = arith::IndexCastUIOp::create(b, loc(), b.getIndexType(), kernel.getArgument(items + d));
    for (auto recur : loop.getOps<RecurOp>())
      recurrences.push_back(recur);
  }

  void leaveUpdates();
  void foldUpdates();
  void dropArguments(func::CallOp call);

private:
  Location loc() { return loop.getLoc(); }
  Value constant(int64_t value) { return arith::ConstantIndexOp::create(b, loc(), value); }
  Value slot(int64_t argument, Value range);
  void setBounds(Value first, Value last);
  void start(RecurOp recur, Value state, Value isFirst);
  RecurOp writeOnly(RecurOp recur, Value value, Value state);
  Value zeroValues(RecurOp recur);
  void eraseUnread();
  void eraseViews();

  func::FuncOp kernel;
  int64_t ranges;
  OpBuilder b;
  scf::ForOp loop;
  Value item[3];
  SmallVector<RecurOp> recurrences;
};

} // namespace

/// The types of the buffers between the kernels: for each recurrence what a range adds to the state,
/// and with decays what it multiplies each key channel's row by.
static SmallVector<MemRefType> typesBetween(func::FuncOp kernel) {
  SmallVector<MemRefType> types;
  Type f32 = Float32Type::get(kernel.getContext());
  auto add = [&](int64_t rows, int64_t columns) {
    types.push_back(MemRefType::get({ShapedType::kDynamic, ShapedType::kDynamic, rows, columns}, f32));
  };
  kernel.walk([&](RecurOp recur) {
    add(recur.getKeyDim(), recur.getValueDim());
    if (hasDecay(recur))
      add(recur.getKeyDim(), 1);
  });
  return types;
}

/// The matrix of a range in a buffer between the kernels, those of a head side by side.
Value RangeKernel::slot(int64_t argument, Value range) {
  Value buffer = kernel.getArgument(argument);
  ArrayRef<int64_t> shape = cast<MemRefType>(buffer.getType()).getShape();
  Value head = arith::AddIOp::create(b, loc(), arith::MulIOp::create(b, loc(), item[1], constant(ranges)), range);
  OpFoldResult zero = b.getIndexAttr(0), one = b.getIndexAttr(1);
  return memref::SubViewOp::create(
      b, loc(), buffer, SmallVector<OpFoldResult>{item[0], head, zero, zero},
      SmallVector<OpFoldResult>{one, one, b.getIndexAttr(shape[2]), b.getIndexAttr(shape[3])},
      SmallVector<OpFoldResult>(4, one));
}

/// The loop over the blocks of the ranges from `first` to before `last`. Reversed loops count from
/// the end of the tokens by themselves.
void RangeKernel::setBounds(Value first, Value last) {
  int64_t block = *getConstantIntValue(loop.getStep());
  Value tokens = loop.getUpperBound();
  AffineExpr all = b.getAffineSymbolExpr(0);
  Value each =
      getValueOrCreateConstantIndexOp(b, loc(),
                                      affine::makeComposedFoldedAffineApply(
                                          b, loc(), all.ceilDiv(block * ranges) * block, {getAsOpFoldResult(tokens)}));
  auto bound = [&](Value range) -> Value {
    return arith::MinUIOp::create(b, loc(), tokens, arith::MulIOp::create(b, loc(), range, each));
  };
  Value lower = bound(first), upper = bound(last);
  loop.setLowerBound(lower);
  loop.setUpperBound(upper);
}

/// An elementwise op on a state: `body` gets an element of each input and the state's.
static void update(OpBuilder &b, Location loc, ValueRange inputs, Value state,
                   function_ref<Value(OpBuilder &, ValueRange)> body) {
  MLIRContext *context = b.getContext();
  AffineMap whole = b.getMultiDimIdentityMap(4);
  SmallVector<AffineExpr> first(whole.getResults());
  first[3] = getAffineConstantExpr(0, context);
  SmallVector<AffineMap> maps;
  for (Value input : inputs) {
    bool isColumn = cast<MemRefType>(input.getType()).getDimSize(3) == 1;
    maps.push_back(isColumn ? AffineMap::get(4, 0, first, context) : whole);
  }
  maps.push_back(whole);
  linalg::GenericOp::create(b, loc, TypeRange{}, inputs, state, maps,
                            SmallVector<utils::IteratorType>(4, utils::IteratorType::parallel),
                            [&](OpBuilder &inner, Location at, ValueRange elements) {
                              linalg::YieldOp::create(inner, at, body(inner, elements));
                            });
}

/// Starts a range's own state: the caller's in the first, which has no tokens, and zero in others.
void RangeKernel::start(RecurOp recur, Value state, Value isFirst) {
  Value zero = arith::ConstantOp::create(b, loc(), b.getF32FloatAttr(0));
  auto begin = startOf(recur);
  if (auto fill = dyn_cast_or_null<linalg::FillOp>(begin.getOperation())) {
    Value value = fill.getInputs()[0];
    if (!matchPattern(value, m_AnyZeroFloat()))
      value = arith::SelectOp::create(b, loc(), isFirst, value, zero);
    linalg::FillOp::create(b, loc(), value, state);
    return;
  }
  Value initial = begin ? begin.getDpsInputs()[0] : recur.getState();
  update(b, loc(), initial, state, [&](OpBuilder &inner, ValueRange x) -> Value {
    return arith::SelectOp::create(inner, loc(), isFirst, x[0], zero);
  });
}

/// The recurrence without a reader, at the end of the loop's body.
RecurOp RangeKernel::writeOnly(RecurOp recur, Value value, Value state) {
  int64_t columns = cast<MemRefType>(value.getType()).getDimSize(3);
  int64_t block = *getConstantIntValue(loop.getStep());
  OpBuilder::InsertionGuard guard(b);
  Value out = memref::AllocaOp::create(b, loc(), MemRefType::get({1, block, 1, columns}, b.getF32Type()));
  b.setInsertionPoint(recur);
  OpFoldResult tokens = b.createOrFold<memref::DimOp>(loc(), recur.getKey(), 1), one = b.getIndexAttr(1);
  SmallVector<OpFoldResult> zeros(4, b.getIndexAttr(0)), ones(4, one);
  Value rows = memref::SubViewOp::create(b, loc(), out, zeros,
                                         SmallVector<OpFoldResult>{one, tokens, one, b.getIndexAttr(columns)}, ones);
  auto written = cast<RecurOp>(b.clone(*recur));
  written.getQueryMutable().assign(recur.getKey());
  written.getValueMutable().assign(value);
  written.getInitsMutable().assign({rows, state});
  written.getBonusMutable().clear();
  written.setGroupSize(1);
  return written;
}

/// Rows of one zero, of as many tokens as the recurrence's: what writes nothing.
Value RangeKernel::zeroValues(RecurOp recur) {
  int64_t block = *getConstantIntValue(loop.getStep());
  OpBuilder::InsertionGuard guard(b);
  Value buffer = memref::AllocaOp::create(b, loc(), MemRefType::get({1, block, 1, 1}, b.getF32Type()));
  b.setInsertionPoint(recur);
  OpFoldResult tokens = b.createOrFold<memref::DimOp>(loc(), recur.getKey(), 1), one = b.getIndexAttr(1);
  Value rows =
      memref::SubViewOp::create(b, loc(), buffer, SmallVector<OpFoldResult>(4, b.getIndexAttr(0)),
                                SmallVector<OpFoldResult>{one, tokens, one, one}, SmallVector<OpFoldResult>(4, one));
  auto map = MapRowsOp::create(b, loc(), TypeRange{}, ValueRange{}, /*first_token=*/Value(), rows, ScheduleAttr());
  b.createBlock(&map.getBody());
  auto row = VectorType::get({1}, b.getF32Type());
  YieldOp::create(b, loc(), arith::ConstantOp::create(b, loc(), DenseElementsAttr::get(row, 0.0f)).getResult());
  return rows;
}

/// The buffers that what recurrences write is made of.
static llvm::DenseSet<Value> buffersWritten(func::FuncOp kernel) {
  llvm::DenseSet<Value> found;
  kernel.walk([&](RecurOp recur) {
    for (Value rows : {recur.getKey(), recur.getValue(), recur.getDecay()})
      if (rows)
        found.insert(rootOf(rows));
  });
  for (bool grown = true; grown;) {
    grown = false;
    kernel.walk([&](Operation *op) {
      auto map = dyn_cast<DestinationStyleOpInterface>(op);
      if (isa<MapRowsOp, ProjectOp>(op) && anyIn(found, map.getDpsInits()))
        for (Value input : map.getDpsInputs())
          grown |= found.insert(rootOf(input)).second;
    });
  }
  return found;
}

/// Leaves of all row maps and projections those whose rows recurrences write.
void RangeKernel::eraseUnread() {
  llvm::DenseSet<Value> written = buffersWritten(kernel);
  kernel.walk([&](Operation *op) {
    if (isa<MapRowsOp, ProjectOp>(op) && !anyIn(written, cast<DestinationStyleOpInterface>(op).getDpsInits()))
      op->erase();
  });
}

/// Views and buffers without users.
void RangeKernel::eraseViews() {
  SmallVector<Operation *> views;
  kernel.walk([&](Operation *op) {
    if (isa<memref::SubViewOp, memref::AllocaOp>(op))
      views.push_back(op);
  });
  for (Operation *view : llvm::reverse(views))
    if (view->use_empty())
      view->erase();
}

/// The first kernel: item 0 leaves the caller's states, item p + 1 what range p adds to them.
void RangeKernel::leaveUpdates() {
  Value zero = constant(0), one = constant(1);
  Value isFirst = arith::CmpIOp::create(b, loc(), arith::CmpIPredicate::eq, item[2], zero);
  Value before = arith::SelectOp::create(b, loc(), isFirst, zero, arith::SubIOp::create(b, loc(), item[2], one));
  setBounds(before, item[2]);
  int64_t argument = kernel.getNumArguments() - 3 - typesBetween(kernel).size();
  SmallVector<Operation *> old;
  for (RecurOp recur : recurrences) {
    Value state = slot(argument++, item[2]);
    start(recur, state, isFirst);
    writeOnly(recur, recur.getValue(), state);
    if (hasDecay(recur)) {
      Value product = slot(argument++, item[2]);
      Value unit = arith::ConstantOp::create(b, loc(), b.getF32FloatAttr(1));
      linalg::FillOp::create(b, loc(), unit, product);
      writeOnly(recur, zeroValues(recur), product);
    }
    if (auto begin = startOf(recur))
      old.push_back(begin);
    old.push_back(recur);
  }
  for (Operation *op : old)
    op->erase();
  eraseUnread();
  eraseViews();
}

/// The kernel itself: its range begins where those before it end.
void RangeKernel::foldUpdates() {
  Value zero = constant(0), one = constant(1), next = arith::AddIOp::create(b, loc(), item[2], one);
  setBounds(item[2], next);
  int64_t argument = kernel.getNumArguments() - 3 - typesBetween(kernel).size();
  SmallVector<std::pair<Value, Value>> results;
  SmallVector<Value> states;
  for (RecurOp recur : recurrences) {
    Value caller = recur.getState();
    auto type = MemRefType::get({1, 1, recur.getKeyDim(), recur.getValueDim()}, b.getF32Type());
    Value state = memref::AllocaOp::create(b, loc(), type);
    linalg::FillOp::create(b, loc(), Value(arith::ConstantOp::create(b, loc(), b.getF32FloatAttr(0))), state);
    if (auto begin = startOf(recur))
      begin.erase();
    recur.getInitsMutable().slice(1, 1).assign(state);
    if (isa<BlockArgument>(rootOf(caller)))
      results.push_back({caller, state});
    states.push_back(state);
  }
  auto fold = scf::ForOp::create(b, loc(), zero, next, one);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(fold.getBody());
    for (auto [recur, state] : llvm::zip(recurrences, states)) {
      SmallVector<Value> inputs{slot(argument++, fold.getInductionVar())};
      if (hasDecay(recur))
        inputs.push_back(slot(argument++, fold.getInductionVar()));
      update(b, loc(), inputs, state, [&](OpBuilder &inner, ValueRange x) -> Value {
        Value kept = x.back();
        if (x.size() == 3)
          kept = arith::MulFOp::create(inner, loc(), kept, x[1]);
        return arith::AddFOp::create(inner, loc(), kept, x[0]);
      });
    }
  }
  b.setInsertionPointAfter(loop);
  if (!results.empty()) {
    Value isLast = arith::CmpIOp::create(b, loc(), arith::CmpIPredicate::eq, item[2], constant(ranges - 1));
    auto branch = scf::IfOp::create(b, loc(), isLast);
    b.setInsertionPointToStart(branch.thenBlock());
    for (auto [caller, state] : results)
      linalg::CopyOp::create(b, loc(), state, caller);
  }
  eraseViews();
}

/// What a kernel doesn't read it doesn't take.
void RangeKernel::dropArguments(func::CallOp call) {
  llvm::BitVector unused(kernel.getNumArguments());
  for (BlockArgument argument : kernel.getArguments().drop_back(3))
    if (argument.use_empty())
      unused.set(argument.getArgNumber());
  (void)kernel.eraseArguments(unused);
  call->eraseOperands(unused);
}

namespace {

/// The split of one launch.
class Split {
public:
  Split(scf::ForallOp grid, func::CallOp call, func::FuncOp kernel, SymbolTable &symbols, int64_t ranges)
      : grid(grid), call(call), kernel(kernel), symbols(symbols), ranges(ranges), b(grid) {}

  LogicalResult check();
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

/// Whether what a range writes can be had without those before it.
LogicalResult Split::check() {
  llvm::DenseSet<Value> written = buffersWritten(kernel);
  auto loops = llvm::to_vector(kernel.getOps<scf::ForOp>());
  WalkResult walked = kernel.walk([&](Operation *op) {
    if (!isa<RecurOp, ScanOp>(op))
      return WalkResult::advance();
    auto recur = dyn_cast<RecurOp>(op);
    if (recur && !recur.getValueDecay() && loops.size() == 1 && recur->getParentOp() == loops[0] &&
        !written.contains(rootOf(recur.getOut())))
      return WalkResult::advance();
    op->emitOpError("expects no splits of its tokens, but got ") << ranges;
    return WalkResult::interrupt();
  });
  return failure(walked.wasInterrupted());
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
  RangeKernel first(updates, ranges);
  first.leaveUpdates();
  first.dropArguments(launch(updates, between));
  RangeKernel(kernel, ranges).foldUpdates();
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
      if (!grid || ranges == 1)
        continue;
      Split split(grid, call, kernel, symbols, ranges);
      if (failed(split.check()))
        return signalPassFailure();
      split.run();
      ++kernels;
    }
  }
};

} // namespace
