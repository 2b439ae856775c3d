//===- KeyDecays.cpp - a decay of its own for each key channel ------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the sums of decays as products with matrices of zeros and
// ones on tensor cores: several bf16 numbers are a decay, and each sum has its own
// terms alone.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/PlaitToTile/KeyDecays.h"

using namespace mlir;
using namespace plait;
using namespace plait::tile;

using Values = TileBuilder::Values;

/// e to each number of a row, where it is loaded from.
Value KeyDecays::shareExp(Value row) {
  Value exp = b.map(row.getType(), row, [&](ValueRange x, Value, Value) { return order.exp(x[0]); });
  Value shared = b.alloc(fragmentOf(row).getShape(), b.f32());
  b.store(exp, shared);
  return shared;
}

Value KeyDecays::loadRow(Value shared) {
  return b.load(shared, b.row(cast<SharedType>(shared.getType()).getShape().columns));
}

void KeyDecays::shareWhole() {
  if (!shared.whole)
    shared.whole = shareExp(b.reduce(tiles.loadMatrix(tiles.matrixRows(op.getDecay(), 0)), Direction::column));
}

/// Puts the decays and their sums where they are loaded from, so that neither registers nor the
/// caller's rows hold them.
void KeyDecays::share() {
  if (!shared.parts.empty())
    return;
  shareWhole();
  shared.parts = tiles.share(order.bounded(tiles.loadMatrix(tiles.matrixRows(op.getDecay(), 0))), order.parts());
}

Value KeyDecays::whole() {
  shareWhole(); // where nothing else of the decays is wanted
  return loadRow(shared.whole);
}

Value KeyDecays::sum(Decays::Counts counts) {
  share();
  Value ones = order.ones(b.left(), counts);
  Shape shape = cast<SharedType>(shared.parts[0].getType()).getShape();
  Value sums = b.splat(b.fragment(shape, b.f32(), b.accumulator()), 0);
  return b.multiply(ones, shared.parts, false, sums);
}

Value KeyDecays::decayed(Value rows, Value sum) {
  return b.map(rows.getType(), {rows, sum}, [&](ValueRange x, Value, Value) -> Value {
    return arith::MulFOp::create(b.builder, b.loc, x[0], order.exp(x[1]));
  });
}

Value KeyDecays::query(Rows &rows) {
  bool inclusive = op.getRead() == ReadMode::inclusive;
  return decayed(tiles.loadMatrix(rows),
                 sum([&](Value token, Value other) { return order.before(other, token, inclusive); }));
}

Value KeyDecays::key(Rows &rows) {
  return decayed(tiles.loadMatrix(rows),
                 sum([&](Value token, Value other) { return order.before(token, other, false); }));
}

/// Left Right^T, tokens by tokens. The left factor's parts are made one at a time, so that they
/// take one place in shared memory, and no registers hold one factor while the other is made.
Value KeyDecays::product(Factor left, Factor right) {
  Values columns = tiles.share(right(), tiles.parts());
  Value product = noScores();
  for (int64_t last = tiles.parts() - 1, part = last; part >= 0; --part) {
    Value row = left();
    Value shared = tiles.share(tiles.split(row, part + 1, fragmentOf(row).getLayout()).back(), 1)[0];
    product = b.multiply(shared, ArrayRef(columns).take_front(last - part + 1), true, product);
  }
  return product;
}

/// The scores of queries in second halves, of 2^log tokens, with keys in the first halves beside them.
Value KeyDecays::halves(Value log, Rows &query, Rows &key) {
  Value between = sum([&](Value token, Value other) { return order.toMiddle(token, other, log); });
  auto keep = [&](Value rows, bool second) {
    return b.map(rows.getType(), rows, [&](ValueRange x, Value token, Value) -> Value {
      Value zero = b.number(0), in = order.isSecond(token, log);
      return arith::SelectOp::create(b.builder, b.loc, in, second ? x[0] : zero, second ? zero : x[0]);
    });
  };
  Value raw = product([&] { return keep(decayed(tiles.loadMatrix(query), between), true); },
                      [&] { return keep(decayed(tiles.loadMatrix(key), between), false); });
  return b.map(raw.getType(), raw, [&](ValueRange x, Value token, Value other) {
    return order.select(order.inTwoHalves(token, other, log), x[0]);
  });
}

