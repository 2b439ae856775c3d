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
  if (channels != fewChannels && channels != usualChannels && channels != manyChannels)
    return op->emitOpError("expects ") << fewChannels << ", " << usualChannels << " or " << manyChannels
                                       << " channels of a warp, but got " << channels;
  return success();
}

bool plait::hasOneToken(SequenceOpInterface op) {
  auto rows = cast<DestinationStyleOpInterface>(op.getOperation()).getDpsInits()[0];
  return cast<ShapedType>(rows.getType()).getDimSize(1) == 1;
}

/// The same of a row's, by the elements in memory that row maps make it of.
static int64_t partsOf(Value rows) {
  auto map = rows.getDefiningOp<MapRowsOp>();
  if (!map)
    return partsOf(cast<ShapedType>(rows.getType()).getElementType());
  int64_t parts = 1;
  for (Value input : map.getInputs())
    parts = std::max(parts, partsOf(input));
  return parts;
}

/// Whether a map computes rows, rather than pass them on in another type.
static bool isComputed(Value rows) {
  auto map = rows.getDefiningOp<MapRowsOp>();
  return map && llvm::any_of(map.getBody().front().without_terminator(),
                             [](Operation &op) { return !isa<arith::ExtFOp, arith::TruncFOp>(op); });
}

namespace {

/// What a recurrence on CUDA holds beside its state.
struct Demands {
  bool byKey, byValue; ///< decays of each channel
  bool computed;       ///< keys and queries, by maps
  int64_t parts = 1;   ///< bf16 numbers that stand for one of a factor's

  explicit Demands(RecurOp op)
      : byKey(op.getDecay() && cast<ShapedType>(op.getDecay().getType()).getRank() == 4),
        byValue(op.getValueDecay() && op.getValueDim() > 1),
        computed(isComputed(op.getQuery()) && isComputed(op.getKey())) {
    for (Value rows : {op.getQuery(), op.getKey(), op.getValue()})
      parts = std::max(parts, partsOf(rows));
  }
};

} // namespace

int64_t plait::headsOf(SequenceOpInterface op, int64_t most) {
  int64_t group = op.getGroupSize(), heads = std::min(group, most);
  while (group % heads != 0)
    --heads;
  return heads;
}

/// The query heads of a CTA, of a group of several. Two of few channels read a state that is computed once; of more,
/// or where there is more than scalar decays of bf16 rows, registers have room for one, and two CTAs take as long
/// (`plait-compile --emit=cubin --resource-usage --schedule=heads=2`, and tools/bench/roofline's clocks). A state
/// of one token is read again for each part of a group: registers have room for the rows of four heads.
static int64_t headsTogether(SequenceOpInterface op) {
  auto recur = dyn_cast<RecurOp>(op.getOperation());
  if (!recur)
    return 1;
  if (hasOneToken(op))
    return headsOf(op, 4);
  Demands has(recur);
  bool isSmall = std::max(recur.getKeyDim(), recur.getValueDim()) <= fewestChannels;
  return isSmall && !has.byKey && !has.byValue && has.parts == 1 ? headsOf(op, 2) : 1;
}

/// The same for all of a function; 0 without groups.
static int64_t headsTogether(Operation *function) {
  int64_t heads = 0;
  function->walk([&](SequenceOpInterface op) {
    if (op.getGroupSize() > 1)
      heads = heads ? std::min(heads, headsTogether(op)) : headsTogether(op);
  });
  return heads;
}

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

/// The most value channels of an op.
static int64_t mostValues(Operation *function) {
  int64_t most = 0;
  function->walk([&](Operation *op) { most = std::max(most, valueDimOf(op).value_or(0)); });
  return most;
}

/// The most key channels of a recurrence.
static int64_t mostKeys(Operation *function) {
  int64_t most = 0;
  function->walk([&](RecurOp op) { most = std::max(most, op.getKeyDim()); });
  return most;
}

/// Whether blocks of the usual length are too much for registers or shared memory: what
/// `plait-compile --emit=cubin --resource-usage` says with and without `--schedule=block=16`.
static bool isCrowded(Operation *function) {
  bool crowded = false, normalises = false, hasFewWarps = mostValues(function) <= fewestChannels;
  function->walk([&](RecurOp op) { normalises |= op.getValueDim() == 1; });
  function->walk([&](RecurOp op) {
    Demands has(op);
    if (op.getKeyDim() > valueTile)
      crowded |= has.byKey || has.byValue || has.parts > 1 || (has.computed && hasFewWarps);
    if (op.getKeyDim() > fewestChannels && has.byKey) {
      crowded |= has.parts > 2 && op.getValueDim() > 1 && normalises;
      crowded |= hasFewWarps && (has.computed || (op.getBonus() && has.parts > 2));
    }
    crowded |= has.byKey && (has.byValue || (has.computed && has.parts > 1 && normalises));
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
    bool isAlone = headsTogether(SequenceOpInterface(recur)) == 1;
    roomy &= !recur.getBonus() && !recur.getValueDecay() && !has.byKey && isAlone && has.parts == 1;
  });
  return wide == 1 && roomy && std::max(most.keys, most.values) <= valueTile ? std::optional(most) : std::nullopt;
}

