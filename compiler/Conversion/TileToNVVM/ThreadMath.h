//===- ThreadMath.h - numbers that depend on the thread ---------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the maker of i32 values from formulas of layouts. Each is
// made once, at the kernel's entry, so that loops only add constants to it.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_CONVERSION_TILETONVVM_THREADMATH_H
#define COMPILER_CONVERSION_TILETONVVM_THREADMATH_H

#include "mlir/IR/AffineExpr.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace plait {

/// A formula as one without a constant, and the constant.
struct SplitExpr {
  mlir::AffineExpr base;
  int64_t constant;

  explicit SplitExpr(mlir::AffineExpr expr);
  SplitExpr(mlir::AffineExpr base, int64_t constant) : base(base), constant(constant) {}
};

/// The value of a formula for one thread.
int64_t evaluate(mlir::AffineExpr expr, int64_t thread);

class ThreadMath {
public:
  using Builder = mlir::ImplicitLocOpBuilder;

  explicit ThreadMath(int64_t threads) : threads(threads) {}

  /// Starts a kernel whose body has this first block.
  void enter(mlir::OpBuilder &b, mlir::Block *entry);

  /// The same numbers made where `b` is, each time it is passed: for what is used once and would
  /// fill registers all through a loop.
  ThreadMath again(mlir::OpBuilder &b, mlir::Location loc) const;

  /// Whether its numbers are made at the entry, so that what is made of them may be where it is used or before.
  bool isAtEntry() const { return atStart; }

  int64_t threadCount() const { return threads; }

  /// The i32 of a formula, of threads as dimension 0.
  mlir::Value value(mlir::OpBuilder &b, mlir::AffineExpr expr);
  /// The bits that are set in the formula's value for some thread; it is not negative.
  int64_t bits(mlir::AffineExpr expr);
  /// What `make` makes at the entry, once for each key.
  mlir::Value once(mlir::OpBuilder &b, mlir::Attribute key, llvm::function_ref<mlir::Value(Builder &)> make);

private:
  mlir::Value atEntry(mlir::OpBuilder &b, llvm::function_ref<mlir::Value(Builder &)> make);
  mlir::Value combine(mlir::OpBuilder &b, mlir::AffineBinaryOpExpr expr);

  int64_t threads;
  bool atStart = true;
  mlir::Operation *last = nullptr; // of what is made at the entry
  llvm::DenseMap<mlir::AffineExpr, mlir::Value> values;
  llvm::DenseMap<mlir::AffineExpr, int64_t> bitsOf;
  llvm::DenseMap<mlir::Attribute, mlir::Value> others;
};

} // namespace plait

#endif // COMPILER_CONVERSION_TILETONVVM_THREADMATH_H
