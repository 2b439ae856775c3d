//===- PlaitVerifyRecur.cpp - verifiers of the recurrences ----------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file checks the numbered constraints of plait.recur and plait.scan.
//===----------------------------------------------------------------------===//

#include "dialects/Plait/IR/PlaitVerify.h"

#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace plait;

//===----------------------------------------------------------------------===//
// recur
//===----------------------------------------------------------------------===//

static Value init(DestinationStyleOpInterface op, unsigned i) {
  return i < op.getNumDpsInits() ? op.getDpsInitOperand(i)->get() : Value();
}

/// recur_c4: operands have the ranks of the table.
static LogicalResult verifyRanks(RecurOp op) {
  const std::pair<Named, SmallVector<int64_t>> expected[] = {
      {{"query", op.getQuery()}, {4}},
      {{"key", op.getKey()}, {4}},
      {{"value", op.getValue()}, {4}},
      {{"decay", op.getDecay()}, {1, 3, 4}},
      {{"value_decay", op.getValueDecay()}, {4}},
      {{"low_rank_a", op.getLowRankA()}, {4}},
      {{"low_rank_b", op.getLowRankB()}, {4}},
      {{"beta", op.getBeta()}, {3}},
      {{"bonus", op.getBonus()}, {2}},
      {{"input_gate", op.getInputGate()}, {3}},
      {{"out", op.getOut()}, {4}},
      {{"state", op.getState()}, {4}},
      {{"running_max", init(op, 2)}, {3}},
      {{"final_max", init(op, 3)}, {2}},
  };
  for (const auto &[operand, ranks] : expected)
    if (failed(verifyRank(op, operand, ranks)))
      return failure();
  return success();
}

/// recur_c5: one element type of sequences; out and the gates but decay have it
/// too or f32; what is carried is f32.
static LogicalResult verifyElementTypes(RecurOp op) {
  Type f32 = Float32Type::get(op.getContext());
  Type element = getElementTypeOrSelf(op.getQuery());
  for (const Named &operand : {Named("key", op.getKey()), Named("value", op.getValue())})
    if (failed(verifyElements(op, operand, element)))
      return failure();
  for (const Named &operand : {Named("value_decay", op.getValueDecay()), Named("low_rank_a", op.getLowRankA()),
                               Named("low_rank_b", op.getLowRankB()), Named("beta", op.getBeta()),
                               Named("input_gate", op.getInputGate()), Named("out", op.getOut())})
    if (failed(verifyElements(op, operand, {element, f32})))
      return failure();
  for (const Named &operand :
       {Named("state", op.getState()), Named("running_max", init(op, 2)), Named("final_max", init(op, 3))})
    if (failed(verifyElements(op, operand, f32)))
      return failure();
  return success();
}

/// recur_c7: K and V are static and in 1..512; a strip of V may be dynamic once
/// the op has a schedule.
static LogicalResult verifyHeadDims(RecurOp op) {
  if (failed(verifyStaticDim(op, {"query", op.getQuery()}, 3, "key", maxHeadDim)))
    return failure();
  for (const auto &[operand, dim] : {std::pair{Named("value", op.getValue()), 3},
                                     {Named("out", op.getOut()), 3},
                                     {Named("state", op.getState()), 3}}) {
    bool strip = op.getSchedule() && operand.type.isDynamicDim(dim);
    if (!strip && failed(verifyStaticDim(op, operand, dim, "value", maxHeadDim)))
      return failure();
  }
  return success();
}

/// recur_c9: K agrees everywhere.
static LogicalResult verifyKeyDims(RecurOp op) {
  Named decay("decay", op.getDecay());
  if (decay.type && decay.type.getRank() != 4)
    decay.type = {};
  const std::pair<Named, int64_t> keyed[] = {{{"key", op.getKey()}, 3},
                                             {decay, 3},
                                             {{"low_rank_a", op.getLowRankA()}, 3},
                                             {{"low_rank_b", op.getLowRankB()}, 3},
                                             {{"bonus", op.getBonus()}, 1},
                                             {{"state", op.getState()}, 2}};
  for (const auto &[operand, dim] : keyed)
    if (failed(verifyDim(op, operand, dim, "key", op.getKeyDim())))
      return failure();
  return success();
}

/// The operands that exclude or need each other.
static LogicalResult verifyTerms(RecurOp op) {
  // recur_c10: low_rank_a and low_rank_b come together.
  if (!op.getLowRankA() != !op.getLowRankB())
    return op.emitOpError("expects both `low_rank_a` and `low_rank_b`, but got one");
  // recur_c11: delta and low_rank exclude each other.
  if (op.getBeta() && op.getLowRankA())
    return op.emitOpError("expects either `delta` or `low_rank`, but got both");
  // recur_c12: bonus needs read(exclusive) and one sub-step.
  if (op.getBonus() && op.getRead() != ReadMode::exclusive)
    return op.emitOpError("expects read(exclusive) beside `bonus`, but got read(inclusive)");
  if (op.getBonus() && op.getSubsteps() != 1)
    return op.emitOpError() << "expects `substeps` of 1 beside `bonus`, but got " << op.getSubsteps();
  return success();
}

