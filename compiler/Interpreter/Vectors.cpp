//===- Vectors.cpp - vector ops that compute ------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file runs the reductions of the vector dialect, and its few elementwise
// ops. Sums run from the first element to the last.
//===----------------------------------------------------------------------===//

#include "compiler/Interpreter/Elementwise.h"
#include "compiler/Interpreter/FloatOps.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace llvm;
using namespace plait;
using namespace plait::interpreter;
namespace vector = mlir::vector;

using Kind = vector::CombiningKind;

/// The integer kinds; nothing for a kind of floats.
static std::optional<APInt> combineBits(Kind kind, const APInt &x, const APInt &y) {
  switch (kind) {
  case Kind::ADD:
    return x + y;
  case Kind::MUL:
    return x * y;
  case Kind::MINUI:
    return APIntOps::umin(x, y);
  case Kind::MINSI:
    return APIntOps::smin(x, y);
  case Kind::MAXUI:
    return APIntOps::umax(x, y);
  case Kind::MAXSI:
    return APIntOps::smax(x, y);
  case Kind::AND:
    return x & y;
  case Kind::OR:
    return x | y;
  case Kind::XOR:
    return x ^ y;
  default:
    return std::nullopt;
  }
}

/// The float kinds; the verifier lets no other reach floats.
static double combineFloats(Kind kind, double x, double y) {
  switch (kind) {
  case Kind::ADD:
    return x + y;
  case Kind::MUL:
    return x * y;
  case Kind::MINNUMF:
    return minnum(x, y);
  case Kind::MAXNUMF:
    return maxnum(x, y);
  case Kind::MINIMUMF:
    return minimum(x, y);
  case Kind::MAXIMUMF:
    return maximum(x, y);
  default:
    return std::numeric_limits<double>::quiet_NaN();
  }
}

std::optional<double> interpreter::combine(Kind kind, mlir::Type element, double x, double y) {
  if (isa<mlir::FloatType>(element))
    return combineFloats(kind, x, y);
  unsigned width = widthOf(element);
  std::optional<APInt> bits = combineBits(kind, toBits(x, width), toBits(y, width));
  return bits ? fromBits(*bits) : std::nullopt;
}

static Error reduction(mlir::Operation *operation, Operands operands, Results &results) {
  auto op = cast<vector::ReductionOp>(operation);
  ArrayRef<double> numbers = operands[0]->data;
  if (!op.getAcc() && numbers.empty())
    return expects(op, "a vector of at least one element", "none");
  double sum = op.getAcc() ? operands[1]->data[0] : numbers[0];
  for (double number : op.getAcc() ? numbers : numbers.drop_front()) {
    std::optional<double> next = combine(op.getKind(), op.getDest().getType(), sum, number);
    if (!next)
      return badInteger(op);
    sum = *next;
  }
  results.push_back(filled({}, sum));
  return Error::success();
}

/// Reduces some dimensions into the elements of the accumulator.
static Error multiReduction(mlir::Operation *operation, Operands operands, Results &results) {
  auto op = cast<vector::MultiDimReductionOp>(operation);
  const Array &source = *operands[0];
  Array result = *operands[1];
  mlir::Type element = mlir::getElementTypeOrSelf(op.getDest().getType());
  SmallVector<bool> reduced = op.getReductionMask();
  SmallVector<int64_t, 4> strides = stridesOf(result.shape);
  bool failed = false;
  int64_t next = 0;
  forEachIndex(source.shape, [&](ArrayRef<int64_t> index) {
    int64_t target = 0;
    for (size_t dim = 0, kept = 0; dim < index.size(); ++dim)
      if (!reduced[dim])
        target += index[dim] * strides[kept++];
    std::optional<double> sum = combine(op.getKind(), element, result.data[target], source.data[next++]);
    failed |= !sum;
    result.data[target] = sum.value_or(0);
  });
  if (failed)
    return badInteger(op);
  results.push_back(std::move(result));
  return Error::success();
}

/// result[i, j] = acc[i, j] combined with x[i] y[j]; y may be a number.
static Error outerProduct(mlir::Operation *operation, Operands operands, Results &results) {
  auto op = cast<vector::OuterProductOp>(operation);
  mlir::Type element = mlir::getElementTypeOrSelf(op.getResult().getType());
  Array result = filled(op.getResultVectorType().getShape(), 0);
  size_t columns = operands[1]->data.size();
  for (size_t i = 0; i < result.data.size(); ++i) {
    std::optional<double> sum =
        combine(Kind::MUL, element, operands[0]->data[i / columns], operands[1]->data[i % columns]);
    if (sum && op.getAcc())
      sum = combine(op.getKind(), element, operands[2]->data[i], *sum);
    if (!sum)
      return badInteger(op);
    result.data[i] = *sum;
  }
  results.push_back(std::move(result));
  return Error::success();
}

/// 0, 1, 2, ...
static Error step(mlir::Operation *op, Operands, Results &results) {
  Array result = filled(cast<mlir::VectorType>(op->getResult(0).getType()).getShape(), 0);
  for (size_t i = 0; i < result.data.size(); ++i)
    result.data[i] = static_cast<double>(i);
  results.push_back(std::move(result));
  return Error::success();
}

/// True below a bound in each dimension.
static Array maskBelow(mlir::Operation *op, ArrayRef<int64_t> bounds) {
  Array result = filled(cast<mlir::VectorType>(op->getResult(0).getType()).getShape(), 0);
  int64_t next = 0;
  forEachIndex(result.shape, [&](ArrayRef<int64_t> index) {
    result.data[next++] = all_of(zip(index, bounds), [](auto pair) { return std::get<0>(pair) < std::get<1>(pair); });
  });
  return result;
}

static Error constantMask(mlir::Operation *op, Operands, Results &results) {
  results.push_back(maskBelow(op, cast<vector::ConstantMaskOp>(op).getMaskDimSizes()));
  return Error::success();
}

static Error createMask(mlir::Operation *op, Operands operands, Results &results) {
  auto bounds = to_vector(map_range(operands, [](const Array *bound) { return int64_t(bound->data[0]); }));
  results.push_back(maskBelow(op, bounds));
  return Error::success();
}

void interpreter::addVectorHandlers(Handlers &h) {
  h.add<vector::ReductionOp>(reduction);
  h.add<vector::MultiDimReductionOp>(multiReduction);
  h.add<vector::OuterProductOp>(outerProduct);
  h.add<vector::StepOp>(step);
  h.add<vector::ConstantMaskOp>(constantMask);
  h.add<vector::CreateMaskOp>(createMask);
  h.add<vector::FMAOp>(floats<[](double x, double y, double z) { return std::fma(x, y, z); }>);
}
