//===- FoldedGate.cpp - gates folded into the operands --------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file emits gated recurrences as ungated sweeps. Over a fold block, with
// G the running sum of the log decays in it and W that of the value decays,
// S_t = diag(e^{G_t}) S'_t diag(e^{W_t}), so the sweep runs on q e^G, k e^{-G}
// and v e^{-W}; its outputs are multiplied by e^W, and the state by e^G and e^W
// as it is stored. A log decay of one number a token is one of the values, too,
// for these factors the sweep applies to rows that it reads and writes anyway. A
// block ends at multiples of 32 steps and before a running sum passes -20 or 4,
// which keeps every factor well in range. A token whose own gate passes the
// bound, or is NaN, is applied to the state directly.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/MathToPolynomial/Functions.h"
#include "compiler/Conversion/PlaitToVector/TileScan.h"
#include "compiler/Schedule/Schedule.h"

using namespace mlir;
using namespace plait;

using Values = VectorBuilder::Values;

/// Running log decays stay between these. Growth keeps what is old, with the
/// rounding of every sum, so that it has the smaller share. Part of the bits.
static constexpr double foldLow = -20, foldHigh = 4;

namespace {

/// A gate along one side of the state, and what a fold block keeps of it.
struct Gate {
  Value memref;
  /// Elements of a token's gate; 0 for one scalar.
  int64_t extent;
  /// e^G of the last step, for each element of the side; null for scalars.
  Value last;
  /// Running sums of scalars, by step.
  Value sums = {};
  /// e^-G of values, and e^G of outputs; null for a vector of keys.
  StepFactors factors = {};

  bool isScalar() const { return extent == 0; }
};

class FoldEmitter {
public:
  FoldEmitter(VectorBuilder &b, RecurOp op, const Sweep &sweep);
  void emit();
  /// Step `start` on the state itself.
  void emitDirect(Value start);

private:
  using Use = function_ref<void(Value step, const Column &column, ExpPair pair)>;

  Stream scratchStream(int64_t heads, int64_t extent);
  StepFactors scratchFactors(ArrayRef<int64_t> row);
  Value loadGate(const Gate &gate, Value step, const Column &column);
  /// Whether step `start` has a gate past the bound.
  Value isFar(const Gate &gate, Value start);
  ExpPair pairOf(Value sum);

  /// Runs sums from step `start` on, for at most `count` steps; returns how
  /// many stay within the bound, and the last sum. Sums go to `use`, and one
  /// beyond them may too.
  Values runSums(const Gate &gate, const Column &column, Value start, Value count,
                 function_ref<void(Value step, Value sum)> use);
  /// The same for all columns of a vector gate, with the factors themselves.
  Value fold(const Gate &gate, Value start, Value count, Use use);
  /// Turns the last sums into factors; they are those of a block of `limit`.
  void keepLast(const Gate &gate, Value start, Value count, Value limit);

  Value foldKeys(Value start, Value count);
  Value foldValues(Value start, Value count);
  void foldScalars(Value count);
  void useKeyFactors(Value start, Value count, Value step, const Column &column, ExpPair pair);
  void copyQuery(Value from, Value to, const Column &column, Value factor);
  Value emitBlock(Value start, Value limit);

  void emitDirectStrip(Value start, const Column &column, Value scalarFactor);

  VectorBuilder &b;
  RecurOp op;
  const Sweep &sweep;
  int64_t lanes;
  std::optional<Gate> keyGate, valueGate;
  /// Queries and keys with the factors of a vector gate.
  Stream query, key;
  /// Of which step the outputs of a step take the factor.
  int64_t lag;
};

} // namespace

//===----------------------------------------------------------------------===//
// Set-up
//===----------------------------------------------------------------------===//

FoldEmitter::FoldEmitter(VectorBuilder &b, RecurOp op, const Sweep &sweep)
    : b(b), op(op), sweep(sweep), lanes(b.machine.lanes), lag(sweep.exclusive ? 1 : 0) {
  if (Value decay = op.getDecay(); decay && cast<MemRefType>(decay.getType()).getRank() < 4) {
    keyGate = Gate{decay, 0, {}, b.scratch({foldBlock}), scratchFactors({})};
  } else if (decay) {
    keyGate = Gate{decay, sweep.keyDim, b.scratch({sweep.keyDim})};
    query = scratchStream(sweep.readers, sweep.keyDim);
    key = scratchStream(1, sweep.keyDim);
  }
  if (Value decay = op.getValueDecay())
    valueGate = Gate{decay, sweep.valueDim, b.scratch({sweep.valueDim}), {}, scratchFactors({sweep.valueDim})};
}