/// recur_c13: what the stabiliser needs.
static LogicalResult verifyStabilizer(RecurOp op) {
  if (!op.getInputGate())
    return success();
  if (!op.getDecay())
    return op.emitOpError("expects `decay` beside `stabilize`, but got none");
  if (failed(verifyRank(op, {"decay", op.getDecay()}, {1, 3})))
    return failure();
  if (op.getBeta() || op.getLowRankA())
    return op.emitOpError() << "expects plain writes beside `stabilize`, but got `"
                            << (op.getBeta() ? "delta" : "low_rank") << "`";
  if (op.getSubsteps() != 1)
    return op.emitOpError() << "expects `substeps` of 1 beside `stabilize`, but got " << op.getSubsteps();
  if (op.getRead() != ReadMode::inclusive)
    return op.emitOpError("expects read(inclusive) beside `stabilize`, but got read(exclusive)");
  return success();
}

LogicalResult RecurOp::verify() {
  // recur_c1: tensors or memrefs. (recur_c2, the results, is the destination
  // style's own check.)
  if (failed(verifyOneWorld(*this)))
    return failure();
  // recur_c3: two inits, with stabilize four.
  if (failed(verifyInits(*this, getInputGate() ? 4 : 2)))
    return failure();
  if (failed(verifyRanks(*this)) || failed(verifyElementTypes(*this)))
    return failure();
  // recur_c6: group_size and substeps are in 1..512.
  if (failed(verifyFactor(*this, "group_size", getGroupSize())) ||
      failed(verifyFactor(*this, "substeps", getSubsteps())))
    return failure();
  if (failed(verifyHeadDims(*this)))
    return failure();
  // recur_c8: sizes agree.
  if (failed(verifySizes(*this)))
    return failure();
  if (failed(verifyKeyDims(*this)) || failed(verifyTerms(*this)) || failed(verifyStabilizer(*this)))
    return failure();
  // recur_c14: packed sequences.
  if (failed(verifySegments(*this, getSegments(), {"query", getQuery()},
                            {{"state", getState()}, {"final_max", init(*this, 3)}})))
    return failure();
  // recur_c15: min_log_decay is finite and at most 0.
  return verifyMinLogDecay(*this, getMinLogDecay());
}

//===----------------------------------------------------------------------===//
// scan
//===----------------------------------------------------------------------===//

/// scan_c3: affine and max_affine have two inputs, the others one.
static LogicalResult verifyInputs(ScanOp op) {
  bool affine = op.getKind() == ScanKind::affine || op.getKind() == ScanKind::max_affine;
  unsigned expected = affine ? 2 : 1;
  if (op.getInputs().size() == expected)
    return success();
  return op.emitOpError() << "expects " << counted(expected, "input") << " of `" << stringifyScanKind(op.getKind())
                          << "`, but got " << op.getInputs().size();
}

/// scan_c7: D is static; a strip of it may be dynamic once the op has a
/// schedule.
static LogicalResult verifyChannels(ScanOp op, Named operand, int64_t dim) {
  if (op.getSchedule() && operand.type.isDynamicDim(dim))
    return success();
  return verifyStaticDim(op, operand, dim, "value");
}

LogicalResult ScanOp::verify() {
  // scan_c1: tensors or memrefs. (scan_c2, the results, is the destination
  // style's own check.)
  if (failed(verifyOneWorld(*this)) || failed(verifyInputs(*this)))
    return failure();
  // scan_c4: two inits.
  if (failed(verifyInits(*this, 2)))
    return failure();
  Type f32 = Float32Type::get(getContext());
  Type element = getElementTypeOrSelf(getInputs()[0]);
  for (auto [i, input] : llvm::enumerate(getInputs())) {
    Named operand(getOperandName(i), input);
    // scan_c5: ranks; scan_c6: element types.
    if (failed(verifyRank(*this, operand, {4})) || failed(verifyElements(*this, operand, element)) ||
        failed(verifyChannels(*this, operand, 3)))
      return failure();
  }
  Named out("out", getOut()), carry("carry", getCarry());
  if (failed(verifyRank(*this, out, {4})) || failed(verifyRank(*this, carry, {3})))
    return failure();
  if (failed(verifyElements(*this, out, {element, f32})) || failed(verifyElements(*this, carry, f32)))
    return failure();
  if (failed(verifyChannels(*this, out, 3)) || failed(verifyChannels(*this, carry, 2)))
    return failure();
  // scan_c8: sizes agree.
  if (failed(verifySizes(*this)))
    return failure();
  // scan_c9: packed sequences.
  return verifySegments(*this, getSegments(), {getOperandName(0), getInputs()[0]}, carry);
}
