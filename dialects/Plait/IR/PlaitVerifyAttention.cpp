//===- PlaitVerifyAttention.cpp - verifier of plait.attention -------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file checks the numbered constraints of plait.attention.
//===----------------------------------------------------------------------===//

#include "dialects/Plait/IR/PlaitAssembly.h"
#include "dialects/Plait/IR/PlaitVerify.h"

using namespace mlir;
using namespace plait;

/// The operands and results under their loops: batch, head, value, time of the
/// query, time of the key.
static SmallVector<Walked> walkedOf(AttentionOp op) {
  DimRole b{0}, h{1}, v{2}, t{3}, s = op.getCausal() ? t : DimRole{4};
  DimRole queryHead{1, static_cast<int64_t>(op.getGroupSize())};
  SmallVector<DimRole> decay{h};
  if (op.getDecay() && op.getDecay().getType().getRank() > 1)
    decay = {b, t, h};
  return {{{"query", op.getQuery()}, {b, t, queryHead}},
          {{"key", op.getKey()}, {b, s, h}},
          {{"value", op.getValue()}, {b, s, h, v}},
          {{"decay", op.getDecay()}, decay},
          {{"state", op.getInitialState()}, {b, h, wholeDim, v}},
          {{"normalizer", op.getInitialNormalizer()}, {b, h}},
          {{"out", op.getOut()}, {b, t, queryHead, v}},
          {{"final state", op.getFinalState()}, {b, h, wholeDim, v}},
          {{"final normalizer", op.getFinalNormalizer()}, {b, h}}};
}

/// attention_c1: ranks.
static LogicalResult verifyRanks(AttentionOp op) {
  for (const Walked &walked : walkedOf(op)) {
    bool decay = walked.operand.name == "decay";
    if (failed(verifyRank(op, walked.operand, decay ? ArrayRef<int64_t>{1, 3, 4} : ArrayRef<int64_t>{4})))
      return failure();
  }
  return success();
}

/// attention_c2: element types.
static LogicalResult verifyElementTypes(AttentionOp op) {
  Type f32 = Float32Type::get(op.getContext()), element = op.getQuery().getType().getElementType();
  for (const Walked &walked : walkedOf(op)) {
    StringRef name(walked.operand.name);
    SmallVector<Type> types{f32};
    if (name == "key" || name == "value" || name == "query")
      types = {element};
    else if (name == "out" || name == "decay")
      types = {element, f32};
    if (failed(verifyElements(op, walked.operand, types)))
      return failure();
  }
  return success();
}

/// attention_c3: K and V are static and in 1..512.
static LogicalResult verifyHeadDims(AttentionOp op) {
  Named query("query", op.getQuery()), value("value", op.getValue());
  if (failed(verifyStaticDim(op, query, 3, "key", maxHeadDim)) ||
      failed(verifyDim(op, {"key", op.getKey()}, 3, "key", query.type.getDimSize(3))) ||
      failed(verifyStaticDim(op, value, 3, "value", maxHeadDim)))
    return failure();
  return verifyDim(op, {"out", op.getOut()}, 3, "value", value.type.getDimSize(3));
}

/// The attributes that need each other.
static LogicalResult verifyModes(AttentionOp op) {
  // attention_c9: decay and reverse need causal.
  if (!op.getCausal() && (op.getDecay() || op.getReverse()))
    return op.emitOpError() << "expects `causal` beside `" << (op.getDecay() ? "decay" : "reverse")
                            << "`, but got none";
  // attention_c10: normalizers need normalize.
  bool normalized = op.getNormalize() != NormalizeMode::none;
  if (!normalized && (op.getInitialNormalizer() || op.getFinalNormalizer()))
    return op.emitOpError("expects `normalize` beside a normalizer, but got none");
  // attention_c11: eps.
  float eps = op.getEps().convertToFloat();
  if (!(eps >= 0.0f) || op.getEps().isInfinity())
    return op.emitOpError() << "expects a finite `eps` of at least 0, but got " << spellF32(eps);
  if (!normalized && eps != 0.0f)
    return op.emitOpError() << "expects `eps` of 0 without `normalize`, but got " << spellF32(eps);
  // attention_c12: min_log_decay.
  return verifyMinLogDecay(op, op.getMinLogDecay());
}

