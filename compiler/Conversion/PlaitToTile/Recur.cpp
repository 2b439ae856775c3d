//===- Recur.cpp - a block of a recurrence on tensor cores ----------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file emits recur for a block of C tokens at a time. With the state S before
// it, G_t the sum of the decays up to token t and D_j that of those after j:
//
//   P[t,j] = q_t . k_j e^{G_t - G_j}            for j up to t
//   O^T    = (S^T Q^T) e^{G_t} + V^T P^T
//   S^T    = S^T e^{G_C} + (V^T e^{D_j}) K
//
// No exponent that is used is positive, but for those of gentle decays of key
// channels (KeyDecays), which are at most 32. S^T, O^T and V^T are split over the
// warps by channels of values and never leave their registers; only P crosses
// warps. Decays of key channels and of value channels by themselves are those of
// KeyDecays and ValueDecays. Values of one column (a normaliser's ones) need no
// products: sums of the same P, and a state that is one row.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/PlaitToTile/Emitters.h"
#include "compiler/Conversion/PlaitToTile/KeyDecays.h"
#include "compiler/Conversion/PlaitToTile/ValueDecays.h"

using namespace mlir;
using namespace plait;
using namespace plait::tile;

using Values = TileBuilder::Values;

namespace {

class RecurEmitter {
public:
  RecurEmitter(BlockTiles &tiles, RecurOp op, Value &state, ScoresOfBlock &known)
      : tiles(tiles), b(tiles.b), op(op), state(state), known(known), decays(tiles, op), keyDecays(tiles, op, decays),
        valueDecays(tiles, op, decays), byKey(decays.isByKey()) {}
  void run();

private:
  Rows &queryRows(int64_t head) { return tiles.matrixRows(op.getQuery(), head); }
  Rows &keyRows() { return tiles.matrixRows(op.getKey(), 0); }
  Rows &valueRows() { return tiles.rows(op.getValue(), 0); }
  int64_t keyWidth() { return b.padded(op.getKeyDim()); }
  /// Where key channels decay by themselves, or factors have parts, shared memory runs out before
  /// registers do.
  bool isMemoryScarce() { return byKey || tiles.parts() > 1; }
  FragmentType scoresType() { return b.fragment({b.block, b.block}, b.f32(), b.rowsAccumulator()); }
  FragmentType outType() { return b.fragment({b.valueChannels, b.block}, b.f32(), b.channelsAccumulator()); }
  Value multiply(Value x, Value y) { return arith::MulFOp::create(b.builder, b.loc, x, y); }

  Value loadValues();
  Values partsOf(Value values);
  Value scores(int64_t head);
  Value rawScores(int64_t head);
  Value computeScores(int64_t head, Value raw);
  Value bonus(int64_t head);
  Value readMatrix(int64_t head, Value p);
  Value readState(int64_t head);
  Value scaled(Value out);
  Value timesRow(Value matrix, Value row);
  void writeMatrix();
  Values emitGentle();
  Values emitSteep();
  void runByKey();
  Value readVector(int64_t head);
  void writeVector();

  BlockTiles &tiles;
  TileBuilder &b;
  RecurOp op;
  Value &state;
  ScoresOfBlock &known;
  Decays decays;
  KeyDecays keyDecays;
  ValueDecays valueDecays;
  bool byKey;   ///< each key channel has its own decay
  Value values; ///< V^T, once it is loaded
};

} // namespace

/// V^T in registers, in f32 where parts make up an operand or channels decay.
Value RecurEmitter::loadValues() {
  if (valueDecays)
    return valueDecays.loadValues();
  if (tiles.parts() > 1)
    return tiles.loadTransposedMatrix(valueRows());
  FragmentType type = b.fragment({b.valueChannels, b.block}, b.bf16(), b.channelsOperand());
  return b.load(tiles.operands(valueRows())[0], type, /*transposed=*/true);
}

/// The operands that values in registers are.
Values RecurEmitter::partsOf(Value values) {
  bool isOperand = fragmentOf(values).getElementType().isBF16();
  return isOperand ? Values{values} : tiles.split(values, tiles.parts(), b.channelsOperand());
}

