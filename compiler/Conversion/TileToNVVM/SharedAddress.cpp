//===- SharedAddress.cpp - places in shared memory ------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements addresses of swizzled tiles. What depends on the thread
// is made once; a step by constants flips bits of it, and adds to the pointer
// what instructions hold as their constant.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/TileToNVVM/SharedAddress.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace plait;
using namespace plait::tile;

static Value constantOf(ImplicitLocOpBuilder &b, int64_t value) {
  return arith::ConstantIntOp::create(b, b.getI32Type(), value);
}

/// The formulas and a number as the key of a memo.
static Attribute keyOf(Type type, AffineExpr row, AffineExpr column, int64_t number) {
  MLIRContext *context = type.getContext();
  return ArrayAttr::get(context, {TypeAttr::get(type), AffineMapAttr::get(AffineMap::get(1, 0, {row, column}, context)),
                                  IntegerAttr::get(IntegerType::get(context, 64), number)});
}

plait::SharedAddress::SharedAddress(ThreadMath &threads, ImplicitLocOpBuilder &b, SharedType type, Value start,
                                    Value stage)
    : threads(threads), b(b), type(type), start(start) {
  llvm::APInt known;
  if (matchPattern(start, m_ConstantInt(&known))) {
    offset = known.getSExtValue();
    this->start = Value();
  }
  if (!stage)
    return;
  Value number = arith::IndexCastOp::create(b, b.getI32Type(), stage);
  Value bytes = arith::MulIOp::create(b, number, constantOf(b, type.stageBytes()));
  this->start = this->start ? arith::AddIOp::create(b, this->start, bytes).getResult() : bytes;
}

/// The bits of the chunk's number that the swizzle flips in a row.
static int64_t flippedIn(SharedType type, int64_t row) { return type.offset({row, 0}) - row * type.rowBytes(); }

/// The bits that the swizzle flips in a row.
Value plait::SharedAddress::flips(AffineExpr row) {
  int64_t bits = type.getSwizzle().getBits();
  return threads.value(b, row.floorDiv(1 << (3 - bits)) % (1 << bits) * SharedType::chunkBytes);
}

Value plait::SharedAddress::threadOffset(AffineExpr row, AffineExpr column) {
  AffineExpr line = row * type.rowBytes(), byte = column * type.elementBytes();
  if (type.getSwizzle().getBits() == 0)
    return threads.value(b, line + byte);
  Value inLine = threads.value(b, byte), flip = flips(row), start = threads.value(b, line);
  return threads.once(b, keyOf(type, row, column, 0), [&](ImplicitLocOpBuilder &at) -> Value {
    return arith::AddIOp::create(at, start, arith::XOrIOp::create(at, inLine, flip));
  });
}

Value plait::SharedAddress::base(AffineExpr row, AffineExpr column, int64_t flipped) {
  Value &known = bases[keyOf(type, row, column, flipped)];
  if (known)
    return known;
  Value from = threadOffset(row, column);
  if (start)
    from = arith::AddIOp::create(b, start, from);
  if (flipped)
    from = arith::XOrIOp::create(b, from, constantOf(b, flipped));
  return known = address(from);
}

/// The pointer to a byte of all shared memory.
Value plait::SharedAddress::address(Value byte) {
  auto pointer = LLVM::LLVMPointerType::get(b.getContext(), /*addressSpace=*/3);
  Value memory = LLVM::AddressOfOp::create(b, pointer, sharedSymbol);
  return LLVM::GEPOp::create(b, pointer, b.getI8Type(), memory, byte);
}

Value plait::SharedAddress::pointer(AffineExpr row, Value column) {
  Value byte = arith::MulIOp::create(b, column, constantOf(b, type.elementBytes()));
  byte = arith::XOrIOp::create(b, byte, flips(row));
  byte = arith::AddIOp::create(b, byte, threads.value(b, row * type.rowBytes()));
  if (start)
    byte = arith::AddIOp::create(b, byte, start);
  Value from = address(byte);
  return LLVM::GEPOp::create(b, from.getType(), b.getI8Type(), from, LLVM::GEPArg(static_cast<int32_t>(offset)));
}

Value plait::SharedAddress::pointer(AffineExpr row, AffineExpr column) {
  SplitExpr r(row), c(column);
  int64_t swizzled = SharedType::chunkBytes << type.getSwizzle().getBits();
  // Where constants don't touch the bits that threads set, they flip what they
  // set themselves; else they are part of the formula.
  if (r.constant % 8 != 0 && (threads.bits(r.base) & r.constant) != 0)
    r = {row, 0};
  int64_t step = c.constant * type.elementBytes();
  if (step % swizzled != 0 && (threads.bits(c.base * type.elementBytes()) & step) != 0)
    c = {column, 0}, step = 0;
  int64_t chunk = step % swizzled / SharedType::chunkBytes * SharedType::chunkBytes;
  Value from = base(r.base, c.base, chunk ^ flippedIn(type, r.constant));
  int64_t added = offset + r.constant * type.rowBytes() + step - chunk;
  if (added == 0)
    return from;
  return LLVM::GEPOp::create(b, from.getType(), b.getI8Type(), from, LLVM::GEPArg(static_cast<int32_t>(added)));
}
