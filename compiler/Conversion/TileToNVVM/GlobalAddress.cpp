//===- GlobalAddress.cpp - places in global memory ------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements addresses of tiles of memrefs. Strides and the place of
// the tile are 64-bit; rows, columns and how many of them are inside are 32-bit.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/TileToNVVM/GlobalAddress.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"
#include "llvm/Support/CheckedArithmetic.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace plait;
using namespace plait::tile;

/// A power of two that divides an index.
static int64_t divisorOf(Value index) {
  constexpr int64_t all = 1 << 16; // more than any alignment, and its square still is a number
  llvm::APInt constant;
  if (matchPattern(index, m_ConstantInt(&constant)))
    return constant.isZero() ? all : int64_t(1) << std::min(constant.countr_zero(), 16u);
  if (auto product = index.getDefiningOp<arith::MulIOp>())
    return std::min(all, divisorOf(product.getLhs()) * divisorOf(product.getRhs()));
  if (auto sum = index.getDefiningOp<arith::AddIOp>())
    return std::min(divisorOf(sum.getLhs()), divisorOf(sum.getRhs()));
  if (auto argument = dyn_cast<BlockArgument>(index))
    if (auto loop = dyn_cast<scf::ForOp>(argument.getOwner()->getParentOp()); loop && loop.getInductionVar() == index)
      return std::min(divisorOf(loop.getLowerBound()), divisorOf(loop.getStep()));
  return 1;
}

/// What an index is at most, where that is known: of constants, and products of remainders.
static std::optional<int64_t> mostOf(Value index) {
  llvm::APInt constant;
  if (matchPattern(index, m_ConstantInt(&constant)))
    return constant.getSExtValue();
  if (auto remainder = index.getDefiningOp<arith::RemUIOp>())
    if (matchPattern(remainder.getRhs(), m_ConstantInt(&constant)))
      return constant.getSExtValue() - 1;
  if (auto product = index.getDefiningOp<arith::MulIOp>()) {
    std::optional<int64_t> left = mostOf(product.getLhs()), right = mostOf(product.getRhs());
    if (left && right)
      return llvm::checkedMul(*left, *right);
  }
  return std::nullopt;
}

static Value wide(ImplicitLocOpBuilder &b, Value index) { return arith::IndexCastOp::create(b, b.getI64Type(), index); }

static Value constant64(ImplicitLocOpBuilder &b, int64_t value) {
  return arith::ConstantIntOp::create(b, b.getI64Type(), value);
}

plait::GlobalAddress::GlobalAddress(ThreadMath &threads, ImplicitLocOpBuilder &b, const GlobalTile &tile)
    : threads(threads), b(b), tile(tile), last(tile.type.getRank() - 1) {
  if (threads.isAtEntry())
    loop = b.getInsertionBlock()->getParent()->getParentOfType<LoopLikeOpInterface>();
  if (loop && !llvm::all_of(tile.memory, [&](Value value) { return loop.isDefinedOutsideOfLoop(value); }))
    loop = {}; // a memref that it carries
  findLimits();
}

/// Whether an index is the same in all iterations.
bool plait::GlobalAddress::isFixed(Value index) { return !loop || loop.isDefinedOutsideOfLoop(index); }

/// The place of the tile's indices, those that are fixed or the others.
Value plait::GlobalAddress::addIndices(Value pointer, bool fixed) {
  Value offset;
  for (auto [dimension, index] : llvm::enumerate(tile.indices)) {
    if (matchPattern(index, m_Zero()) || isFixed(index) != fixed)
      continue;
    Value part = arith::MulIOp::create(b, wide(b, index), stride(dimension));
    offset = offset ? arith::AddIOp::create(b, offset, part).getResult() : part;
  }
  return offset ? step(pointer, offset) : pointer;
}

Value plait::GlobalAddress::step(Value from, Value by) {
  return LLVM::GEPOp::create(b, from.getType(), tile.type.getElementType(), from, by);
}

Value plait::GlobalAddress::stride(int64_t dimension) {
  int64_t offset;
  SmallVector<int64_t> strides;
  if (succeeded(tile.type.getStridesAndOffset(strides, offset)) && !ShapedType::isDynamic(strides[dimension]))
    return constant64(b, strides[dimension]);
  return tile.memory[1 + tile.type.getRank() + dimension];
}

/// How far it is to `end` from the tile's index, as i32 in 0..most.
Value plait::GlobalAddress::limit(Value end, int64_t dimension, int64_t most) {
  Value left = arith::SubIOp::create(b, end, wide(b, tile.indices[dimension]));
  left = arith::MaxSIOp::create(b, left, constant64(b, 0));
  left = arith::MinSIOp::create(b, left, constant64(b, most));
  return arith::TruncIOp::create(b, b.getI32Type(), left);
}

