//===- Step.cpp - one token of a recurrence -------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file emits recur for a call of one token, whose states pass through registers
// once. With the decays d of its keys and e of its values, in f32,
//
//   S'^T[v,k] = S^T[v,k] d_k e_v + v_v k_k,    o_v = the sum over k of S'^T[v,k] q_k
//
// An exclusive read is of S, to which a bonus adds v_v k_k u_k. Values of one column
// have a state that is a row.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/PlaitToTile/Decays.h"
#include "compiler/Conversion/PlaitToTile/Emitters.h"

using namespace mlir;
using namespace plait;
using namespace plait::tile;

using Values = TileBuilder::Values;

namespace {

class StepEmitter {
public:
  StepEmitter(BlockTiles &tiles, RecurOp op, Value &state)
      : tiles(tiles), b(tiles.b), op(op), state(state), decays(tiles, op), isVector(op.getValueDim() == 1) {}
  void run();

private:
  Value multiply(Value x, Value y) { return arith::MulFOp::create(b.builder, b.loc, x, y); }
  Value product(Type type, Value x, Value y);
  Value update(ValueRange factors, ValueRange terms);
  Values factors();
  Values terms();
  void read(Value seen, int64_t head);

  BlockTiles &tiles;
  TileBuilder &b;
  RecurOp op;
  Value &state;
  Decays decays;
  bool isVector; ///< values have one column
};

} // namespace

/// The product of elements, or with the row or column beside them.
Value StepEmitter::product(Type type, Value x, Value y) {
  return b.map(type, {x, y}, [&](ValueRange both, Value, Value) { return multiply(both[0], both[1]); });
}

/// The state times all factors, and the product of all terms added.
Value StepEmitter::update(ValueRange factors, ValueRange terms) {
  Values inputs{state};
  llvm::append_range(inputs, factors);
  llvm::append_range(inputs, terms);
  return b.map(state.getType(), inputs, [&](ValueRange x, Value, Value) -> Value {
    Value y = x[0], term;
    for (Value factor : x.slice(1, factors.size()))
      y = multiply(y, factor);
    for (Value next : x.drop_front(1 + factors.size()).drop_back())
      term = term ? multiply(term, next) : next;
    if (terms.empty())
      return y;
    return term ? math::FmaOp::create(b.builder, b.loc, term, x.back(), y).getResult()
                : arith::AddFOp::create(b.builder, b.loc, y, x.back()).getResult();
  });
}

/// Decays, of the state as a whole, of its key and of its value channels.
Values StepEmitter::factors() {
  auto exp = [&](Value decay) {
    return b.map(decay.getType(), decay, [&](ValueRange x, Value, Value) { return decays.exp(x[0]); });
  };
  Values factors;
  FragmentType single = isVector ? fragmentOf(state) : b.column(b.valueChannels);
  if (decays && !op.getValueDecay() && tiles.isOfCaller(op.getDecay())) {
    Value decay = tiles.scalar(op.getDecay(), 0);
    factors.push_back(b.map(single, {}, [&](ValueRange, Value, Value) { return decays.exp(decay); }));
  } else if (decays) {
    factors.push_back(decays.total(single));
  }
  if (decays.isByKey())
    factors.push_back(exp(tiles.onlyRow(op.getDecay(), 0, /*transposed=*/false)));
  if (op.getValueDecay() && !isVector)
    factors.push_back(exp(tiles.onlyRow(op.getValueDecay(), 0, /*transposed=*/true)));
  return factors;
}

/// What the token writes: its key and its value, or for one column the product of both.
Values StepEmitter::terms() {
  Value key = tiles.onlyRow(op.getKey(), 0, /*transposed=*/false);
  if (!isVector)
    return {tiles.onlyRow(op.getValue(), 0, /*transposed=*/true), key};
  Rows &values = tiles.rows(op.getValue(), 0);
  if (values.isOne)
    return {key};
  Value keys = tiles.matrix(tiles.matrixRows(op.getKey(), 0));
  return {b.reduce(product(keys.getType(), keys, tiles.tokenColumn(values)), Direction::column)};
}

void StepEmitter::read(Value seen, int64_t head) {
  Value query = isVector ? tiles.matrix(tiles.matrixRows(op.getQuery(), head))
                         : tiles.onlyRow(op.getQuery(), head, /*transposed=*/false);
  Value out = b.reduce(product(isVector ? query.getType() : seen.getType(), query, seen), Direction::row);
  out = b.map(out.getType(), out,
              [&](ValueRange x, Value, Value) { return multiply(x[0], b.number(op.getScale().convertToFloat())); });
  if (isVector)
    tiles.set(op.getOut(), head, {.width = 1, .fragment = out});
  else
    tiles.setOnlyRow(op.getOut(), head, out);
}

void StepEmitter::run() {
  Values terms = this->terms();
  Value next = update(factors(), terms), seen = state;
  if (op.getRead() == ReadMode::inclusive)
    seen = next;
  else if (op.getBonus()) {
    terms.push_back(tiles.channelVector(op.getBonus(), 0, /*transposed=*/false));
    seen = update({}, terms);
  }
  int64_t heads = isRead(op.getOut(), op) ? op.getGroupSize() : 0;
  for (int64_t head = 0; head < heads; ++head)
    read(seen, head);
  state = next;
}

void plait::emitStep(BlockTiles &tiles, RecurOp op, StateTiles &states) {
  StepEmitter(tiles, op, states[BlockTiles::identity(op.getState())]).run();
}
