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
// warps. Where warps split keys, too, V^T lies in shared memory, and sums of S^T Q^T
// cross warps. Decays of key channels and of value channels by themselves are those of
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

static void *identity(Value buffer) { return buffer ? BlockTiles::identity(buffer).getAsOpaquePointer() : nullptr; }

namespace {

class RecurEmitter {
public:
  RecurEmitter(BlockTiles &tiles, RecurOp op, Value &state, ProductsOfBlock &known)
      : tiles(tiles), b(tiles.b), op(op), state(state), known(known), decays(tiles, op),
        keyDecays(tiles, op, decays, known.decays[identity(op.getDecay())]), valueDecays(tiles, op, decays),
        byKey(decays.isByKey()) {}
  void run();

private:
  Rows &queryRows(int64_t head) { return tiles.matrixRows(op.getQuery(), head); }
  Rows &keyRows() { return tiles.matrixRows(op.getKey(), 0); }
  Rows &valueRows() { return tiles.rows(op.getValue(), 0); }
  int64_t keyWidth() { return b.padded(op.getKeyDim()); }
  FragmentType scoresType() { return b.fragment({b.block, b.block}, b.f32(), b.accumulator()); }
  FragmentType outType() { return b.fragment({b.valueChannels, b.block}, b.f32(), b.accumulator()); }
  float scale() { return op.getScale().convertToFloat(); }
  /// A product that an fma may take up.
  Value multiply(Value x, Value y) {
    return arith::MulFOp::create(b.builder, b.loc, x, y, arith::FastMathFlags::contract);
  }

  Value loadValues();
  const Values &partsOf(Value values);
  Value scores(int64_t head);
  Value rawScores(int64_t head);
  Value computeScores(int64_t head, Value raw);
  Value bonus(int64_t head);
  Value readMatrix(int64_t head, Value p);
  Value addScored(Value out, Value p);
  Value readState(int64_t head);
  Value scaled(Value out);
  Value timesVector(Value matrix, Value vector);
  Values writtenKeys();
  void writeMatrix();
  Values emitGentle(const Values &queries, const Values &keys);
  Values emitSteep();
  void runByKey();
  Value readVector(int64_t head);
  int64_t equalRows();
  Values weights();
  void writeVector();

  BlockTiles &tiles;
  TileBuilder &b;
  RecurOp op;
  Value &state;
  ProductsOfBlock &known;
  Decays decays;
  KeyDecays keyDecays;
  ValueDecays valueDecays;
  bool byKey;                    ///< each key channel has its own decay
  Values bonuses;                ///< of each query head
  Value values;                  ///< V^T, once it is loaded
  std::pair<Value, Values> made; ///< what values are operands, and those
};

} // namespace

/// V^T in registers, in f32 where parts make up an operand or channels decay.
Value RecurEmitter::loadValues() {
  if (valueDecays)
    return valueDecays.loadValues();
  if (tiles.parts() > 1)
    return tiles.loadTransposedMatrix(valueRows());
  FragmentType type = b.fragment({b.valueChannels, b.block}, b.bf16(), b.left());
  return b.load(tiles.operands(valueRows())[0], type, /*transposed=*/true);
}

/// The operands that values in registers are.
const Values &RecurEmitter::partsOf(Value values) {
  if (made.first != values) {
    bool isOperand = fragmentOf(values).getElementType().isBF16();
    made = {values, isOperand ? Values{values} : tiles.leftOperands(values, tiles.parts())};
  }
  return made.second;
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
    inputs.push_back(bonuses[head]);
  return b.map(type, inputs, [&](ValueRange x, Value token, Value other) -> Value {
    Value keep = decays.before(other, token, op.getRead() == ReadMode::inclusive), y = x[0];
    if (decays)
      y = multiply(y, decays.exp(decays.select(keep, decays.between(x.slice(1, sums.size())))));
    y = decays.select(keep, y);
    if (op.getBonus()) {
      Value same = arith::CmpIOp::create(b.builder, b.loc, arith::CmpIPredicate::eq, token, other);
      y = arith::SelectOp::create(b.builder, b.loc, same, x.back(), y);
    }
    return scale() == 1 ? y : multiply(y, b.number(scale()));
  });
}

/// What scores depend on, but for a bonus.
static ScoresKey keyOf(RecurOp op, int64_t head) {
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
  Value &scores = known.scores[keyOf(op, head)];
  if (!scores)
    scores = computeScores(head, rawScores(head));
  return scores;
}

Value RecurEmitter::scaled(Value out) {
  if (scale() == 1)
    return out;
  return b.map(out.getType(), out, [&](ValueRange x, Value, Value) { return multiply(x[0], b.number(scale())); });
}

