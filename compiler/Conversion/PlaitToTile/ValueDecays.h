//===- ValueDecays.h - a decay of its own per value channel -----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares what a recurrence needs where each value channel decays by
// itself, so that no score of two tokens has the decay between them.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_CONVERSION_PLAITTOTILE_VALUEDECAYS_H
#define COMPILER_CONVERSION_PLAITTOTILE_VALUEDECAYS_H

#include "compiler/Conversion/PlaitToTile/Decays.h"

namespace plait {

class ValueDecays {
public:
  using Value = mlir::Value;

  ValueDecays(BlockTiles &tiles, RecurOp op, Decays &order) : tiles(tiles), b(tiles.b), op(op), order(order) {}
  /// Whether there are such decays; that of a single channel is one of tokens.
  explicit operator bool() { return op.getValueDecay() && op.getValueDim() > 1; }

  /// Keeps values and decays in registers from here on, not in shared memory.
  void hold() { values = loadValues(), decays = loadDecays(); }
  /// V^T in f32.
  Value loadValues() { return values ? values : tiles.loadTransposedMatrix(tiles.rows(op.getValue(), 0)); }
  /// O^T, of the state before the block, decayed from the block's start to each token.
  Value fromStart(Value out);
  /// O^T + the sum over j of P[t,j] V_j, decayed from j to t.
  Value addScored(Value out, Value scores);
  /// V^T in f32, decayed from each token to the block's end.
  Value toEnd(Value values);
  /// S^T decayed over the block.
  Value decayState(Value state);

private:
  Value loadDecays() { return decays ? decays : tiles.loadTransposedMatrix(tiles.rows(op.getValueDecay(), 0)); }
  /// For each channel and token e to the sum of the decays that count.
  Value factor(Decays::Counts counts);
  Value multiply(Value channels, Value factor);
  Value addProduct(Value sum, Value values, Value scores, Decays::Counts counts);

  BlockTiles &tiles;
  TileBuilder &b;
  RecurOp op;
  Decays &order;
  Value values, decays; ///< what is held
};

} // namespace plait

#endif // COMPILER_CONVERSION_PLAITTOTILE_VALUEDECAYS_H
