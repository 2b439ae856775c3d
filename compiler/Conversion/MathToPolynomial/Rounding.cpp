//===- Rounding.cpp - rounding to integers as arithmetic ------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements floor, ceil, trunc and roundeven for targets whose
// instructions lack them, where LLVM would call libm.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/MathToPolynomial/Functions.h"

using namespace mlir;
using namespace plait;

using Compare = Arithmetic::Compare;

/// From here on every float is an integer.
static constexpr double wholeFrom = 8388608.0;

Value plait::emitRoundEven(Arithmetic &a, Value x) {
  Value size = a.abs(x);
  Value rounded = a.sub(a.add(size, a.constant(wholeFrom)), a.constant(wholeFrom));
  Value whole = a.compare(Compare::UGE, size, a.constant(wholeFrom));
  return a.select(whole, x, a.copySign(rounded, x));
}

Value plait::emitTrunc(Arithmetic &a, Value x) {
  Value rounded = emitRoundEven(a, x);
  Value over = a.compare(Compare::OGT, a.abs(rounded), a.abs(x));
  return a.select(over, a.copySign(a.sub(a.abs(rounded), a.constant(1)), x), rounded);
}

Value plait::emitFloor(Arithmetic &a, Value x) {
  Value rounded = emitRoundEven(a, x);
  return a.select(a.compare(Compare::OGT, rounded, x), a.sub(rounded, a.constant(1)), rounded);
}

Value plait::emitCeil(Arithmetic &a, Value x) { return a.neg(emitFloor(a, a.neg(x))); }
