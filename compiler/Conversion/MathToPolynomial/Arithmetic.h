//===- Arithmetic.h - arithmetic on scalars or vectors ----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the few operations that functions are made of, on scalars
// or vectors of any length alike, and on the bits of those of f32.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_CONVERSION_MATHTOPOLYNOMIAL_ARITHMETIC_H
#define COMPILER_CONVERSION_MATHTOPOLYNOMIAL_ARITHMETIC_H

#include "compiler/Schedule/RegisterTile.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"

namespace plait {

/// Whether `type` is bf16 or f16, or a vector of it.
bool isNarrow(mlir::Type type);

/// As many of `element` as `type` has elements.
mlir::Type withElement(mlir::Type type, mlir::Type element);

class Arithmetic {
public:
  using Value = mlir::Value;
  using Compare = mlir::arith::CmpFPredicate;

  /// Works on values of `type`: f32 or f64, or a vector of it.
  Arithmetic(mlir::OpBuilder &builder, mlir::Location loc, mlir::Type type, const Machine &machine);

  mlir::OpBuilder &builder;
  mlir::Location loc;
  mlir::Type type;
  /// Whether multiply-add rounds once.
  bool fused;
  /// Whether there is `scale`.
  bool scales;

  Value constant(double value);
  Value add(Value a, Value b);
  Value sub(Value a, Value b);
  Value mul(Value a, Value b);
  Value div(Value a, Value b);
  Value neg(Value a);
  Value abs(Value a);
  /// The larger; NaN where one is. Of two zeros either one.
  Value max(Value a, Value b);
  /// |a| with the sign of `sign`.
  Value copySign(Value a, Value sign);
  /// a * b + c, rounded once where the target can.
  Value fma(Value a, Value b, Value c);
  /// a * 2^n, rounded once, by an instruction that some targets have for vectors; `n`
  /// holds integers.
  Value scale(Value a, Value n);
  /// c0 + c1 x + c2 x^2 + ..., by Horner's rule.
  Value polynomial(Value x, llvm::ArrayRef<double> coefficients);

  Value compare(Compare predicate, Value a, Value b);
  Value select(Value condition, Value a, Value b);
  /// `x` between the two bounds; NaN stays NaN.
  Value clamp(Value x, double low, double high);

  /// The type of as many elements of another kind.
  mlir::Type typeOf(mlir::Type element);

  // The bits of an f32, as i32.
  mlir::Type bitsType();
  Value bits(Value x);
  Value floatOf(Value bits);
  Value integer(uint32_t value);
  Value addInt(Value a, Value b);
  Value subInt(Value a, Value b);
  Value andInt(Value a, Value b);
  Value orInt(Value a, Value b);
  Value xorInt(Value a, Value b);
  Value shiftLeft(Value a, int64_t by);
  Value shiftRight(Value a, int64_t by);
  Value shiftRightSigned(Value a, int64_t by);
  /// The float with the value of an i32.
  Value fromInt(Value a);
  Value compareInt(mlir::arith::CmpIPredicate predicate, Value a, Value b);
};

} // namespace plait

#endif // COMPILER_CONVERSION_MATHTOPOLYNOMIAL_ARITHMETIC_H
