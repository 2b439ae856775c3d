//===- FoldedGate.cpp - gates folded into the operands --------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file emits gated recurrences as ungated sweeps. Over a fold block, with
// G the running sum of the log decays in it and W that of the value decays,
// S_t = diag(e^{G_t}) S'_t diag(e^{W_t}), so the sweep runs on q e^G, k e^{-G}
// and v e^{-W}; its outputs are multiplied by e^W, and the state by e^G and e^W
// as it is stored. A block ends at multiples of 64 steps and before a running
// sum passes -20 or 4, which keeps every factor well in range. A
// token whose own gate passes the bound, or is NaN, is applied to the state
// directly.
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
  /// By step: running sums of scalars, and e^G and e^-G of them; of a value
  /// gate e^W alone.
  Value sums, growing, falling;
  /// e^G of the last step, for each element of the side, and ones beside them for
  /// sweeps that end before it; null where none does.
  Value last, ones = {};

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
  Value onesOf(int64_t extent);
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
  void foldScalars(Value start, Value count);
  void useKeyFactors(Value start, Value count, Value step, const Column &column, ExpPair pair);
  void copyQuery(Value from, Value to, const Column &column, Value factor);
  void unfoldOutputs(Value start, Value count);
  Value emitBlock(Value start, Value limit);
  /// A block is swept in parts where a tile keeps much of each step; the state
  /// takes its factors after the last.
  void emitSweeps(const Sweep &block);

  void emitDirectStrip(Value start, const Column &column, Value scalarFactor);

  VectorBuilder &b;
  RecurOp op;
  const Sweep &sweep;
  int64_t lanes;
  std::optional<Gate> keyGate, valueGate;
  Stream query, key, value;
  /// Steps of a sweep.
  int64_t atOnce;
};

} // namespace

//===----------------------------------------------------------------------===//
// Set-up
//===----------------------------------------------------------------------===//

FoldEmitter::FoldEmitter(VectorBuilder &b, RecurOp op, const Sweep &sweep)
    : b(b), op(op), sweep(sweep), lanes(b.machine.lanes), query(sweep.query), key(sweep.key), value(sweep.value),
      atOnce(tokensAtOnce(sweep.tile, b.machine, sweep.readers)) {
  if (Value decay = op.getDecay()) {
    bool scalar = cast<MemRefType>(decay.getType()).getRank() < 4;
    keyGate = Gate{decay, scalar ? 0 : sweep.keyDim, {}, {}, {}, b.scratch({sweep.keyDim})};
    if (scalar)
      for (Value *row : {&keyGate->sums, &keyGate->growing, &keyGate->falling})
        *row = b.scratch({foldBlock});
    query = scratchStream(sweep.readers, sweep.keyDim);
    key = scratchStream(1, sweep.keyDim);
  }
  if (Value decay = op.getValueDecay()) {
    int64_t extent = sweep.valueDim;
    valueGate = Gate{decay, extent, {}, b.scratch({foldBlock, extent}), {}, b.scratch({extent})};
    value = scratchStream(1, extent);
  }
}

Stream FoldEmitter::scratchStream(int64_t heads, int64_t extent) {
  // One row more: an exclusive read takes the factor of the step before.
  Value zero = b.index(0);
  return {b.scratch({1, foldBlock + 1, heads, extent}), zero, zero, zero};
}

Value FoldEmitter::onesOf(int64_t extent) {
  Value ones = b.scratch({extent});
  b.overColumns(extent, lanes, [&](const Column &column) { b.store(b.splat(1.0, column.width), ones, {}, column); });
  return ones;
}

Value FoldEmitter::loadGate(const Gate &gate, Value step, const Column &column) {
  Values at = sweep.key.at(b, step);
  switch (cast<MemRefType>(gate.memref.getType()).getRank()) {
  case 1:
    return b.loadScalar(gate.memref, at[2]);
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
    b.store(pairOf(sum).growing, gate.last, {}, column);
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
    to = b.add(step, 1);
    reader = b.add(start, b.min(to, b.add(count, -1)));
  }
  copyQuery(reader, to, column, pair.growing);
  Value row = b.load(op.getKey(), sweep.key.at(b, token), column);
  b.store(b.mulf(row, pair.falling), key.memref, key.at(b, step), column);
}

Value FoldEmitter::foldKeys(Value start, Value count) {
  const Gate &gate = *keyGate;
  if (sweep.exclusive)
    b.overColumns(sweep.keyDim, lanes, [&](const Column &column) { copyQuery(start, b.index(0), column, {}); });
  if (!gate.isScalar())
    return fold(gate, start, count, [&](Value step, const Column &column, ExpPair pair) {
      useKeyFactors(start, count, step, column, pair);
    });
  return runSums(gate, {}, start, count, [&](Value step, Value sum) { b.storeScalar(sum, gate.sums, step); })[0];
}