Stream FoldEmitter::scratchStream(int64_t heads, int64_t extent) {
  Value zero = b.index(0);
  return {b.scratch({1, foldBlock + lag, heads, extent}), zero, zero, zero};
}

StepFactors FoldEmitter::scratchFactors(ArrayRef<int64_t> row) {
  SmallVector<int64_t> shape{foldBlock};
  llvm::append_range(shape, row);
  Value values = b.scratch(shape);
  shape[0] += lag;
  return {values, b.scratch(shape)};
}

Value FoldEmitter::loadGate(const Gate &gate, Value step, const Column &column) {
  Values at = sweep.key.at(b, step);
  switch (cast<MemRefType>(gate.memref.getType()).getRank()) {
  case 1:
    return b.wide(b.loadScalar(gate.memref, at[2]));
  case 3:
    return b.loadScalar(gate.memref, at);
  default:
    return b.load(gate.memref, at, column);
  }
}

Value FoldEmitter::isFar(const Gate &gate, Value start) {
  if (gate.isScalar())
    return b.outside(loadGate(gate, start, {}), foldLow, foldHigh);
  Value none = arith::ConstantIntOp::create(b.builder, b.loc, 0, 1);
  return b.overColumns(gate.extent, lanes, none, [&](const Column &column, ValueRange before) {
    Value far = b.outside(loadGate(gate, start, column), foldLow, foldHigh);
    return Values{b.bitOr(before[0], far)};
  })[0];
}

ExpPair FoldEmitter::pairOf(Value sum) {
  Arithmetic arithmetic(b.builder, b.loc, sum.getType(), b.machine);
  return emitExpPair(arithmetic, sum);
}

//===----------------------------------------------------------------------===//
// Running sums
//===----------------------------------------------------------------------===//

Values FoldEmitter::runSums(const Gate &gate, const Column &column, Value start, Value count,
                            function_ref<void(Value, Value)> use) {
  Value yes = arith::ConstantIntOp::create(b.builder, b.loc, 1, 1);
  Value zero = gate.isScalar() ? b.constant(b.builder.getF32Type(), 0) : b.splat(0.0, column.width);
  auto more = [&](ValueRange carried) -> Value { return b.bitAnd(b.less(carried[0], count), carried[1]); };
  auto advance = [&](ValueRange carried) {
    Value step = carried[0];
    Value sum = b.addf(carried[2], loadGate(gate, b.add(start, step), column));
    use(step, sum);
    Value within = arith::XOrIOp::create(b.builder, b.loc, b.outside(sum, foldLow, foldHigh), yes);
    return Values{b.add(step, 1), within, sum};
  };
  // Steps are counted apart from the test, which would hold the next one up.
  Values done = b.whileLoop(Values{b.index(0), yes, zero}, more, advance);
  return {b.select(done[1], done[0], b.add(done[0], -1)), done[2]};
}

Value FoldEmitter::fold(const Gate &gate, Value start, Value count, Use use) {
  return b.overChunks(gate.extent, b.few(), {count}, [&](const Column &column, ValueRange limit) {
    Values done =
        runSums(gate, column, start, limit[0], [&](Value step, Value sum) { use(step, column, pairOf(sum)); });
    b.store(done[1], gate.last, {}, column);
    return Values{done[0]};
  })[0];
}

void FoldEmitter::keepLast(const Gate &gate, Value start, Value count, Value limit) {
  Value early = b.less(count, limit);
  b.overChunks(gate.extent, [&](const Column &column) {
    // Sums that went past the end of the block are run again.
    auto again = [&] {
      return b.loop(b.index(0), count, 1, b.splat(0.0, column.width), [&](Value step, ValueRange before) {
        return Values{b.addf(before[0], loadGate(gate, b.add(start, step), column))};
      });
    };
    auto kept = [&] { return Values{b.load(gate.last, {}, column)}; };
    Value sum = b.ifElse(early, b.type(column.width), again, kept)[0];
    // Errors of the pair would add up in the state, block by block.
    b.store(b.exp(sum), gate.last, {}, column);
  });
}

