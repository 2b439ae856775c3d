//===- Matrices.h - ldmatrix and stmatrix -----------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the accesses of shared memory by matrices of 8 x 8 elements
// of 16 bits, of which a value of a thread holds two.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_CONVERSION_TILETONVVM_MATRICES_H
#define COMPILER_CONVERSION_TILETONVVM_MATRICES_H

#include "compiler/Conversion/TileToNVVM/Registers.h"
#include "compiler/Conversion/TileToNVVM/SharedAddress.h"

namespace plait {

/// The matrices of a fragment of 16-bit elements in an mma layout.
class Matrices {
public:
  /// With `transposed`, memory holds the transpose of the fragment. `firstRow`, a formula of the thread, says where in
  /// memory the fragment's rows begin.
  Matrices(tile::FragmentType type, bool transposed, mlir::AffineExpr firstRow = {});

  int64_t count() const { return places.size() / 2; }

  /// How many matrices from this one on, of at most 4, one instruction takes.
  int64_t together(int64_t first) const;
  /// The values of `number` matrices (1, 2 or 4) from the first on.
  llvm::SmallVector<mlir::Value> load(mlir::ImplicitLocOpBuilder &b, SharedAddress &address, int64_t first,
                                      int64_t number) const;
  void store(mlir::ImplicitLocOpBuilder &b, SharedAddress &address, int64_t first, mlir::ValueRange values) const;

private:
  /// The place of the row whose address a lane gives.
  tile::RegisterPlace rowOf(int64_t first, int64_t number) const;

  llvm::SmallVector<tile::RegisterPlace> places;
  bool isTurned; // a register holds neighbours in a column of memory
};

/// Whether fragments of this type are made of such matrices.
bool hasMatrices(tile::FragmentType type);

} // namespace plait

#endif // COMPILER_CONVERSION_TILETONVVM_MATRICES_H
