//===- Bits.cpp - what numbers are in memory ------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file runs the bitcasts, by the bits that an element has in memory: a
// float is rounded to its type first.
//===----------------------------------------------------------------------===//

#include "compiler/Interpreter/Elementwise.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace llvm;
using namespace plait;
using namespace plait::interpreter;

static APFloat rounded(double number, const fltSemantics &semantics) {
  bool loses;
  APFloat value(number);
  value.convert(semantics, APFloat::rmNearestTiesToEven, &loses);
  return value;
}

static double toDouble(APFloat value) {
  bool loses;
  value.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &loses);
  return value.convertToDouble();
}

void interpreter::roundNarrow(mlir::Type type, Array &array) {
  mlir::Type element = mlir::getElementTypeOrSelf(type);
  if (isa<mlir::TensorType>(type) || !(element.isF16() || element.isBF16()))
    return;
  for (double &number : array.data)
    number = toDouble(rounded(number, cast<mlir::FloatType>(element).getFloatSemantics()));
}

static APInt bitsOf(mlir::Type element, double number) {
  if (auto type = dyn_cast<mlir::FloatType>(element))
    return rounded(number, type.getFloatSemantics()).bitcastToAPInt();
  return toBits(number, widthOf(element));
}

static std::optional<double> numberOf(mlir::Type element, const APInt &bits) {
  if (auto type = dyn_cast<mlir::FloatType>(element))
    return toDouble(APFloat(type.getFloatSemantics(), bits));
  return fromBits(bits);
}

/// Splits or joins neighbours where the types differ in width; the first is
/// the lowest in memory.
static Error bitcast(mlir::Operation *op, Operands operands, Results &results) {
  mlir::Type from = mlir::getElementTypeOrSelf(op->getOperand(0)), to = mlir::getElementTypeOrSelf(op->getResult(0));
  unsigned wide = widthOf(from), narrow = widthOf(to);
  auto vector = dyn_cast<mlir::VectorType>(op->getResult(0).getType());
  Array result = filled(vector ? vector.getShape() : ArrayRef<int64_t>(), 0);
  for (size_t i = 0; i < result.data.size(); ++i) {
    APInt bits(narrow, 0);
    for (unsigned low = 0; low < narrow; low += std::min(wide, narrow)) {
      size_t at = i * narrow + low;
      APInt part = bitsOf(from, operands[0]->data[at / wide]).lshr(at % wide);
      bits |= part.zextOrTrunc(narrow).shl(low);
    }
    std::optional<double> number = numberOf(to, bits);
    if (!number)
      return badInteger(op);
    result.data[i] = *number;
  }
  results.push_back(std::move(result));
  return Error::success();
}

void interpreter::addBitHandlers(Handlers &h) {
  h.add<mlir::arith::BitcastOp>(bitcast);
  h.add<mlir::vector::BitCastOp>(bitcast);
}