//===----------------------------------------------------------------------===//
// One block
//===----------------------------------------------------------------------===//

void FoldEmitter::copyQuery(Value from, Value to, const Column &column, Value factor) {
  for (int64_t g = 0; g < sweep.readers; ++g) {
    Value row = b.load(op.getQuery(), sweep.query.at(b, from, g), column);
    b.store(factor ? b.mulf(row, factor) : row, query.memref, query.at(b, to, g), column);
  }
}

void FoldEmitter::useKeyFactors(Value start, Value count, Value step, const Column &column, ExpPair pair) {
  Value token = b.add(start, step), reader = token, to = step;
  if (sweep.exclusive) {
    // The last step's factor has no reader; its row of the query is spare.
    to = b.add(step, lag);
    reader = b.add(start, b.min(to, b.add(count, -1)));
  }
  copyQuery(reader, to, column, pair.growing);
  Value row = b.load(op.getKey(), sweep.key.at(b, token), column);
  b.store(b.mulf(row, pair.falling), key.memref, key.at(b, step), column);
}

Value FoldEmitter::foldKeys(Value start, Value count) {
  const Gate &gate = *keyGate;
  if (gate.isScalar())
    return runSums(gate, {}, start, count, [&](Value step, Value sum) { b.storeScalar(sum, gate.sums, step); })[0];
  if (sweep.exclusive)
    b.overColumns(sweep.keyDim, lanes, [&](const Column &column) { copyQuery(start, b.index(0), column, {}); });
  return fold(gate, start, count,
              [&](Value step, const Column &column, ExpPair pair) { useKeyFactors(start, count, step, column, pair); });
}

void FoldEmitter::foldScalars(Value count) {
  const Gate &gate = *keyGate;
  if (sweep.exclusive)
    b.storeScalar(b.constant(b.builder.getF32Type(), 1), gate.factors.outs, b.index(0));
  b.loop(b.index(0), count, lanes, [&](Value step) {
    Column column = b.column(step, lanes, lanes);
    ExpPair pair = pairOf(b.load(gate.sums, {}, column));
    b.store(pair.falling, gate.factors.values, {}, column);
    column.offset = b.add(step, lag);
    b.store(pair.growing, gate.factors.outs, {}, column);
  });
}

Value FoldEmitter::foldValues(Value start, Value count) {
  const StepFactors &factors = valueGate->factors;
  if (sweep.exclusive)
    b.overColumns(sweep.valueDim, lanes,
                  [&](const Column &column) { b.store(b.splat(1.0, column.width), factors.outs, b.index(0), column); });
  return fold(*valueGate, start, count, [&](Value step, const Column &column, ExpPair pair) {
    b.store(pair.falling, factors.values, step, column);
    b.store(pair.growing, factors.outs, b.add(step, lag), column);
  });
}

Value FoldEmitter::emitBlock(Value start, Value limit) {
  Value count = limit;
  if (keyGate)
    count = foldKeys(start, count);
  if (valueGate)
    count = foldValues(start, count);
  Sweep block = sweep;
  block.steps = count;
  for (Stream *stream : {&block.query, &block.key, &block.value, &block.out}) {
    *stream = stream->from(b, start);
    stream->bound = std::min(stream->bound, foldBlock);
  }
  if (!block.ahead.arrays.empty())
    block.ahead.first = b.add(block.ahead.first, start);
  for (const std::optional<Gate> &gate : {keyGate, valueGate})
    if (gate && gate->factors.values)
      block.stepFactors.push_back(gate->factors);
  if (!block.stepFactors.empty())
    block.value.bound = foldBlock; // a value takes its factor once
  if (keyGate && keyGate->isScalar()) {
    foldScalars(count);
    block.factor = b.exp(b.loadScalar(keyGate->sums, b.add(count, -1)));
  } else if (keyGate) {
    keepLast(*keyGate, start, count, limit);
    block.query = query;
    block.key = key;
    block.rowFactor = keyGate->last;
  }
  if (valueGate) {
    keepLast(*valueGate, start, count, limit);
    block.columnFactor = valueGate->last;
  }
  emitSweep(b, block);
  return count;
}