/// q_t . (u * k_t)
Value RecurEmitter::bonus(int64_t head) {
  Value q = tiles.loadMatrix(queryRows(head)), k = tiles.loadMatrix(keyRows());
  Value u = tiles.channelVector(op.getBonus(), 0, false);
  Value terms =
      b.map(q.getType(), {q, k, u}, [&](ValueRange x, Value, Value) { return multiply(multiply(x[0], x[1]), x[2]); });
  return b.reduce(terms, Direction::row);
}

/// q_t . k_j, with the decays of key channels between.
Value RecurEmitter::rawScores(int64_t head) {
  if (byKey)
    return keyDecays.scores(queryRows(head), keyRows());
  ArrayRef<Value> keys = tiles.operands(keyRows());
  return b.multiply(tiles.operands(queryRows(head)), keys, true, b.splat(scoresType(), 0));
}

/// P, masked, decayed and scaled.
Value RecurEmitter::computeScores(int64_t head, Value raw) {
  Type type = raw.getType();
  Values inputs{raw}, sums = decays.sums();
  inputs.append(sums);
  if (op.getBonus())
    inputs.push_back(bonus(head));
  float scale = op.getScale().convertToFloat();
  return b.map(type, inputs, [&](ValueRange x, Value token, Value other) -> Value {
    Value keep = decays.before(other, token, op.getRead() == ReadMode::inclusive), y = x[0];
    if (decays)
      y = multiply(y, decays.exp(decays.select(keep, decays.between(x.slice(1, sums.size())))));
    y = decays.select(keep, y);
    if (op.getBonus()) {
      Value same = arith::CmpIOp::create(b.builder, b.loc, arith::CmpIPredicate::eq, token, other);
      y = arith::SelectOp::create(b.builder, b.loc, same, x.back(), y);
    }
    return scale == 1 ? y : multiply(y, b.number(scale));
  });
}

/// What scores depend on, but for a bonus.
static ScoresKey keyOf(RecurOp op, int64_t head) {
  auto identity = [](Value buffer) { return buffer ? BlockTiles::identity(buffer).getAsOpaquePointer() : nullptr; };
  return {identity(op.getQuery()),
          identity(op.getKey()),
          identity(op.getDecay()),
          identity(op.getValueDim() == 1 ? op.getValueDecay() : Value()),
          op.getRead() == ReadMode::inclusive,
          op.getReverse(),
          op.getScale().convertToFloat(),
          head};
}

Value RecurEmitter::scores(int64_t head) {
  if (op.getBonus())
    return computeScores(head, rawScores(head));
  Value &scores = known[keyOf(op, head)];
  if (!scores)
    scores = computeScores(head, rawScores(head));
  return scores;
}

Value RecurEmitter::scaled(Value out) {
  float scale = op.getScale().convertToFloat();
  if (scale == 1)
    return out;
  return b.map(out.getType(), out, [&](ValueRange x, Value, Value) { return multiply(x[0], b.number(scale)); });
}

/// What the state gives to O^T of one query head.
Value RecurEmitter::readState(int64_t head) {
  FragmentType type = outType();
  Values queries =
      byKey ? tiles.share(keyDecays.query(queryRows(head)), decays.parts()) : Values(tiles.operands(queryRows(head)));
  Value out = b.multiply(tiles.split(state, tiles.parts(), b.channelsOperand()), queries, true, b.splat(type, 0));
  float scale = op.getScale().convertToFloat();
  if (decays) {
    Value read = decays.row(Decays::Read, b.channelsAccumulator());
    out = b.map(type, {out, read}, [&](ValueRange x, Value, Value) {
      Value factor = decays.exp(x[1]);
      return multiply(x[0], scale == 1 ? factor : multiply(factor, b.number(scale)));
    });
  } else {
    out = scaled(out);
  }
  return valueDecays ? valueDecays.fromStart(out) : out;
}

/// O^T of one query head, by its P.
Value RecurEmitter::readMatrix(int64_t head, Value p) {
  if (valueDecays)
    return valueDecays.addScored(readState(head), p);
  // The queries are read before P takes shared memory where that is scarce; else the state's
  // product runs while warps wait for P.
  Value read = isMemoryScarce() ? readState(head) : Value();
  Values shared = tiles.share(p, tiles.parts());
  Value out = read ? read : readState(head);
  if (!values)
    values = loadValues();
  return b.multiply(partsOf(values), shared, true, out);
}

