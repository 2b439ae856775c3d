//===- GlobalAddress.h - places in global memory ----------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares pointers to the elements of a tile in global memory, and
// which of them are inside.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_CONVERSION_TILETONVVM_GLOBALADDRESS_H
#define COMPILER_CONVERSION_TILETONVVM_GLOBALADDRESS_H

#include "compiler/Conversion/TileToNVVM/Patterns.h"
#include "compiler/Conversion/TileToNVVM/ThreadMath.h"
#include "dialects/Tile/IR/TileDialect.h"

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/Interfaces/LoopLikeInterface.h"

namespace plait {

/// A tile of a memref as an op names it: `indices`, and rows along a dimension.
struct GlobalTile {
  mlir::MemRefType type;
  mlir::ValueRange memory; // pointer, sizes and strides
  mlir::ValueRange indices;
  std::optional<int64_t> along;
  mlir::Value rows;
  tile::Shape shape;
  int64_t alignment; // of the pointer and the strides, in bytes
};

/// The tile of memory that an op names.
template <typename OpT, typename Adaptor>
GlobalTile globalTileOf(const KernelState &kernel, OpT op, Adaptor adaptor, tile::Shape shape) {
  return {op.getMemory().getType(),
          adaptor.getMemory(),
          op.getIndices(),
          op.getAlong(),
          op.getRows(),
          shape,
          kernel.alignments.lookup(adaptor.getMemory()[0])};
}

class GlobalAddress {
public:
  GlobalAddress(ThreadMath &threads, mlir::ImplicitLocOpBuilder &b, const GlobalTile &tile);

  /// The most neighbours in a row, of which the first is in a column that is a
  /// multiple of their number, that one access takes.
  int64_t alignedWidth() const;
  /// The same, where besides all or none are inside.
  int64_t wholeWidth() const;

  mlir::Value pointer(mlir::AffineExpr row, mlir::AffineExpr column);
  /// Whether an element is inside; null where all are.
  mlir::Value isInside(mlir::AffineExpr row, mlir::AffineExpr column);
  /// How many of `width` elements of a row are inside, as i32; null where all are.
  mlir::Value countInside(mlir::AffineExpr row, mlir::AffineExpr column, int64_t width);

private:
  mlir::Value stride(int64_t dimension);
  bool isFixed(mlir::Value index);
  mlir::Value addIndices(mlir::Value pointer, bool fixed);
  mlir::Value step(mlir::Value from, mlir::Value by);
  mlir::Value limit(mlir::Value end, int64_t dimension, int64_t most);
  mlir::Value sumOf(const SplitExpr &expr);
  void findLimits();

  ThreadMath &threads;
  mlir::ImplicitLocOpBuilder &b;
  GlobalTile tile;
  int64_t last;                   // dimension
  mlir::LoopLikeOpInterface loop; // the nearest around, before which what it does not change is made; or null
  mlir::Value rowLimit, columnLimit;
  llvm::DenseMap<std::pair<mlir::AffineExpr, mlir::AffineExpr>, mlir::Value> bases;
};

} // namespace plait

#endif // COMPILER_CONVERSION_TILETONVVM_GLOBALADDRESS_H