void FoldEmitter::foldScalars(Value start, Value count) {
  const Gate &gate = *keyGate;
  b.loop(b.index(0), count, lanes, [&](Value step) {
    Column column = b.column(step, lanes, lanes);
    ExpPair pair = pairOf(b.load(gate.sums, {}, column));
    b.store(pair.growing, gate.growing, {}, column);
    b.store(pair.falling, gate.falling, {}, column);
  });
  b.loop(b.index(0), count, 1, [&](Value step) {
    Value growing = b.loadScalar(gate.growing, step), falling = b.loadScalar(gate.falling, step);
    b.overColumns(sweep.keyDim, lanes, [&](const Column &column) {
      useKeyFactors(start, count, step, column, {b.splat(growing, column.width), b.splat(falling, column.width)});
    });
  });
  Value last = b.loadScalar(gate.growing, b.add(count, -1));
  b.overColumns(sweep.keyDim, lanes,
                [&](const Column &column) { b.store(b.splat(last, column.width), gate.last, {}, column); });
}

Value FoldEmitter::foldValues(Value start, Value count) {
  return fold(*valueGate, start, count, [&](Value step, const Column &column, ExpPair pair) {
    Value row = b.load(op.getValue(), sweep.value.at(b, b.add(start, step)), column);
    b.store(b.mulf(row, pair.falling), value.memref, value.at(b, step), column);
    b.store(pair.growing, valueGate->growing, step, column);
  });
}

void FoldEmitter::unfoldOutputs(Value start, Value count) {
  b.loop(b.index(sweep.exclusive ? 1 : 0), count, 1, [&](Value step) {
    Value factorOf = sweep.exclusive ? b.add(step, -1) : step;
    b.overColumns(sweep.valueDim, lanes, [&](const Column &column) {
      Value factor = b.load(valueGate->growing, factorOf, column);
      for (int64_t g = 0; g < sweep.readers; ++g) {
        Values at = sweep.out.at(b, b.add(start, step), g);
        b.store(b.mulf(b.load(op.getOut(), at, column), factor), op.getOut(), at, column);
      }
    });
  });
}

Value FoldEmitter::emitBlock(Value start, Value limit) {
  Value count = limit;
  if (keyGate)
    count = foldKeys(start, count);
  if (valueGate)
    count = foldValues(start, count);
  if (keyGate && keyGate->isScalar())
    foldScalars(start, count);
  for (const std::optional<Gate> &gate : {keyGate, valueGate})
    if (gate && !gate->isScalar())
      keepLast(*gate, start, count, limit);
  Sweep block = sweep;
  block.steps = count;
  block.query = keyGate ? query : sweep.query.from(b, start);
  block.key = keyGate ? key : sweep.key.from(b, start);
  block.value = valueGate ? value : sweep.value.from(b, start);
  block.out = sweep.out.from(b, start);
  if (!block.ahead.arrays.empty())
    block.ahead.first = b.add(block.ahead.first, start);
  block.rowFactor = keyGate ? keyGate->last : Value();
  block.columnFactor = valueGate ? valueGate->last : Value();
  emitSweeps(block);
  if (valueGate)
    unfoldOutputs(start, count);
  return count;
}

void FoldEmitter::emitSweeps(const Sweep &block) {
  if (atOnce >= foldBlock)
    return emitSweep(b, block);
  b.loop(b.index(0), block.steps, atOnce, [&](Value begin) {
    Value left = b.sub(block.steps, begin);
    Value isLast = b.less(left, b.index(atOnce + 1));
    auto factorsOf = [&](const std::optional<Gate> &gate) {
      return gate ? b.select(isLast, gate->last, gate->ones) : Value();
    };
    Sweep part = block;
    part.steps = b.min(left, b.index(atOnce));
    for (Stream *stream : {&part.query, &part.key, &part.value, &part.out}) {
      *stream = stream->from(b, begin);
      stream->bound = std::min(stream->bound, atOnce);
    }
    if (!part.ahead.arrays.empty())
      part.ahead.first = b.add(part.ahead.first, begin);
    part.rowFactor = factorsOf(keyGate);
    part.columnFactor = factorsOf(valueGate);
    emitSweep(b, part);
  });
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
  for (std::optional<Gate> *gate : {&keyGate, &valueGate})
    if (*gate && atOnce < foldBlock)
      (*gate)->ones = onesOf((*gate)->isScalar() ? sweep.keyDim : (*gate)->extent);
  Type index = b.builder.getIndexType();
  auto more = [&](ValueRange start) { return b.less(start[0], sweep.steps); };
  auto advance = [&](ValueRange carried) {
    // Blocks end at multiples of their length, wherever the last one did.
    Value start = carried[0], one = b.index(1);
    Value passed = arith::RemUIOp::create(b.builder, b.loc, start, b.index(foldBlock));
    Value count = b.min(b.sub(b.index(foldBlock), passed), b.sub(sweep.steps, start));
    Value direct = arith::CmpIOp::create(b.builder, b.loc, arith::CmpIPredicate::eq, count, one);
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
