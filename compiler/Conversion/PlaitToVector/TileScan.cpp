//===- TileScan.cpp - a block of tokens swept tile by tile ----------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file emits the tile-scan: a tile of the state stays in registers while
// time runs innermost, and the rows of the output are read, added to and
// written once for each tile of rows. Every output element is a sum over K in
// row order, one multiply-add a row, so no tile shape changes a bit.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/PlaitToVector/TileScan.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace plait;

using Values = VectorBuilder::Values;

//===----------------------------------------------------------------------===//
// Streams
//===----------------------------------------------------------------------===//

Values Stream::at(VectorBuilder &b, Value step, Value group) const {
  Value token = down ? b.sub(first, step) : b.add(first, step);
  return {batch, token, group ? b.add(head, group) : head};
}

Values Stream::at(VectorBuilder &b, Value step, int64_t group) const {
  return at(b, step, group ? b.index(group) : Value());
}

Stream Stream::from(VectorBuilder &b, Value step) const {
  return {memref, batch, down ? b.sub(first, step) : b.add(first, step), head, down};
}

SmallVector<Column> plait::columnsOf(VectorBuilder &b, Value offset, int64_t count, int64_t extent) {
  SmallVector<Column> columns;
  int64_t lanes = b.machine.lanes;
  for (int64_t c = 0; c < count; ++c) {
    int64_t valid = std::min(lanes, extent - c * lanes);
    // A short rest takes the shortest register that holds it.
    bool masked = b.machine.hasMasks() && valid > 1;
    int64_t width = masked ? std::max<int64_t>(4, llvm::PowerOf2Ceil(valid)) : valid;
    columns.push_back(b.column(b.add(offset, c * lanes), width, valid));
  }
  return columns;
}

//===----------------------------------------------------------------------===//
// One tile
//===----------------------------------------------------------------------===//

namespace {

/// Emits the tiles of one strip of columns.
class StripEmitter {
public:
  StripEmitter(VectorBuilder &b, const Sweep &sweep, SmallVector<Column> columns)
      : b(b), sweep(sweep), columns(std::move(columns)) {}

  void emitRows();

private:
  /// The tile from row `row` on. `keep` says whether the output holds the sum
  /// of earlier rows; null where it does not.
  void emitTile(Value row, int64_t rows, Value keep);
  /// Runs all steps on the tile `state` for `count` readers from `group` on,
  /// and returns the tile after the last.
  Values emitSteps(ValueRange state, Value group, int64_t count, Value keep);
  /// One step: returns the new tile.
  Values emitStep(Value step, ValueRange state, Value group, int64_t count, Value keep);
  Value loadSum(ValueRange at, const Column &column, Value keep);
  /// Fetches a line of the next block's rows: the rows of the first strip's
  /// tiles walk them all.
  void fetchNext(Value step);

  Values loadState();
  void storeState(ValueRange state);
  int64_t readersAtOnce() const;

  VectorBuilder &b;
  const Sweep &sweep;
  SmallVector<Column> columns;
  Values rowIndices;
};

} // namespace

Values StripEmitter::loadState() {
  Values state;
  for (Value row : rowIndices)
    for (const Column &column : columns)
      state.push_back(b.load(sweep.state, {sweep.batch, sweep.head, row}, column));
  return state;
}

void StripEmitter::storeState(ValueRange state) {
  Values columnFactors;
  for (const Column &column : columns)
    columnFactors.push_back(sweep.columnFactor ? b.load(sweep.columnFactor, {}, column) : Value());
  for (auto [a, row] : llvm::enumerate(rowIndices)) {
    Value rowFactor = sweep.rowFactor ? b.loadScalar(sweep.rowFactor, row) : Value();
    for (auto [c, column] : llvm::enumerate(columns)) {
      Value value = state[a * columns.size() + c];
      if (rowFactor)
        value = b.mulf(value, b.splat(rowFactor, column.width));
      if (columnFactors[c])
        value = b.mulf(value, columnFactors[c]);
      b.store(value, sweep.state, {sweep.batch, sweep.head, row}, column);
    }
  }
}

Value StripEmitter::loadSum(ValueRange at, const Column &column, Value keep) {
  Value zero = b.splat(0.0, column.width);
  if (!keep)
    return zero;
  Value sum = b.load(sweep.out.memref, at, column);
  return arith::SelectOp::create(b.builder, b.loc, b.splat(keep, column.width), sum, zero);
}

void StripEmitter::fetchNext(Value step) {
  if (sweep.ahead.empty())
    return;
  Value first = arith::CmpIOp::create(b.builder, b.loc, arith::CmpIPredicate::eq, columns.front().offset, b.index(0));
  auto fetch = [&] {
    fetchAhead(b, sweep.ahead, step, rowIndices.front());
    return Values();
  };
  b.ifElse(first, TypeRange(), fetch, [] { return Values(); });
}

