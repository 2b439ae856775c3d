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

/// e^x within 1 ulp; overflow to infinity, gradual underflow to zero.
mlir::Value emitExp(Arithmetic &a, mlir::Value x);

/// e^x and e^-x for |x| <= 64, within 2 ulp each: the gates of a fold block, at
/// little more than the price of one. Not for NaN.
struct ExpPair {
  mlir::Value growing, falling;
};
ExpPair emitExpPair(Arithmetic &a, mlir::Value x);

} // namespace plait

#endif // COMPILER_CONVERSION_MATHTOPOLYNOMIAL_FUNCTIONS_H
