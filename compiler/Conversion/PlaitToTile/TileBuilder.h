//===- TileBuilder.h - ops of the tile dialect in few words -----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the builder that the emitters of kernels share. Tokens of a
// block are the rows of a tile that is loaded, and the columns of what the state
// gives, which stays transposed.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_CONVERSION_PLAITTOTILE_TILEBUILDER_H
#define COMPILER_CONVERSION_PLAITTOTILE_TILEBUILDER_H

#include "compiler/Schedule/CudaTile.h"
#include "dialects/Tile/IR/TileOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/Support/MathExtras.h"

namespace plait {

/// The channels that a tile holds for `width` of them at least.
inline int64_t paddedWidth(int64_t width) {
  return width <= fewestChannels ? fewestChannels : llvm::alignTo(width, valueTile);
}

/// What a CTA works on at a time, and with how many warps.
struct CtaTile {
  int64_t warps;
  int64_t tokens;        ///< of a block
  int64_t valueChannels; ///< a multiple of mmaRows for each warp, or for each two that split keys
  int64_t leastWidth;    ///< channels of any row at least
  bool splitsKeys;       ///< over warps, which have parts of a state's columns, too
};

class TileBuilder {
public:
  using Value = mlir::Value;
  using Values = llvm::SmallVector<Value>;
  /// An element of a result from those of the inputs; row and column are index.
  using ElementFn = llvm::function_ref<Value(mlir::ValueRange elements, Value row, Value column)>;

  TileBuilder(mlir::func::FuncOp kernel, const CtaTile &cta)
      : builder(kernel.getContext()), loc(kernel.getLoc()), warps(cta.warps), block(cta.tokens),
        valueChannels(cta.valueChannels), splitsKeys(cta.splitsKeys), entry(&kernel.front()),
        leastWidth(cta.leastWidth) {}

  /// The channels that a tile holds for `width` of them that are not split.
  int64_t padded(int64_t width) const { return std::max(leastWidth, paddedWidth(width)); }

  // Layouts of products, over warps that plait-assign-layouts chooses.
  tile::MmaAttr accumulator() const { return mma(tile::MmaRole::accumulator); }
  tile::MmaAttr left() const { return mma(tile::MmaRole::a); }
  tile::MmaAttr right() const { return mma(tile::MmaRole::b); }
  tile::FragmentType fragment(tile::Shape shape, mlir::Type element, tile::LayoutInterface layout) const;
  /// The vector of one number for each row (each column) of accumulators, or of tiles of another layout, in f32.
  tile::FragmentType column(int64_t rows, tile::MmaAttr parent = {}) const;
  tile::FragmentType row(int64_t columns, tile::MmaAttr parent = {}) const;

  /// The row of a number for each token that every warp has, in its lanes.
  tile::FragmentType lanes() const;

  mlir::Type f32() { return builder.getF32Type(); }
  mlir::Type bf16() { return builder.getBF16Type(); }
  Value index(int64_t value) { return mlir::arith::ConstantIndexOp::create(builder, loc, value); }
  Value number(double value);

  Value map(mlir::Type result, mlir::ValueRange inputs, ElementFn element);
  Value splat(tile::FragmentType type, double value);
  Value convert(Value source, mlir::Type element, tile::LayoutInterface layout);
  /// The sum of each row (a column vector) or of each column, of sources beside or below each other.
  Value reduce(mlir::ValueRange sources, tile::Direction along, tile::ReduceKind kind = tile::ReduceKind::add);

  /// Of a row of `lanes` the sums up to each token, or from it on.
  Value cumsum(Value row, bool exclusive, bool reverse);
  /// Such a row as a row or a column of another layout.
  Value shuffle(Value row, tile::FragmentType type);
  /// One of its numbers in each place of a row or a column.
  Value shuffleOne(Value row, int64_t at, tile::FragmentType type);

  /// Shared memory, for the whole kernel.
  Value alloc(tile::Shape shape, mlir::Type element);
  Value load(Value shared, mlir::Type fragment, bool transposed = false);
  void store(Value fragment, Value shared, bool transposed = false);
  /// Elements of shared memory from the column that `column` makes of each one's.
  Value gather(mlir::Type fragment, Value shared, llvm::function_ref<Value(Value column)> column);
  /// accumulator + A B, each the sum of parts; `rounded` and `within` as in tile.mma
  Value multiply(mlir::ValueRange a, mlir::ValueRange b, bool transposedB, Value accumulator, bool rounded = false,
                 std::optional<tile::Triangle> within = {});

  mlir::OpBuilder builder;
  mlir::Location loc;
  int64_t warps;
  int64_t block;
  int64_t valueChannels;
  bool splitsKeys;

private:
  mlir::Block *entry;
  int64_t leastWidth;
  tile::MmaAttr mma(tile::MmaRole role) const { return tile::MmaAttr::get(builder.getContext(), role, {}); }
};

/// The type of a fragment.
inline tile::FragmentType fragmentOf(mlir::Value value) { return mlir::cast<tile::FragmentType>(value.getType()); }

} // namespace plait

#endif // COMPILER_CONVERSION_PLAITTOTILE_TILEBUILDER_H
