//===- Integers.cpp - integer and index arithmetic ------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file runs the integer ops of arith on the bits of their width, wrapping
// as they do. A division by zero, and a result that f64 does not hold exactly,
// are errors.
//===----------------------------------------------------------------------===//

#include "compiler/Interpreter/Elementwise.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

#include <cmath>

using namespace llvm;
using namespace plait;
using namespace plait::interpreter;
namespace arith = mlir::arith;

/// Magnitudes up to this are exact in f64.
static constexpr int64_t maxExact = int64_t(1) << 53;

unsigned interpreter::widthOf(mlir::Type type) {
  mlir::Type element = mlir::getElementTypeOrSelf(type);
  return element.isIndex() ? 64 : element.getIntOrFloatBitWidth();
}

APInt interpreter::toBits(double number, unsigned width) {
  return APInt(width, static_cast<uint64_t>(static_cast<int64_t>(number)), /*isSigned=*/true, /*implicitTrunc=*/true);
}

std::optional<double> interpreter::fromBits(const APInt &bits) {
  if (bits.getBitWidth() == 1)
    return bits.getZExtValue();
  std::optional<int64_t> number = bits.trySExtValue();
  if (!number || *number > maxExact || *number < -maxExact)
    return std::nullopt;
  return static_cast<double>(*number);
}

Error interpreter::badInteger(mlir::Operation *op) {
  return expects(op, "an integer of magnitude up to 2^53", "a larger or an undefined one");
}

static bool holds(arith::CmpIPredicate predicate, const APInt &x, const APInt &y) {
  switch (predicate) {
  case arith::CmpIPredicate::eq:
    return x == y;
  case arith::CmpIPredicate::ne:
    return x != y;
  case arith::CmpIPredicate::slt:
    return x.slt(y);
  case arith::CmpIPredicate::sle:
    return x.sle(y);
  case arith::CmpIPredicate::sgt:
    return x.sgt(y);
  case arith::CmpIPredicate::sge:
    return x.sge(y);
  case arith::CmpIPredicate::ult:
    return x.ult(y);
  case arith::CmpIPredicate::ule:
    return x.ule(y);
  case arith::CmpIPredicate::ugt:
    return x.ugt(y);
  case arith::CmpIPredicate::uge:
    return x.uge(y);
  }
  llvm_unreachable("a predicate");
}

static Error compare(mlir::Operation *op, Operands operands, Results &results) {
  if (Error error = checkSameShapes(op, operands))
    return error;
  unsigned width = widthOf(op->getOperand(0).getType());
  Array result = *operands[0];
  for (size_t i = 0; i < result.data.size(); ++i)
    result.data[i] = holds(cast<arith::CmpIOp>(op).getPredicate(), toBits(operands[0]->data[i], width),
                           toBits(operands[1]->data[i], width));
  results.push_back(std::move(result));
  return Error::success();
}

/// From one width to another, with the sign or with zeros.
template <bool isSigned> static Error resize(mlir::Operation *op, Operands operands, Results &results) {
  unsigned from = widthOf(op->getOperand(0).getType()), to = widthOf(op->getResult(0).getType());
  Array result = *operands[0];
  for (double &number : result.data) {
    APInt bits = toBits(number, from);
    std::optional<double> resized = fromBits(isSigned ? bits.sextOrTrunc(to) : bits.zextOrTrunc(to));
    if (!resized)
      return badInteger(op);
    number = *resized;
  }
  results.push_back(std::move(result));
  return Error::success();
}

template <bool isSigned> static Error toFloat(mlir::Operation *op, Operands operands, Results &results) {
  unsigned width = widthOf(op->getOperand(0).getType());
  Array result = *operands[0];
  for (double &number : result.data)
    number = toBits(number, width).roundToDouble(isSigned);
  results.push_back(std::move(result));
  return Error::success();
}

template <bool isSigned> static Error fromFloat(mlir::Operation *op, Operands operands, Results &results) {
  unsigned width = widthOf(op->getResult(0).getType());
  double high = std::ldexp(1.0, isSigned ? width - 1 : width), low = isSigned ? -high : 0;
  Array result = *operands[0];
  for (double &number : result.data) {
    double whole = std::trunc(number);
    if (!(whole >= low && whole < high && std::abs(whole) <= double(maxExact)))
      return expects(op, "a number in the range of its result, and of magnitude up to 2^53",
                     Twine(std::to_string(number)));
    number = *fromBits(toBits(whole, width));
  }
  results.push_back(std::move(result));
  return Error::success();
}

