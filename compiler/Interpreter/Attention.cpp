//===- Attention.cpp - attention as users say it --------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file runs plait.attention from its definition, not from what it
// decomposes into: features of queries and keys first, then the sums
//
//   n_i = phi(q_i)^T sum_j e^{G_i - G_j} psi(k_j) v_j^T,  z_i = phi(q_i)^T sum_j e^{G_i - G_j} psi(k_j)
//
// with the sum over j <= i, over j >= i under `reverse`, or over all j without
// `causal`; the quotient last.
//===----------------------------------------------------------------------===//

#include "compiler/Interpreter/MatrixState.h"
#include "compiler/Interpreter/Program.h"

#include "dialects/Plait/IR/PlaitOps.h"

using namespace llvm;
using namespace plait;
using namespace plait::interpreter;

namespace {

/// The features of every row of `rows`; the rows themselves without a map.
Expected<Array> mapFeatures(mlir::Region &map, const Array &rows) {
  if (map.empty())
    return rows;
  Expected<Program> program = Program::compile(map.front());
  if (!program)
    return program.takeError();
  int64_t width = rows.shape[3], features = 0;
  auto type = cast<mlir::VectorType>(map.front().getTerminator()->getOperand(0).getType());
  features = type.getNumElements();
  program->argument(0) = filled({width}, 0);
  Array result = filled({rows.shape[0], rows.shape[1], rows.shape[2], features}, 0);
  for (int64_t row = 0; row < rows.shape[0] * rows.shape[1] * rows.shape[2]; ++row) {
    const double *x = rows.data.data() + row * width;
    program->argument(0).data.assign(x, x + width);
    if (Error error = program->run())
      return error;
    copy(program->result(0).data, result.data.begin() + row * features);
  }
  return result;
}

/// The operands by name, and sizes: tokens of queries and of keys may differ
/// where nothing is causal.
class Attention {
public:
  Attention(AttentionOp op, Operands operands);

  Error prepare();
  void run();
  void takeResults(Results &results);

private:
  Error check(StringRef name, const Array *array, ArrayRef<int64_t> shape);
  void runHead(int64_t batch, int64_t head);
  void accumulate(int64_t batch, int64_t token, int64_t head, MatrixState &sums, MatrixState &weights) const;
  void read(int64_t batch, int64_t token, int64_t head, const MatrixState &sums, const MatrixState &weights);
  double normalizer(double z);
  int64_t index(const Array &array, int64_t batch, int64_t token, int64_t head) const {
    return ((batch * array.shape[1] + token) * array.shape[2] + head) * array.shape[3];
  }