/// A matrix times a row's number in each column.
Value RecurEmitter::timesRow(Value matrix, Value row) {
  return b.map(matrix.getType(), {matrix, row}, [&](ValueRange x, Value, Value) { return multiply(x[0], x[1]); });
}

void RecurEmitter::writeMatrix() {
  if (!values)
    values = loadValues();
  if (byKey)
    state = timesRow(state, keyDecays.whole(b.channelsAccumulator()));
  if (decays) {
    Value total = decays.total(b.channelsAccumulator(), b.valueChannels);
    state = b.map(state.getType(), {state, total},
                  [&](ValueRange x, Value, Value) { return multiply(x[0], decays.exp(x[1])); });
    values = decays.scaleValues(values);
  }
  if (valueDecays) {
    state = valueDecays.decayState(state);
    values = valueDecays.toEnd(values);
  }
  Values keys = byKey ? tiles.share(keyDecays.key(keyRows()), tiles.parts()) : Values(tiles.operands(keyRows()));
  // All blocks add to the state: of f32, what tensor cores truncate would show.
  state = b.multiply(partsOf(values), keys, false, state, /*rounded=*/tiles.parts() > 2);
}

/// P, O^T and the state: with queries and keys at the middle m of the block,
///
///   O^T = (S^T e^{G_m}) Q_m^T + V^T P^T,    S'^T = (S^T e^{G_m} + V^T K_m) e^{G_C - G_m}
Values RecurEmitter::emitGentle() {
  Value middle = timesRow(state, keyDecays.firstHalf(b.channelsAccumulator()));
  Values keys = tiles.share(keyDecays.keyAtMiddle(keyRows()), 1);
  Values queries = tiles.share(keyDecays.queryAtMiddle(queryRows(0)), decays.parts());
  Value operand = b.convert(middle, b.bf16(), b.channelsOperand());
  Value raw = b.splat(scoresType(), 0), out = b.splat(outType(), 0);
  for (Value part : llvm::reverse(queries)) {
    raw = b.multiply(part, keys, true, raw);
    out = b.multiply(operand, part, true, out);
  }
  out = scaled(out);
  Value p = computeScores(0, keyDecays.withDiagonal(raw, queryRows(0), keyRows()));
  out = b.multiply(values, tiles.share(p, 1), true, out);
  Value written = b.multiply(values, keys, false, middle);
  return {p, out, timesRow(written, keyDecays.secondHalf(b.channelsAccumulator()))};
}

/// The same of any decays.
Values RecurEmitter::emitSteep() {
  Value p = computeScores(0, rawScores(0)), out = readMatrix(0, p);
  writeMatrix();
  return {p, out, state};
}

/// The way that a block's decays allow.
void RecurEmitter::runByKey() {
  // What loading keeps of rows has to be there before the branches.
  for (Rows *rows : {&queryRows(0), &keyRows()})
    tiles.loadMatrix(*rows);
  Value steep = keyDecays.isSteep(), before = state;
  auto choice = scf::IfOp::create(b.builder, b.loc, {scoresType(), outType(), state.getType()}, steep,
                                  /*withElseRegion=*/true);
  {
    OpBuilder::InsertionGuard guard(b.builder);
    b.builder.setInsertionPointToStart(choice.thenBlock());
    scf::YieldOp::create(b.builder, b.loc, emitSteep());
    state = before;
    b.builder.setInsertionPointToStart(choice.elseBlock());
    scf::YieldOp::create(b.builder, b.loc, emitGentle());
  }
  if (!op.getBonus())
    known[keyOf(op, 0)] = choice.getResult(0);
  tiles.set(op.getOut(), 0, {.width = op.getValueDim(), .channels = choice.getResult(1)});
  state = choice.getResult(2);
}

