//===- Interpreter.h - the f64 reference interpreter ------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the ground truth of the dialect: a function of a module
// is run in f64 straight from the definitions of its ops, with no code of the
// lowering.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_INTERPRETER_INTERPRETER_H
#define COMPILER_INTERPRETER_INTERPRETER_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <vector>

namespace plait {

/// A tensor, a vector or (with an empty shape) a scalar, rows contiguous.
/// Every element type is held as f64; integers exactly, up to 2^53.
struct Array {
  llvm::SmallVector<int64_t, 4> shape;
  std::vector<double> data;
};

/// Runs the function `entry` of a verified module and returns its results.
///
/// All arithmetic is f64, which stands for f32 too. Where rows and scalars are
/// f16 or bf16, each op of a region rounds its result to that, as arith.truncf
/// says; an op on tensors of such elements rounds nothing, for how its kernel
/// sums is not its definition. An attribute of type f32 (scale, eps, a constant) has the value
/// that f32 gives it. What a tensor.empty holds is NaN.
///
/// An op outside of the set, or a size that does not fit at run time, is an
/// error that names the op, what it expects and what it got.
llvm::Expected<std::vector<Array>> interpret(mlir::ModuleOp module, llvm::StringRef entry,
                                             llvm::ArrayRef<Array> arguments);

} // namespace plait

#endif // COMPILER_INTERPRETER_INTERPRETER_H
