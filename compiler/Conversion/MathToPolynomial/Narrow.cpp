//===- Narrow.cpp - bf16 and f16 to wider floats and back -----------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the conversions on bits, so that they are the same on
// all targets and none calls a helper of the compiler's runtime.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/MathToPolynomial/Functions.h"

#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace plait;

using Compare = Arithmetic::Compare;

static Value extendHalf(Arithmetic &a, Value bits) {
  Value sign = a.shiftLeft(a.andInt(bits, a.integer(0x8000)), 16);
  Value size = a.shiftLeft(a.andInt(bits, a.integer(0x7fff)), 13);
  // The exponent is 112 too small: the product is exact for subnormals too.
  Value scaled = a.bits(a.mul(a.floatOf(size), a.constant(0x1p112)));
  Value special = a.compareInt(arith::CmpIPredicate::uge, size, a.integer(0x7c00u << 13));
  Value result = a.select(special, a.orInt(size, a.integer(0x7f800000)), scaled);
  return a.floatOf(a.orInt(result, sign));
}

static Value truncateHalf(Arithmetic &a, Value x) {
  Value bits = a.bits(x), size = a.andInt(bits, a.integer(0x7fffffff));
  auto below = [&](uint32_t bound) { return a.compareInt(arith::CmpIPredicate::ult, size, a.integer(bound)); };
  // A carry out of the mantissa rounds to even, and to infinity at the top.
  Value even = a.andInt(a.shiftRight(size, 13), a.integer(1));
  Value normal = a.shiftRight(a.addInt(a.addInt(size, a.integer(0xc8000fff)), even), 13);
  // Beside 0.5 the unit of a float is that of subnormal halves.
  Value subnormal = a.subInt(a.bits(a.add(a.floatOf(size), a.constant(0.5))), a.integer(0x3f000000));
  Value infinite = a.select(a.compare(Compare::UNO, x, x), a.integer(0x7e00), a.integer(0x7c00));
  Value result = a.select(below(0x38800000), subnormal, a.select(below(0x47800000), normal, infinite));
  return a.orInt(result, a.andInt(a.shiftRight(bits, 16), a.integer(0x8000)));
}

static Value truncateBrain(Arithmetic &a, Value x) {
  Value bits = a.bits(x), high = a.shiftRight(bits, 16);
  Value even = a.andInt(high, a.integer(1));
  Value rounded = a.shiftRight(a.addInt(a.addInt(bits, a.integer(0x7fff)), even), 16);
  return a.select(a.compare(Compare::UNO, x, x), a.orInt(high, a.integer(0x40)), rounded);
}

Value plait::emitExtend(Arithmetic &a, Value narrow) {
  Value bits = arith::BitcastOp::create(a.builder, a.loc, a.typeOf(a.builder.getI16Type()), narrow);
  bits = arith::ExtUIOp::create(a.builder, a.loc, a.bitsType(), bits);
  bool brain = getElementTypeOrSelf(narrow.getType()).isBF16();
  return brain ? a.floatOf(a.shiftLeft(bits, 16)) : extendHalf(a, bits);
}

Value plait::emitTruncate(Arithmetic &a, Value x, Type narrow) {
  Value bits = narrow.isBF16() ? truncateBrain(a, x) : truncateHalf(a, x);
  bits = arith::TruncIOp::create(a.builder, a.loc, a.typeOf(a.builder.getI16Type()), bits);
  return arith::BitcastOp::create(a.builder, a.loc, a.typeOf(narrow), bits);
}

Value plait::emitTruncateToOdd(Arithmetic &a, Value x) {
  Value nearest = arith::TruncFOp::create(a.builder, a.loc, a.type, x);
  Value back = arith::ExtFOp::create(a.builder, a.loc, x.getType(), nearest);
  // Of the two neighbours of an inexact number, the one with an odd mantissa.
  Value inexact = a.compare(Compare::ONE, back, x);
  Value past = a.compare(Compare::OGT, a.abs(back), a.abs(x));
  Value bits = a.bits(nearest);
  Value below = a.select(past, a.subInt(bits, a.integer(1)), bits);
  return a.floatOf(a.select(inexact, a.orInt(below, a.integer(1)), bits));
}
