//===- Recur.cpp - the matrix-state recurrence, token by token ------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file runs plait.recur from its definition:
//
//   S_t = diag(e^{g_t}) S_{t-1} diag(e^{w_t}) + b_t (a_t^T S_{t-1}) + k_t v_t^T
//
// with the delta rule's value beta (v - S^T k) in place of v, several writes a
// token (sub-steps), and the state held as e^{-m_t} S_t where a running max m
// stabilises it. Under `reverse` the tokens run from the last to the first;
// the sub-steps of one token keep their order.
//===----------------------------------------------------------------------===//

#include "compiler/Interpreter/FloatOps.h"
#include "compiler/Interpreter/MatrixState.h"
#include "compiler/Interpreter/Program.h"
#include "compiler/Interpreter/Sequences.h"

#include "dialects/Plait/IR/PlaitOps.h"

using namespace llvm;
using namespace plait;
using namespace plait::interpreter;

namespace {

class Recurrence {
public:
  Recurrence(RecurOp op, Operands operands);

  Error check();
  Error run(Results &results);

private:
  /// The array of an operand by its place in the op's list; null if absent.
  const Array *operand(unsigned place, Operands operands);
  Error check(StringRef name, const Array *array, ArrayRef<int64_t> shape);
  Error checkInits();

  const double *row(const Array &array, int64_t batch, int64_t token, int64_t head) const {
    return array.data.data() + offset(array, batch, token, head);
  }
  int64_t offset(const Array &array, int64_t batch, int64_t token, int64_t head) const;
  void step(const Sequence &sequence, int64_t token, int64_t head, MatrixState state, double &max);
  double stabilize(int64_t batch, int64_t token, int64_t head, double max) const;
  void decayState(int64_t batch, int64_t token, int64_t head, MatrixState &state, double shift) const;
  void writeToken(int64_t batch, int64_t token, int64_t head, MatrixState &state, double inputFactor) const;
  void readToken(int64_t batch, int64_t token, int64_t head, const MatrixState &state);
  void addBonus(int64_t batch, int64_t token, int64_t head, const double *query, Row &y) const;

