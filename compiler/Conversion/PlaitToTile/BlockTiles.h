//===- BlockTiles.h - what the rows of a block are in -----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the environment in which a kernel's ops are emitted: for
// each buffer and head the tile that stands for its rows. A buffer of the caller
// is copied when it is first read; a buffer of the kernel's own never exists.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_CONVERSION_PLAITTOTILE_BLOCKTILES_H
#define COMPILER_CONVERSION_PLAITTOTILE_BLOCKTILES_H

#include "compiler/Conversion/PlaitToTile/TileBuilder.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/DenseSet.h"

namespace plait {

/// A place in a buffer: of an argument the indices of the first element, of the
/// kernel's own none.
struct Place {
  mlir::Value root;
  llvm::SmallVector<mlir::Value> indices;
};

/// The rows of one head in a block: its tokens of `width` channels. Rows past the
/// block's tokens, and channels past the width, are 0.
struct Rows {
  int64_t width = 0;
  mlir::Value fragment = {};                 ///< in registers, tokens as rows
  mlir::Value channels = {};                 ///< in registers, tokens as columns
  mlir::Value shared = {};                   ///< tokens as rows
  mlir::Value only = {};                     ///< in shared memory, the row of the only token
  mlir::Value onlyColumn = {};               ///< in registers, its channels
  llvm::SmallVector<mlir::Value> parts = {}; ///< bf16 tiles in shared memory whose sum they are
  bool isZero = false;                       ///< known to be nothing but 0
  bool isOne = false;                        ///< known to be 1 in each token that there is
};

class BlockTiles {
public:
  /// Of operands of so many parts, and of rows that lie at multiples of at most `alignment` bytes.
  BlockTiles(TileBuilder &b, int64_t parts, int64_t alignment) : b(b), partCount(parts), mostAlignment(alignment) {}

  /// Begins a block of `tokens` tokens; what it reads from memory is emitted before `at`.
  void enter(mlir::Operation *at, mlir::Value tokens);
  /// Ends the block, and forgets its rows.
  void leave();

  /// From here on the channels of `buffers` are those of one of `count` tiles.
  void splitChannels(llvm::DenseSet<mlir::Value> buffers, mlir::Value tile, int64_t count);
  /// Whether a buffer's channels are split over CTAs.
  bool isSplit(mlir::Value buffer) const { return splitBuffers.contains(identity(buffer)); }
  /// The channels of a tile of a buffer's rows.
  int64_t tileWidth(mlir::Value buffer) const;

  /// How many bf16 numbers stand for an operand of a product: 1 keeps bf16, 2 f16, 3 f32.
  int64_t parts() const { return partCount; }
  /// The bytes of which a buffer's rows begin at multiples: as many as their length allows.
  int64_t rowAlignment(mlir::MemRefType buffer) const;
  /// The tokens of the block, as an index.
  mlir::Value tokens() const { return tokenCount; }

  /// Where a buffer, or a view of one, begins; of split channels the CTA's part.
  Place resolve(mlir::Value buffer);
  /// Whether it is the caller's, or a view of such a one.
  bool isOfCaller(mlir::Value buffer) { return mlir::isa<mlir::BlockArgument>(resolve(buffer).root); }
  /// What all views of a buffer of the kernel's own have in common; of the caller's the view.
  static mlir::Value identity(mlir::Value buffer);
  /// The rows of a head; read from memory where nothing has written them.
  Rows &rows(mlir::Value buffer, int64_t head);
  /// The same as a matrix where they are of one channel, with zeros beside it.
  Rows &matrixRows(mlir::Value buffer, int64_t head);
  /// Whether they are made here, rather than read as they are.
  bool isComputed(mlir::Value buffer, int64_t head) { return !isOfCaller(sourceOf(buffer, head)); }
  /// What an op has made of a head: written to memory where the buffer is the caller's.
  void set(mlir::Value buffer, int64_t head, Rows rows);

  /// Makes a head's rows those of `source`, which may be of another element type.
  void setCopy(mlir::Value buffer, int64_t head, mlir::Value source);

