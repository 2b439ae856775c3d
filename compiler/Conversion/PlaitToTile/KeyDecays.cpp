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

void KeyDecays::shareTotal(Value decays) {
  if (totalShared)
    return;
  totalShared = b.alloc({1, fragmentOf(decays).getShape().columns}, b.f32());
  b.store(b.reduce(decays, Direction::column), totalShared);
}

/// Puts the decays and their sums where they are loaded from, so that neither registers nor the
/// caller's rows hold them.
void KeyDecays::share() {
  if (!parts.empty())
    return;
  Value decays = tiles.loadMatrix(tiles.matrixRows(op.getDecay(), 0));
  shareTotal(decays);
  parts = tiles.share(decays, order.parts());
}

Value KeyDecays::sum(Decays::Counts counts) {
  share();
  Value ones = order.ones(b.rowsOperand(), counts);
  Shape shape = cast<SharedType>(parts[0].getType()).getShape();
  Value sums = b.splat(b.fragment(shape, b.f32(), b.rowsAccumulator()), 0);
  return b.multiply(ones, parts, false, sums);
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

Value KeyDecays::total(MmaAttr parent) {
  if (!totalShared) // where nothing else of the decays is wanted
    shareTotal(tiles.loadMatrix(tiles.matrixRows(op.getDecay(), 0)));
  return b.load(totalShared, b.row(cast<SharedType>(totalShared.getType()).getShape().columns, parent));
}

/// Left Right^T, tokens by tokens. The left factor's parts are made one at a time, so that they
/// take one place in shared memory, and no registers hold one factor while the other is made.
Value KeyDecays::product(Factor left, int64_t leftParts, Factor right) {
  Values columns = tiles.share(right(), tiles.parts());
  Value product = b.splat(b.fragment({b.block, b.block}, b.f32(), b.rowsAccumulator()), 0);
  for (int64_t last = leftParts - 1, part = last; part >= 0; --part) {
    Value row = left();
    Value shared = tiles.share(tiles.split(row, part + 1, fragmentOf(row).getLayout()).back(), 1)[0];
    product = b.multiply(shared, ArrayRef(columns).take_front(std::min(last - part + 1, tiles.parts())), true, product);
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
  Value raw = product([&] { return keep(decayed(tiles.loadMatrix(query), between), true); }, order.parts(),
                      [&] { return keep(decayed(tiles.loadMatrix(key), between), false); });
  return b.map(raw.getType(), raw, [&](ValueRange x, Value token, Value other) {
    return order.select(order.inTwoHalves(token, other, log), x[0]);
  });
}

Value KeyDecays::scores(Rows &query, Rows &key) {
  share();
  Value whole = product([&] { return tiles.loadMatrix(query); }, tiles.parts(), [&] { return tiles.loadMatrix(key); });
  Value diagonal = b.map(whole.getType(), whole, [&](ValueRange x, Value token, Value other) {
    return order.select(order.equal(token, other), x[0]);
  });
  return order.overHalves(diagonal, [&](Value log, Value sum) {
    Value more = halves(log, query, key);
    return b.map(more.getType(), {sum, more}, [&](ValueRange x, Value, Value) -> Value {
      return arith::AddFOp::create(b.builder, b.loc, x[0], x[1]);
    });
  });
}
