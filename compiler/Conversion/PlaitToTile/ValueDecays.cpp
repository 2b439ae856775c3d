//===- ValueDecays.cpp - a decay of its own per value channel -------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements, with H_t[v] the sum of the decays of channel v up to t, of C,
//
//   O[t,v] = e^{H_t[v]} (q_t S)[v] + sum over j up to t of P[t,j] e^{H_t[v] - H_j[v]} V[j,v]
//   S'[v]  = e^{H_C[v]} S[v] + sum over j of k_j e^{H_C[v] - H_j[v]} V[j,v]
//
// The scores P are those of two neighbouring halves of C/2, C/4, .., 1 tokens, with
// the middle m between j and t, and the diagonal, on which the factor is 1:
//
//   O[t,v] += e^{H_t[v] - H_m[v]} (sum over j of P[t,j] e^{H_m[v] - H_j[v]} V[j,v])
//
// No exponent is positive. As those of KeyDecays, the differences are sums of
// their own terms: the decays, as several bf16 numbers, times zeros and ones.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/PlaitToTile/ValueDecays.h"

using namespace mlir;
using namespace plait;
using namespace plait::tile;

using Values = TileBuilder::Values;

Value ValueDecays::factor(Decays::Counts counts) {
  Value ones = b.alloc({b.block, b.block}, b.bf16());
  b.store(order.ones(b.accumulator(), counts), ones);
  Value terms = order.bounded(loadDecays());
  Value sums =
      b.multiply(tiles.leftOperands(terms, order.parts()), ones, /*transposedB=*/true, b.splat(fragmentOf(terms), 0));
  return b.map(sums.getType(), sums, [&](ValueRange x, Value, Value) { return order.exp(x[0]); });
}

Value ValueDecays::multiply(Value channels, Value factor) {
  return b.map(channels.getType(), {channels, factor}, [&](ValueRange x, Value, Value) -> Value {
    return arith::MulFOp::create(b.builder, b.loc, x[0], x[1]);
  });
}

Value ValueDecays::fromStart(Value out) {
  bool inclusive = op.getRead() == ReadMode::inclusive;
  return multiply(out, factor([&](Value token, Value other) { return order.before(other, token, inclusive); }));
}

Value ValueDecays::toEnd(Value values) {
  return multiply(values, factor([&](Value token, Value other) { return order.before(token, other, false); }));
}

Value ValueDecays::decayState(Value state) {
  Value total = b.reduce(loadDecays(), Direction::row);
  return b.map(state.getType(), {state, total}, [&](ValueRange x, Value, Value) -> Value {
    return arith::MulFOp::create(b.builder, b.loc, x[0], order.exp(x[1]));
  });
}

/// sum + V^T P^T, of the scores that count.
Value ValueDecays::addProduct(Value sum, Value values, Value scores, Decays::Counts counts) {
  Value counted = b.map(scores.getType(), scores, [&](ValueRange x, Value token, Value other) {
    return order.select(counts(token, other), x[0]);
  });
  Values shared = tiles.share(counted, order.sumParts());
  return b.multiply(tiles.leftOperands(values, tiles.parts()), shared, true, sum);
}

Value ValueDecays::addScored(Value out, Value scores) {
  out = addProduct(out, loadValues(), scores, [&](Value token, Value other) { return order.equal(token, other); });
  return order.overHalves(out, [&](Value log, Value sum) {
    Value halfway = factor([&](Value token, Value other) { return order.toMiddle(token, other, log); });
    Value zero = b.splat(fragmentOf(sum), 0);
    Value more = addProduct(zero, multiply(loadValues(), halfway), scores,
                            [&](Value token, Value other) { return order.inTwoHalves(token, other, log); });
    return b.map(sum.getType(), {sum, more, halfway}, [&](ValueRange x, Value, Value) -> Value {
      return math::FmaOp::create(b.builder, b.loc, x[1], x[2], x[0]);
    });
  });
}