  // Rows as fragments of f32:
  /// A matrix with tokens as rows.
  mlir::Value matrix(Rows &rows);
  /// The same, loaded again where it is in shared memory, so that no registers hold it; of what
  /// products have as parts, as exact as they do.
  mlir::Value loadMatrix(Rows &rows);
  /// The same as an operand B.
  mlir::Value loadRight(Rows &rows);
  /// A matrix with tokens as columns.
  mlir::Value transposedMatrix(Rows &rows);
  /// The same, loaded again.
  mlir::Value loadTransposedMatrix(Rows &rows);
  /// The same, each channel in one thread.
  mlir::Value channelRows(Rows &rows);
  /// Of rows of one channel the column beside tiles with tokens as rows.
  mlir::Value tokenColumn(Rows &rows);
  /// The same as a row of a type.
  mlir::Value tokenRow(Rows &rows, tile::FragmentType type);

  // The row of a block of one token, as a fragment of f32:
  /// Its channels as a row, or as a column.
  mlir::Value onlyRow(mlir::Value buffer, int64_t head, bool transposed);
  /// Sets it, with its channels as a column.
  void setOnlyRow(mlir::Value buffer, int64_t head, mlir::Value column);

  // Rows as factors of products, in bf16:
  /// Whether they lie in shared memory as such, and as exact as they are.
  static bool areOperands(const Rows &rows);
  /// Tiles in shared memory whose sum they are.
  llvm::ArrayRef<mlir::Value> operands(Rows &rows);
  /// `value` in `count` numbers whose sum rounds to it.
  TileBuilder::Values split(mlir::Value value, int64_t count, tile::LayoutInterface layout);
  /// The same as operands A of products: in registers, but where keys are split over warps, none of which then has
  /// whole rows, in shared memory.
  TileBuilder::Values leftOperands(mlir::Value value, int64_t count);
  /// A state, or a matrix in its place, as operands A of products that read it.
  TileBuilder::Values stateOperands(mlir::Value state, int64_t count) {
    return split(state, count, b.splitsKeys ? b.accumulator() : b.left());
  }
  /// What rounding to bf16 leaves of a value.
  mlir::Value rest(mlir::Value value);
  /// The parts as tiles in shared memory.
  TileBuilder::Values share(mlir::Value matrix, int64_t count);

  // What is not rows, in f32:
  /// One number for each channel, beside tokens as rows or as columns.
  mlir::Value channelVector(mlir::Value buffer, int64_t head, bool transposed);
  /// One number for each head.
  mlir::Value scalar(mlir::Value buffer, int64_t head);
  /// The transpose of a matrix [.., K, V] of the caller's, or of a row where `type` has one column.
  mlir::Value transposed(mlir::Value buffer, int64_t head, tile::FragmentType type);
  /// Writes what that reads, where the buffer is the caller's.
  void writeTransposed(mlir::Value buffer, mlir::Value fragment);

  TileBuilder &b;

private:
  void write(mlir::Value buffer, int64_t head, Rows rows);
  /// Emits `store` where this is the tile of channels and the part of a group that writes what all
  /// compute: the last.
  void writeOnce(mlir::Value buffer, llvm::function_ref<void()> store);
  std::pair<mlir::IntegerAttr, mlir::Value> rowsOf(mlir::Value matrix, tile::FragmentType type);
  mlir::Value fetch(mlir::Value buffer, int64_t head, int64_t columns);
  /// What a head's rows are a copy of, or they themselves.
  mlir::Value sourceOf(mlir::Value buffer, int64_t head);
  /// The loop over blocks, where a place is the same in all of them; it is then known before the loop.
  mlir::scf::ForOp loopBeside(const Place &place);
  mlir::Value loadChannels(mlir::Value buffer, const Place &place, bool transposed);
  Place wholePlace(mlir::Value buffer);
  Place headOf(mlir::Value buffer, int64_t head);
  mlir::Value lastRow(const Place &place);

  int64_t partCount, mostAlignment;
  llvm::DenseSet<mlir::Value> splitBuffers;
  mlir::Value firstChannel, isLast;
  mlir::Operation *start = nullptr;
  mlir::Value tokenCount;
  std::map<std::pair<void *, int64_t>, Rows> known, widened;
  std::map<std::pair<void *, int64_t>, mlir::Value> copies;  ///< of buffers of the caller
  std::map<std::pair<void *, int64_t>, mlir::Value> vectors; ///< in shared memory
};

/// The type of the transpose of a matrix of `rows` x `columns` that is a factor of products: on
/// the accumulators, or a row where it has one column.
tile::FragmentType transposedType(TileBuilder &b, int64_t rows, int64_t columns);

} // namespace plait

#endif // COMPILER_CONVERSION_PLAITTOTILE_BLOCKTILES_H
