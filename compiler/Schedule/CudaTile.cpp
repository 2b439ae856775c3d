//===- CudaTile.cpp - the tile of a CTA on CUDA ---------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file holds the rules by which a function gets its tile: by what its kernels
// hold beside their states.
//===----------------------------------------------------------------------===//

#include "compiler/Schedule/CudaTile.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace plait;

LogicalResult plait::checkCudaTile(Operation *op, int64_t tokens, int64_t channels) {
  if (tokens != shortChunkTokens && tokens != chunkTokens && tokens != longChunkTokens)
    return op->emitOpError("expects a block of ")
           << shortChunkTokens << ", " << chunkTokens << " or " << longChunkTokens << " tokens, but got " << tokens;
  if (channels != usualChannels && channels != manyChannels)
    return op->emitOpError("expects ") << usualChannels << " or " << manyChannels << " channels of a warp, but got "
                                       << channels;
  return success();
}

bool plait::hasOneToken(SequenceOpInterface op) {
  auto rows = cast<DestinationStyleOpInterface>(op.getOperation()).getDpsInits()[0];
  return cast<ShapedType>(rows.getType()).getDimSize(1) == 1;
}

/// Whether rows are bf16 in memory, or made of such by row maps.
static bool isNarrow(Value rows) {
  if (auto map = rows.getDefiningOp<MapRowsOp>())
    return llvm::all_of(map.getInputs(), isNarrow);
  return cast<ShapedType>(rows.getType()).getElementType().isBF16();
}

namespace {

/// What a recurrence on CUDA holds beside its state.
struct Demands {
  bool byKey, byValue; ///< decays of each channel
  bool isGrouped;      ///< several query heads
  bool isExact;        ///< factors of several bf16 numbers each

  explicit Demands(RecurOp op)
      : byKey(op.getDecay() && cast<ShapedType>(op.getDecay().getType()).getRank() == 4),
        byValue(op.getValueDecay() && op.getValueDim() > 1), isGrouped(op.getGroupSize() > 1),
        isExact(!llvm::all_of(ValueRange{op.getQuery(), op.getKey(), op.getValue()}, isNarrow)) {}
};

} // namespace

/// Whether a map makes rows of more than the fewest channels of a tile, of others' elements: it holds
/// both whole.
static bool movesLongRows(MapRowsOp map) {
  return llvm::any_of(map.getBody().front(), [](Operation &op) {
    auto length = [](Type type) {
      auto vector = dyn_cast<VectorType>(type);
      return vector ? vector.getNumElements() : 1;
    };
    return isa<vector::VectorDialect>(op.getDialect()) &&
           llvm::any_of(op.getResultTypes(), [&](Type type) { return length(type) > fewestChannels; }) &&
           llvm::any_of(op.getOperandTypes(), [&](Type type) { return length(type) > 1; });
  });
}

/// Whether blocks of the usual length are too much for registers or shared memory: what
/// `plait-compile --emit=cubin --resource-usage` says with and without `--schedule=block=16`.
static bool isCrowded(Operation *function) {
  bool crowded = false;
  function->walk([&](RecurOp op) {
    Demands has(op);
    if (op.getKeyDim() > valueTile)
      crowded |= has.byKey || has.byValue || has.isGrouped || has.isExact;
    crowded |= (has.byKey && has.byValue) || (has.isGrouped && has.isExact);
  });
  function->walk([&](MapRowsOp op) { crowded |= movesLongRows(op); });
  return crowded;
}

namespace {

/// The channels of a recurrence.
struct Widths {
  int64_t keys = 0, values = 0;
};

} // namespace

/// The most channels, where there is nothing but one recurrence of bf16 rows, of at most 128 channels,
/// with scalar decays, and its normaliser: then a warp has registers for more than the usual; else none.
static std::optional<Widths> roomyWidths(Operation *function) {
  int64_t wide = 0;
  Widths most;
  bool roomy = true;
  function->walk([&](Operation *op) {
    roomy &= !isa<ProjectOp, ScanOp>(op);
    auto recur = dyn_cast<RecurOp>(op);
    if (!recur)
      return;
    Demands has(recur);
    wide += recur.getValueDim() > 1;
    most = {std::max(most.keys, recur.getKeyDim()), std::max(most.values, recur.getValueDim())};
    roomy &= !recur.getBonus() && !recur.getValueDecay() && !has.byKey && !has.isGrouped && !has.isExact;
  });
  return wide == 1 && roomy && std::max(most.keys, most.values) <= valueTile ? std::optional(most) : std::nullopt;
}

/// Whether there is an op of one token.
static bool hasStep(Operation *function) {
  return function->walk([](SequenceOpInterface op) { return WalkResult(failure(hasOneToken(op))); }).wasInterrupted();
}

ScheduleParameters plait::chooseCudaTile(Operation *function) {
  if (hasStep(function) || isCrowded(function))
    return {{"block", shortChunkTokens}, {"channels", usualChannels}};
  // Measured on an H200: more channels for each warp, but where so few warps were left that each waits
  // for itself; there longer blocks, and fewer of them.
  std::optional<Widths> roomy = roomyWidths(function);
  if (roomy && std::max(roomy->keys, roomy->values) <= fewestChannels)
    return {{"block", longChunkTokens}, {"channels", usualChannels}};
  bool isWide = roomy && roomy->values > fewestChannels;
  return {{"block", chunkTokens}, {"channels", isWide ? manyChannels : usualChannels}};
}

std::vector<ScheduleParameters> plait::cudaTileChoices(Operation *function) {
  if (hasStep(function))
    return {{}, {{"channels", manyChannels}}};
  ScheduleParameters usual = chooseCudaTile(function);
  if (usual.at("block") == shortChunkTokens)
    return {{}, {{"block", chunkTokens}}};
  if (usual.at("block") == longChunkTokens)
    return {{}, {{"block", chunkTokens}}, {{"block", chunkTokens}, {"channels", manyChannels}}};
  if (usual.at("channels") == manyChannels)
    return {{}, {{"channels", usualChannels}}, {{"block", longChunkTokens}, {"channels", usualChannels}}};
  return {{}, {{"block", shortChunkTokens}}};
}
