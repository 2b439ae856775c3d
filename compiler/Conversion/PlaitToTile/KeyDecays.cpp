//===- KeyDecays.cpp - a decay of its own for each key channel ------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the sums of decays as products with matrices of zeros and
// ones on tensor cores: three bf16 numbers are an f32, and each sum has its own
// terms alone.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/PlaitToTile/KeyDecays.h"

using namespace mlir;
using namespace plait;
using namespace plait::tile;

using Values = TileBuilder::Values;

static constexpr int64_t partsOfFloat = 3;

Value KeyDecays::equal(Value x, Value y) {
  return arith::CmpIOp::create(b.builder, b.loc, arith::CmpIPredicate::eq, x, y);
}

Value KeyDecays::sum(Counts counts) {
  Value decays = tiles.matrix(tiles.matrixRows(op.getDecay(), 0));
  if (parts.empty())
    parts = tiles.share(decays, partsOfFloat);
  FragmentType square = b.fragment({chunkTokens, chunkTokens}, b.bf16(), b.rowsOperand());
  Value ones = b.map(square, {}, [&](ValueRange, Value token, Value other) -> Value {
    auto constant = [&](double value) {
      return arith::ConstantOp::create(b.builder, b.loc, b.builder.getFloatAttr(b.bf16(), value));
    };
    return arith::SelectOp::create(b.builder, b.loc, counts(token, other), constant(1), constant(0));
  });
  Value sums = b.splat(cast<FragmentType>(decays.getType()), 0);
  for (Value part : llvm::reverse(parts))
    sums = b.multiply(ones, part, false, sums);
  return sums;
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
  Value decays = tiles.matrix(tiles.matrixRows(op.getDecay(), 0));
  int64_t channels = fragmentOf(decays).getShape().columns;
  if (!totalShared) {
    totalShared = b.alloc({1, channels}, b.f32());
    b.store(b.reduce(decays, Direction::column), totalShared);
  }
  return b.load(totalShared, b.row(channels, parent));
}

/// Left Right^T, tokens by tokens.
Value KeyDecays::product(Value left, Value right) {
  Values rows;
  for (Value part : tiles.share(left, tiles.parts()))
    rows.push_back(b.load(part, b.fragment(fragmentOf(left).getShape(), b.bf16(), b.rowsOperand())));
  Values columns = tiles.share(right, tiles.parts()); // may take the place of the left ones
  Value zero = b.splat(b.fragment({chunkTokens, chunkTokens}, b.f32(), b.rowsAccumulator()), 0);
  return tiles.multiply(zero, rows, columns, true);
}

/// Whether a token is in the half that the recurrence comes to second.
Value KeyDecays::isSecond(Value token, int64_t half) {
  Value number = arith::DivUIOp::create(b.builder, b.loc, token, b.index(half));
  Value parity = arith::RemUIOp::create(b.builder, b.loc, number, b.index(2));
  return equal(parity, b.index(op.getReverse() ? 0 : 1));
}

/// The scores of queries in second halves with keys in the first halves beside them.
Value KeyDecays::halves(int64_t half, Rows &query, Rows &key) {
  bool inclusive = op.getRead() == ReadMode::inclusive;
  auto group = [&](Value token, int64_t size) -> Value {
    return arith::DivUIOp::create(b.builder, b.loc, token, b.index(size));
  };
  Value between = sum([&](Value token, Value other) -> Value {
    Value toQuery = order.before(other, token, inclusive), fromKey = order.before(token, other, false);
    Value counts = arith::SelectOp::create(b.builder, b.loc, isSecond(token, half), toQuery, fromKey);
    return arith::AndIOp::create(b.builder, b.loc, counts, equal(group(token, half), group(other, half)));
  });
  auto keep = [&](Value rows, bool second) {
    return b.map(rows.getType(), rows, [&](ValueRange x, Value token, Value) -> Value {
      Value zero = b.number(0), in = isSecond(token, half);
      return arith::SelectOp::create(b.builder, b.loc, in, second ? x[0] : zero, second ? zero : x[0]);
    });
  };
  Value raw = product(keep(decayed(tiles.loadMatrix(query), between), true),
                      keep(decayed(tiles.loadMatrix(key), between), false));
  return b.map(raw.getType(), raw, [&](ValueRange x, Value token, Value other) {
    return order.select(equal(group(token, 2 * half), group(other, 2 * half)), x[0]);
  });
}

Value KeyDecays::scores(Rows &query, Rows &key) {
  Value whole = product(tiles.loadMatrix(query), tiles.loadMatrix(key));
  Value sum = b.map(whole.getType(), whole,
                    [&](ValueRange x, Value token, Value other) { return order.select(equal(token, other), x[0]); });
  for (int64_t half = chunkTokens / 2; half > 0; half /= 2) {
    Value more = halves(half, query, key);
    sum = b.map(sum.getType(), {sum, more}, [&](ValueRange x, Value, Value) -> Value {
      return arith::AddFOp::create(b.builder, b.loc, x[0], x[1]);
    });
  }
  return sum;
}
