//===- Decays.cpp - sums of a block's decays ------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the sums: each warp adds for itself, a lane for each token or
// two, and deals them as they are needed. Between two tokens the sum is a difference
// of two, which in f32 is that of exact ones and of small ones.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/PlaitToTile/Decays.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace plait;
using namespace plait::tile;

Value Decays::before(Value other, Value token, bool orSame) {
  using enum arith::CmpIPredicate;
  arith::CmpIPredicate predicate = op.getReverse() ? (orSame ? sge : sgt) : (orSame ? sle : slt);
  return arith::CmpIOp::create(b.builder, b.loc, predicate, other, token);
}

Value Decays::select(Value keep, Value y) { return arith::SelectOp::create(b.builder, b.loc, keep, y, b.number(0)); }

Value Decays::equal(Value x, Value y) {
  return arith::CmpIOp::create(b.builder, b.loc, arith::CmpIPredicate::eq, x, y);
}

Value Decays::half(Value token, Value log) { return arith::ShRUIOp::create(b.builder, b.loc, token, log); }

Value Decays::isSecond(Value token, Value log) {
  Value parity = arith::AndIOp::create(b.builder, b.loc, half(token, log), b.index(1));
  return equal(parity, b.index(op.getReverse() ? 0 : 1));
}

Value Decays::inTwoHalves(Value token, Value other, Value log) {
  return equal(half(arith::XOrIOp::create(b.builder, b.loc, token, other), log), b.index(1));
}

Value Decays::toMiddle(Value token, Value other, Value log) {
  Value toToken = before(other, token, op.getRead() == ReadMode::inclusive), fromToken = before(token, other, false);
  Value counts = arith::SelectOp::create(b.builder, b.loc, isSecond(token, log), toToken, fromToken);
  return arith::AndIOp::create(b.builder, b.loc, counts, equal(half(token, log), half(other, log)));
}

Value Decays::widestHalf() { return b.index(llvm::Log2_64(b.block) - 1); }

Value Decays::toBlockMiddle(Sum sum, Value token, Value other) {
  bool readsBefore = sum == Read && op.getRead() != ReadMode::inclusive;
  Value toToken = before(other, token, !readsBefore), fromToken = before(token, other, readsBefore);
  Value counts = arith::SelectOp::create(b.builder, b.loc, isSecond(token), toToken, fromToken);
  return arith::AndIOp::create(b.builder, b.loc, counts, equal(half(token, widestHalf()), half(other, widestHalf())));
}

Value Decays::ones(MmaAttr layout, Counts counts) {
  auto constant = [&](double value) {
    return arith::ConstantOp::create(b.builder, b.loc, b.builder.getFloatAttr(b.bf16(), value));
  };
  return b.map(b.fragment({b.block, b.block}, b.bf16(), layout), {},
               [&](ValueRange, Value token, Value other) -> Value {
                 return arith::SelectOp::create(b.builder, b.loc, counts(token, other), constant(1), constant(0));
               });
}

Value Decays::overHalves(Value sum, llvm::function_ref<Value(Value log, Value sum)> add) {
  int64_t steps = llvm::Log2_64(b.block);
  auto loop = scf::ForOp::create(b.builder, b.loc, b.index(0), b.index(steps), b.index(1), sum);
  OpBuilder::InsertionGuard guard(b.builder);
  b.builder.setInsertionPointToStart(loop.getBody());
  Value log = arith::SubIOp::create(b.builder, b.loc, b.index(steps - 1), loop.getInductionVar());
  scf::YieldOp::create(b.builder, b.loc, add(log, loop.getRegionIterArgs()[0]));
  return loop.getResult(0);
}

/// Below -200 e to a decay is 0.
Value Decays::bounded(Value decays) {
  return b.map(decays.getType(), decays, [&](ValueRange g, Value, Value) -> Value { return least(g[0]); });
}

Value Decays::least(Value decay) { return arith::MaximumFOp::create(b.builder, b.loc, decay, b.number(-200)); }

/// The multiples of 64 tokens sum up to less than the 2^14 below which f32 holds them all. Their
/// ulp, at 1.5 * 2^13, rounds to them.
Value Decays::partOf(Value decay, Part part) {
  Value least = this->least(decay);
  if (part == Whole)
    return least;
  Value shift = b.number(1.5 * (1 << 13));
  Value coarse = minus(arith::AddFOp::create(b.builder, b.loc, least, shift), shift);
  return part == Coarse ? coarse : minus(least, coarse);
}

/// The decay of each token; tokens past the block's have none.
Value Decays::decayRow(FragmentType type, Part part) {
  TileBuilder::Values decays;
  if (ofColumn())
    decays.push_back(tiles.tokenRow(tiles.rows(op.getValueDecay(), 0), type));
  if (ofTokens())
    decays.push_back(tokenDecayRow(type));
  return b.map(type, decays, [&](ValueRange g, Value, Value) -> Value {
    return partOf(g.size() == 1 ? g[0] : arith::AddFOp::create(b.builder, b.loc, g[0], g[1]).getResult(), part);
  });
}

