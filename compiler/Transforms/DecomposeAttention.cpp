//===- DecomposeAttention.cpp - plait-decompose-attention -----------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file rewrites attention as row maps, recurrences and projections: its
// normaliser is a recurrence with one value column of ones, its non-causal
// form the final state times the mapped queries.
//===----------------------------------------------------------------------===//

#include "compiler/Transforms/Passes.h"
#include "compiler/Transforms/RowMaps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace plait {
#define GEN_PASS_DEF_DECOMPOSEATTENTION
#include "compiler/Transforms/Passes.h.inc"
} // namespace plait

using namespace mlir;
using namespace plait;

/// Whether the decay has no tokens: row maps, which walk them, can't convert it.
static bool isDecayPerHead(AttentionOp op) {
  return op.getDecay() && cast<RankedTensorType>(op.getDecay().getType()).getRank() == 1;
}

namespace {

/// What the two halves of an attention, numerator and normaliser, are read
/// from: the sums of each token, and the state behind the last.
struct Sums {
  Value rows, state;
};

class Decomposition {
public:
  Decomposition(AttentionOp op, OpBuilder &b) : op(op), b(b), loc(op.getLoc()) {}
  SmallVector<Value> run();

private:
  Value mapFeatures(Value rows, Region &region);
  Value initialState(Value given, Value keys, int64_t columns);
  RecurOp recur(Value queries, Value keys, Value values, Value initial);
  Sums causalSums(Value queries, Value keys, Value values, Value initial);
  Sums wholeSums(Value queries, Value keys, Value values, Value initial);
  Value quotient(Value numerator, Value denominator, Type element);