/// Whether four warps, of few value channels, have no registers for a state of many keys beside what all warps share:
/// decays of those, or rows of f32 that maps make. It is what `plait-compile --emit=cubin --resource-usage` says with
/// and without `--schedule=channels=16`.
static bool isStarved(Operation *function) {
  bool starved = false;
  function->walk([&](RecurOp op) {
    Demands has(op);
    starved |= (has.byKey || (has.computed && has.parts > 2)) && op.getKeyDim() > valueTile;
  });
  return starved && mostValues(function) <= fewestChannels;
}

/// Whether there is an op of one token.
static bool hasStep(Operation *function) {
  return function->walk([](SequenceOpInterface op) { return WalkResult(failure(hasOneToken(op))); }).wasInterrupted();
}

static ScheduleParameters chooseBlock(Operation *function) {
  if (hasStep(function))
    return {{"block", shortChunkTokens}, {"channels", usualChannels}};
  if (isCrowded(function))
    return {{"block", shortChunkTokens}, {"channels", isStarved(function) ? fewChannels : usualChannels}};
  // Measured on an H200: more channels for each warp, but where so few warps were left that each waits
  // for itself; there longer blocks, and fewer of them.
  std::optional<Widths> roomy = roomyWidths(function);
  if (roomy && std::max(roomy->keys, roomy->values) <= fewestChannels)
    return {{"block", longChunkTokens}, {"channels", usualChannels}};
  bool isWide = roomy && roomy->values > fewestChannels;
  return {{"block", chunkTokens}, {"channels", isWide ? manyChannels : usualChannels}};
}

ScheduleParameters plait::chooseCudaTile(Operation *function) {
  ScheduleParameters tile = chooseBlock(function);
  if (int64_t heads = headsTogether(function))
    tile["heads"] = heads;
  return tile;
}

std::vector<std::string> plait::withSmallerCudaTiles(StringRef schedule) {
  llvm::Expected<ScheduleParameters> parameters = parseSchedule(schedule);
  if (!parameters) {
    llvm::consumeError(parameters.takeError());
    return {};
  }
  if (parameters->count("block") || parameters->count("channels"))
    return {};
  std::vector<std::string> smaller;
  for (int64_t tokens : {chunkTokens, shortChunkTokens}) {
    (*parameters)["block"] = tokens, (*parameters)["channels"] = fewChannels;
    smaller.push_back(printSchedule(*parameters));
  }
  return smaller;
}

static std::vector<ScheduleParameters> blockChoices(Operation *function) {
  if (hasStep(function))
    return {{}, {{"channels", manyChannels}}};
  ScheduleParameters usual = chooseBlock(function);
  if (usual.at("channels") == fewChannels)
    return {{}, {{"block", chunkTokens}}};
  if (usual.at("block") == shortChunkTokens && mostKeys(function) > valueTile)
    return {{}, {{"block", chunkTokens}, {"channels", fewChannels}}};
  if (usual.at("block") == shortChunkTokens)
    return {{}, {{"block", chunkTokens}}};
  if (usual.at("block") == longChunkTokens)
    return {{}, {{"block", chunkTokens}}, {{"block", chunkTokens}, {"channels", manyChannels}}};
  if (usual.at("channels") == manyChannels)
    return {{}, {{"channels", usualChannels}}, {{"block", longChunkTokens}, {"channels", usualChannels}}};
  return {{}, {{"block", shortChunkTokens}}};
}

/// Whether so many heads divide all groups.
static bool divideGroups(Operation *function, int64_t heads) {
  return !function
              ->walk([&](SequenceOpInterface op) {
                int64_t group = op.getGroupSize();
                return WalkResult(failure(group > 1 && group % heads != 0));
              })
              .wasInterrupted();
}

std::vector<ScheduleParameters> plait::cudaTileChoices(Operation *function) {
  std::vector<ScheduleParameters> choices = blockChoices(function);
  int64_t usual = headsTogether(function);
  if (usual > 1)
    choices.push_back({{"heads", 1}});
  if (usual && divideGroups(function, 2 * usual))
    choices.push_back({{"heads", 2 * usual}});
  return choices;
}