Value Decays::tokenDecayRow(FragmentType type) {
  if (cast<MemRefType>(op.getDecay().getType()).getRank() == 3)
    return tiles.tokenRow(tiles.rows(op.getDecay(), 0), type);
  Value decay = tiles.scalar(op.getDecay(), 0);
  return b.map(type, {}, [&](ValueRange, Value, Value token) {
    return select(arith::CmpIOp::create(b.builder, b.loc, arith::CmpIPredicate::slt, token, tiles.tokens()), decay);
  });
}

Value Decays::times(Value decay, Value count) {
  Value narrow = arith::IndexCastOp::create(b.builder, b.loc, b.builder.getI32Type(), count);
  Value number = arith::SIToFPOp::create(b.builder, b.loc, b.f32(), narrow);
  return arith::MulFOp::create(b.builder, b.loc, decay, number);
}

Value Decays::count(Sum sum, Value token) {
  Value tokens = tiles.tokens(), same = b.index(1);
  if ((sum == Later) == op.getReverse()) {
    if (sum != Written)
      return token;
    // Up to the last place it is the block's.
    return arith::MinSIOp::create(b.builder, b.loc, arith::AddIOp::create(b.builder, b.loc, token, same), tokens);
  }
  Value count = arith::SubIOp::create(b.builder, b.loc, tokens, token);
  if (sum != Written)
    count = arith::SubIOp::create(b.builder, b.loc, count, same);
  return arith::MaxSIOp::create(b.builder, b.loc, count, b.index(0));
}

Value Decays::sumRow(Sum sum, Part part) {
  if (!isUniform()) {
    Value &decays = rows[part];
    if (!decays)
      decays = decayRow(b.lanes(), part);
    return b.cumsum(decays, /*exclusive=*/sum != Written, /*reverse=*/(sum == Later) != op.getReverse());
  }
  Value decay = partOf(tiles.scalar(op.getDecay(), 0), part);
  return b.map(b.lanes(), {}, [&](ValueRange, Value, Value token) { return times(decay, count(sum, token)); });
}

Value Decays::inLanes(Sum sum, Part part) {
  if (sum == Read && op.getRead() == ReadMode::inclusive)
    sum = Written;
  Value &row = known[sum][part];
  if (!row) {
    row = sumRow(sum, part);
    // The other direction's beside it, before a barrier: each is a chain of shuffles, and neither waits for the other.
    if (sum != Later && part == Whole && !isUniform())
      inLanes(Later);
  }
  return row;
}

Value Decays::factor(Sum sum, FragmentType type, float scale) {
  Value factors = b.map(b.lanes(), inLanes(sum), [&](ValueRange g, Value, Value) -> Value {
    Value factor = exp(g[0]);
    return scale == 1 ? factor : arith::MulFOp::create(b.builder, b.loc, factor, b.number(scale)).getResult();
  });
  return b.shuffle(factors, type);
}

TileBuilder::Values Decays::sums() {
  TileBuilder::Values sums;
  if (!*this)
    return sums;
  SmallVector<Part> parts{Whole};
  if (tiles.parts() > 2) // what a difference loses shows in f32
    parts = {Coarse, Fine};
  for (Part part : parts)
    sums.append({b.shuffle(inLanes(Read, part), b.column(b.block)), b.shuffle(inLanes(Written, part), b.row(b.block))});
  return sums;
}

Value Decays::between(ValueRange sums) {
  Value first = minus(sums[0], sums[1]);
  return sums.size() == 2 ? first : arith::AddFOp::create(b.builder, b.loc, first, minus(sums[2], sums[3])).getResult();
}

Value Decays::total(FragmentType type) {
  Value factors = b.map(b.lanes(), inLanes(Written), [&](ValueRange g, Value, Value) -> Value { return exp(g[0]); });
  return b.shuffleOne(factors, op.getReverse() ? 0 : b.block - 1, type);
}

Value Decays::scaleValues(Value values) {
  FragmentType type = fragmentOf(values);
  Value later = factor(Later, b.row(b.block, cast<MmaAttr>(type.getLayout())));
  return b.map(type, {values, later}, [&](ValueRange x, Value, Value) -> Value {
    bool narrow = !x[0].getType().isF32();
    Value y = narrow ? arith::ExtFOp::create(b.builder, b.loc, b.f32(), x[0]).getResult() : x[0];
    y = arith::MulFOp::create(b.builder, b.loc, y, x[1]);
    return narrow ? arith::TruncFOp::create(b.builder, b.loc, x[0].getType(), y).getResult() : y;
  });
}