  AttentionOp op;
  const Array *query, *key, *value, *decay, *initialState, *initialNormalizer;
  Array phi, psi;
  Array out, state, weight; // weight: the normaliser's state, [B, H, C, 1]
  int64_t batches, queries, tokens, heads, features, values, group;
};

Attention::Attention(AttentionOp op, Operands operands) : op(op) {
  const Array **places[] = {&query, &key, &value, &decay, &initialState, &initialNormalizer};
  for (auto [place, array] : enumerate(places)) {
    auto [first, length] = op.getODSOperandIndexAndLength(place);
    *array = length == 0 ? nullptr : operands[first];
  }
  group = op.getGroupSize();
  batches = query->shape[0];
  queries = query->shape[1];
  tokens = key->shape[1];
  heads = key->shape[2];
  values = value->shape[3];
}

Error Attention::check(StringRef name, const Array *array, ArrayRef<int64_t> shape) {
  return array ? checkShape(op, name, *array, shape) : Error::success();
}

Error Attention::prepare() {
  if (Error error = check("query", query, {batches, op.getCausal() ? tokens : queries, heads * group, key->shape[3]}))
    return error;
  if (Error error = check("key", key, {batches, tokens, heads, key->shape[3]}))
    return error;
  if (Error error = check("value", value, {batches, tokens, heads, values}))
    return error;

  Expected<Array> mapped = mapFeatures(op.getFeatureMap(), *query);
  if (!mapped)
    return mapped.takeError();
  phi = std::move(*mapped);
  mapped = mapFeatures(op.getKeyMap().empty() ? op.getFeatureMap() : op.getKeyMap(), *key);
  if (!mapped)
    return mapped.takeError();
  psi = std::move(*mapped);
  features = psi.shape[3];

  if (Error error = checkDecay(op, decay, {batches, tokens, heads, features}))
    return error;
  SmallVector<int64_t, 4> stateShape = {batches, heads, features, values}, weightShape = {batches, heads, features, 1};
  if (Error error = check("state", initialState, stateShape))
    return error;
  if (Error error = check("normalizer", initialNormalizer, weightShape))
    return error;
  state = initialState ? *initialState : filled(stateShape, 0);
  weight = initialNormalizer ? *initialNormalizer : filled(weightShape, 0);
  out = filled({batches, queries, heads * group, values}, 0);
  return Error::success();
}

void Attention::accumulate(int64_t batch, int64_t token, int64_t head, MatrixState &sums, MatrixState &weights) const {
  const double *k = &psi.data[index(psi, batch, token, head)], one = 1;
  sums.write(k, &value->data[index(*value, batch, token, head)]);
  weights.write(k, &one);
}

/// What the numerator is divided by, from z with its scale.
double Attention::normalizer(double z) {
  double eps = op.getEps().convertToFloat();
  switch (op.getNormalize()) {
  case NormalizeMode::none:
    return 1;
  case NormalizeMode::sum:
    return z + eps;
  case NormalizeMode::clamp:
    return std::isnan(z) ? z : std::max(z, eps);
  }
  llvm_unreachable("a mode of normalisation");
}

void Attention::read(int64_t batch, int64_t token, int64_t head, const MatrixState &sums, const MatrixState &weights) {
  double scale = op.getScale().convertToFloat();
  for (int64_t queryHead = head * group; queryHead < (head + 1) * group; ++queryHead) {
    const double *q = &phi.data[index(phi, batch, token, queryHead)];
    Row numerator = sums.read(q);
    double divisor = normalizer(scale * weights.read(q)[0]);
    for (int64_t v = 0; v < values; ++v)
      out.data[index(out, batch, token, queryHead) + v] = scale * numerator[v] / divisor;
  }
}

void Attention::runHead(int64_t batch, int64_t head) {
  int64_t number = (batch * heads + head) * features;
  MatrixState sums(state.data.data() + number * values, features, values);
  MatrixState weights(weight.data.data() + number, features, 1);
  for (int64_t i = 0; i < tokens; ++i) {
    int64_t token = op.getReverse() ? tokens - 1 - i : i;
    for (MatrixState *decayed : {&sums, &weights})
      if (decay)
        decayed->decayRows(*decay, batch, token, head);
    accumulate(batch, token, head, sums, weights);
    if (op.getCausal())
      read(batch, token, head, sums, weights);
  }
  for (int64_t i = 0; !op.getCausal() && i < queries; ++i)
    read(batch, i, head, sums, weights);
}

void Attention::run() {
  for (int64_t b = 0; b < batches; ++b)
    for (int64_t h = 0; h < heads; ++h)
      runHead(b, h);
}

void Attention::takeResults(Results &results) {
  results.push_back(std::move(out));
  if (op.getFinalState())
    results.push_back(std::move(state));
  if (op.getFinalNormalizer())
    results.push_back(std::move(weight));
}

Error attention(mlir::Operation *operation, Operands operands, Results &results) {
  auto op = cast<AttentionOp>(operation);
  Attention attention(op, operands);
  if (Error error = attention.prepare())
    return error;
  attention.run();
  attention.takeResults(results);
  return Error::success();
}

} // namespace

void interpreter::addAttentionHandlers(Handlers &handlers) { handlers.add<AttentionOp>(attention); }
