//===- RowScan.cpp - recurrence with one value column ---------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file emits the row form: with one value column (a normaliser) the state
// is a row along K. It stays in registers while time runs; each output is a
// row reduction in the order of the fixed tree. Decays multiply the row, with what
// the exponential was rounded by: a slow decay would err by it again and again, and
// the numerator beside it, folded, does not. A token that is alone in its fold
// block, as a step of decoding is, has it in neither.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/MathToPolynomial/Functions.h"
#include "compiler/Conversion/PlaitToVector/Emitters.h"
#include "compiler/Conversion/PlaitToVector/FixedTree.h"
#include "compiler/Conversion/PlaitToVector/TileScan.h"
#include "compiler/Schedule/Schedule.h"

#include "llvm/Support/MathExtras.h"

#include <limits>

using namespace mlir;
using namespace plait;

using Values = VectorBuilder::Values;

namespace {

/// Where a step is: its place in the streams, whether its token is alone in its
/// fold block (null without a gate), and the factors of its gates that are scalars.
struct Step {
  Value number;
  Value value;
  Value alone;
  SmallVector<ExpAndRest, 2> scalarDecays;
};

class RowScanEmitter {
public:
  RowScanEmitter(VectorBuilder &b, RecurOp op, const Sweep &sweep, Value batch, Value head)
      : b(b), op(op), sweep(sweep), batch(batch), head(head) {}

  void emit();

private:
  void emitInRegisters(Value row);
  void emitInMemory(Value row);
  /// Copies the state, a column of memory, to the row, or back.
  void moveState(Value row, bool load);

  Step startStep(Value number);
  /// Updates one column of the row, and adds what each reader sees of it to
  /// `sums`: for each reader the read, then with a bonus q . (u * k).
  Value update(const Step &step, const Column &column, Value state, Values &sums);
  Value decay(const Step &step, const Column &column, Value state);
  ExpAndRest factorOf(const Step &step, Value gate);
  Value scale(Value state, const ExpAndRest &factor);
  void finish(const Step &step, ValueRange sums);

  Values zeroSums() { return Values(sweep.readers * (op.getBonus() ? 2 : 1), b.splat(0.0, treeLanes)); }
  SmallVector<Column> columnsOfRow();

  VectorBuilder &b;
  RecurOp op;
  const Sweep &sweep;
  Value batch, head;
};

} // namespace

SmallVector<Column> RowScanEmitter::columnsOfRow() {
  SmallVector<Column> columns;
  for (int64_t offset = 0; offset < sweep.keyDim; offset += treeLanes)
    columns.push_back(b.column(b.index(offset), treeLanes, std::min(treeLanes, sweep.keyDim - offset)));
  return columns;
}

void RowScanEmitter::moveState(Value row, bool load) {
  b.loop(b.index(0), b.index(sweep.keyDim), 1, [&](Value i) {
    Values at{batch, head, i, b.index(0)};
    if (load)
      b.storeScalar(b.loadScalar(op.getState(), at), row, i);
    else
      b.storeScalar(b.loadScalar(row, i), op.getState(), at);
  });
}

Step RowScanEmitter::startStep(Value number) {
  Values at = sweep.value.at(b, number);
  Step step{number, {}, {}, {}};
  at.push_back(b.index(0));
  step.value = b.splat(b.loadScalar(op.getValue(), at), treeLanes);
  if (op.getDecay() || op.getValueDecay()) {
    Value within = arith::RemUIOp::create(b.builder, b.loc, number, b.index(foldBlock));
    step.alone = b.bitAnd(b.equal(within, b.index(0)), b.equal(b.add(number, 1), sweep.steps));
  }
  if (Value gate = op.getDecay()) {
    int64_t rank = cast<MemRefType>(gate.getType()).getRank();
    if (rank < 4)
      step.scalarDecays.push_back(
          factorOf(step, b.wide(b.loadScalar(gate, rank == 1 ? ValueRange(at[2]) : ValueRange(at).take_front(3)))));
  }
  if (op.getValueDecay())
    step.scalarDecays.push_back(factorOf(step, b.loadScalar(op.getValueDecay(), at)));
  return step;
}

ExpAndRest RowScanEmitter::factorOf(const Step &step, Value gate) {
  Arithmetic arithmetic(b.builder, b.loc, gate.getType(), b.machine);
  ExpAndRest factor = emitExpAndRest(arithmetic, gate);
  factor.rest = b.select(step.alone, arithmetic.constant(0), factor.rest);
  return factor;
}

Value RowScanEmitter::scale(Value state, const ExpAndRest &factor) {
  Arithmetic arithmetic(b.builder, b.loc, state.getType(), b.machine);
  // Infinity less infinity would be NaN.
  Value finite = arithmetic.compare(Arithmetic::Compare::OLT, arithmetic.abs(state),
                                    arithmetic.constant(std::numeric_limits<double>::infinity()));
  Value rest = arithmetic.select(finite, b.mulf(state, factor.rest), arithmetic.constant(0));
  return b.fma(state, factor.power, rest);
}

