//===- Functions.h - functions as arithmetic --------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the functions that kernels may use, each as one sequence
// of arithmetic with a stated error in units of the last place (ulp).
//===----------------------------------------------------------------------===//

#ifndef COMPILER_CONVERSION_MATHTOPOLYNOMIAL_FUNCTIONS_H
#define COMPILER_CONVERSION_MATHTOPOLYNOMIAL_FUNCTIONS_H

#include "compiler/Conversion/MathToPolynomial/Arithmetic.h"

namespace plait {

// Exponential.cpp

/// e^x within 1 ulp; overflow to infinity, gradual underflow to zero.
mlir::Value emitExp(Arithmetic &a, mlir::Value x);

/// emitExp, and what it lacks of e^x: their sum errs by 2^-23 min(|x|, 1) e^x at most.
/// The rest is finite; NaN for NaN.
struct ExpAndRest {
  mlir::Value power, rest;
};
ExpAndRest emitExpAndRest(Arithmetic &a, mlir::Value x);

/// emitExp in fewer operations where x <= 0 or NaN, with the same bits; any value
/// elsewhere.
mlir::Value emitExpBelowZero(Arithmetic &a, mlir::Value x);

/// e^x for x <= 0, within 2 ulp from -20 on and 5 below; 0 for NaN and where the
/// result is no normal number.
mlir::Value emitExpOfFalling(Arithmetic &a, mlir::Value x);

/// 2^x within 1 ulp; range as exp.
mlir::Value emitExp2(Arithmetic &a, mlir::Value x);

/// e^x - 1 within 2 ulp.
mlir::Value emitExpm1(Arithmetic &a, mlir::Value x);

/// tanh x within 3 ulp.
mlir::Value emitTanh(Arithmetic &a, mlir::Value x);

/// e^x and e^-x for |x| <= 64, within 4 ulp each: the gates of a fold block, at
/// little more than the price of one. Not for NaN.
struct ExpPair {
  mlir::Value growing, falling;
};
ExpPair emitExpPair(Arithmetic &a, mlir::Value x);

// Logarithm.cpp

/// log x within 1 ulp, subnormals included; NaN below 0.
mlir::Value emitLog(Arithmetic &a, mlir::Value x);

/// log(1 + x) within 2 ulp.
mlir::Value emitLog1p(Arithmetic &a, mlir::Value x);

/// log(e^x + e^y): the larger of the two plus a term within 4 ulp, 6 where they
/// are more than 20 apart.
mlir::Value emitLogAddExp(Arithmetic &a, mlir::Value x, mlir::Value y);

/// x^y as e^(y log x), within 1 + |y log x| ulp; where y is an integer x may be
/// negative.
mlir::Value emitPow(Arithmetic &a, mlir::Value x, mlir::Value y);

// Trigonometric.cpp

/// sin x and cos x within 2^-24 + 1 ulp for |x| <= 8192, and within 2^-21 as far as
/// 2^22 where multiply-add is fused; NaN beyond.
mlir::Value emitSin(Arithmetic &a, mlir::Value x);
mlir::Value emitCos(Arithmetic &a, mlir::Value x);

/// erf x within 2 ulp.
mlir::Value emitErf(Arithmetic &a, mlir::Value x);

// Rounding.cpp: for targets without such instructions, f32 or f64

mlir::Value emitFloor(Arithmetic &a, mlir::Value x);
mlir::Value emitCeil(Arithmetic &a, mlir::Value x);
mlir::Value emitTrunc(Arithmetic &a, mlir::Value x);
mlir::Value emitRoundEven(Arithmetic &a, mlir::Value x);
/// Halves away from zero, on every target.
mlir::Value emitRound(Arithmetic &a, mlir::Value x);

// Narrow.cpp: values of `a` from and to bf16 or f16, rounded to nearest even

mlir::Value emitExtend(Arithmetic &a, mlir::Value narrow);
mlir::Value emitTruncate(Arithmetic &a, mlir::Value x, mlir::Type narrow);

/// An f64 as one of `a`, rounded such that to round it again, to bf16 or f16, is
/// to round once.
mlir::Value emitTruncateToOdd(Arithmetic &a, mlir::Value x);

} // namespace plait

#endif // COMPILER_CONVERSION_MATHTOPOLYNOMIAL_FUNCTIONS_H