Values StripEmitter::emitStep(Value step, ValueRange state, Value group, int64_t count, Value keep) {
  Values keyAt = sweep.key.at(b, step), valueAt = sweep.value.at(b, step), values, sums, next;
  SmallVector<Values> queryAt, outAt;
  for (const Column &column : columns)
    values.push_back(b.load(sweep.value.memref, valueAt, column));
  for (int64_t g = 0; g < count; ++g) {
    Value reader = group ? b.add(group, g) : b.index(g);
    queryAt.push_back(sweep.query.at(b, step, reader));
    outAt.push_back(sweep.out.at(b, step, reader));
    for (const Column &column : columns)
      sums.push_back(loadSum(outAt.back(), column, keep));
  }
  auto scalar = [&](const Stream &stream, const Values &at, Value row) {
    return b.loadScalar(stream.memref, {at[0], at[1], at[2], row});
  };
  fetchNext(step);
  for (auto [a, row] : llvm::enumerate(rowIndices)) {
    Value key = scalar(sweep.key, keyAt, row);
    for (auto [c, column] : llvm::enumerate(columns)) {
      Value before = state[a * columns.size() + c];
      next.push_back(b.fma(b.splat(key, column.width), values[c], before));
    }
    for (int64_t g = 0; g < count; ++g) {
      Value query = scalar(sweep.query, queryAt[g], row);
      for (auto [c, column] : llvm::enumerate(columns)) {
        int64_t element = a * columns.size() + c;
        Value &sum = sums[g * columns.size() + c];
        sum = b.fma(b.splat(query, column.width), sweep.exclusive ? state[element] : next[element], sum);
      }
    }
  }
  for (int64_t g = 0; g < count; ++g)
    for (auto [c, column] : llvm::enumerate(columns))
      b.store(sums[g * columns.size() + c], sweep.out.memref, outAt[g], column);
  return next;
}

Values StripEmitter::emitSteps(ValueRange state, Value group, int64_t count, Value keep) {
  return b.loop(b.index(0), sweep.steps, 1, state,
                [&](Value step, ValueRange tile) { return emitStep(step, tile, group, count, keep); });
}

int64_t StripEmitter::readersAtOnce() const {
  int64_t readers = sweep.readers;
  RegisterTile tile{static_cast<int64_t>(rowIndices.size()), static_cast<int64_t>(columns.size())};
  while (readers > 1 && !isLegalTile(tile, b.machine, readers))
    --readers;
  return readers;
}

void StripEmitter::emitTile(Value row, int64_t rows, Value keep) {
  rowIndices.clear();
  for (int64_t a = 0; a < rows; ++a)
    rowIndices.push_back(b.add(row, a));
  // More readers than registers hold sums for: all but the last lot run the
  // same state again and leave it as it was.
  int64_t atOnce = readersAtOnce();
  int64_t early = llvm::alignTo(sweep.readers, atOnce) - atOnce;
  if (early > 0)
    b.loop(b.index(0), b.index(early), atOnce, [&](Value group) { emitSteps(loadState(), group, atOnce, keep); });
  Value last = early > 0 ? b.index(early) : Value();
  storeState(emitSteps(loadState(), last, sweep.readers - early, keep));
}

//===----------------------------------------------------------------------===//
// All tiles
//===----------------------------------------------------------------------===//

void StripEmitter::emitRows() {
  int64_t widest = rowsBeside(columns.size(), b.machine, std::min<int64_t>(sweep.readers, 4));
  int64_t rows = sweep.tile.rows;
  if (!isLegalTile({rows, static_cast<int64_t>(columns.size())}, b.machine))
    rows = std::max<int64_t>(1, std::min(widest, sweep.keyDim));
  int64_t whole = sweep.keyDim / rows * rows;
  Value zero = b.index(0);
  if (whole == rows)
    emitTile(zero, rows, {});
  else
    b.loop(zero, b.index(whole), rows, [&](Value row) {
      Value keep = arith::CmpIOp::create(b.builder, b.loc, arith::CmpIPredicate::ne, row, zero);
      emitTile(row, rows, keep);
    });
  if (int64_t rest = sweep.keyDim - whole)
    emitTile(b.index(whole), rest, arith::ConstantIntOp::create(b.builder, b.loc, 1, 1));
}

void plait::overStrips(VectorBuilder &b, int64_t extent, int64_t columns, int64_t readers,
                       function_ref<void(ArrayRef<Column>)> body) {
  int64_t lanes = b.machine.lanes, offset = 0;
  SmallVector<int64_t> widths = stripWidths(llvm::divideCeil(extent, lanes), columns, b.machine, readers);
  for (size_t s = 0; s < widths.size();) {
    // Full strips of one width are one loop.
    int64_t width = widths[s], size = width * lanes, begin = offset;
    while (s < widths.size() && widths[s] == width && offset + size <= extent)
      ++s, offset += size;
    if (offset - begin > size)
      b.loop(b.index(begin), b.index(offset), size, [&](Value at) { body(columnsOf(b, at, width, size)); });
    else if (offset - begin == size)
      body(columnsOf(b, b.index(begin), width, size));
    else {
      body(columnsOf(b, b.index(offset), width, extent - offset));
      ++s, offset += size;
    }
  }
}

void plait::emitSweep(VectorBuilder &b, const Sweep &sweep) {
  overStrips(b, sweep.valueDim, sweep.tile.columns, sweep.readers,
             [&](ArrayRef<Column> columns) { StripEmitter(b, sweep, SmallVector<Column>(columns)).emitRows(); });
}
