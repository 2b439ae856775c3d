//===- PlaitDimRoles.cpp - which loop walks which dimension ---------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements SequenceOpInterface: the one description of how the
// operands of each op lie under its loops.
//===----------------------------------------------------------------------===//

#include "dialects/Plait/IR/PlaitOps.h"

using namespace mlir;
using namespace plait;

#include "dialects/Plait/IR/PlaitInterfaces.cpp.inc"

using Roles = SmallVector<DimRole>;

static int64_t rankOf(Value value) { return cast<ShapedType>(value.getType()).getRank(); }

//===----------------------------------------------------------------------===//
// recur: batch, head, value, time
//===----------------------------------------------------------------------===//

SmallVector<Axis> RecurOp::getLoopAxes() { return {Axis::Batch, Axis::Head, Axis::Value, Axis::Time}; }

bool RecurOp::isReversed() { return getReverse(); }

std::string RecurOp::getOperandName(unsigned operand) {
  static constexpr StringRef inputs[] = {"query",      "key",  "value", "decay",      "value_decay", "low_rank_a",
                                         "low_rank_b", "beta", "bonus", "input_gate", "segments"};
  static constexpr StringRef inits[] = {"out", "state", "running_max", "final_max"};
  for (auto [group, name] : llvm::enumerate(inputs))
    if (auto [start, count] = getODSOperandIndexAndLength(group); count == 1 && operand == start)
      return name.str();
  return inits[operand - getODSOperandIndexAndLength(std::size(inputs)).first].str();
}

Roles RecurOp::getDimRoles(unsigned operand) {
  DimRole b{0}, h{1}, v{2}, t{3};
  DimRole queryHead{1, static_cast<int64_t>(getGroupSize())}, subtoken{3, static_cast<int64_t>(getSubsteps())};
  Value value = getOperand(operand);
  auto is = [&](Value other) { return other && value == other; };
  auto [first, length] = getODSOperandIndexAndLength(11);
  DimRole state = getSegments() ? wholeDim : b; // of packed sequences each has its own
  if (operand >= first)                         // o, S, and the stabiliser's m by token and at the end
    return SmallVector<Roles>{{b, t, queryHead, v}, {state, h, wholeDim, v}, {b, t, h}, {state, h}}[operand - first];
  if (operand == 0)
    return {b, t, queryHead, wholeDim};
  if (operand == 1)
    return {b, subtoken, h, wholeDim};
  if (operand == 2)
    return {b, subtoken, h, v};
  if (is(getSegments()) && operand + 1 == first)
    return {wholeDim};
  // The gates: what they are follows from the segment of operands they stand in.
  for (unsigned group = 3; group < 10; ++group) {
    auto [start, count] = getODSOperandIndexAndLength(group);
    if (count == 0 || operand != start)
      continue;
    switch (group) {
    case 3:
      return rankOf(value) == 1 ? Roles{h} : rankOf(value) == 3 ? Roles{b, t, h} : Roles{b, t, h, wholeDim};
    case 4:
      return {b, t, h, v};
    case 5:
    case 6:
      return {b, t, h, wholeDim};
    case 7:
      return {b, subtoken, h};
    case 8:
      return {h, wholeDim};
    default:
      return {b, t, h};
    }
  }
  return Roles(rankOf(value), wholeDim);
}

//===----------------------------------------------------------------------===//
// scan: batch, head, value, time
//===----------------------------------------------------------------------===//

SmallVector<Axis> ScanOp::getLoopAxes() { return {Axis::Batch, Axis::Head, Axis::Value, Axis::Time}; }

bool ScanOp::isReversed() { return getReverse(); }

std::string ScanOp::getOperandName(unsigned operand) {
  auto [firstInit, inits] = getODSOperandIndexAndLength(2);
  if (operand >= firstInit)
    return operand == firstInit ? "out" : "carry";
  if (operand >= getInputs().size())
    return "segments";
  return getInputs().size() == 1 ? "x" : operand == 0 ? "a" : "b";
}

Roles ScanOp::getDimRoles(unsigned operand) {
  DimRole b{0}, h{1}, d{2}, t{3};
  if (getSegments() && getOperand(operand) == getSegments())
    return {wholeDim};
  if (rankOf(getOperand(operand)) == 4)
    return {b, t, h, d};
  return {getSegments() ? wholeDim : b, h, d};
}

//===----------------------------------------------------------------------===//
// map_rows: batch, time, head
//===----------------------------------------------------------------------===//

SmallVector<Axis> MapRowsOp::getLoopAxes() { return {Axis::Batch, Axis::Time, Axis::Head}; }

std::string MapRowsOp::getOperandName(unsigned operand) {
  unsigned inputs = getInputs().size(), firstInit = inputs + (getFirstToken() ? 1 : 0);
  if (operand < inputs)
    return "input " + std::to_string(operand);
  return operand < firstInit ? "from" : "init " + std::to_string(operand - firstInit);
}

Roles MapRowsOp::getDimRoles(unsigned operand) {
  DimRole b{0}, t{1}, h{2};
  auto type = dyn_cast<ShapedType>(getOperand(operand).getType());
  if (!type) // the first token
    return {};
  bool input = operand < getInputs().size();
  bool row = !input || isa<VectorType>(getBody().getArgument(operand).getType());
  switch (type.getRank()) {
  case 4:
    return {b, t, h, wholeDim};
  case 3:
    return {b, t, h};
  case 2:
    return {h, wholeDim};
  default:
    return row ? Roles{wholeDim} : Roles{h};
  }
}

//===----------------------------------------------------------------------===//
// project: batch, time, head of the matrix
//===----------------------------------------------------------------------===//

SmallVector<Axis> ProjectOp::getLoopAxes() { return {Axis::Batch, Axis::Time, Axis::Head}; }

std::string ProjectOp::getOperandName(unsigned operand) {
  return operand == 0 ? "input" : operand == 1 ? "matrix" : "out";
}

Roles ProjectOp::getDimRoles(unsigned operand) {
  DimRole b{0}, t{1}, h{2}, rowHead{2, static_cast<int64_t>(getGroupSize())};
  if (operand != 1)
    return {b, t, rowHead, wholeDim};
  switch (rankOf(getMatrix())) {
  case 4:
    return {b, h, wholeDim, wholeDim};
  case 3:
    return {h, wholeDim, wholeDim};
  default:
    return {wholeDim, wholeDim};
  }
}