/// What the state gives to O^T of one query head.
Value RecurEmitter::readState(int64_t head) {
  FragmentType type = outType();
  Values queries =
      byKey ? tiles.share(keyDecays.query(queryRows(head)), tiles.parts()) : Values(tiles.operands(queryRows(head)));
  Value out = b.multiply(tiles.stateOperands(state, decays.sumParts()), queries, true, b.splat(type, 0));
  if (decays)
    out = timesVector(out, decays.factor(Decays::Read, b.row(b.block), scale()));
  else
    out = scaled(out);
  return valueDecays ? valueDecays.fromStart(out) : out;
}

/// O^T of one query head, by its P.
Value RecurEmitter::readMatrix(int64_t head, Value p) {
  if (valueDecays)
    return valueDecays.addScored(readState(head), p);
  // Before P is stored: the products of the scores and of the state then run side by side.
  Value out = readState(head);
  return addScored(out, p);
}

/// O^T + V^T P^T; a token reads but those on one side of it.
Value RecurEmitter::addScored(Value out, Value p) {
  Values shared = tiles.share(p, decays.sumParts());
  if (!values)
    values = loadValues();
  Triangle triangle = op.getReverse() ? Triangle::lower : Triangle::upper;
  return b.multiply(partsOf(values), shared, true, out, /*rounded=*/false, triangle);
}

/// A matrix times the number of a row or column beside each element.
Value RecurEmitter::timesVector(Value matrix, Value vector) {
  return b.map(matrix.getType(), {matrix, vector}, [&](ValueRange x, Value, Value) { return multiply(x[0], x[1]); });
}

/// Keys as a state adds them up.
Values RecurEmitter::writtenKeys() {
  if (!byKey)
    return Values(tiles.operands(keyRows()));
  Values &keys = known.keys[{identity(op.getKey()), identity(op.getDecay()), op.getReverse()}];
  if (keys.empty())
    keys = tiles.share(keyDecays.key(keyRows()), tiles.parts());
  return keys;
}

void RecurEmitter::writeMatrix() {
  if (!values)
    values = loadValues();
  if (byKey)
    state = timesVector(state, keyDecays.whole());
  if (decays) {
    state = timesVector(state, decays.total(b.column(b.valueChannels)));
    values = decays.scaleValues(values);
  }
  if (valueDecays) {
    state = valueDecays.decayState(state);
    values = valueDecays.toEnd(values);
  }
  Values keys = writtenKeys();
  // All blocks add to the state: of f32, what tensor cores truncate would show.
  state = b.multiply(partsOf(values), keys, false, state, /*rounded=*/tiles.parts() > 2);
}

/// P, O^T and the state: with queries and keys at the middle m of the block,
///
///   O^T = (S^T e^{G_m}) Q_m^T + V^T P^T,    S'^T = (S^T e^{G_m} + V^T K_m) e^{G_C - G_m}
Values RecurEmitter::emitGentle(const Values &queries, const Values &keys) {
  Value middle = timesVector(state, keyDecays.firstHalf());
  Value p = computeScores(0, b.multiply(queries, keys, true, b.splat(scoresType(), 0)));
  Values parts = tiles.stateOperands(middle, decays.sumParts());
  Value out = scaled(b.multiply(parts, queries, true, b.splat(outType(), 0)));
  out = addScored(out, p);
  Value written = b.multiply(values, keys, false, middle);
  return {p, out, timesVector(written, keyDecays.secondHalf())};
}

/// The same of any decays.
Values RecurEmitter::emitSteep() {
  Value p = computeScores(0, rawScores(0)), out = readMatrix(0, p);
  writeMatrix();
  return {p, out, state};
}

/// The way that a block's decays allow. What the gentle way rounds once more evens out over the scores of many tokens,
/// but not of few: those go the other way, too.
void RecurEmitter::runByKey() {
  // The operands of the gentle way are there before it is known to be the way: threads then wait for both at once. And
  // what loading keeps of rows, which both ways may use, is there before the branches.
  keyDecays.sumToMiddle();
  Values keys = tiles.share(keyDecays.keyAtMiddle(keyRows()), 1);
  Values queries = tiles.share(keyDecays.queryAtMiddle(queryRows(0)), 1);
  Value few = arith::CmpIOp::create(b.builder, b.loc, arith::CmpIPredicate::slt, tiles.tokens(), b.index(mmaRows));
  Value steep = arith::OrIOp::create(b.builder, b.loc, keyDecays.isSteep(), few), before = state;
  auto choice = scf::IfOp::create(b.builder, b.loc, {scoresType(), outType(), state.getType()}, steep,
                                  /*withElseRegion=*/true);
  {
    OpBuilder::InsertionGuard guard(b.builder);
    b.builder.setInsertionPointToStart(choice.thenBlock());
    scf::YieldOp::create(b.builder, b.loc, emitSteep());
    // What it has put into shared memory is there in this branch alone.
    known.keys.clear();
    known.decays[identity(op.getDecay())] = {};
    state = before;
    b.builder.setInsertionPointToStart(choice.elseBlock());
    scf::YieldOp::create(b.builder, b.loc, emitGentle(queries, keys));
  }
  if (!op.getBonus())
    known.scores[keyOf(op, 0)] = choice.getResult(0);
  tiles.set(op.getOut(), 0, {.width = op.getValueDim(), .channels = choice.getResult(1)});
  state = choice.getResult(2);
}

