//===- Arrays.h - arrays and errors of the interpreter ----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares what every handler of the interpreter needs: making
// arrays, walking their indices, and the one form of its errors.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_INTERPRETER_ARRAYS_H
#define COMPILER_INTERPRETER_ARRAYS_H

#include "compiler/Interpreter/Interpreter.h"

#include "mlir/IR/Operation.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/Twine.h"

namespace plait::interpreter {

/// "recur at file:line:column: expects `expected`, but got `given`".
llvm::Error expects(mlir::Operation *op, const llvm::Twine &expected, const llvm::Twine &given);

/// "[2, 3, 4]".
std::string print(llvm::ArrayRef<int64_t> shape);

/// The number of elements of `shape`, which fits.
int64_t count(llvm::ArrayRef<int64_t> shape);

/// An array of equal elements.
Array filled(llvm::ArrayRef<int64_t> shape, double value);

/// Checks that sizes are not negative and not too many to hold.
llvm::Error checkSizes(mlir::Operation *op, llvm::ArrayRef<int64_t> shape);

/// An array of equal elements whose sizes come from the program: an error
/// where they are negative or too many.
llvm::Expected<Array> allocate(mlir::Operation *op, llvm::ArrayRef<int64_t> shape, double value);

/// Checks the sizes of an operand that `name` tells.
llvm::Error checkShape(mlir::Operation *op, llvm::StringRef name, const Array &array, llvm::ArrayRef<int64_t> expected);

/// Checks the sizes of log decays that may be absent: one a head, a token or an element of `rows`, [B, T, H, K].
llvm::Error checkDecay(mlir::Operation *op, const Array *decay, llvm::ArrayRef<int64_t> rows);

/// Elements between neighbours of each dimension.
llvm::SmallVector<int64_t, 4> stridesOf(llvm::ArrayRef<int64_t> shape);

/// Calls `body` with each index of `shape`, the last dimension fastest.
void forEachIndex(llvm::ArrayRef<int64_t> shape, llvm::function_ref<void(llvm::ArrayRef<int64_t>)> body);

} // namespace plait::interpreter

#endif // COMPILER_INTERPRETER_ARRAYS_H
