//===- Decays.h - sums of a block's decays ----------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the sums of a scalar decay over the tokens of a block, and
// the comparisons of tokens in the direction in which a recurrence goes.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_CONVERSION_PLAITTOTILE_DECAYS_H
#define COMPILER_CONVERSION_PLAITTOTILE_DECAYS_H

#include "compiler/Conversion/PlaitToTile/BlockTiles.h"

#include "dialects/Plait/IR/PlaitOps.h"

namespace plait {

class Decays {
public:
  using Value = mlir::Value;
  /// Which decays are summed for token t: up to the state that it reads, up to the one
  /// that it writes, or those of the tokens behind it.
  enum Sum { Read, Written, Later };

  Decays(BlockTiles &tiles, RecurOp op) : tiles(tiles), b(tiles.b), op(op), hasDecay(isScalar(op)) {}
  explicit operator bool() const { return hasDecay; }

  /// A sum of each token, as a row beside tiles of a layout.
  Value row(Sum sum, tile::MmaAttr parent);
  Value readColumn() { return column(Read); }
  Value laterColumn() { return column(Later); }
  /// The sum over all tokens, once for each row of tiles of a layout.
  Value total(tile::MmaAttr parent);
  /// V^T with each token's decay from there to the block's end.
  Value scaleValues(Value values);

  // On elements:
  /// Whether `other` comes before `token`, or with `orSame` is it.
  Value before(Value other, Value token, bool orSame);
  Value exp(Value x) { return mlir::math::ExpOp::create(b.builder, b.loc, x); }
  Value minus(Value x, Value y) { return mlir::arith::SubFOp::create(b.builder, b.loc, x, y); }
  /// y or 0
  Value select(Value keep, Value y);

private:
  /// Whether there is a decay, of a head or of a token.
  static bool isScalar(RecurOp op) {
    return op.getDecay() && mlir::cast<mlir::MemRefType>(op.getDecay().getType()).getRank() < 4;
  }
  Value column(Sum sum);
  Value decayRow(tile::MmaAttr layout);

  BlockTiles &tiles;
  TileBuilder &b;
  RecurOp op;
  bool hasDecay;
  Value columns[3], shared[3];
};

} // namespace plait

#endif // COMPILER_CONVERSION_PLAITTOTILE_DECAYS_H
