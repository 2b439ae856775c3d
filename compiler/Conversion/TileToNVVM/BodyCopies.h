//===- BodyCopies.h - bodies on a thread's elements -------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares how the body of a map or a scan is copied for each register
// of a thread.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_CONVERSION_TILETONVVM_BODYCOPIES_H
#define COMPILER_CONVERSION_TILETONVVM_BODYCOPIES_H

#include "compiler/Conversion/TileToNVVM/Registers.h"

namespace plait {

class BodyCopies {
public:
  /// Copies of a body whose last two arguments are the place in a tile of `type`.
  BodyCopies(ThreadMath &threads, mlir::ImplicitLocOpBuilder &b, mlir::Block &body, tile::FragmentType type)
      : threads(threads), b(b), body(body), type(type), places(placesOf(type)) {}

  /// Takes the elements of an input.
  void add(tile::FragmentType input, mlir::ValueRange values);
  /// What the copy for a register yields; `first` are the body's arguments before the inputs.
  llvm::SmallVector<mlir::Value> copy(int64_t reg, mlir::ValueRange first);

private:
  mlir::Value coordinate(mlir::AffineExpr expr);

  ThreadMath &threads;
  mlir::ImplicitLocOpBuilder &b;
  mlir::Block &body;
  tile::FragmentType type;
  llvm::SmallVector<tile::RegisterPlace> places;
  llvm::SmallVector<llvm::SmallVector<mlir::Value>> inputs; ///< for each register of the result
};

} // namespace plait

#endif // COMPILER_CONVERSION_TILETONVVM_BODYCOPIES_H