//===----------------------------------------------------------------------===//
// One token, on the state itself
//===----------------------------------------------------------------------===//

void FoldEmitter::emitDirectStrip(Value start, const Column &column, Value scalarFactor) {
  Values keyAt = sweep.key.at(b, start), valueAt = sweep.value.at(b, start);
  Value values = b.load(op.getValue(), valueAt, column), valueFactor;
  if (valueGate)
    valueFactor = b.exp(b.load(op.getValueDecay(), valueAt, column));
  // The lanes that a mask leaves out may be those of the next row, of which the
  // load would wait for the store.
  Column exact = column;
  exact.mask = {};
  Values sums(sweep.readers, b.splat(0.0, column.width));
  sums = b.loop(b.index(0), b.index(sweep.keyDim), 1, sums, [&](Value row, ValueRange before) {
    auto splat = [&](Value memref, Values at) {
      at.push_back(row);
      return b.splat(b.loadScalar(memref, at), column.width);
    };
    Values after(before), stateAt{sweep.batch, sweep.head, row};
    Value state = b.load(sweep.state, stateAt, column), next = state;
    if (keyGate)
      next = b.mulf(next, scalarFactor ? b.splat(scalarFactor, column.width) : splat(keyGate->last, {}));
    if (valueGate)
      next = b.mulf(next, valueFactor);
    next = b.fma(splat(op.getKey(), keyAt), values, next);
    for (auto [g, sum] : llvm::enumerate(after)) {
      Value query = splat(op.getQuery(), sweep.query.at(b, start, g));
      sum = b.fma(query, sweep.exclusive ? state : next, sum);
    }
    b.store(next, sweep.state, stateAt, exact);
    return after;
  });
  for (auto [g, sum] : llvm::enumerate(sums))
    b.store(sum, op.getOut(), sweep.out.at(b, start, g), column);
}

void FoldEmitter::emitDirect(Value start) {
  Value scalarFactor;
  if (keyGate && keyGate->isScalar())
    scalarFactor = b.exp(loadGate(*keyGate, start, {}));
  else if (keyGate)
    b.overChunks(sweep.keyDim, [&](const Column &column) {
      b.store(b.exp(loadGate(*keyGate, start, column)), keyGate->last, {}, column);
    });
  // A row of the state, the value and a sum for each reader stay in registers;
  // the gate, the key and a query take three more.
  int64_t vectors = std::max<int64_t>(1, (b.machine.registers - 3) / (2 + sweep.readers));
  b.overChunks(sweep.valueDim, vectors, [&](const Column &column) { emitDirectStrip(start, column, scalarFactor); });
}

//===----------------------------------------------------------------------===//
// All tokens
//===----------------------------------------------------------------------===//

void FoldEmitter::emit() {
  Type index = b.builder.getIndexType();
  auto more = [&](ValueRange start) { return b.less(start[0], sweep.steps); };
  auto advance = [&](ValueRange carried) {
    // Blocks end at multiples of their length, wherever the last one did.
    Value start = carried[0], one = b.index(1);
    Value passed = arith::RemUIOp::create(b.builder, b.loc, start, b.index(foldBlock));
    Value count = b.min(b.sub(b.index(foldBlock), passed), b.sub(sweep.steps, start));
    Value direct = b.equal(count, one);
    for (const std::optional<Gate> &gate : {keyGate, valueGate})
      if (gate)
        direct = b.bitOr(direct, isFar(*gate, start));
    auto alone = [&] {
      emitDirect(start);
      return Values{one};
    };
    auto folded = [&] { return Values{emitBlock(start, count)}; };
    return Values{b.add(start, b.ifElse(direct, index, alone, folded)[0])};
  };
  b.whileLoop(b.index(0), more, advance);
}

void plait::emitFoldedSweeps(VectorBuilder &b, RecurOp op, const Sweep &sweep) { FoldEmitter(b, op, sweep).emit(); }

void plait::emitOneToken(VectorBuilder &b, RecurOp op, const Sweep &sweep) {
  FoldEmitter(b, op, sweep).emitDirect(b.index(0));
}
