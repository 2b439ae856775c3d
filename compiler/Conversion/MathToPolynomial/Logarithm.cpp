//===- Logarithm.cpp - logarithms as arithmetic ---------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements log and its kin. x = 2^n m with m within a factor sqrt 2
// of 1: a polynomial gives log m.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/MathToPolynomial/Functions.h"

#include <limits>

using namespace mlir;
using namespace plait;

using Compare = Arithmetic::Compare;

static constexpr double infinity = std::numeric_limits<double>::infinity();
static constexpr double ln2High = 0.693359375, ln2Low = -2.12194440e-4;

// log(1 + f) = f - f^2 / 2 + f^3 P(f) on [sqrt 1/2 - 1, sqrt 2 - 1].
static constexpr double tail[] = {3.3333331174e-1,  -2.4999993993e-1, 2.0000714765e-1,
                                  -1.6668057665e-1, 1.4249322787e-1,  -1.2420140846e-1,
                                  1.1676998740e-1,  -1.1514610310e-1, 7.0376836292e-2};

namespace {

/// x = 2^n (1 + f).
struct Split {
  Value n, f;
};

} // namespace

static Split split(Arithmetic &a, Value x) {
  // The bits of sqrt 1/2: above it the exponent counts one more.
  Value above = a.subInt(a.bits(x), a.integer(0x3f3504f3));
  Value n = a.shiftRightSigned(above, 23);
  Value m = a.floatOf(a.subInt(a.bits(x), a.shiftLeft(n, 23)));
  return {a.fromInt(n), a.sub(m, a.constant(1))};
}

/// n ln 2 + log(1 + f) + correction.
static Value join(Arithmetic &a, Value n, Value f, Value correction) {
  Value square = a.mul(f, f);
  Value p = a.mul(a.mul(f, square), a.polynomial(f, tail));
  Value low = a.fma(n, a.constant(ln2Low), correction);
  Value rest = a.fma(square, a.constant(-0.5), a.add(p, low));
  return a.fma(n, a.constant(ln2High), a.add(f, rest));
}

/// `result` where x is positive and finite; what log says elsewhere.
static Value guard(Arithmetic &a, Value x, Value result) {
  Value zero = a.constant(0);
  result = a.select(a.compare(Compare::OEQ, x, a.constant(infinity)), x, result);
  result = a.select(a.compare(Compare::OEQ, x, zero), a.constant(-infinity), result);
  return a.select(a.compare(Compare::UGE, x, zero), result, a.constant(std::numeric_limits<double>::quiet_NaN()));
}

Value plait::emitLog(Arithmetic &a, Value x) {
  // Subnormals are brought up by 2^23.
  Value small = a.compare(Compare::OLT, x, a.constant(1.17549435e-38));
  auto [n, f] = split(a, a.select(small, a.mul(x, a.constant(8388608.0)), x));
  n = a.select(small, a.sub(n, a.constant(23)), n);
  Value result = guard(a, x, join(a, n, f, a.constant(0)));
  return a.select(a.compare(Compare::UNO, x, x), x, result);
}

Value plait::emitLog1p(Arithmetic &a, Value x) {
  Value sum = a.add(a.constant(1), x);
  // What the sum lost, against the larger of its terms.
  Value one = a.constant(1), big = a.compare(Compare::OGT, x, one);
  Value lost = a.select(big, a.sub(one, a.sub(sum, x)), a.sub(x, a.sub(sum, one)));
  auto [n, f] = split(a, sum);
  Value result = guard(a, sum, join(a, n, f, a.div(lost, sum)));
  // NaN, and zero with its sign.
  return a.select(a.compare(Compare::UEQ, x, a.constant(0)), x, result);
}

// log(1 + e) = e + e^2 P(e) on [0, 1]: minimax, relative error 4e-8.
static constexpr double unitTail[] = {-0.49999648, 0.33321323, -0.24857163, 0.19153653,
                                      -0.13753799, 0.07920449, -0.03006576, 0.00536482};

Value plait::emitLogAddExp(Arithmetic &a, Value x, Value y) {
  // The larger plus log(1 + e^-|x - y|). Two equal infinities have a difference
  // that is NaN: the power is then 0, and the larger the result.
  Value falling = a.floatOf(a.orInt(a.bits(a.sub(x, y)), a.integer(0x80000000)));
  Value e = emitExpOfFalling(a, falling);
  Value p = a.fma(e, a.polynomial(e, unitTail), a.constant(1));
  return a.fma(e, p, a.max(x, y));
}

Value plait::emitPow(Arithmetic &a, Value x, Value y) {
  Value zero = a.constant(0), size = emitExp(a, a.mul(y, emitLog(a, a.abs(x))));
  Value whole = a.compare(Compare::OEQ, emitTrunc(a, y), y);
  Value half = a.mul(y, a.constant(0.5));
  Value odd = a.compare(Compare::ONE, emitTrunc(a, half), half);
  Value negative = a.select(odd, a.neg(size), size);
  Value real = a.select(a.compare(Compare::OEQ, x, a.constant(-infinity)), size,
                        a.constant(std::numeric_limits<double>::quiet_NaN()));
  negative = a.select(whole, negative, real);
  Value result = a.select(a.compare(Compare::OLT, x, zero), negative, size);
  return a.select(a.compare(Compare::OEQ, y, zero), a.constant(1), result);
}
