//===- KeyDecays.h - a decay of its own for each key channel ----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares what a recurrence needs where each key channel decays by
// itself, so that the decay between two tokens can't leave their product.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_CONVERSION_PLAITTOTILE_KEYDECAYS_H
#define COMPILER_CONVERSION_PLAITTOTILE_KEYDECAYS_H

#include "compiler/Conversion/PlaitToTile/Decays.h"

namespace plait {

/// The decays of a block in shared memory, for all recurrences that have them.
struct SharedDecays {
  TileBuilder::Values parts; ///< bf16 tiles whose sum they are
  mlir::Value whole;         ///< e to their sum, a row
};

/// There are two ways. Of gentle decays, whose sums over half a block are small, queries and keys
/// decay to the block's middle: one of the two grows then, by little. Of any decays, the scores
/// between tokens are those of pairs in two neighbouring halves, for halves of a half, a quarter, ..
/// of a block's tokens, and the diagonal. Of such a pair the decay is a product: from the key to its
/// half's end, and from there to the query. No exponent is positive, whatever the decays.
class KeyDecays {
public:
  using Value = mlir::Value;

  KeyDecays(BlockTiles &tiles, RecurOp op, Decays &order, SharedDecays &shared)
      : tiles(tiles), b(tiles.b), op(op), order(order), shared(shared) {}

  /// e to the sum of the block's decays for each channel, a row beside the state.
  Value whole();

  // Of any decays:
  /// q_t . k_j decayed from j to t for j before t, and undecayed for j = t, which the caller masks.
  Value scores(Rows &query, Rows &key);
  /// Queries decayed from the block's start, keys to its end, in f32.
  Value query(Rows &rows);
  Value key(Rows &rows);

  // Of gentle decays, in kernels of bf16:
  /// Sums decays to the block's middle, for what follows.
  void sumToMiddle();
  /// Whether they are not gentle: the same in all threads, which wait for each other.
  Value isSteep();
  /// Queries and keys decayed to the block's middle, in f32.
  Value queryAtMiddle(Rows &rows) { return atMiddle(rows, Decays::Read); }
  Value keyAtMiddle(Rows &rows) { return atMiddle(rows, Decays::Written); }
  /// e to the sum of the decays from the block's start to its middle, and from there to its end.
  Value firstHalf() { return loadRow(firstShared); }
  Value secondHalf() { return loadRow(secondShared); }

private:
  using Factor = llvm::function_ref<Value()>; ///< emits it, in f32

  void share();
  void shareWhole();
  Value shareExp(Value row);
  Value loadRow(Value shared);
  Value noScores() { return b.splat(b.fragment({b.block, b.block}, b.f32(), b.accumulator()), 0); }
  /// For each token and channel the sum of the decays that count.
  Value sum(Decays::Counts counts);
  Value decayed(Value rows, Value sum);
  Value atMiddle(Rows &rows, Decays::Sum what);
  Value product(Factor left, Factor right);
  Value halves(Value log, Rows &query, Rows &key);
  Value diagonal(Rows &query, Rows &key);

  BlockTiles &tiles;
  TileBuilder &b;
  RecurOp op;
  Decays &order;
  SharedDecays &shared;
  Value firstShared, secondShared;
  Value readToMiddle, writtenToMiddle; ///< sums of each token
};

} // namespace plait

#endif // COMPILER_CONVERSION_PLAITTOTILE_KEYDECAYS_H