  AttentionOp op;
  OpBuilder &b;
  Location loc;
};

/// The rows of a feature map, in f32 whatever the type of its inputs.
Value Decomposition::mapFeatures(Value rows, Region &region) {
  if (region.empty())
    return extendRows(b, loc, rows);
  Operation *yield = region.front().getTerminator();
  auto yielded = cast<VectorType>(yield->getOperand(0).getType());
  Value mapped = mapRows(b, loc, rows, yielded.getDimSize(0), yielded.getElementType(),
                         [&](OpBuilder &b, Location, ValueRange arguments) -> Value {
                           IRMapping mapping;
                           mapping.map(region.front().getArguments(), arguments);
                           for (Operation &inner : region.front().without_terminator())
                             b.clone(inner, mapping);
                           return mapping.lookupOrDefault(yield->getOperand(0));
                         });
  return extendRows(b, loc, mapped);
}

Value Decomposition::initialState(Value given, Value keys, int64_t columns) {
  if (given)
    return given;
  SmallVector<OpFoldResult> key = tensor::getMixedSizes(b, loc, keys);
  return zeroTensor(b, loc, {key[0], key[2], key[3], b.getIndexAttr(columns)});
}

/// A plain recurrence of keys and values into f32 rows like `queries`.
RecurOp Decomposition::recur(Value queries, Value keys, Value values, Value initial) {
  Value out = emptyRows(b, loc, queries, cast<RankedTensorType>(values.getType()).getDimSize(3), b.getF32Type());
  OperationState state(loc, RecurOp::getOperationName());
  Value none;
  RecurOp::build(b, state, TypeRange{out.getType(), initial.getType()}, queries, keys, values, none, none, none, none,
                 none, none, none, none, ValueRange{out, initial},
                 ReadModeAttr::get(b.getContext(), ReadMode::inclusive), UnitAttr(), b.getF32FloatAttr(1.0f),
                 FloatAttr(), b.getI64IntegerAttr(1), b.getI64IntegerAttr(1), ScheduleAttr());
  return cast<RecurOp>(b.create(state));
}

Sums Decomposition::causalSums(Value queries, Value keys, Value values, Value initial) {
  Value decay = op.getDecay();
  if (decay && !isDecayPerHead(op))
    decay = extendRows(b, loc, decay);
  RecurOp sums = recur(queries, keys, values, initial);
  sums.getDecayMutable().assign(decay ? ValueRange{decay} : ValueRange{});
  sums.setReverse(op.getReverse());
  sums.setScaleAttr(op.getScaleAttr());
  sums.setMinLogDecayAttr(op.getMinLogDecayAttr());
  sums.setGroupSize(op.getGroupSize());
  return {sums.getResult(0), sums.getResult(1)};
}

/// Only the state of this recurrence is used; its rows are never computed.
Sums Decomposition::wholeSums(Value queries, Value keys, Value values, Value initial) {
  Value state = recur(keys, keys, values, initial).getResult(1);
  Value out = emptyRows(b, loc, queries, cast<RankedTensorType>(values.getType()).getDimSize(3), b.getF32Type());
  auto project = ProjectOp::create(b, loc, TypeRange{out.getType()}, queries, state, ValueRange{out}, op.getScaleAttr(),
                                   op.getGroupSizeAttr(), ScheduleAttr());
  return {project.getResult(0), state};
}

/// A row over q . z + eps or max(q . z, eps). Beside such an eps the divisor is 0
/// or at least 2^-124, so that its reciprocal, one division for a row, is finite.
static Value divideBy(OpBuilder &b, Location loc, Value row, Value divisor, const APFloat &eps) {
  auto splat = [&](Value x) { return vector::BroadcastOp::create(b, loc, row.getType(), x).getResult(); };
  if (eps.convertToFloat() < 0x1p-100f)
    return arith::DivFOp::create(b, loc, row, splat(divisor));
  Value one = arith::ConstantOp::create(b, loc, b.getF32FloatAttr(1.0f));
  return arith::MulFOp::create(b, loc, row, splat(arith::DivFOp::create(b, loc, one, divisor)));
}

Value Decomposition::quotient(Value numerator, Value denominator, Type element) {
  int64_t width = cast<RankedTensorType>(numerator.getType()).getDimSize(3);
  return mapRows(b, loc, {numerator, denominator}, width, element,
                 [&](OpBuilder &b, Location loc, ValueRange rows) -> Value {
                   Value eps = arith::ConstantOp::create(b, loc, op.getEpsAttr());
                   Value sum = vector::ExtractOp::create(b, loc, rows[1], ArrayRef<int64_t>{0});
                   Value divisor = op.getNormalize() == NormalizeMode::sum
                                       ? arith::AddFOp::create(b, loc, sum, eps).getResult()
                                       : arith::MaximumFOp::create(b, loc, sum, eps).getResult();
                   auto type = cast<VectorType>(rows[0].getType());
                   Value row = divideBy(b, loc, rows[0], divisor, op.getEps());
                   if (element == type.getElementType())
                     return row;
                   return arith::TruncFOp::create(b, loc, VectorType::get(type.getShape(), element), row);
                 });
}

SmallVector<Value> Decomposition::run() {
  Region &phi = op.getFeatureMap();
  Value queries = mapFeatures(op.getQuery(), phi);
  Value keys = mapFeatures(op.getKey(), op.getKeyMap().empty() ? phi : op.getKeyMap());
  Value values = extendRows(b, loc, op.getValue());
  Type element = cast<RankedTensorType>(op.getOut().getType()).getElementType();
  int64_t columns = cast<RankedTensorType>(values.getType()).getDimSize(3);

  auto sums = [&](Value values, Value given, int64_t columns) {
    Value initial = initialState(given, keys, columns);
    return op.getCausal() ? causalSums(queries, keys, values, initial) : wholeSums(queries, keys, values, initial);
  };
  Sums numerator = sums(values, op.getInitialState(), columns);
  if (op.getNormalize() == NormalizeMode::none)
    return {truncateRows(b, loc, numerator.rows, element), numerator.state};

  Value ones = mapRows(b, loc, op.getKey(), 1, b.getF32Type(), [](OpBuilder &b, Location loc, ValueRange) -> Value {
    auto type = VectorType::get({1}, b.getF32Type());
    return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(type, 1.0f));
  });
  Sums denominator = sums(ones, op.getInitialNormalizer(), 1);
  return {quotient(numerator.rows, denominator.rows, element), numerator.state, denominator.state};
}

/// attention ==> map_rows, recur (and project), map_rows
struct DecomposeAttentionPattern : OpRewritePattern<AttentionOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(AttentionOp op, PatternRewriter &rewriter) const override {
    SmallVector<Value> values = Decomposition(op, rewriter).run();
    rewriter.replaceAllUsesWith(op.getOut(), values[0]);
    if (Value state = op.getFinalState())
      rewriter.replaceAllUsesWith(state, values[1]);
    if (Value normalizer = op.getFinalNormalizer())
      rewriter.replaceAllUsesWith(normalizer, values[2]);
    rewriter.eraseOp(op);
    return success();
  }
};

struct DecomposeAttentionPass final : plait::impl::DecomposeAttentionBase<DecomposeAttentionPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<DecomposeAttentionPattern>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
