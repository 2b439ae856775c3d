//===- Decays.cpp - sums of a block's decays ------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the sums: for each token the sum of a row in which what
// does not count is 0. Every sum is of its own terms, never a difference of
// longer ones.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/PlaitToTile/Decays.h"

using namespace mlir;
using namespace plait;
using namespace plait::tile;

Value Decays::before(Value other, Value token, bool orSame) {
  using enum arith::CmpIPredicate;
  arith::CmpIPredicate predicate = op.getReverse() ? (orSame ? sge : sgt) : (orSame ? sle : slt);
  return arith::CmpIOp::create(b.builder, b.loc, predicate, other, token);
}

Value Decays::select(Value keep, Value y) { return arith::SelectOp::create(b.builder, b.loc, keep, y, b.number(0)); }

/// The decay of each token; tokens past the block's have none.
Value Decays::decayRow(MmaAttr layout) {
  if (cast<MemRefType>(op.getDecay().getType()).getRank() == 3)
    return tiles.tokenRow(tiles.rows(op.getDecay(), 0), layout);
  Value decay = tiles.scalar(op.getDecay(), 0);
  return b.map(b.row(chunkTokens, layout), {}, [&](ValueRange, Value, Value token) {
    return select(arith::CmpIOp::create(b.builder, b.loc, arith::CmpIPredicate::slt, token, tiles.tokens()), decay);
  });
}

Value Decays::column(Sum sum) {
  if (sum == Read && op.getRead() == ReadMode::inclusive)
    sum = Written;
  if (columns[sum])
    return columns[sum];
  FragmentType square = b.fragment({chunkTokens, chunkTokens}, b.f32(), b.rowsAccumulator());
  Value terms = b.map(square, decayRow(b.rowsAccumulator()), [&](ValueRange g, Value token, Value other) {
    Value counts = sum == Later ? before(token, other, false) : before(other, token, sum == Written);
    return select(counts, g[0]);
  });
  return columns[sum] = b.reduce(terms, Direction::row);
}

Value Decays::row(Sum sum, MmaAttr parent) {
  if (!shared[sum]) {
    shared[sum] = b.alloc({1, chunkTokens}, b.f32());
    b.store(column(sum), shared[sum], /*transposed=*/true);
  }
  return b.load(shared[sum], b.row(chunkTokens, parent));
}

Value Decays::total(MmaAttr parent) {
  int64_t rows = parent == b.rowsAccumulator() ? chunkTokens : 16 * b.warps;
  Value all = b.map(b.fragment({rows, chunkTokens}, b.f32(), parent), decayRow(parent),
                    [](ValueRange g, Value, Value) { return g[0]; });
  return b.reduce(all, Direction::row);
}

Value Decays::scaleValues(Value values) {
  FragmentType type = fragmentOf(values);
  Value later = row(Later, cast<MmaAttr>(type.getLayout()));
  return b.map(type, {values, later}, [&](ValueRange x, Value, Value) -> Value {
    bool narrow = !x[0].getType().isF32();
    Value y = narrow ? arith::ExtFOp::create(b.builder, b.loc, b.f32(), x[0]).getResult() : x[0];
    y = arith::MulFOp::create(b.builder, b.loc, y, exp(x[1]));
    return narrow ? arith::TruncFOp::create(b.builder, b.loc, x[0].getType(), y).getResult() : y;
  });
}