Value RowScanEmitter::decay(const Step &step, const Column &column, Value state) {
  if (Value gate = op.getDecay(); gate && cast<MemRefType>(gate.getType()).getRank() == 4)
    state = scale(state, factorOf(step, b.load(gate, sweep.key.at(b, step.number), column)));
  for (const ExpAndRest &factor : step.scalarDecays)
    state = scale(state, {b.splat(factor.power, treeLanes), b.splat(factor.rest, treeLanes)});
  return state;
}

Value RowScanEmitter::update(const Step &step, const Column &column, Value state, Values &sums) {
  Value key = b.load(op.getKey(), sweep.key.at(b, step.number), column);
  Value next = b.fma(key, step.value, decay(step, column, state));
  // Lanes beyond the row stay 0, which an infinite value or gate would make NaN.
  if (column.valid < treeLanes)
    next = b.select(b.mask(treeLanes, column.valid), next, b.splat(0.0, treeLanes));
  Value read = sweep.exclusive ? state : next;
  Value bonus = op.getBonus();
  if (bonus)
    bonus = b.mulf(b.wide(b.load(bonus, head, column)), key);
  for (int64_t g = 0; g < sweep.readers; ++g) {
    Value query = b.load(op.getQuery(), sweep.query.at(b, step.number, g), column);
    sums[g] = b.fma(query, read, sums[g]);
    if (bonus)
      sums[sweep.readers + g] = b.fma(query, bonus, sums[sweep.readers + g]);
  }
  return next;
}

void RowScanEmitter::finish(const Step &step, ValueRange sums) {
  auto fold = [&](Value lanes) { return foldLanes(b, lanes, [&](Value x, Value y) { return b.addf(x, y); }); };
  for (int64_t g = 0; g < sweep.readers; ++g) {
    Value out = fold(sums[g]);
    if (op.getBonus()) {
      Value value = vector::ExtractOp::create(b.builder, b.loc, step.value, ArrayRef<int64_t>{0});
      out = b.fma(fold(sums[sweep.readers + g]), value, out);
    }
    if (!op.getScale().isExactlyValue(1.0))
      out = b.mulf(out, b.constant(out.getType(), op.getScale().convertToFloat()));
    Values at = sweep.out.at(b, step.number, g);
    at.push_back(b.index(0));
    b.storeScalar(out, op.getOut(), at);
  }
}

void RowScanEmitter::emitInRegisters(Value row) {
  SmallVector<Column> columns = columnsOfRow();
  Values state;
  for (const Column &column : columns)
    state.push_back(b.load(row, {}, column));
  state = b.loop(b.index(0), sweep.steps, 1, state, [&](Value number, ValueRange before) {
    Step step = startStep(number);
    Values sums = zeroSums(), next;
    for (auto [column, value] : llvm::zip(columns, before))
      next.push_back(update(step, column, value, sums));
    finish(step, sums);
    return next;
  });
  for (auto [column, value] : llvm::zip(columns, state))
    b.store(value, row, {}, column);
}

void RowScanEmitter::emitInMemory(Value row) {
  int64_t whole = sweep.keyDim / treeLanes * treeLanes;
  b.loop(b.index(0), sweep.steps, 1, [&](Value number) {
    Step step = startStep(number);
    auto advance = [&](const Column &column, Values &sums) {
      b.store(update(step, column, b.load(row, {}, column), sums), row, {}, column);
    };
    Values sums = b.loop(b.index(0), b.index(whole), treeLanes, zeroSums(), [&](Value offset, ValueRange before) {
      Values after(before);
      advance(b.column(offset, treeLanes, treeLanes), after);
      return after;
    });
    if (whole < sweep.keyDim)
      advance(b.column(b.index(whole), treeLanes, sweep.keyDim - whole), sums);
    finish(step, sums);
  });
}

void RowScanEmitter::emit() {
  Value row = b.scratch({static_cast<int64_t>(llvm::alignTo(sweep.keyDim, treeLanes))});
  moveState(row, /*load=*/true);
  // Half the registers hold the row; what is longer stays in memory.
  if (sweep.keyDim <= b.machine.registers * b.machine.lanes / 2)
    emitInRegisters(row);
  else
    emitInMemory(row);
  moveState(row, /*load=*/false);
}

LogicalResult plait::emitRowScan(RecurOp op, Machine machine) {
  VectorBuilder b(op, machine);
  b.overDim(op.getState(), 0, [&](Value batch) {
    b.overDim(op.getState(), 1, [&](Value head) {
      Sweep sweep = sweepOf(b, op, batch, head);
      RowScanEmitter(b, op, sweep, batch, head).emit();
    });
  });
  return success();
}