void plait::GlobalAddress::findLimits() {
  if (last < 0)
    return;
  int64_t size = tile.type.getDimSize(last);
  Value columns = ShapedType::isDynamic(size) ? tile.memory[1 + last] : constant64(b, size);
  bool isLast = tile.along == last;
  if (tile.along) {
    Value end = wide(b, tile.rows);
    rowLimit = limit(isLast ? arith::MinSIOp::create(b, end, columns) : end, *tile.along, tile.shape.rows);
  }
  std::optional<int64_t> start = mostOf(tile.indices[last]);
  bool isWhole = !ShapedType::isDynamic(size) && start && *start + tile.shape.columns <= size;
  if (!isLast && !isWhole)
    columnLimit = limit(columns, last, tile.shape.columns);
}

int64_t plait::GlobalAddress::alignedWidth() const {
  int64_t bytes = tile.type.getElementTypeBitWidth() / 8, offset, width = 1;
  SmallVector<int64_t> strides;
  if (last < 0 || failed(tile.type.getStridesAndOffset(strides, offset)) || strides[last] != 1)
    return 1;
  int64_t most = std::min(tile.alignment / bytes, divisorOf(tile.indices[last]));
  while (2 * width <= most)
    width *= 2;
  return width;
}

int64_t plait::GlobalAddress::wholeWidth() const {
  int64_t width = alignedWidth();
  if (!columnLimit)
    return width;
  int64_t size = tile.type.getDimSize(last);
  if (ShapedType::isDynamic(size))
    return 1;
  while (size % width != 0)
    width /= 2;
  return width;
}

Value plait::GlobalAddress::pointer(AffineExpr row, AffineExpr column) {
  SplitExpr r(row), c(column);
  auto wideValue = [&](AffineExpr expr) { return arith::ExtUIOp::create(b, b.getI64Type(), threads.value(b, expr)); };
  Value &base = bases[{r.base, c.base}];
  if (!base) {
    // What is the same in all iterations is made before the loop.
    OpBuilder::InsertPoint here = b.saveInsertionPoint();
    if (loop)
      b.setInsertionPoint(loop);
    base = addIndices(tile.memory[0], /*fixed=*/true);
    if (last >= 0 && threads.bits(c.base) != 0)
      base = step(base, arith::MulIOp::create(b, wideValue(c.base), stride(last)));
    if (tile.along && threads.bits(r.base) != 0)
      base = step(base, arith::MulIOp::create(b, wideValue(r.base), stride(*tile.along)));
    b.restoreInsertionPoint(here);
    base = addIndices(base, /*fixed=*/false);
  }
  Value at = base;
  if (tile.along && r.constant != 0)
    at = step(at, arith::MulIOp::create(b, constant64(b, r.constant), stride(*tile.along)));
  if (c.constant != 0)
    at = step(at, arith::MulIOp::create(b, constant64(b, c.constant), stride(last)));
  return at;
}

Value plait::GlobalAddress::sumOf(const SplitExpr &expr) {
  Value base = threads.value(b, expr.base);
  return arith::AddIOp::create(b, base, arith::ConstantIntOp::create(b, b.getI32Type(), expr.constant));
}

Value plait::GlobalAddress::isInside(AffineExpr row, AffineExpr column) {
  auto isBelow = [&](AffineExpr expr, Value limit) -> Value {
    return arith::CmpIOp::create(b, arith::CmpIPredicate::slt, sumOf(SplitExpr(expr)), limit);
  };
  Value inside = rowLimit ? isBelow(row, rowLimit) : Value();
  if (!columnLimit)
    return inside;
  Value inColumns = isBelow(column, columnLimit);
  return inside ? arith::AndIOp::create(b, inside, inColumns).getResult() : inColumns;
}

Value plait::GlobalAddress::countInside(AffineExpr row, AffineExpr column, int64_t width) {
  auto number = [&](int64_t value) -> Value { return arith::ConstantIntOp::create(b, b.getI32Type(), value); };
  Value count;
  if (columnLimit) {
    Value left = arith::SubIOp::create(b, columnLimit, sumOf(SplitExpr(column)));
    left = arith::MaxSIOp::create(b, left, number(0));
    count = arith::MinSIOp::create(b, left, number(width));
  }
  if (!rowLimit)
    return count;
  Value isIn = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, sumOf(SplitExpr(row)), rowLimit);
  return arith::SelectOp::create(b, isIn, count ? count : number(width), number(0));
}
