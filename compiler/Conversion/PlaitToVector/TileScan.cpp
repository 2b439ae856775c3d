//===- TileScan.cpp - a block of tokens swept tile by tile ----------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file emits the tile-scan: a tile of the state stays in registers while
// time runs innermost, and the rows of the output are read, added to and
// written once for each tile of rows. Every output element is a sum over K in
// row order, one multiply-add a row, so no tile shape changes a bit.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/PlaitToVector/TileScan.h"

#include "compiler/Schedule/Schedule.h"

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
  return {memref, batch, down ? b.sub(first, step) : b.add(first, step), head, down, bound};
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

/// One tile of rows of the state.
struct Tile {
  Value row;
  int64_t rows;
  /// Its number among the strip's.
  Value number;
  bool first = false, last = false;
  /// What its steps fetch.
  SmallVector<LineAhead> ahead = {};
};

/// Rows of a strip's columns.
struct Rows {
  Stream stream;
  SmallVector<Column> columns;
};

/// Emits the tiles of one strip of columns.
class StripEmitter {
public:
  StripEmitter(VectorBuilder &b, const Sweep &sweep, ArrayRef<Column> columns)
      : b(b), sweep(sweep), columns(columns), values{sweep.value, this->columns}, sums{sweep.out, this->columns} {}

  void emitRows();

private:
  /// Scratch for `rows` where those are the caller's, `rows` themselves
  /// where not.
  Rows kept(const Rows &rows, int64_t readers);
  void emitTile(Tile tile);
  /// Runs all steps on `state` for `count` readers from `group` on, and returns
  /// the state after the last.
  Values emitSteps(const Tile &tile, ValueRange state, Value group, int64_t count);
  /// One step: returns the new state.
  Values emitStep(const Tile &tile, Value step, ValueRange state, Value group, int64_t count);
  /// One row of the state and its key and queries: returns the new row.
  Values emitRow(Value key, ArrayRef<Value> queries, ValueRange row, ValueRange value, Values &sum);
  Values loadRow(const Rows &rows, const Values &at);
  void storeRow(const Rows &rows, const Values &at, ValueRange row);
  /// Multiplies `row` by a member of each of the step's factors.
  void scaleRow(MutableArrayRef<Value> row, Value StepFactors::*member, Value step);
  SmallVector<LineAhead> shareOf(const Tile &tile);

  Values loadState(const Tile &tile);
  void storeState(const Tile &tile, ValueRange state);
  int64_t readersAtOnce(const Tile &tile) const;

  VectorBuilder &b;
  const Sweep &sweep;
  SmallVector<Column> columns;
  /// What the first tile reads and the last writes, and the same in between.
  Rows values, sums, keptValues, keptSums;
  int64_t tiles = 1;
};

} // namespace

Values StripEmitter::loadState(const Tile &tile) {
  Values state;
  for (int64_t a = 0; a < tile.rows; ++a)
    for (const Column &column : columns)
      state.push_back(b.load(sweep.state, {sweep.batch, sweep.head, b.add(tile.row, a)}, column));
  return state;
}

void StripEmitter::storeState(const Tile &tile, ValueRange state) {
  Values columnFactors;
  for (const Column &column : columns)
    columnFactors.push_back(sweep.columnFactor ? b.load(sweep.columnFactor, {}, column) : Value());
  auto scale = [&](Value &value, Value scalar) {
    if (scalar)
      value = b.mulf(value, b.splat(scalar, cast<VectorType>(value.getType()).getNumElements()));
  };
  for (int64_t a = 0; a < tile.rows; ++a) {
    Value row = b.add(tile.row, a);
    Value rowFactor = sweep.rowFactor ? b.loadScalar(sweep.rowFactor, row) : Value();
    for (auto [c, column] : llvm::enumerate(columns)) {
      Value value = state[a * columns.size() + c];
      scale(value, sweep.factor);
      scale(value, rowFactor);
      if (columnFactors[c])
        value = b.mulf(value, columnFactors[c]);
      b.store(value, sweep.state, {sweep.batch, sweep.head, row}, column);
    }
  }
}

Values StripEmitter::loadRow(const Rows &rows, const Values &at) {
  Values row;
  for (const Column &column : rows.columns)
    row.push_back(b.load(rows.stream.memref, at, column));
  return row;
}

