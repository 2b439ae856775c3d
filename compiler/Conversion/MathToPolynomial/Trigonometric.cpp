//===- Trigonometric.cpp - sine, cosine and erf as arithmetic -------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements sin and cos by reduction to a quarter turn, and erf.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/MathToPolynomial/Functions.h"

#include <limits>

using namespace mlir;
using namespace plait;

using Compare = Arithmetic::Compare;

static constexpr double magic = 12582912.0;
/// Numbers past it are half a radian apart or more, and the count of quarters is
/// soon past what its low bits hold.
static constexpr double farthest = 4194304.0;
static constexpr double twoOverPi = 0.63661977236758134;
// pi / 2 in three parts, short enough that their multiples are exact.
static constexpr double quarterTurn[] = {1.5703125, 4.837512969970703125e-4, 7.54978995489188216e-8};

static constexpr double sineTail[] = {-1.6666654611e-1, 8.3321608736e-3, -1.9515295891e-4};
static constexpr double cosineTail[] = {4.166664568298827e-2, -1.388731625493765e-3, 2.443315711809948e-5};

/// sin(x + quarters * pi / 2); NaN for x that is too far away.
static Value turned(Arithmetic &a, Value x, uint32_t quarters) {
  Value shifted = a.fma(x, a.constant(twoOverPi), a.constant(magic));
  Value n = a.sub(shifted, a.constant(magic)), r = x;
  for (double part : quarterTurn)
    r = a.fma(n, a.constant(-part), r);
  Value square = a.mul(r, r);
  Value sine = a.fma(a.mul(r, square), a.polynomial(square, sineTail), r);
  Value cosine = a.fma(square, a.constant(-0.5), a.constant(1));
  cosine = a.fma(a.mul(square, square), a.polynomial(square, cosineTail), cosine);
  // Odd quarters swap the two, and half turns change the sign.
  Value quarter = a.addInt(a.bits(shifted), a.integer(quarters));
  Value odd = a.compareInt(arith::CmpIPredicate::ne, a.andInt(quarter, a.integer(1)), a.integer(0));
  Value sign = a.shiftLeft(a.andInt(quarter, a.integer(2)), 30);
  Value result = a.floatOf(a.xorInt(a.bits(a.select(odd, cosine, sine)), sign));
  Value near = a.compare(Compare::OLE, a.abs(x), a.constant(farthest));
  return a.select(near, result, a.constant(std::numeric_limits<double>::quiet_NaN()));
}

Value plait::emitSin(Arithmetic &a, Value x) {
  return a.select(a.compare(Compare::OEQ, x, a.constant(0)), x, turned(a, x, 0));
}

Value plait::emitCos(Arithmetic &a, Value x) { return turned(a, x, 1); }

Value plait::emitErf(Arithmetic &a, Value x) {
  // Near 0 a polynomial; beyond, 1 - e^{-p(|x|)}.
  Value size = a.clamp(a.abs(x), 0.0, 4.0), square = a.mul(size, size);
  Value far = a.polynomial(size, {-1.28717512e-1, -6.34846687e-1, -1.06777877e-1, 2.42546219e-2, -3.88396438e-3,
                                  3.83197126e-4, -1.72853470e-5});
  far = a.sub(a.constant(1), emitExp(a, a.fma(far, size, a.neg(size))));
  Value near = a.polynomial(
      square, {1.28379166e-1, -3.76125336e-1, 1.12819925e-1, -2.67681349e-2, 4.99119423e-3, -5.96761703e-4});
  near = a.fma(near, size, size);
  return a.copySign(a.select(a.compare(Compare::OGT, size, a.constant(0.927734375)), far, near), x);
}