/// q_t . z e^{G_t} + the sum over j of P[t,j] v_j, a number for each token.
Value RecurEmitter::readVector(int64_t head) {
  Value p = scores(head), given = p; // of keys that there are not, scores are 0
  if (!valueRows().isOne)
    given = b.map(p.getType(), {p, tiles.tokenRow(valueRows(), b.rowsAccumulator())},
                  [&](ValueRange x, Value, Value) { return multiply(x[0], x[1]); });
  Value inside = b.reduce(given, Direction::row);
  Value q = byKey ? keyDecays.query(queryRows(head)) : tiles.loadMatrix(queryRows(head));
  Value before = b.reduce(
      b.map(q.getType(), {q, state}, [&](ValueRange x, Value, Value) { return multiply(x[0], x[1]); }), Direction::row);
  float scale = op.getScale().convertToFloat();
  Values inputs{inside, before};
  if (decays)
    inputs.push_back(decays.readColumn());
  return b.map(inside.getType(), inputs, [&](ValueRange x, Value, Value) -> Value {
    Value y = scale == 1 ? x[1] : multiply(x[1], b.number(scale));
    if (decays)
      y = multiply(y, decays.exp(x[2]));
    return arith::AddFOp::create(b.builder, b.loc, x[0], y);
  });
}

void RecurEmitter::writeVector() {
  bool writes = !valueRows().isZero;
  if (byKey)
    state = timesRow(state, keyDecays.whole(b.rowsAccumulator()));
  if (byKey && !decays && !writes)
    return;
  Value total = decays ? decays.total(b.rowsAccumulator(), b.block) : Value();
  Values inputs{state};
  if (total)
    inputs.push_back(total);
  if (writes)
    inputs.push_back(byKey ? keyDecays.key(keyRows()) : tiles.loadMatrix(keyRows()));
  if (writes && !valueRows().isOne)
    inputs.push_back(tiles.tokenColumn(valueRows()));
  if (writes && decays)
    inputs.push_back(decays.laterColumn());
  // The old state is one more term of the first row's.
  FragmentType type = b.fragment({b.block, keyWidth()}, b.f32(), b.rowsAccumulator());
  Value terms = b.map(type, inputs, [&](ValueRange x, Value row, Value) -> Value {
    Value first = arith::CmpIOp::create(b.builder, b.loc, arith::CmpIPredicate::eq, row, b.index(0));
    Value old = decays.select(first, total ? multiply(x[0], decays.exp(x[1])) : x[0]);
    if (!writes)
      return old;
    x = x.drop_front(total ? 2 : 1);
    Value y = valueRows().isOne ? x[0] : multiply(x[0], x[1]);
    return arith::AddFOp::create(b.builder, b.loc, decays ? multiply(y, decays.exp(x.back())) : y, old);
  });
  state = b.reduce(terms, Direction::column);
}

/// Whether anything but its writer uses a buffer: the caller, or a later op.
static bool isRead(Value buffer, Operation *writer) {
  Value root = BlockTiles::identity(buffer);
  if (!root.getDefiningOp<memref::AllocaOp>())
    return true;
  return llvm::any_of(root.getUsers(), [&](Operation *user) {
    if (!isa<memref::SubViewOp>(user))
      return user != writer;
    return llvm::any_of(user->getUsers(), [&](Operation *inner) { return inner != writer; });
  });
}

void RecurEmitter::run() {
  int64_t columns = op.getValueDim(), heads = isRead(op.getOut(), op) ? op.getGroupSize() : 0;
  if (columns == 1) {
    for (int64_t head = 0; head < heads; ++head)
      tiles.set(op.getOut(), head, {.width = 1, .fragment = readVector(head)});
    return writeVector();
  }
  if (isMemoryScarce()) {
    if (valueDecays)
      valueDecays.hold();
    values = loadValues();
  }
  // f16 and f32, several query heads and two decays leave no registers for two ways.
  if (byKey && !valueDecays && tiles.parts() == 1 && heads == 1)
    return runByKey();
  for (int64_t head = 0; head < heads; ++head)
    tiles.set(op.getOut(), head, {.width = columns, .channels = readMatrix(head, scores(head))});
  writeMatrix();
}

void plait::emitRecur(BlockTiles &tiles, RecurOp op, StateTiles &states, ScoresOfBlock &known) {
  RecurEmitter(tiles, op, states[BlockTiles::identity(op.getState())], known).run();
}
