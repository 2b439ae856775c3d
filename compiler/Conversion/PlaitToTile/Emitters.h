//===- Emitters.h - plait ops in a block's tiles ----------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares what emits each op of a kernel, between the tiles that
// stand for its operands and those of its results.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_CONVERSION_PLAITTOTILE_EMITTERS_H
#define COMPILER_CONVERSION_PLAITTOTILE_EMITTERS_H

#include "compiler/Conversion/PlaitToTile/BlockTiles.h"
#include "compiler/Conversion/PlaitToTile/KeyDecays.h"

#include "dialects/Plait/IR/PlaitOps.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace plait {

/// The states of a kernel's recurrences, transposed: V x K on the accumulators, or a
/// row of K numbers where there is one value column. By BlockTiles::identity.
using StateTiles = llvm::MapVector<mlir::Value, mlir::Value>;

/// Emits what starts a state, updates all its elements or copies it out.
class StateEmitter {
public:
  explicit StateEmitter(BlockTiles &tiles) : tiles(tiles), b(tiles.b) {}

  /// Makes a buffer one that holds a state, before any op is emitted.
  void add(mlir::Value buffer, tile::FragmentType type) { types[BlockTiles::identity(buffer)] = type; }
  /// The type of a buffer's state; null where it holds none.
  tile::FragmentType typeOf(mlir::Value buffer) const { return types.lookup(BlockTiles::identity(buffer)); }

  mlir::LogicalResult emit(mlir::linalg::LinalgOp op);

  StateTiles states;

private:
  tile::FragmentType typeBeside(mlir::Value input, tile::FragmentType state);
  mlir::Value update(mlir::linalg::GenericOp op, tile::FragmentType type);

  BlockTiles &tiles;
  TileBuilder &b;
  llvm::DenseMap<mlir::Value, tile::FragmentType> types;
};

/// Emits a row map: its region becomes maps of elements and sums of rows.
mlir::LogicalResult emitMapRows(BlockTiles &tiles, MapRowsOp op);

/// What the recurrences of a block share: a recurrence and its normaliser have the
/// same queries and keys.
using ScoresKey = std::tuple<void *, void *, void *, void *, bool, bool, float, int64_t>;
struct ProductsOfBlock {
  std::map<ScoresKey, mlir::Value> scores;
  /// Keys with decays of their channels to the block's end, as operands; by keys, decays and direction.
  std::map<std::tuple<void *, void *, bool>, TileBuilder::Values> keys;
  std::map<void *, SharedDecays> decays; ///< of key channels
};

/// The type of what a scan carries: a number for each channel.
tile::FragmentType carryType(TileBuilder &b, plait::ScanOp op);

/// Emits a block of a scan.
void emitScan(BlockTiles &tiles, plait::ScanOp op, mlir::Value &carry);

/// Emits rows times a matrix.
void emitProject(BlockTiles &tiles, ProjectOp op);

/// Whether anything but its writer uses a buffer: the caller, or a later op.
bool isRead(mlir::Value buffer, mlir::Operation *writer);

/// Emits a recurrence of one token, by its elements.
void emitStep(BlockTiles &tiles, RecurOp op, StateTiles &states);

/// Emits a block of a recurrence, on tensor cores.
void emitRecur(BlockTiles &tiles, RecurOp op, StateTiles &states, ProductsOfBlock &known);

} // namespace plait

#endif // COMPILER_CONVERSION_PLAITTOTILE_EMITTERS_H
