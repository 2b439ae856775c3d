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

/// The scores between tokens are those of pairs in two neighbouring halves, for halves of a half,
/// a quarter, .. of a block's tokens, and the diagonal. Of such a pair the decay is a product: from
/// the key to its half's end, and from there to the query. No exponent is positive, whatever the
/// decays.
class KeyDecays {
public:
  using Value = mlir::Value;

  KeyDecays(BlockTiles &tiles, RecurOp op, Decays &order) : tiles(tiles), b(tiles.b), op(op), order(order) {}

  /// q_t . k_j decayed from j to t for j before t, and undecayed for j = t, which the caller masks.
  Value scores(Rows &query, Rows &key);
  /// Queries decayed from the block's start, keys to its end, in f32.
  Value query(Rows &rows);
  Value key(Rows &rows);
  /// The sum of the block's decays for each channel, a row beside tiles of a layout.
  Value total(tile::MmaAttr parent);

private:
  using Factor = llvm::function_ref<Value()>; ///< emits it, in f32

  void share();
  void shareTotal(Value decays);
  /// For each token and channel the sum of the decays that count.
  Value sum(Decays::Counts counts);
  Value decayed(Value rows, Value sum);
  Value product(Factor left, int64_t leftParts, Factor right);
  Value halves(Value log, Rows &query, Rows &key);

  BlockTiles &tiles;
  TileBuilder &b;
  RecurOp op;
  Decays &order;
  TileBuilder::Values parts;
  Value totalShared;
};

} // namespace plait

#endif // COMPILER_CONVERSION_PLAITTOTILE_KEYDECAYS_H
