//===- Registers.h - fragments as values of a thread ------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares what a fragment is after the conversion: f32 elements are
// a value each, and two elements of 16 bits share an i32, the first in its low
// half, as mma wants them.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_CONVERSION_TILETONVVM_REGISTERS_H
#define COMPILER_CONVERSION_TILETONVVM_REGISTERS_H

#include "compiler/Conversion/TileToNVVM/ThreadMath.h"
#include "dialects/Tile/IR/TileDialect.h"

namespace plait {

/// The registers' places in a tile, or in its transpose.
llvm::SmallVector<tile::RegisterPlace> placesOf(tile::FragmentType type, bool transposed = false);

/// The most registers, at most `most`, that hold neighbours in a row of memory, from
/// a column that is a multiple of their number; a power of two.
int64_t vectorWidth(ThreadMath &threads, llvm::ArrayRef<tile::RegisterPlace> places, int64_t most);

/// The values of a fragment.
llvm::SmallVector<mlir::Type> registerTypes(tile::FragmentType type);
/// Its elements from its values, and back.
llvm::SmallVector<mlir::Value> unpack(mlir::ImplicitLocOpBuilder &b, tile::FragmentType type, mlir::ValueRange values);
llvm::SmallVector<mlir::Value> pack(mlir::ImplicitLocOpBuilder &b, tile::FragmentType type, mlir::ValueRange elements);

/// Whether the thread is the first of those that hold the same elements; null where
/// each is.
mlir::Value firstOfReplicas(ThreadMath &threads, mlir::ImplicitLocOpBuilder &b, tile::FragmentType type);

/// How `width` elements move between registers and memory: as values of 4 bytes, or
/// as one element where they are fewer bytes.
struct Piece {
  mlir::Type element;
  int64_t width;

  Piece(mlir::Type element, int64_t width) : element(element), width(width) {}
  int64_t bytes() const { return width * element.getIntOrFloatBitWidth() / 8; }
  bool isWhole() const { return bytes() >= 4; }
  mlir::Type type() const {
    return isWhole() && !element.isF32() ? mlir::IntegerType::get(element.getContext(), 32) : element;
  }
  int64_t values() const { return isWhole() ? bytes() / 4 : 1; }
  llvm::SmallVector<mlir::Value> load(mlir::ImplicitLocOpBuilder &b, mlir::Value pointer) const;
  void store(mlir::ImplicitLocOpBuilder &b, mlir::ValueRange values, mlir::Value pointer) const;
};

} // namespace plait

#endif // COMPILER_CONVERSION_TILETONVVM_REGISTERS_H
