//===- SharedAddress.h - places in shared memory ----------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares pointers to the elements of a tile in shared memory.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_CONVERSION_TILETONVVM_SHAREDADDRESS_H
#define COMPILER_CONVERSION_TILETONVVM_SHAREDADDRESS_H

#include "compiler/Conversion/TileToNVVM/ThreadMath.h"
#include "dialects/Tile/IR/TileDialect.h"

namespace plait {

/// The global from which all tiles are carved.
inline constexpr llvm::StringLiteral sharedSymbol = "plait_shared";
inline constexpr int64_t sharedAlignment = 128;

/// One stage of a tile in shared memory, as one op accesses it.
class SharedAddress {
public:
  /// `start` is the i32 byte of the tile's first stage.
  SharedAddress(ThreadMath &threads, mlir::ImplicitLocOpBuilder &b, tile::SharedType type, mlir::Value start,
                mlir::Value stage);

  /// The pointer to the element in a row and a column that are formulas of the thread.
  mlir::Value pointer(mlir::AffineExpr row, mlir::AffineExpr column);
  /// The pointer to the element in a row and a column that is known at run time, an i32.
  mlir::Value pointer(mlir::AffineExpr row, mlir::Value column);

private:
  mlir::Value threadOffset(mlir::AffineExpr row, mlir::AffineExpr column);
  mlir::Value base(mlir::AffineExpr row, mlir::AffineExpr column, int64_t flipped);
  mlir::Value flips(mlir::AffineExpr row);
  mlir::Value address(mlir::Value byte);

  ThreadMath &threads;
  mlir::ImplicitLocOpBuilder &b;
  tile::SharedType type;
  mlir::Value start;                                  // of the stage, null where it is at `offset`
  int64_t offset = 0;                                 // what is known of it
  llvm::DenseMap<mlir::Attribute, mlir::Value> bases; // by row, column and what is flipped
};

} // namespace plait

#endif // COMPILER_CONVERSION_TILETONVVM_SHAREDADDRESS_H
