//===- Decays.h - sums of a block's decays ----------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the sums of a scalar decay over the tokens of a block, and
// the comparisons of tokens in the direction in which a recurrence goes. Where all
// tokens of a head decay alike, a sum is a multiple. Pairs of tokens fall into those
// of two neighbouring halves, for halves of a half, a quarter, .. of a block: any
// decay between is one to the middle times one from it.
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
  using Counts = llvm::function_ref<Value(Value token, Value other)>;

  Decays(BlockTiles &tiles, RecurOp op) : tiles(tiles), b(tiles.b), op(op) {}
  /// Whether there is a decay, of a head, of a token, or of the only value channel.
  explicit operator bool() { return ofTokens() || ofColumn(); }
  /// Whether each key channel has a decay.
  bool isByKey() { return op.getDecay() && !ofTokens(); }

  /// The bf16 numbers that stand for a decay: as many as for an operand, but at least two. One would be the
  /// largest of the errors of bf16 kernels.
  int64_t parts() { return std::max<int64_t>(2, tiles.parts()); }
  /// Those that stand for a number of the state, or a score, as an operand: where queries and keys are rounded once
  /// more, after a decay for each channel, these are not.
  int64_t sumParts() { return isByKey() ? parts() : tiles.parts(); }

  /// `scale` e to a sum of each token, as a row or a column.
  Value factor(Sum sum, tile::FragmentType type, float scale = 1);
  /// What `between` takes for each pair of tokens, beside scores; nothing without decays.
  TileBuilder::Values sums();
  /// e to the sum over all tokens, in each place of a row or column.
  Value total(tile::FragmentType type);
  /// V^T with each token's decay from there to the block's end.
  Value scaleValues(Value values);

  /// Decays of which none is so steep that parts of it, or sums, would be no numbers.
  Value bounded(Value decays);
  /// Tokens by tokens, 1 where `counts` and 0 elsewhere, in bf16.
  Value ones(tile::MmaAttr layout, Counts counts);
  /// A loop over halves of 2^log tokens that adds to a sum: not its copies, of each of which there
  /// would be values to keep for the next.
  Value overHalves(Value sum, llvm::function_ref<Value(Value log, Value sum)> add);

  // On elements:
  /// The decay from one token's write to another's read, of elements of `sums`.
  Value between(mlir::ValueRange sums);
  /// Whether `other` comes before `token`, or with `orSame` is it.
  Value before(Value other, Value token, bool orSame);
  Value equal(Value x, Value y);
  /// Whether a token is in the half, of 2^log tokens, that the recurrence comes to second.
  Value isSecond(Value token, Value log);
  /// Whether two tokens are in two halves, of 2^log tokens, beside each other.
  Value inTwoHalves(Value token, Value other, Value log);
  /// Whether the decay of `other` is between a token and the middle of its two halves.
  Value toMiddle(Value token, Value other, Value log);
  /// Whether it is between what a token reads, or writes, and the middle of the block.
  Value toBlockMiddle(Sum sum, Value token, Value other);
  /// Whether a token is in the half of the block that the recurrence comes to second.
  Value isSecond(Value token) { return isSecond(token, widestHalf()); }
  Value exp(Value x) { return mlir::math::ExpOp::create(b.builder, b.loc, x); }
  Value minus(Value x, Value y) { return mlir::arith::SubFOp::create(b.builder, b.loc, x, y); }
  /// y or 0
  Value select(Value keep, Value y);

private:
  /// The log of half a block's tokens.
  Value widestHalf();
  /// What of each decay is summed: all, its multiple of 2^-10, or the rest. Sums of multiples are
  /// exact, and so is their difference, as that of whole sums is not.
  enum Part { Whole, Coarse, Fine };

  bool ofTokens() { return op.getDecay() && mlir::cast<mlir::MemRefType>(op.getDecay().getType()).getRank() < 4; }
  bool ofColumn() { return op.getValueDecay() && op.getValueDim() == 1; }
  /// Whether one number, of the head, is each token's decay.
  bool isUniform() {
    return op.getDecay() && mlir::cast<mlir::MemRefType>(op.getDecay().getType()).getRank() < 3 && !ofColumn();
  }
  Value times(Value decay, Value count);
  /// How many decays a token's sum has.
  Value count(Sum sum, Value token);
  /// The number of the half, of 2^log tokens, in which a token is.
  Value half(Value token, Value log);
  /// A sum of each token in the lanes of each warp.
  Value inLanes(Sum sum, Part part = Whole);
  Value sumRow(Sum sum, Part part);
  Value decayRow(tile::FragmentType type, Part part);
  Value partOf(Value decay, Part part);
  Value least(Value decay);
  Value tokenDecayRow(tile::FragmentType type);

  BlockTiles &tiles;
  TileBuilder &b;
  RecurOp op;
  Value rows[3];     ///< of each part the decays in lanes
  Value known[3][3]; ///< what sumRow gives
};

} // namespace plait

#endif // COMPILER_CONVERSION_PLAITTOTILE_DECAYS_H