void StripEmitter::storeRow(const Rows &rows, const Values &at, ValueRange row) {
  for (auto [value, column] : llvm::zip_equal(row, rows.columns))
    b.store(value, rows.stream.memref, at, column);
}

void StripEmitter::scaleRow(MutableArrayRef<Value> row, Value StepFactors::*member, Value step) {
  for (const StepFactors &factors : sweep.stepFactors) {
    Value memref = factors.*member;
    bool scalar = cast<MemRefType>(memref.getType()).getRank() == 1;
    Value each = scalar ? b.loadScalar(memref, step) : Value();
    for (auto [value, column] : llvm::zip_equal(row, columns))
      value = b.mulf(value, scalar ? b.splat(each, column.width) : b.load(memref, step, column));
  }
}

Rows StripEmitter::kept(const Rows &rows, int64_t readers) {
  int64_t lanes = b.machine.lanes, width = lanes * static_cast<int64_t>(columns.size());
  if (!rows.stream.bound)
    return rows;
  Value zero = b.index(0);
  Rows scratch{{b.scratch({1, rows.stream.bound, readers, width}), zero, zero, zero}, columns};
  for (auto [c, column] : llvm::enumerate(scratch.columns))
    column.offset = b.index(c * lanes);
  return scratch;
}

SmallVector<LineAhead> StripEmitter::shareOf(const Tile &tile) {
  if (sweep.ahead.arrays.empty())
    return {};
  int64_t width = sweep.tile.columns * b.machine.lanes, strips = llvm::divideCeil(sweep.valueDim, width);
  Value strip = arith::DivUIOp::create(b.builder, b.loc, columns.front().offset, b.index(width));
  Value before = b.mul(strip, b.index(tiles));
  return linesAhead(b, sweep.ahead, b.add(before, tile.number), strips * tiles);
}

Values StripEmitter::emitRow(Value key, ArrayRef<Value> queries, ValueRange row, ValueRange value, Values &sum) {
  Values next;
  for (auto [key, value, before] : llvm::zip_equal(b.splat(key, columns), value, row))
    next.push_back(b.fma(key, value, before));
  ValueRange read = sweep.exclusive ? row : ValueRange(next);
  Value *to = sum.begin();
  for (Value query : queries)
    for (auto [factor, state] : llvm::zip_equal(b.splat(query, columns), read))
      *to = b.fma(factor, state, *to), ++to;
  return next;
}

Values StripEmitter::emitStep(const Tile &tile, Value step, ValueRange state, Value group, int64_t count) {
  const Rows &valuesFrom = tile.first ? values : keptValues, &sumsTo = tile.last ? sums : keptSums;
  size_t width = columns.size();
  Values keyAt = sweep.key.at(b, step), readers, sum, next;
  for (int64_t g = 0; g < count; ++g)
    readers.push_back(group ? b.add(group, g) : b.index(g));
  auto queryAt = llvm::map_to_vector(readers, [&](Value reader) { return sweep.query.at(b, step, reader); });
  Values value = loadRow(valuesFrom, valuesFrom.stream.at(b, step));
  if (tile.first)
    scaleRow(value, &StepFactors::values, step);
  if (tile.first && !tile.last && values.stream.bound)
    storeRow(keptValues, keptValues.stream.at(b, step), value);
  for (Value reader : readers)
    if (!tile.first)
      llvm::append_range(sum, loadRow(keptSums, keptSums.stream.at(b, step, reader)));
    else
      for (const Column &column : columns)
        sum.push_back(b.splat(0.0, column.width));
  fetch(b, tile.ahead, step);
  for (int64_t a = 0; a < tile.rows; ++a) {
    auto scalar = [&, row = b.add(tile.row, a)](const Stream &stream, Values at) {
      at.push_back(row);
      return b.loadScalar(stream.memref, at);
    };
    Values queries = llvm::map_to_vector(queryAt, [&](const Values &at) { return scalar(sweep.query, at); });
    llvm::append_range(next, emitRow(scalar(sweep.key, keyAt), queries, state.slice(a * width, width), value, sum));
  }
  for (auto [g, reader] : llvm::enumerate(readers)) {
    auto row = MutableArrayRef<Value>(sum).slice(g * width, width);
    if (tile.last)
      scaleRow(row, &StepFactors::outs, step);
    storeRow(sumsTo, sumsTo.stream.at(b, step, reader), ValueRange(row));
  }
  return next;
}

