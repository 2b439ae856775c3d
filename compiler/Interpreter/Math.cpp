//===- Math.cpp - the math dialect ----------------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file runs the float functions of math by the C library's f64 ones.
//===----------------------------------------------------------------------===//

#include "compiler/Interpreter/Elementwise.h"
#include "compiler/Interpreter/FloatOps.h"

#include "mlir/Dialect/Math/IR/Math.h"

using namespace llvm;
using namespace plait;
using namespace plait::interpreter;
namespace math = mlir::math;

static void addExponentials(Handlers &h) {
  h.add<math::ExpOp>(floats<[](double x) { return std::exp(x); }>);
  h.add<math::Exp2Op>(floats<[](double x) { return std::exp2(x); }>);
  h.add<math::ExpM1Op>(floats<[](double x) { return std::expm1(x); }>);
  h.add<math::LogOp>(floats<[](double x) { return std::log(x); }>);
  h.add<math::Log2Op>(floats<[](double x) { return std::log2(x); }>);
  h.add<math::Log10Op>(floats<[](double x) { return std::log10(x); }>);
  h.add<math::Log1pOp>(floats<[](double x) { return std::log1p(x); }>);
  h.add<math::PowFOp>(floats<[](double x, double y) { return std::pow(x, y); }>);
  h.add<math::FPowIOp>(floats<[](double x, double y) { return std::pow(x, y); }>);
  h.add<math::SqrtOp>(floats<[](double x) { return std::sqrt(x); }>);
  h.add<math::RsqrtOp>(floats<[](double x) { return 1 / std::sqrt(x); }>);
  h.add<math::CbrtOp>(floats<[](double x) { return std::cbrt(x); }>);
  h.add<math::ErfOp>(floats<[](double x) { return std::erf(x); }>);
  h.add<math::ErfcOp>(floats<[](double x) { return std::erfc(x); }>);
}

static void addTrigonometry(Handlers &h) {
  h.add<math::SinOp>(floats<[](double x) { return std::sin(x); }>);
  h.add<math::CosOp>(floats<[](double x) { return std::cos(x); }>);
  h.add<math::TanOp>(floats<[](double x) { return std::tan(x); }>);
  h.add<math::AsinOp>(floats<[](double x) { return std::asin(x); }>);
  h.add<math::AcosOp>(floats<[](double x) { return std::acos(x); }>);
  h.add<math::AtanOp>(floats<[](double x) { return std::atan(x); }>);
  h.add<math::Atan2Op>(floats<[](double x, double y) { return std::atan2(x, y); }>);
  h.add<math::SinhOp>(floats<[](double x) { return std::sinh(x); }>);
  h.add<math::CoshOp>(floats<[](double x) { return std::cosh(x); }>);
  h.add<math::TanhOp>(floats<[](double x) { return std::tanh(x); }>);
  h.add<math::AsinhOp>(floats<[](double x) { return std::asinh(x); }>);
  h.add<math::AcoshOp>(floats<[](double x) { return std::acosh(x); }>);
  h.add<math::AtanhOp>(floats<[](double x) { return std::atanh(x); }>);
}

/// Of the type, which f64 holds the subnormals of.
static Error isNormal(mlir::Operation *op, Operands operands, Results &results) {
  auto type = cast<mlir::FloatType>(mlir::getElementTypeOrSelf(op->getOperand(0)));
  double least = std::ldexp(1.0, APFloat::semanticsMinExponent(type.getFloatSemantics()));
  Array result = *operands[0];
  for (double &number : result.data)
    number = std::isfinite(number) && std::fabs(number) >= least;
  results.push_back(std::move(result));
  return Error::success();
}

static void addRounding(Handlers &h) {
  h.add<math::AbsFOp>(floats<[](double x) { return std::fabs(x); }>);
  h.add<math::CeilOp>(floats<[](double x) { return std::ceil(x); }>);
  h.add<math::FloorOp>(floats<[](double x) { return std::floor(x); }>);
  h.add<math::RoundOp>(floats<[](double x) { return std::round(x); }>);
  h.add<math::RoundEvenOp>(floats<[](double x) { return std::nearbyint(x); }>);
  h.add<math::TruncOp>(floats<[](double x) { return std::trunc(x); }>);
  h.add<math::CopySignOp>(floats<[](double x, double y) { return std::copysign(x, y); }>);
  h.add<math::FmaOp>(floats<[](double x, double y, double z) { return std::fma(x, y, z); }>);
  h.add<math::ClampFOp>(floats<[](double x, double low, double high) { return minimum(maximum(x, low), high); }>);
  h.add<math::IsNaNOp>(floats<[](double x) { return double(std::isnan(x)); }>);
  h.add<math::IsInfOp>(floats<[](double x) { return double(std::isinf(x)); }>);
  h.add<math::IsFiniteOp>(floats<[](double x) { return double(std::isfinite(x)); }>);
  h.add<math::IsNormalOp>(isNormal);
}

static Error sincos(mlir::Operation *op, Operands operands, Results &results) {
  if (Error error = floats<[](double x) { return std::sin(x); }>(op, operands, results))
    return error;
  return floats<[](double x) { return std::cos(x); }>(op, operands, results);
}

void interpreter::addMathHandlers(Handlers &h) {
  addExponentials(h);
  addTrigonometry(h);
  addRounding(h);
  h.add<math::SincosOp>(sincos);
}
