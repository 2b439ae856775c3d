//===- Splits.cpp - ranges of tokens that run side by side ----------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the model, in microseconds that were measured on an H200 with
// bf16 rows of 64 and 128 channels, and where kernels have changed since, scaled by the
// clocks that tools/bench/roofline simulates. Blocks are of 32 tokens, whatever the kernel's
// have; tiles of values are CTAs, even those that one takes in turn. A CTA alone on a
// multiprocessor waits for latencies more than for anything else, so that two on one take
// less than twice as long, where two fit.
//===----------------------------------------------------------------------===//

#include "compiler/Schedule/Splits.h"

#include "compiler/Schedule/CudaTile.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/Support/MathExtras.h"

#include <limits>

using namespace mlir;
using namespace plait;

// A second launch, and memory of the stream's order for the states.
static constexpr double launch = 10;
// The first pass over a block, for its keys and values alone, by that of the whole recurrence.
static constexpr double firstPass = 0.5;
// A multiprocessor's share of the memory's bandwidth, in bytes; states come twice as fast, from the cache.
static constexpr double bandwidth = 32e3;

bool plait::takesSplits(Operation *function) {
  bool any = false, all = true;
  function->walk([&](Operation *op) {
    auto recur = dyn_cast<RecurOp>(op);
    any |= bool(recur);
    all &= !recur || (!recur.getValueDecay() && !hasOneToken(recur));
  });
  return any && all;
}

std::vector<int64_t> plait::splitChoices() {
  std::vector<int64_t> choices;
  for (int64_t splits = 1; splits <= mostSplits; splits *= 2)
    choices.push_back(splits);
  return choices;
}

/// The ops on a row between memory and a recurrence, but for conversions.
static int64_t opsOnRow(Value rows) {
  auto map = rows.getDefiningOp<MapRowsOp>();
  return map ? llvm::count_if(map.getBody().front().without_terminator(),
                              [](Operation &op) { return !isa<arith::ConstantOp, arith::ExtFOp, arith::TruncFOp>(op); })
             : 0;
}

/// How much longer a block takes than one of rows as they are, without decays.
static double slowdownOf(RecurOp recur) {
  constexpr double ofOp = 0.22, most = 8, ofHeads = 1.2, ofTokens = 1.35, ofKeys = 2.5;
  double slowdown = std::min(most, 1 + ofOp * double(std::max(opsOnRow(recur.getQuery()), opsOnRow(recur.getKey()))));
  if (!recur.getDecay())
    return slowdown;
  int64_t rank = cast<ShapedType>(recur.getDecay().getType()).getRank();
  return slowdown * (rank < 3 ? ofHeads : rank == 3 ? ofTokens : ofKeys);
}

SplitModel::SplitModel(Operation *function) {
  ScheduleParameters tile = chooseCudaTile(function);
  leastTokens = tile.at("block");
  double slowdown = 1;
  int64_t widest = 1;
  function->walk([&](RecurOp recur) {
    widest = std::max(widest, recur.getValueDim());
    int64_t group = recur.getGroupSize();
    if (group > 1)
      groupParts = std::max(groupParts, group / headsOf(recur, tile.at("heads")));
  });
  function->walk([&](RecurOp recur) {
    int64_t most = valueTileOf(tile.at("channels"));
    int64_t keys = recur.getKeyDim(), values = std::min(recur.getValueDim(), most);
    slowdown = std::max(slowdown, slowdownOf(recur));
    if (recur.getValueDim() == 1 && widest > 1)
      return; // a normaliser's
    valueTiles = std::max(valueTiles, int64_t(llvm::divideCeil(recur.getValueDim(), most)));
    block += std::max(0.55, 0.0038 * double(keys + values));
    state += 4 * double(keys * values) / bandwidth;
  });
  block *= slowdown;
  // Eight warps of 16 channels each take all registers of a multiprocessor.
  bool isAlone = tile.at("channels") == usualChannels && std::min(widest, valueTile) > fewestChannels;
  shared = isAlone ? 1 : 0.5 + 0.4 / slowdown;
}

double SplitModel::time(const CallSize &size, int64_t splits) const {
  int64_t whole = llvm::divideCeil(size.tokens, chunkTokens);
  if (splits > 1 && splits > int64_t(llvm::divideCeil(size.tokens, leastTokens)))
    return std::numeric_limits<double>::infinity(); // ranges without tokens
  double blocks = double(llvm::divideCeil(whole, splits)) * block;
  double ctas = double(size.items * groupParts * valueTiles * splits) / double(size.processors);
  // One multiprocessor with two CTAs makes all wait for it.
  double waves = ctas <= 1 ? 1 : shared * std::max(2.0, ctas);
  if (splits == 1)
    return waves * blocks;
  // The last range folds all states.
  return waves * ((1 + firstPass) * blocks + state * (1 + 0.5 * double(splits))) + launch;
}

int64_t SplitModel::choose(const CallSize &size, ArrayRef<int64_t> choices) const {
  double whole = time(size, 1), least = 0.9 * whole;
  int64_t best = 1;
  for (int64_t splits : choices)
    if (splits > 1 && time(size, splits) < least) {
      least = time(size, splits);
      best = splits;
    }
  return best;
}

std::vector<int64_t> SplitModel::rank(const CallSize &size, ArrayRef<int64_t> choices) const {
  int64_t best = choose(size, choices);
  std::vector<int64_t> ranked{best};
  for (int64_t splits : choices)
    if (splits != best && time(size, splits) <= 2 * time(size, best))
      ranked.push_back(splits);
  return ranked;
}
