//===- ThreadMath.cpp - numbers that depend on the thread -----------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the maker of values from formulas of layouts.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/TileToNVVM/ThreadMath.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace plait;

plait::SplitExpr::SplitExpr(AffineExpr expr) : base(expr), constant(0) {
  if (auto whole = dyn_cast<AffineConstantExpr>(expr)) {
    base = getAffineConstantExpr(0, expr.getContext());
    constant = whole.getValue();
    return;
  }
  // Sums keep their constant at the right.
  auto sum = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!sum || sum.getKind() != AffineExprKind::Add)
    return;
  if (auto last = dyn_cast<AffineConstantExpr>(sum.getRHS())) {
    base = sum.getLHS();
    constant = last.getValue();
  }
}

int64_t plait::evaluate(AffineExpr expr, int64_t thread) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return constant.getValue();
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary)
    return thread;
  int64_t left = evaluate(binary.getLHS(), thread), right = evaluate(binary.getRHS(), thread);
  switch (binary.getKind()) {
  case AffineExprKind::Add:
    return left + right;
  case AffineExprKind::Mul:
    return left * right;
  case AffineExprKind::Mod:
    return left % right;
  case AffineExprKind::FloorDiv:
    return left / right;
  default:
    llvm_unreachable("layouts have no such formula");
  }
}

void ThreadMath::enter(OpBuilder &b, Block *entry) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(entry);
  auto range = LLVM::ConstantRangeAttr::get(b.getContext(), llvm::APInt(32, 0), llvm::APInt(32, threads));
  auto id = NVVM::ThreadIdXOp::create(b, entry->getParentOp()->getLoc(), b.getI32Type(), range);
  last = id;
  values = {{b.getAffineDimExpr(0), id.getResult()}};
}

/// An instruction that is not known to give the same number, so that nothing made of it leaves a loop.
ThreadMath ThreadMath::again(OpBuilder &b, Location loc) const {
  auto id = LLVM::InlineAsmOp::create(b, loc, b.getI32Type(), ValueRange(), "mov.u32 $0, %tid.x;", "=r",
                                      /*has_side_effects=*/true, /*is_align_stack=*/false, LLVM::TailCallKind::None,
                                      LLVM::AsmDialectAttr(), ArrayAttr());
  // What the special register's range says of it otherwise.
  Value limit = arith::ConstantIntOp::create(b, loc, b.getI32Type(), threads);
  Value isBelow = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, id.getResult(0), limit);
  auto range = LLVM::AssumeOp::create(b, loc, isBelow);
  ThreadMath math(threads);
  math.atStart = false;
  math.last = range;
  math.values = {{b.getAffineDimExpr(0), id.getResult(0)}};
  return math;
}

int64_t ThreadMath::bits(AffineExpr expr) {
  auto [found, isNew] = bitsOf.try_emplace(expr, 0);
  if (isNew)
    for (int64_t thread : llvm::seq(threads))
      found->second |= evaluate(expr, thread);
  return found->second;
}

Value ThreadMath::atEntry(OpBuilder &b, function_ref<Value(Builder &)> make) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointAfter(last);
  Builder at(last->getLoc(), b);
  Value made = make(at);
  last = made.getDefiningOp();
  return made;
}

Value ThreadMath::once(OpBuilder &b, Attribute key, function_ref<Value(Builder &)> make) {
  Value &value = others[key];
  if (!value)
    value = atEntry(b, make);
  return value;
}

Value ThreadMath::value(OpBuilder &b, AffineExpr expr) {
  if (Value known = values.lookup(expr))
    return known;
  Value made;
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    made = atEntry(b, [&](Builder &at) -> Value {
      return arith::ConstantIntOp::create(at, at.getI32Type(), constant.getValue());
    });
  else
    made = combine(b, cast<AffineBinaryOpExpr>(expr));
  return values[expr] = made;
}

/// No operand is negative. What is divided by a power of two is shifted or masked.
Value ThreadMath::combine(OpBuilder &b, AffineBinaryOpExpr expr) {
  Value left = value(b, expr.getLHS());
  auto constant = dyn_cast<AffineConstantExpr>(expr.getRHS());
  int64_t number = constant ? constant.getValue() : 0;
  bool isPower = llvm::isPowerOf2_64(number);
  auto right = [&](int64_t replaced) { return value(b, getAffineConstantExpr(replaced, b.getContext())); };
  switch (expr.getKind()) {
  case AffineExprKind::Add: {
    Value addend = value(b, expr.getRHS());
    return atEntry(b, [&](Builder &at) -> Value { return arith::AddIOp::create(at, left, addend); });
  }
  case AffineExprKind::Mul: {
    Value factor = value(b, expr.getRHS());
    return atEntry(b, [&](Builder &at) -> Value { return arith::MulIOp::create(at, left, factor); });
  }
  case AffineExprKind::Mod: {
    Value divisor = right(isPower ? number - 1 : number);
    return atEntry(b, [&](Builder &at) -> Value {
      return isPower ? arith::AndIOp::create(at, left, divisor).getResult() : arith::RemUIOp::create(at, left, divisor);
    });
  }
  case AffineExprKind::FloorDiv: {
    Value divisor = right(isPower ? llvm::Log2_64(number) : number);
    return atEntry(b, [&](Builder &at) -> Value {
      return isPower ? arith::ShRUIOp::create(at, left, divisor).getResult()
                     : arith::DivUIOp::create(at, left, divisor);
    });
  }
  default:
    llvm_unreachable("layouts have no such formula");
  }
}