Values StripEmitter::emitSteps(const Tile &tile, ValueRange state, Value group, int64_t count) {
  return b.loop(b.index(0), sweep.steps, 1, state,
                [&](Value step, ValueRange before) { return emitStep(tile, step, before, group, count); });
}

int64_t StripEmitter::readersAtOnce(const Tile &tile) const {
  int64_t readers = sweep.readers;
  while (readers > 1 && !fitsRegisters({tile.rows, static_cast<int64_t>(columns.size())}, b.machine, readers))
    --readers;
  return readers;
}

void StripEmitter::emitTile(Tile tile) {
  tile.ahead = shareOf(tile);
  // More readers than registers hold sums for: all but the last lot run the
  // same state again and leave it as it was.
  int64_t atOnce = readersAtOnce(tile);
  int64_t early = llvm::alignTo(sweep.readers, atOnce) - atOnce;
  if (early > 0)
    b.loop(b.index(0), b.index(early), atOnce, [&](Value group) { emitSteps(tile, loadState(tile), group, atOnce); });
  Value last = early > 0 ? b.index(early) : Value();
  storeState(tile, emitSteps(tile, loadState(tile), last, sweep.readers - early));
}

//===----------------------------------------------------------------------===//
// All tiles
//===----------------------------------------------------------------------===//

void StripEmitter::emitRows() {
  int64_t width = columns.size(), rows = sweep.tile.rows;
  if (!fitsRegisters({rows, width}, b.machine))
    rows = rowsBeside(width, sweep.keyDim, b.machine);
  int64_t last = (sweep.keyDim - 1) / rows * rows;
  Value zero = b.index(0);
  if (last == 0)
    return emitTile({zero, sweep.keyDim, zero, /*first=*/true, /*last=*/true});
  tiles = last / rows + 1;
  keptValues = kept(values, 1);
  keptSums = kept(sums, sweep.readers);
  emitTile({zero, rows, zero, /*first=*/true});
  if (tiles > 2)
    b.loop(b.index(1), b.index(tiles - 1), 1,
           [&](Value number) { emitTile({b.mul(number, b.index(rows)), rows, number}); });
  emitTile({b.index(last), sweep.keyDim - last, b.index(tiles - 1), /*first=*/false, /*last=*/true});
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

/// A copy in scratch of rows of `extent` elements, for each of `readers`; `rows`
/// themselves where they are no caller's.
static Stream copyRows(VectorBuilder &b, const Stream &rows, Value steps, int64_t extent, int64_t readers) {
  constexpr int64_t line = 16;
  if (!rows.bound)
    return rows;
  Value zero = b.index(0);
  // Rows a power of two apart would share few sets of the cache.
  int64_t pitch = llvm::alignTo(extent, line) + line;
  Stream copy{b.scratch({1, rows.bound, readers, pitch}), zero, zero, zero};
  b.loop(zero, steps, 1, [&](Value step) {
    for (int64_t g = 0; g < readers; ++g)
      b.overColumns(extent, b.machine.lanes, [&](const Column &column) {
        b.store(b.load(rows.memref, rows.at(b, step, g), column), copy.memref, copy.at(b, step, g), column);
      });
  });
  return copy;
}

/// Short vectors read each query and key again for many strips, and have little
/// arithmetic to wait behind. Long rows, a power of two apart, share few sets of the
/// cache: at D = 256 a block of them does not stay in the second level.
static bool copiesKeys(const Sweep &sweep, const Machine &machine) {
  return (machine.lanes < 16 || sweep.keyDim >= longRow) && sweep.valueDim > sweep.tile.columns * machine.lanes;
}

void plait::emitSweep(VectorBuilder &b, const Sweep &given) {
  Sweep sweep = given;
  if (copiesKeys(sweep, b.machine)) {
    sweep.key = copyRows(b, sweep.key, sweep.steps, sweep.keyDim, 1);
    sweep.query = copyRows(b, sweep.query, sweep.steps, sweep.keyDim, sweep.readers);
  }
  overStrips(b, sweep.valueDim, sweep.tile.columns, sweep.readers,
             [&](ArrayRef<Column> columns) { StripEmitter(b, sweep, columns).emitRows(); });
}