/// Low and high half of a product.
template <bool isSigned> static Error multiplyExtended(mlir::Operation *op, Operands operands, Results &results) {
  if (Error error = checkSameShapes(op, operands))
    return error;
  unsigned width = widthOf(op->getOperand(0).getType());
  Array low = *operands[0], high = low;
  for (size_t i = 0; i < low.data.size(); ++i) {
    APInt x = toBits(operands[0]->data[i], width), y = toBits(operands[1]->data[i], width);
    std::optional<double> lowHalf = fromBits(x * y);
    std::optional<double> highHalf = fromBits(isSigned ? APIntOps::mulhs(x, y) : APIntOps::mulhu(x, y));
    if (!lowHalf || !highHalf)
      return badInteger(op);
    low.data[i] = *lowHalf;
    high.data[i] = *highHalf;
  }
  results.append({std::move(low), std::move(high)});
  return Error::success();
}

/// Sum, and whether it carries.
static Error addExtended(mlir::Operation *op, Operands operands, Results &results) {
  if (Error error = integers<[](APInt x, APInt y) { return x + y; }>(op, operands, results))
    return error;
  return integers<[](APInt x, APInt y) { return APInt(1, (x + y).ult(x)); }>(op, operands, results);
}

using Bits = std::optional<APInt>;

static void addArithmetic(Handlers &h) {
  h.add<arith::AddIOp>(integers<[](APInt x, APInt y) { return x + y; }>);
  h.add<arith::AddUIExtendedOp>(addExtended);
  h.add<arith::MulSIExtendedOp>(multiplyExtended<true>);
  h.add<arith::MulUIExtendedOp>(multiplyExtended<false>);
  h.add<arith::SubIOp>(integers<[](APInt x, APInt y) { return x - y; }>);
  h.add<arith::MulIOp>(integers<[](APInt x, APInt y) { return x * y; }>);
  h.add<arith::DivSIOp>(integers<[](APInt x, APInt y) { return y == 0 ? Bits() : x.sdiv(y); }>);
  h.add<arith::DivUIOp>(integers<[](APInt x, APInt y) { return y == 0 ? Bits() : x.udiv(y); }>);
  h.add<arith::RemSIOp>(integers<[](APInt x, APInt y) { return y == 0 ? Bits() : x.srem(y); }>);
  h.add<arith::RemUIOp>(integers<[](APInt x, APInt y) { return y == 0 ? Bits() : x.urem(y); }>);
  h.add<arith::CeilDivSIOp>(
      integers<[](APInt x, APInt y) { return y == 0 ? Bits() : APIntOps::RoundingSDiv(x, y, APInt::Rounding::UP); }>);
  h.add<arith::FloorDivSIOp>(
      integers<[](APInt x, APInt y) { return y == 0 ? Bits() : APIntOps::RoundingSDiv(x, y, APInt::Rounding::DOWN); }>);
  h.add<arith::CeilDivUIOp>(
      integers<[](APInt x, APInt y) { return y == 0 ? Bits() : APIntOps::RoundingUDiv(x, y, APInt::Rounding::UP); }>);
  h.add<arith::MaxSIOp>(integers<[](APInt x, APInt y) { return APIntOps::smax(x, y); }>);
  h.add<arith::MinSIOp>(integers<[](APInt x, APInt y) { return APIntOps::smin(x, y); }>);
  h.add<arith::MaxUIOp>(integers<[](APInt x, APInt y) { return APIntOps::umax(x, y); }>);
  h.add<arith::MinUIOp>(integers<[](APInt x, APInt y) { return APIntOps::umin(x, y); }>);
  h.add<mlir::math::AbsIOp>(integers<[](APInt x) { return x.abs(); }>);
}

static void addBitwise(Handlers &h) {
  h.add<arith::AndIOp>(integers<[](APInt x, APInt y) { return x & y; }>);
  h.add<arith::OrIOp>(integers<[](APInt x, APInt y) { return x | y; }>);
  h.add<arith::XOrIOp>(integers<[](APInt x, APInt y) { return x ^ y; }>);
  h.add<arith::ShLIOp>(integers<[](APInt x, APInt y) { return y.uge(x.getBitWidth()) ? Bits() : x.shl(y); }>);
  h.add<arith::ShRSIOp>(integers<[](APInt x, APInt y) { return y.uge(x.getBitWidth()) ? Bits() : x.ashr(y); }>);
  h.add<arith::ShRUIOp>(integers<[](APInt x, APInt y) { return y.uge(x.getBitWidth()) ? Bits() : x.lshr(y); }>);
}

void interpreter::addIntegerHandlers(Handlers &h) {
  addArithmetic(h);
  addBitwise(h);
  h.add<arith::CmpIOp>(compare);
  h.add<arith::ExtSIOp>(resize<true>);
  h.add<arith::ExtUIOp>(resize<false>);
  h.add<arith::TruncIOp>(resize<true>);
  h.add<arith::IndexCastOp>(resize<true>);
  h.add<arith::IndexCastUIOp>(resize<false>);
  h.add<arith::SIToFPOp>(toFloat<true>);
  h.add<arith::UIToFPOp>(toFloat<false>);
  h.add<arith::FPToSIOp>(fromFloat<true>);
  h.add<arith::FPToUIOp>(fromFloat<false>);
}
