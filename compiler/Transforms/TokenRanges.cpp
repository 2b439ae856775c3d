//===- TokenRanges.cpp - kernels over ranges of tokens --------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file rewrites kernels on buffers. A recurrence whose key and value rows are
// those of another one's results would need what is before its range.
//===----------------------------------------------------------------------===//

#include "compiler/Transforms/TokenRanges.h"

#include "compiler/Transforms/KernelParts.h"

#include "dialects/Plait/IR/PlaitOps.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/DenseSet.h"

using namespace mlir;
using namespace plait;

static bool hasDecay(RecurOp recur) { return bool(recur.getDecay()); }

static bool anyIn(const llvm::DenseSet<Value> &roots, ValueRange buffers) {
  return llvm::any_of(buffers, [&](Value buffer) { return roots.contains(rootOf(buffer)); });
}

/// Rows of the kernel's own, of as many tokens as a block of a recurrence in a loop has.
static Value ownRows(RecurOp recur, int64_t columns) {
  auto loop = recur->getParentOfType<scf::ForOp>();
  Location loc = recur.getLoc();
  OpBuilder b(loop);
  auto type = MemRefType::get({1, *getConstantIntValue(loop.getStep()), 1, columns}, b.getF32Type());
  Value buffer = memref::AllocaOp::create(b, loc, type);
  b.setInsertionPoint(recur);
  OpFoldResult tokens = b.createOrFold<memref::DimOp>(loc, recur.getKey(), 1), one = b.getIndexAttr(1);
  SmallVector<OpFoldResult> zeros(4, b.getIndexAttr(0)), sizes{one, tokens, one, b.getIndexAttr(columns)}, ones(4, one);
  return memref::SubViewOp::create(b, loc, buffer, zeros, sizes, ones);
}

/// Leaves of a recurrence in a loop what it writes to its state: nothing of the caller's has its results.
static void leaveUnread(RecurOp recur) {
  recur.getQueryMutable().assign(recur.getKey());
  recur.getInitsMutable().slice(0, 1).assign(ownRows(recur, recur.getValueDim()));
  recur.getBonusMutable().clear();
  recur.setGroupSize(1);
}

/// The buffers that what recurrences and scans write is made of.
static llvm::DenseSet<Value> buffersWritten(func::FuncOp kernel) {
  llvm::DenseSet<Value> found;
  kernel.walk([&](Operation *op) {
    SmallVector<Value> written;
    if (auto recur = dyn_cast<RecurOp>(op))
      written = {recur.getKey(), recur.getValue(), recur.getDecay(), recur.getValueDecay()};
    else if (auto scan = dyn_cast<ScanOp>(op))
      llvm::append_range(written, scan.getInputs());
    for (Value rows : written)
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

/// Leaves of all row maps and projections those whose rows recurrences and scans write.
static void eraseUnread(func::FuncOp kernel) {
  llvm::DenseSet<Value> written = buffersWritten(kernel);
  kernel.walk([&](Operation *op) {
    if (isa<MapRowsOp, ProjectOp>(op) && !anyIn(written, cast<DestinationStyleOpInterface>(op).getDpsInits()))
      op->erase();
  });
}

/// Erases what a rewrite has left without users: buffers, views, indices.
static void eraseUnused(func::FuncOp kernel) {
  IRRewriter rewriter(kernel.getContext());
  (void)runRegionDCE(rewriter, kernel->getRegions());
}

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

private:
  Location loc() { return loop.getLoc(); }
  Value constant(int64_t value) { return arith::ConstantIndexOp::create(b, loc(), value); }
  Value slot(int64_t argument, Value range);
  void setBounds(Value first, Value last);
  void start(RecurOp recur, Value state, Value isFirst);
  void addWriteOnly(RecurOp recur, Value value, Value state);
  Value zeroValues(RecurOp recur);

  func::FuncOp kernel;
  int64_t ranges;
  OpBuilder b;
  scf::ForOp loop;
  Value item[3];
  SmallVector<RecurOp> recurrences;
};

} // namespace

SmallVector<MemRefType> plait::typesBetween(func::FuncOp kernel) {
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
  auto begin = startOf(recur.getState());
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

/// Adds the recurrence without a reader, before it.
void RangeKernel::addWriteOnly(RecurOp recur, Value value, Value state) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(recur);
  auto written = cast<RecurOp>(b.clone(*recur));
  written.getValueMutable().assign(value);
  written.getInitsMutable().slice(1, 1).assign(state);
  leaveUnread(written);
}

/// Rows of one zero, of as many tokens as the recurrence's: what writes nothing.
Value RangeKernel::zeroValues(RecurOp recur) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(recur);
  Value rows = ownRows(recur, 1);
  ScheduleAttr schedule = recur.getScheduleAttr();
  if (schedule)
    schedule = ScheduleAttr::get(b.getContext(), Form::rows, schedule.getParameters());
  auto map = MapRowsOp::create(b, loc(), TypeRange{}, ValueRange{}, /*first_token=*/Value(), rows, schedule);
  b.createBlock(&map.getBody());
  auto row = VectorType::get({1}, b.getF32Type());
  YieldOp::create(b, loc(), arith::ConstantOp::create(b, loc(), DenseElementsAttr::get(row, 0.0f)).getResult());
  return rows;
}

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
    addWriteOnly(recur, recur.getValue(), state);
    if (hasDecay(recur)) {
      Value product = slot(argument++, item[2]);
      Value unit = arith::ConstantOp::create(b, loc(), b.getF32FloatAttr(1));
      linalg::FillOp::create(b, loc(), unit, product);
      addWriteOnly(recur, zeroValues(recur), product);
    }
    if (auto begin = startOf(recur.getState()))
      old.push_back(begin);
    old.push_back(recur);
  }
  for (Operation *op : old)
    op->erase();
  eraseUnread(kernel);
}

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
    if (auto begin = startOf(recur.getState()))
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
}

bool plait::isSplittable(func::FuncOp kernel) {
  llvm::DenseSet<Value> written = buffersWritten(kernel);
  auto loops = llvm::to_vector(kernel.getOps<scf::ForOp>());
  WalkResult walked = kernel.walk([&](Operation *op) {
    auto recur = dyn_cast<RecurOp>(op);
    bool waits = isa<ScanOp>(op) || (recur && (recur.getValueDecay() || written.contains(rootOf(recur.getOut())) ||
                                               loops.size() != 1 || recur->getParentOp() != loops[0]));
    return waits ? WalkResult::interrupt() : WalkResult::advance();
  });
  return !walked.wasInterrupted();
}

void plait::leaveUpdates(func::FuncOp kernel, int64_t ranges) {
  RangeKernel(kernel, ranges).leaveUpdates();
  eraseUnused(kernel);
}

void plait::foldUpdates(func::FuncOp kernel, int64_t ranges) {
  RangeKernel(kernel, ranges).foldUpdates();
  eraseUnused(kernel);
}
