//===- VectorBuilder.h - loops and vectors for one machine ------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the builder that every form is written with: scalars,
// vectors of the machine's width, masks where a row does not fill one.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_CONVERSION_PLAITTOVECTOR_VECTORBUILDER_H
#define COMPILER_CONVERSION_PLAITTOVECTOR_VECTORBUILDER_H

#include "compiler/Schedule/RegisterTile.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Builders.h"

namespace plait {

/// One vector out of a row: `width` lanes in a register, of which the first
/// `valid` exist in memory; `mask` says which where the machine has masks.
struct Column {
  mlir::Value offset;
  int64_t width;
  int64_t valid;
  mlir::Value mask;
};

class VectorBuilder {
public:
  using Values = llvm::SmallVector<mlir::Value>;

  /// Builds in front of `op`, which is in a function.
  VectorBuilder(mlir::Operation *op, Machine machine);

  const Machine machine;
  mlir::OpBuilder builder;
  mlir::Location loc;

  // Scalars.
  mlir::Value index(int64_t value);
  mlir::Value add(mlir::Value a, mlir::Value b);
  mlir::Value add(mlir::Value a, int64_t b);
  mlir::Value sub(mlir::Value a, mlir::Value b);
  mlir::Value mul(mlir::Value a, mlir::Value b);
  mlir::Value min(mlir::Value a, mlir::Value b);
  mlir::Value less(mlir::Value a, mlir::Value b);
  mlir::Value equal(mlir::Value a, mlir::Value b);
  mlir::Value bitAnd(mlir::Value a, mlir::Value b);
  mlir::Value bitOr(mlir::Value a, mlir::Value b);
  mlir::Value select(mlir::Value condition, mlir::Value a, mlir::Value b);
  mlir::Value constant(mlir::Type type, double value);
  mlir::Value dim(mlir::Value memref, int64_t dim);
  mlir::Value loadScalar(mlir::Value memref, mlir::ValueRange indices);
  /// A number or a vector in f32: what every token shares may be bf16 or f16 in memory.
  mlir::Value wide(mlir::Value value);
  void storeScalar(mlir::Value value, mlir::Value memref, mlir::ValueRange indices);

  // Columns of a row of `extent` elements.
  Column column(mlir::Value offset, int64_t width, int64_t valid);
  /// A column of which the lanes from `extent` on do not exist.
  Column tailColumn(mlir::Value offset, int64_t width, mlir::Value extent);
  /// Of `width` lanes the first `valid`.
  mlir::Value mask(int64_t width, int64_t valid);
  Values columnIndices(mlir::ValueRange lead, const Column &column);
  mlir::VectorType type(int64_t width, mlir::Type element = {});
  /// Lanes that do not exist are `fill`.
  mlir::Value load(mlir::Value memref, mlir::ValueRange lead, const Column &column, double fill = 0);
  void store(mlir::Value value, mlir::Value memref, mlir::ValueRange lead, const Column &column);
  mlir::Value splat(mlir::Value scalar, int64_t width);
  /// One for each column.
  Values splat(mlir::Value scalar, llvm::ArrayRef<Column> columns);
  mlir::Value splat(double value, int64_t width);

  // Arithmetic, elementwise.
  mlir::Value addf(mlir::Value a, mlir::Value b);
  mlir::Value mulf(mlir::Value a, mlir::Value b);
  /// a * b + c: fused where the machine can.
  mlir::Value fma(mlir::Value a, mlir::Value b, mlir::Value c);
  mlir::Value exp(mlir::Value x);
  /// The larger; NaN where one is.
  mlir::Value maxf(mlir::Value a, mlir::Value b);
  /// Whether something among `values`, scalars or lanes of vectors, is below
  /// `low`, above `high` or NaN.
  mlir::Value outside(mlir::ValueRange values, double low, double high);

  // Control flow. The body returns what it yields.
  Values loop(mlir::Value lower, mlir::Value upper, int64_t step, mlir::ValueRange inits,
              llvm::function_ref<Values(mlir::Value, mlir::ValueRange)> body);
  void loop(mlir::Value lower, mlir::Value upper, int64_t step, llvm::function_ref<void(mlir::Value)> body);
  Values whileLoop(mlir::ValueRange inits, llvm::function_ref<mlir::Value(mlir::ValueRange)> condition,
                   llvm::function_ref<Values(mlir::ValueRange)> body);
  Values ifElse(mlir::Value condition, mlir::TypeRange types, llvm::function_ref<Values()> then,
                llvm::function_ref<Values()> otherwise);
  /// Calls `body` on the columns of a row of `extent` elements, `width` lanes
  /// each: a few in a line, more in a loop.
  void overColumns(int64_t extent, int64_t width, llvm::function_ref<void(const Column &)> body);
  Values overColumns(int64_t extent, int64_t width, mlir::ValueRange inits,
                     llvm::function_ref<Values(const Column &, mlir::ValueRange)> body);
  /// Calls `body` on chunks of `vectors` registers, or of a few: LLVM splits each
  /// operation on one, so that as many chains of operations are interleaved. From the
  /// end of the row on where `down`.
  Values overChunks(int64_t extent, int64_t vectors, mlir::ValueRange inits,
                    llvm::function_ref<Values(const Column &, mlir::ValueRange)> body, bool down = false);
  void overChunks(int64_t extent, int64_t vectors, llvm::function_ref<void(const Column &)> body, bool down = false);
  void overChunks(int64_t extent, llvm::function_ref<void(const Column &)> body, bool down = false) {
    overChunks(extent, few(), body, down);
  }
  int64_t few() const { return machine.registers / 8; }
  /// A loop over one dimension of `memref`; no loop where its extent is 1.
  void overDim(mlir::Value memref, int64_t dim, llvm::function_ref<void(mlir::Value)> body);

  /// Scratch memory of the kernel: 64-byte aligned, for the whole function.
  mlir::Value scratch(llvm::ArrayRef<int64_t> shape);

private:
  mlir::Value constant(mlir::TypedAttr value);

  /// Constants made so far, at the head of the function.
  llvm::DenseMap<mlir::Attribute, mlir::Value> constants;
  /// The function's first block: a loop under construction has no parent to ask.
  mlir::Block *entry;
};

} // namespace plait

#endif // COMPILER_CONVERSION_PLAITTOVECTOR_VECTORBUILDER_H
