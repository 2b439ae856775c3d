//===- Rounding.cpp - rounding to integers as arithmetic ------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements floor, ceil, trunc and roundeven for targets whose
// instructions lack them, where LLVM would call libm, and round for all.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/MathToPolynomial/Functions.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace plait;

using Compare = Arithmetic::Compare;

Value plait::emitRoundEven(Arithmetic &a, Value x) {
  // From here on every float is an integer.
  Value wholeFrom = a.constant(getElementTypeOrSelf(x).isF64() ? 0x1p52 : 0x1p23);
  Value size = a.abs(x);
  Value rounded = a.sub(a.add(size, wholeFrom), wholeFrom);
  Value whole = a.compare(Compare::UGE, size, wholeFrom);
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

Value plait::emitRound(Arithmetic &a, Value x) {
  Value whole = a.fused ? math::TruncOp::create(a.builder, a.loc, x) : emitTrunc(a, x);
  Value half = a.compare(Compare::OGE, a.abs(a.sub(x, whole)), a.constant(0.5));
  return a.select(half, a.add(whole, a.copySign(a.constant(1), x)), whole);
}
