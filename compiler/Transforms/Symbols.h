//===- Symbols.h - which sizes of a function are equal ----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the analysis that names the sizes of a function on
// tensors: dims that one loop of some op walks are one symbol, by a factor.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_TRANSFORMS_SYMBOLS_H
#define COMPILER_TRANSFORMS_SYMBOLS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <string>

namespace plait {

/// A size: `factor` times the value of a symbol, or `factor` itself where the
/// symbol is empty. Written "64", "T" or "H*4".
struct SymbolicDim {
  std::string symbol;
  int64_t factor = 1;

  std::string str() const;
  static SymbolicDim parse(llvm::StringRef text);
};

/// The dims of each argument and then of each result of a function whose body
/// is ops on tensors. Sizes that contradict each other are an error at the op.
llvm::FailureOr<llvm::SmallVector<llvm::SmallVector<SymbolicDim>>> nameDims(mlir::func::FuncOp function);

} // namespace plait

#endif // COMPILER_TRANSFORMS_SYMBOLS_H