/// The undecayed scores of each token with itself. Rows that are no operands as they lie in shared memory are made
/// such for it alone: what decays is loaded as exact as it is.
Value KeyDecays::diagonal(Rows &query, Rows &key) {
  Value all = tiles.areOperands(query) && tiles.areOperands(key)
                  ? b.multiply(tiles.operands(query), tiles.operands(key), true, noScores())
                  : product([&] { return tiles.loadMatrix(query); }, [&] { return tiles.loadMatrix(key); });
  return b.map(all.getType(), all,
               [&](ValueRange x, Value token, Value other) { return order.select(order.equal(token, other), x[0]); });
}

Value KeyDecays::scores(Rows &query, Rows &key) {
  share();
  return order.overHalves(diagonal(query, key), [&](Value log, Value sum) {
    Value more = halves(log, query, key);
    return b.map(more.getType(), {sum, more}, [&](ValueRange x, Value, Value) -> Value {
      return arith::AddFOp::create(b.builder, b.loc, x[0], x[1]);
    });
  });
}

/// What counts of each half's decays is added in registers: a warp has all tokens of its channels. Of a decay of -inf
/// sums are NaN, even where it counts 0 times: those are steep.
void KeyDecays::sumToMiddle() {
  Rows &rows = tiles.matrixRows(op.getDecay(), 0);
  Value decays = tiles.loadRight(rows);
  auto shareHalf = [&](bool second) {
    Value half = b.map(decays.getType(), decays, [&](ValueRange g, Value token, Value) -> Value {
      Value in = order.isSecond(token), zero = b.number(0);
      return arith::SelectOp::create(b.builder, b.loc, in, second ? g[0] : zero, second ? zero : g[0]);
    });
    return shareExp(b.reduce(half, Direction::column));
  };
  firstShared = shareHalf(false), secondShared = shareHalf(true);
  Values factors = tiles.split(decays, tiles.areOperands(rows) ? 1 : order.parts(), b.right());
  auto sumOf = [&](Decays::Sum what) {
    Value ones =
        order.ones(b.left(), [&](Value token, Value other) { return order.toBlockMiddle(what, token, other); });
    Value zero = b.splat(b.fragment(fragmentOf(decays).getShape(), b.f32(), b.accumulator()), 0);
    return b.multiply(ones, factors, false, zero);
  };
  writtenToMiddle = readToMiddle = sumOf(Decays::Written);
  if (op.getRead() != ReadMode::inclusive)
    readToMiddle = sumOf(Decays::Read);
}

Value KeyDecays::isSteep() {
  constexpr double bound = 32; // twice as much is within the range of scores, and what sums lose is not seen in bf16
  Values sums{writtenToMiddle};
  if (readToMiddle != writtenToMiddle)
    sums.push_back(readToMiddle);
  return ExceedsOp::create(b.builder, b.loc, b.builder.getI1Type(), sums, b.number(bound));
}

/// A query is behind the middle, and a key before it; on the other side they grow.
Value KeyDecays::atMiddle(Rows &rows, Decays::Sum what) {
  Value loaded = tiles.loadMatrix(rows), sums = what == Decays::Read ? readToMiddle : writtenToMiddle;
  return b.map(loaded.getType(), {loaded, sums}, [&](ValueRange x, Value token, Value) -> Value {
    Value second = order.isSecond(token), grown = order.minus(b.number(0), x[1]);
    bool isQuery = what == Decays::Read;
    Value exponent = arith::SelectOp::create(b.builder, b.loc, second, isQuery ? x[1] : grown, isQuery ? grown : x[1]);
    return arith::MulFOp::create(b.builder, b.loc, x[0], order.exp(exponent));
  });
}
