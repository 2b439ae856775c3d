//===- Floats.cpp - constants and float arithmetic ------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file runs the float ops of arith, in f64; what runs them rounds
// the results that are f16 or bf16. Fast-math flags change nothing.
//===----------------------------------------------------------------------===//

#include "compiler/Interpreter/Elementwise.h"
#include "compiler/Interpreter/FloatOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace llvm;
using namespace plait;
using namespace plait::interpreter;
namespace arith = mlir::arith;

Error interpreter::checkSameShapes(mlir::Operation *op, Operands operands) {
  for (const Array *operand : operands.drop_front())
    if (Error error = checkShape(op, "operand", *operand, operands[0]->shape))
      return error;
  return Error::success();
}

static double toDouble(APFloat value) {
  bool loses;
  value.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &loses);
  return value.convertToDouble();
}

static std::optional<double> constantOf(mlir::Attribute attribute) {
  if (auto number = dyn_cast<mlir::FloatAttr>(attribute))
    return toDouble(number.getValue());
  if (auto number = dyn_cast<mlir::IntegerAttr>(attribute))
    return fromBits(number.getValue());
  return std::nullopt;
}

static Error constantElements(mlir::Operation *op, mlir::DenseElementsAttr elements, Results &results) {
  Expected<Array> array = allocate(op, elements.getType().getShape(), 0);
  if (!array)
    return array.takeError();
  for (auto [i, attribute] : enumerate(elements.getValues<mlir::Attribute>())) {
    std::optional<double> number = constantOf(attribute);
    if (!number)
      return badInteger(op);
    array->data[i] = *number;
  }
  results.push_back(std::move(*array));
  return Error::success();
}

static Error constant(mlir::Operation *op, Operands, Results &results) {
  mlir::Attribute value = cast<arith::ConstantOp>(op).getValue();
  if (auto elements = dyn_cast<mlir::DenseElementsAttr>(value))
    return constantElements(op, elements, results);
  if (!isa<mlir::FloatAttr, mlir::IntegerAttr>(value))
    return expects(op, "a number or dense numbers", "another attribute");
  std::optional<double> number = constantOf(value);
  if (!number)
    return badInteger(op);
  results.push_back(filled({}, *number));
  return Error::success();
}

/// One condition for all elements, or one each.
static Error select(mlir::Operation *op, Operands operands, Results &results) {
  const Array &condition = *operands[0];
  bool single = condition.shape.empty();
  if (Error error = checkSameShapes(op, single ? operands.drop_front() : operands))
    return error;
  Array result = *operands[2];
  for (size_t i = 0; i < result.data.size(); ++i)
    if (condition.data[single ? 0 : i] != 0)
      result.data[i] = operands[1]->data[i];
  results.push_back(std::move(result));
  return Error::success();
}

/// What makes a predicate true, as a sum of 1 (equal), 2 (greater), 4 (less)
/// and 8 (unordered). The ordered predicates are numbered by it.
static unsigned truthsOf(arith::CmpFPredicate predicate) {
  unsigned number = static_cast<unsigned>(predicate);
  if (predicate == arith::CmpFPredicate::AlwaysTrue)
    return 15;
  if (predicate == arith::CmpFPredicate::UNO)
    return 8;
  return number < 8 ? number : (number - 7) | 8;
}

static Error compare(mlir::Operation *op, Operands operands, Results &results) {
  if (Error error = checkSameShapes(op, operands))
    return error;
  unsigned truths = truthsOf(cast<arith::CmpFOp>(op).getPredicate());
  Array result = *operands[0];
  for (size_t i = 0; i < result.data.size(); ++i) {
    double x = operands[0]->data[i], y = operands[1]->data[i];
    unsigned relation = x == y ? 1 : x > y ? 2 : x < y ? 4 : 8;
    result.data[i] = (truths & relation) != 0;
  }
  results.push_back(std::move(result));
  return Error::success();
}

void interpreter::addFloatHandlers(Handlers &h) {
  h.add<arith::ConstantOp>(constant);
  h.add<arith::SelectOp>(select);
  h.add<arith::CmpFOp>(compare);
  h.add<arith::AddFOp>(floats<[](double x, double y) { return x + y; }>);
  h.add<arith::SubFOp>(floats<[](double x, double y) { return x - y; }>);
  h.add<arith::MulFOp>(floats<[](double x, double y) { return x * y; }>);
  h.add<arith::DivFOp>(floats<[](double x, double y) { return x / y; }>);
  h.add<arith::RemFOp>(floats<[](double x, double y) { return std::fmod(x, y); }>);
  h.add<arith::NegFOp>(floats<[](double x) { return -x; }>);
  h.add<arith::MaximumFOp>(floats<[](double x, double y) { return maximum(x, y); }>);
  h.add<arith::MinimumFOp>(floats<[](double x, double y) { return minimum(x, y); }>);
  h.add<arith::MaxNumFOp>(floats<[](double x, double y) { return maxnum(x, y); }>);
  h.add<arith::MinNumFOp>(floats<[](double x, double y) { return minnum(x, y); }>);
  h.add<arith::ExtFOp>(floats<[](double x) { return x; }>);
  h.add<arith::TruncFOp>(floats<[](double x) { return x; }>);
}
