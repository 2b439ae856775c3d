//===- Exponential.cpp - exponentials as arithmetic -----------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements exp and its kin. x = n ln 2 + r with n an integer: a
// polynomial of degree 6 gives e^r, and n goes into the exponent bits.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/MathToPolynomial/Functions.h"

using namespace mlir;
using namespace plait;

/// Adding 1.5 * 2^23 rounds to an integer and leaves it in the low bits.
static constexpr double magic = 12582912.0;
static constexpr double log2e = 1.44269504088896341, ln2 = 0.69314718055994531;
/// ln 2 in two parts; the first has 9 bits, so that n times it is exact.
static constexpr double ln2High = 0.693359375, ln2Low = -2.12194440e-4;
static constexpr uint32_t one = 0x3f800000;

// e^r = 1 + r + r^2 P(r) on |r| <= ln 2 / 2: minimax, relative error 3e-9.
static constexpr double tail[] = {0.4999999403953552, 0.1666652113199234, 0.04166838899254799, 0.008368710055947304,
                                  0.0013814611593261361};

/// x + (e^r - 1) as x + r (1 + r P(r)): what the inner sum is rounded by counts a
/// third at most, but where products are rounded, too, the last one is too large.
static Value addGrowth(Arithmetic &a, Value x, Value r) {
  Value p = a.polynomial(r, tail);
  if (!a.fused)
    return a.add(a.fma(p, a.mul(r, r), r), x);
  return a.fma(a.fma(p, r, a.constant(1)), r, x);
}

static Value powerOf(Arithmetic &a, Value r) { return addGrowth(a, a.constant(1), r); }

namespace {

/// x = n ln 2 + r. The low bits of `shifted` hold n, too.
struct Reduced {
  Value shifted, n, r;
};

} // namespace

static Reduced reduce(Arithmetic &a, Value x) {
  Value shifted = a.fma(x, a.constant(log2e), a.constant(magic));
  Value n = a.sub(shifted, a.constant(magic));
  Value r = a.fma(n, a.constant(-ln2High), x);
  return {shifted, n, a.fma(n, a.constant(-ln2Low), r)};
}

/// value * 2^n, rounded once: without an instruction n is split in two, since
/// neither 2^-150 nor 2^128 is a normal number.
static Value scale(Arithmetic &a, Value value, const Reduced &reduced) {
  if (a.scales)
    return a.scale(value, reduced.n);
  Value bits = a.bits(reduced.shifted);
  Value half = a.andInt(a.shiftLeft(bits, 22), a.integer(0xff800000));
  Value rest = a.subInt(a.shiftLeft(bits, 23), half);
  value = a.mul(value, a.floatOf(a.addInt(half, a.integer(one))));
  return a.mul(value, a.floatOf(a.addInt(rest, a.integer(one))));
}

Value plait::emitExp(Arithmetic &a, Value x) {
  // Beyond these bounds the result is 0 or infinity all the same.
  Reduced reduced = reduce(a, a.clamp(x, -104.0, 89.0));
  return scale(a, powerOf(a, reduced.r), reduced);
}

ExpAndRest plait::emitExpAndRest(Arithmetic &a, Value x) {
  Reduced reduced = reduce(a, a.clamp(x, -104.0, 89.0));
  Value power = powerOf(a, reduced.r);
  Value rest = addGrowth(a, a.sub(a.constant(1), power), reduced.r); // the difference is exact
  return {scale(a, power, reduced), scale(a, rest, reduced)};
}

Value plait::emitExpBelowZero(Arithmetic &a, Value x) {
  Value lowest = a.constant(-104.0);
  Reduced reduced = reduce(a, a.select(a.compare(Arithmetic::Compare::OLT, x, lowest), lowest, x));
  Value p = powerOf(a, reduced.r);
  if (a.scales)
    return a.scale(p, reduced.n);
  // With 2^64 on it the power of two is normal, and the one rounding is the last.
  Value power = a.addInt(a.shiftLeft(a.bits(reduced.shifted), 23), a.integer(one + (64u << 23)));
  return a.mul(a.mul(p, a.floatOf(power)), a.constant(0x1p-64));
}

Value plait::emitExp2(Arithmetic &a, Value x) {
  x = a.clamp(x, -151.0, 129.0);
  Value shifted = a.add(x, a.constant(magic));
  Value n = a.sub(shifted, a.constant(magic)), r = a.mul(a.sub(x, n), a.constant(ln2));
  return scale(a, powerOf(a, r), {shifted, n, r});
}

Value plait::emitExpm1(Arithmetic &a, Value x) {
  // Below -18 the result is -1; half of the power of two, since 2^128 is none.
  auto [shifted, n, r] = reduce(a, a.clamp(x, -18.0, 89.0));
  Value p = a.fma(a.polynomial(r, tail), a.mul(r, r), r);
  Value half = a.floatOf(a.addInt(a.shiftLeft(a.bits(shifted), 23), a.integer(one - (1u << 23))));
  Value sum = a.fma(p, half, a.sub(half, a.constant(0.5)));
  Value result = a.add(sum, sum);
  // Keeps the sign of zero.
  return a.select(a.compare(Arithmetic::Compare::OEQ, x, a.constant(0)), x, result);
}

Value plait::emitExpOfFalling(Arithmetic &a, Value x) {
  Value shifted = a.fma(x, a.constant(log2e), a.constant(magic)), n = a.sub(shifted, a.constant(magic));
  // One part of ln 2 will do: where n is large, the result is small.
  Value p = powerOf(a, a.fma(n, a.constant(-ln2), x));
  // Below this bound e^x is no normal number.
  Value normal = a.compare(Arithmetic::Compare::OGT, x, a.constant(-87.33654));
  if (a.scales)
    return a.select(normal, a.scale(p, n), a.constant(0));
  Value result = a.addInt(a.bits(p), a.shiftLeft(a.bits(shifted), 23));
  return a.floatOf(a.select(normal, result, a.integer(0)));
}

Value plait::emitTanh(Arithmetic &a, Value x) {
  // tanh |x| = m / (m + 2) with m = e^{2|x|} - 1; from 10 on it is 1.
  Value twice = a.abs(a.add(x, x));
  Value m = emitExpm1(a, a.clamp(twice, 0.0, 20.0));
  return a.copySign(a.div(m, a.add(m, a.constant(2))), x);
}

// cosh r = 1 + r^2 C(r^2) and sinh r = r + r^3 S(r^2), fitted together so that
// their sum is e^r with a relative error of 1e-7.
static constexpr double coshTail[] = {0.499992311000824, 0.041890114545822144};
static constexpr double sinhTail[] = {0.16667114198207855, 0.008312525227665901};

ExpPair plait::emitExpPair(Arithmetic &a, Value x) {
  Value shifted = a.fma(x, a.constant(log2e), a.constant(magic));
  // One part of ln 2 will do: n is small, and both results err alike.
  Value r = a.fma(a.sub(shifted, a.constant(magic)), a.constant(-ln2), x);
  Value square = a.mul(r, r), one = a.constant(1);
  Value cosh = a.fma(square, a.polynomial(square, coshTail), one);
  Value sinh = a.mul(r, a.fma(square, a.polynomial(square, sinhTail), one));
  // Both sums are near 1, so that n is added to the exponent bits as they are.
  Value exponent = a.shiftLeft(a.bits(shifted), 23);
  return {a.floatOf(a.addInt(a.bits(a.add(cosh, sinh)), exponent)),
          a.floatOf(a.subInt(a.bits(a.sub(cosh, sinh)), exponent))};
}