  RecurOp op;
  const Array *query, *key, *value, *decay, *valueDecay, *a, *b, *beta, *bonus, *inputGate, *segments;
  SmallVector<Array, 4> inits;
  int64_t batches, tokens, heads, keys, values, group, substeps;
};

Recurrence::Recurrence(RecurOp op, Operands operands) : op(op) {
  const Array **places[] = {&query, &key, &value, &decay, &valueDecay, &a, &b, &beta, &bonus, &inputGate, &segments};
  for (auto [place, array] : enumerate(places))
    *array = operand(place, operands);
  for (const Array *init : operands.take_back(op.getInits().size()))
    inits.push_back(*init);
  group = op.getGroupSize();
  substeps = op.getSubsteps();
  batches = query->shape[0];
  tokens = query->shape[1];
  heads = key->shape[2];
  keys = query->shape[3];
  values = value->shape[3];
}

const Array *Recurrence::operand(unsigned place, Operands operands) {
  auto [first, length] = op.getODSOperandIndexAndLength(place);
  return length == 0 ? nullptr : operands[first];
}

Error Recurrence::check(StringRef name, const Array *array, ArrayRef<int64_t> shape) {
  return array ? checkShape(op, name, *array, shape) : Error::success();
}

Error Recurrence::checkInits() {
  size_t expected = inputGate ? 4 : 2;
  if (inits.size() != expected)
    return expects(op, Twine(expected) + " inits", Twine(inits.size()));
  int64_t states = segments ? segments->shape[0] - 1 : batches;
  if (Error error = check("output", &inits[0], {batches, tokens, heads * group, values}))
    return error;
  if (Error error = check("state", &inits[1], {states, heads, keys, values}))
    return error;
  if (!inputGate)
    return Error::success();
  if (Error error = check("maxima", &inits[2], {batches, tokens, heads}))
    return error;
  return check("maximum", &inits[3], {states, heads});
}

Error Recurrence::check() {
  if (substeps < 1 || group < 1)
    return expects(op, "substeps and group_size of at least 1", Twine(substeps) + " and " + Twine(group));
  if (segments && segments->shape[0] < 1)
    return expects(op, "at least one segment offset", "none");
  struct Expectation {
    StringRef name;
    const Array *array;
    SmallVector<int64_t, 4> shape;
  };
  int64_t subtokens = tokens * substeps;
  const Expectation expectations[] = {{"query", query, {batches, tokens, heads * group, keys}},
                                      {"key", key, {batches, subtokens, heads, keys}},
                                      {"value", value, {batches, subtokens, heads, values}},
                                      {"value_decay", valueDecay, {batches, tokens, heads, values}},
                                      {"low_rank a", a, {batches, tokens, heads, keys}},
                                      {"low_rank b", b, {batches, tokens, heads, keys}},
                                      {"beta", beta, {batches, subtokens, heads}},
                                      {"bonus", bonus, {heads, keys}},
                                      {"input gate", inputGate, {batches, tokens, heads}}};
  for (const Expectation &e : expectations)
    if (Error error = check(e.name, e.array, e.shape))
      return error;
  if (inputGate && decay && decay->shape.size() == 4)
    return expects(op, "a decay of one number a token with stabilize", print(decay->shape));
  if (Error error = checkDecay(op, decay, {batches, tokens, heads, keys}))
    return error;
  return checkInits();
}

/// Where the row of a token and head starts in an array [B, T, H, ...].
int64_t Recurrence::offset(const Array &array, int64_t batch, int64_t token, int64_t head) const {
  int64_t width = array.shape.size() == 4 ? array.shape[3] : 1;
  return ((batch * array.shape[1] + token) * array.shape[2] + head) * width;
}

/// m_t = max(g_t + m_{t-1}, i_t).
double Recurrence::stabilize(int64_t batch, int64_t token, int64_t head, double max) const {
  double g = !decay ? 0 : decay->shape.size() == 1 ? decay->data[head] : *row(*decay, batch, token, head);
  return maximum(g + max, *row(*inputGate, batch, token, head));
}

/// S <- diag(e^{g_t + shift}) S diag(e^{w_t}).
void Recurrence::decayState(int64_t batch, int64_t token, int64_t head, MatrixState &state, double shift) const {
  const double none = 0;
  if (decay)
    state.decayRows(*decay, batch, token, head, shift);
  else if (inputGate)
    state.decayRows(&none, 0, shift);
  if (valueDecay)
    state.decayColumns(row(*valueDecay, batch, token, head));
}

/// The writes of a token, one a sub-step: S <- S + k v^T, or with beta
/// S <- S + k (beta (v - S^T k))^T.
void Recurrence::writeToken(int64_t batch, int64_t token, int64_t head, MatrixState &state, double inputFactor) const {
  for (int64_t j = token * substeps; j < (token + 1) * substeps; ++j) {
    const double *k = row(*key, batch, j, head), *v = row(*value, batch, j, head);
    Row written(v, v + values);
    for (double &x : written)
      x *= inputFactor;
    if (beta) {
      Row held = state.read(k);
      for (int64_t i = 0; i < values; ++i)
        written[i] = *row(*beta, batch, j, head) * (written[i] - held[i]);
    }
    state.write(k, written.data());
  }
}

/// y += (q . (u * k)) v, over the writes of the token.
void Recurrence::addBonus(int64_t batch, int64_t token, int64_t head, const double *query, Row &y) const {
  const double *u = &bonus->data[head * keys];
  for (int64_t j = token * substeps; j < (token + 1) * substeps; ++j) {
    const double *k = row(*key, batch, j, head), *v = row(*value, batch, j, head);
    double weight = 0;
    for (int64_t i = 0; i < keys; ++i)
      weight += query[i] * (u[i] * k[i]);
    for (int64_t i = 0; i < values; ++i)
      y[i] += weight * v[i];
  }
}

/// o_t = scale * S^T q_t for every query head of this head.
void Recurrence::readToken(int64_t batch, int64_t token, int64_t head, const MatrixState &state) {
  double scale = op.getScale().convertToFloat();
  for (int64_t queryHead = head * group; queryHead < (head + 1) * group; ++queryHead) {
    const double *q = row(*query, batch, token, queryHead);
    Row y = state.read(q);
    if (bonus)
      addBonus(batch, token, head, q, y);
    double *out = &inits[0].data[offset(inits[0], batch, token, queryHead)];
    for (int64_t i = 0; i < values; ++i)
      out[i] = scale * y[i];
  }
}

void Recurrence::step(const Sequence &sequence, int64_t token, int64_t head, MatrixState state, double &max) {
  int64_t batch = sequence.batch;
  bool exclusive = op.getRead() == ReadMode::exclusive;
  if (exclusive)
    readToken(batch, token, head, state);

  Row lowRank;
  if (a)
    lowRank = state.read(row(*a, batch, token, head));
  double shift = 0, input = 1; // m_{t-1} - m_t and e^{i_t - m_t}
  if (inputGate) {
    double next = stabilize(batch, token, head, max);
    shift = max - next;
    input = std::exp(*row(*inputGate, batch, token, head) - next);
    max = next;
    inits[2].data[offset(inits[2], batch, token, head)] = max;
  }
  decayState(batch, token, head, state, shift);
  if (a)
    state.write(row(*b, batch, token, head), lowRank.data());
  writeToken(batch, token, head, state, input);

  if (!exclusive)
    readToken(batch, token, head, state);
}

Error Recurrence::run(Results &results) {
  Expected<std::vector<Sequence>> sequences = sequencesOf(op, batches, tokens, segments);
  if (!sequences)
    return sequences.takeError();
  for (auto [number, sequence] : enumerate(*sequences))
    for (int64_t head = 0; head < heads; ++head) {
      int64_t state = number * heads + head;
      double unused = 0, &max = inputGate ? inits[3].data[state] : unused;
      MatrixState matrix(inits[1].data.data() + state * keys * values, keys, values);
      for (int64_t i = 0; i < sequence.length(); ++i)
        step(sequence, sequence.token(i, op.getReverse()), head, matrix, max);
    }
  for (Array &init : inits)
    results.push_back(std::move(init));
  return Error::success();
}

Error recur(mlir::Operation *op, Operands operands, Results &results) {
  Recurrence recurrence(cast<RecurOp>(op), operands);
  if (Error error = recurrence.check())
    return error;
  return recurrence.run(results);
}

} // namespace

void interpreter::addRecurHandlers(Handlers &handlers) { handlers.add<RecurOp>(recur); }
