//===- Elementwise.h - handlers of elementwise ops --------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file makes handlers out of functions of numbers: floats as f64,
// integers as the bits of their width.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_INTERPRETER_ELEMENTWISE_H
#define COMPILER_INTERPRETER_ELEMENTWISE_H

#include "compiler/Interpreter/Program.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/APInt.h"

#include <optional>

namespace plait::interpreter {

/// Checks that all operands have the sizes of the first.
llvm::Error checkSameShapes(mlir::Operation *op, Operands operands);

/// Handler of a function of one, two or three floats.
template <auto function> llvm::Error floats(mlir::Operation *op, Operands operands, Results &results) {
  if (llvm::Error error = checkSameShapes(op, operands))
    return error;
  Array result{operands[0]->shape, std::vector<double>(operands[0]->data.size())};
  for (size_t i = 0; i < result.data.size(); ++i) {
    if constexpr (std::is_invocable_v<decltype(function), double>)
      result.data[i] = function(operands[0]->data[i]);
    else if constexpr (std::is_invocable_v<decltype(function), double, double>)
      result.data[i] = function(operands[0]->data[i], operands[1]->data[i]);
    else
      result.data[i] = function(operands[0]->data[i], operands[1]->data[i], operands[2]->data[i]);
  }
  results.push_back(std::move(result));
  return llvm::Error::success();
}

/// Bits of an integer type; index has 64.
unsigned widthOf(mlir::Type type);

/// The bits of a number that an array holds for an integer of some width.
llvm::APInt toBits(double number, unsigned width);

/// The number an array holds for some bits: i1 is 0 or 1, all others are
/// signed. Nothing where f64 does not hold it exactly.
std::optional<double> fromBits(const llvm::APInt &bits);

/// The error of an integer that has no value or that f64 does not hold.
llvm::Error badInteger(mlir::Operation *op);

/// Two numbers of an element type by the function of a reduction; nothing where
/// f64 does not hold the result.
std::optional<double> combine(mlir::vector::CombiningKind kind, mlir::Type element, double x, double y);

/// Handler of a function of one or two integers that gives one, or nothing
/// where it is not defined.
template <auto function> llvm::Error integers(mlir::Operation *op, Operands operands, Results &results) {
  if (llvm::Error error = checkSameShapes(op, operands))
    return error;
  unsigned width = widthOf(op->getOperand(0).getType());
  Array result{operands[0]->shape, std::vector<double>(operands[0]->data.size())};
  for (size_t i = 0; i < result.data.size(); ++i) {
    std::optional<llvm::APInt> bits;
    llvm::APInt x = toBits(operands[0]->data[i], width);
    if constexpr (std::is_invocable_v<decltype(function), llvm::APInt>)
      bits = function(x);
    else
      bits = function(x, toBits(operands[1]->data[i], width));
    std::optional<double> number = bits ? fromBits(*bits) : std::nullopt;
    if (!number)
      return badInteger(op);
    result.data[i] = *number;
  }
  results.push_back(std::move(result));
  return llvm::Error::success();
}

} // namespace plait::interpreter

#endif // COMPILER_INTERPRETER_ELEMENTWISE_H