/// q_t . z e^{G_t} + the sum over j of P[t,j] v_j, a number for each token.
Value RecurEmitter::readVector(int64_t head) {
  Value p = scores(head), given = p; // of keys that there are not, scores are 0
  if (!valueRows().isOne)
    given = timesVector(p, tiles.tokenRow(valueRows(), b.row(b.block)));
  Value q = byKey ? keyDecays.query(queryRows(head)) : tiles.loadMatrix(queryRows(head));
  Value before = timesVector(q, state);
  before = decays ? timesVector(before, decays.factor(Decays::Read, b.column(b.block), scale())) : scaled(before);
  return b.reduce({given, before}, Direction::row);
}

/// The rows of a product that are all the same. The fewest are whole in each warp, and so are then the scores whose
/// sums are added to those of queries with z: they must have columns for all warps.
int64_t RecurEmitter::equalRows() {
  constexpr int64_t fewestColumns = 8; // of a product
  return b.block < fewestColumns * b.warps ? b.block : mmaRows;
}

/// What a token's key counts in z: its value, decayed to the block's end, as factors of products.
Values RecurEmitter::weights() {
  FragmentType type = b.fragment({equalRows(), b.block}, b.bf16(), b.left()), row = b.row(b.block, b.left());
  if (valueRows().isOne && !decays)
    return {b.splat(type, 1)};
  Values inputs;
  if (!valueRows().isOne)
    inputs.push_back(tiles.tokenRow(valueRows(), row));
  if (decays)
    inputs.push_back(decays.factor(Decays::Later, row));
  Value weight = inputs[0];
  if (inputs.size() > 1)
    weight = b.map(row, inputs, [&](ValueRange x, Value, Value) { return multiply(x[0], x[1]); });
  Values parts;
  for (int64_t i = 0; i < decays.parts(); ++i) {
    parts.push_back(b.map(type, weight, [&](ValueRange x, Value, Value) -> Value {
      return arith::TruncFOp::create(b.builder, b.loc, b.bf16(), x[0]);
    }));
    weight = tiles.rest(weight);
  }
  return parts;
}

/// z e^{G_C} + the sum over j of v_j e^{D_j} k_j, by products with rows that are all the same.
void RecurEmitter::writeVector() {
  bool writes = !valueRows().isZero;
  if (byKey)
    state = timesVector(state, keyDecays.whole());
  if (decays)
    state = timesVector(state, decays.total(fragmentOf(state)));
  if (!writes)
    return;
  Values keys = writtenKeys();
  FragmentType type = b.fragment({equalRows(), keyWidth()}, b.f32(), b.accumulator());
  Value rows = b.map(type, state, [&](ValueRange z, Value, Value) { return z[0]; });
  state = b.reduce(b.multiply(weights(), keys, false, rows, /*rounded=*/true), Direction::column, ReduceKind::any);
}

bool plait::isRead(Value buffer, Operation *writer) {
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
  // Before scores, whose registers queries, keys and factors would take.
  for (int64_t head = 0; op.getBonus() && head < heads; ++head)
    bonuses.push_back(bonus(head));
  if (columns == 1) {
    for (int64_t head = 0; head < heads; ++head)
      tiles.set(op.getOut(), head, {.width = 1, .fragment = readVector(head)});
    return writeVector();
  }
  // Where key channels decay by themselves, or factors have parts, shared memory runs out before
  // registers do.
  if (byKey || tiles.parts() > 1) {
    if (valueDecays)
      valueDecays.hold();
    values = loadValues();
  } else if (!valueDecays && tiles.isComputed(op.getValue(), 0)) {
    (void)tiles.operands(valueRows()); // they leave their registers to scores and the state
  }
  // f16 and f32, several query heads and two decays leave no registers for two ways.
  if (byKey && !valueDecays && tiles.parts() == 1 && heads == 1)
    return runByKey();
  for (int64_t head = 0; head < heads; ++head)
    tiles.set(op.getOut(), head, {.width = columns, .channels = readMatrix(head, scores(head))});
  writeMatrix();
}

void plait::emitRecur(BlockTiles &tiles, RecurOp op, StateTiles &states, ProductsOfBlock &known) {
  RecurEmitter(tiles, op, states[BlockTiles::identity(op.getState())], known).run();
}
