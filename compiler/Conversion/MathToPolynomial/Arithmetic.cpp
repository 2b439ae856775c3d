//===- Arithmetic.cpp - arithmetic on scalars or vectors ------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the operations that functions are made of.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/MathToPolynomial/Arithmetic.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace plait;

bool plait::isNarrow(Type type) {
  Type element = getElementTypeOrSelf(type);
  return element.isBF16() || element.isF16();
}

Type plait::withElement(Type type, Type element) {
  auto vector = dyn_cast<VectorType>(type);
  return vector ? Type(VectorType::get(vector.getShape(), element)) : element;
}

static Value constantOf(OpBuilder &builder, Location loc, Type type, TypedAttr scalar) {
  if (auto vector = dyn_cast<VectorType>(type))
    return arith::ConstantOp::create(builder, loc, DenseElementsAttr::get(vector, Attribute(scalar)));
  return arith::ConstantOp::create(builder, loc, scalar);
}

Arithmetic::Arithmetic(OpBuilder &builder, Location loc, Type type, const Machine &machine)
    : builder(builder), loc(loc), type(type), fused(machine.fma), scales(false) {
  if (auto vector = dyn_cast<VectorType>(type))
    scales = machine.hasScale() && vector.getRank() == 1 && vector.getElementType().isF32();
}

Value Arithmetic::constant(double value) {
  return constantOf(builder, loc, type, builder.getFloatAttr(getElementTypeOrSelf(type), value));
}

Value Arithmetic::add(Value a, Value b) { return arith::AddFOp::create(builder, loc, a, b); }
Value Arithmetic::sub(Value a, Value b) { return arith::SubFOp::create(builder, loc, a, b); }
Value Arithmetic::mul(Value a, Value b) { return arith::MulFOp::create(builder, loc, a, b); }
Value Arithmetic::div(Value a, Value b) { return arith::DivFOp::create(builder, loc, a, b); }
Value Arithmetic::neg(Value a) { return arith::NegFOp::create(builder, loc, a); }
Value Arithmetic::abs(Value a) { return math::AbsFOp::create(builder, loc, a); }

Value Arithmetic::max(Value a, Value b) {
  return arith::MaximumFOp::create(builder, loc, a, b, arith::FastMathFlags::nsz);
}

Value Arithmetic::copySign(Value a, Value sign) { return math::CopySignOp::create(builder, loc, a, sign); }

Value Arithmetic::fma(Value a, Value b, Value c) {
  if (!fused)
    return add(mul(a, b), c);
  return math::FmaOp::create(builder, loc, a, b, c);
}

/// vscalefps on one register.
static Value scaleRegister(OpBuilder &b, Location loc, Value a, Value n) {
  Value everyLane = arith::ConstantOp::create(b, loc, b.getI16IntegerAttr(-1));
  Value asTheModeSays = arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(4));
  return LLVM::CallIntrinsicOp::create(b, loc, a.getType(), b.getStringAttr("llvm.x86.avx512.mask.scalef.ps.512"),
                                       ValueRange{a, n, a, everyLane, asTheModeSays})
      .getResult(0);
}

Value Arithmetic::scale(Value a, Value n) {
  constexpr int64_t lanes = 16;
  int64_t size = cast<VectorType>(type).getNumElements();
  Value result = a;
  for (int64_t begin = 0; begin < size; begin += lanes) {
    // A register's lanes beyond the vector take what there is.
    SmallVector<int64_t> those;
    for (int64_t lane = begin; lane < begin + lanes; ++lane)
      those.push_back(std::min(lane, size - 1));
    auto registerOf = [&](Value of) -> Value { return vector::ShuffleOp::create(builder, loc, of, of, those); };
    Value scaled = scaleRegister(builder, loc, registerOf(a), registerOf(n));
    if (int64_t left = size - begin; left < lanes)
      scaled = vector::ExtractStridedSliceOp::create(builder, loc, scaled, ArrayRef<int64_t>{0},
                                                     ArrayRef<int64_t>{left}, ArrayRef<int64_t>{1});
    result = vector::InsertStridedSliceOp::create(builder, loc, scaled, result, ArrayRef<int64_t>{begin},
                                                  ArrayRef<int64_t>{1});
  }
  return result;
}

Value Arithmetic::polynomial(Value x, ArrayRef<double> coefficients) {
  Value sum = constant(coefficients.back());
  for (double coefficient : llvm::reverse(coefficients.drop_back()))
    sum = fma(sum, x, constant(coefficient));
  return sum;
}

Value Arithmetic::compare(Compare predicate, Value a, Value b) {
  return arith::CmpFOp::create(builder, loc, predicate, a, b);
}

Value Arithmetic::select(Value condition, Value a, Value b) {
  return arith::SelectOp::create(builder, loc, condition, a, b);
}

Value Arithmetic::clamp(Value x, double low, double high) {
  Value lowest = constant(low), highest = constant(high);
  x = select(compare(Compare::OGT, x, highest), highest, x);
  return select(compare(Compare::OLT, x, lowest), lowest, x);
}

Type Arithmetic::typeOf(Type element) { return withElement(type, element); }

Type Arithmetic::bitsType() { return withElement(type, builder.getI32Type()); }

Value Arithmetic::bits(Value x) { return arith::BitcastOp::create(builder, loc, bitsType(), x); }
Value Arithmetic::floatOf(Value bits) { return arith::BitcastOp::create(builder, loc, type, bits); }

Value Arithmetic::integer(uint32_t value) {
  return constantOf(builder, loc, bitsType(), builder.getI32IntegerAttr(static_cast<int32_t>(value)));
}

Value Arithmetic::addInt(Value a, Value b) { return arith::AddIOp::create(builder, loc, a, b); }
Value Arithmetic::subInt(Value a, Value b) { return arith::SubIOp::create(builder, loc, a, b); }
Value Arithmetic::andInt(Value a, Value b) { return arith::AndIOp::create(builder, loc, a, b); }
Value Arithmetic::orInt(Value a, Value b) { return arith::OrIOp::create(builder, loc, a, b); }
Value Arithmetic::xorInt(Value a, Value b) { return arith::XOrIOp::create(builder, loc, a, b); }
Value Arithmetic::shiftLeft(Value a, int64_t by) { return arith::ShLIOp::create(builder, loc, a, integer(by)); }
Value Arithmetic::shiftRight(Value a, int64_t by) { return arith::ShRUIOp::create(builder, loc, a, integer(by)); }
Value Arithmetic::shiftRightSigned(Value a, int64_t by) { return arith::ShRSIOp::create(builder, loc, a, integer(by)); }
Value Arithmetic::fromInt(Value a) { return arith::SIToFPOp::create(builder, loc, type, a); }

Value Arithmetic::compareInt(arith::CmpIPredicate predicate, Value a, Value b) {
  return arith::CmpIOp::create(builder, loc, predicate, a, b);
}