LogicalResult AttentionOp::verify() {
  if (failed(verifyRanks(*this)) || failed(verifyElementTypes(*this)) || failed(verifyHeadDims(*this)))
    return failure();
  // attention_c4: group_size.
  if (failed(verifyFactor(*this, "group_size", getGroupSize())))
    return failure();
  // attention_c5: sizes agree.
  static constexpr Axis axes[] = {Axis::Batch, Axis::Head, Axis::Value, Axis::Time, Axis::Time};
  if (failed(verifySizes(*this, walkedOf(*this), axes)))
    return failure();
  return verifyModes(*this);
}

/// attention_c6, attention_c7: one row in, one row out, by row ops alone.
static LogicalResult verifyMap(AttentionOp op, StringRef name, Region &map) {
  Type element = op.getQuery().getType().getElementType(), f32 = Float32Type::get(op.getContext());
  Type row = VectorType::get({op.getQuery().getType().getDimSize(3)}, element);
  if (map.empty())
    return success();
  TypeRange arguments = map.getArgumentTypes();
  if (arguments.size() != 1 || arguments[0] != row)
    return op.emitOpError() << "expects `" << name << "` of one " << row << ", but got (" << arguments << ")";
  auto yield = dyn_cast<YieldOp>(map.front().back());
  if (!yield)
    return op.emitOpError() << "expects `" << name << "` to end in plait.yield, but got `"
                            << map.front().back().getName() << "`";
  TypeRange yielded = yield.getValues().getTypes();
  auto features = yielded.size() == 1 ? dyn_cast<VectorType>(yielded[0]) : VectorType();
  if (!features || features.getRank() != 1 || features.isScalable() ||
      (features.getElementType() != element && features.getElementType() != f32))
    return op.emitOpError() << "expects `" << name << "` to yield one vector of features, but got (" << yielded << ")";
  // attention_c3: C is in 1..512.
  if (features.getDimSize(0) > maxHeadDim)
    return op.emitOpError() << "expects `" << name << "` to yield 1.." << maxHeadDim << " features, but got "
                            << features.getDimSize(0);
  return verifyRowOps(op, map);
}

static int64_t featuresOf(Region &map, int64_t identity) {
  return map.empty() ? identity : cast<VectorType>(map.front().back().getOperand(0).getType()).getDimSize(0);
}

LogicalResult AttentionOp::verifyRegions() {
  if (failed(verifyMap(*this, "feature_map", getFeatureMap())) || failed(verifyMap(*this, "key_map", getKeyMap())))
    return failure();
  // attention_c8: phi and psi yield the same C.
  int64_t keys = getQuery().getType().getDimSize(3), features = featuresOf(getFeatureMap(), keys);
  int64_t keyFeatures = getKeyMap().empty() ? features : featuresOf(getKeyMap(), keys);
  if (keyFeatures != features)
    return emitOpError() << "expects `key_map` to yield " << features << " features as `feature_map` does, but got "
                         << keyFeatures;
  // attention_c5: C.
  Named decay("decay", getDecay());
  if (decay.type && decay.type.getRank() == 4 && failed(verifyDim(*this, decay, 3, "feature", features)))
    return failure();
  for (const Named &state :
       {Named("state", getInitialState()), Named("final state", getFinalState()),
        Named("normalizer", getInitialNormalizer()), Named("final normalizer", getFinalNormalizer())})
    if (failed(verifyDim(*this, state, 2, "feature", features)))
      return failure();
  for (const Named &normalizer :
       {Named("normalizer", getInitialNormalizer()), Named("final normalizer", getFinalNormalizer())})
    if (failed(verifyDim(*this, normalizer, 3, "column", 1)))
      return failure();
  return success();
}
