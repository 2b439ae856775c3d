//===- Splits.cpp - ranges of tokens that run side by side ----------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the model. Its unit is the time in which a multiprocessor
// takes one block of tokens, of 32 whatever the kernel's have.
//===----------------------------------------------------------------------===//

#include "compiler/Schedule/Splits.h"

#include "compiler/Schedule/CudaTile.h"

#include "llvm/Support/MathExtras.h"

#include <limits>

using namespace mlir;
using namespace plait;

// Guesses, measured on no device. Of a token's four rows two are read again, for one of three products.
// States come from the second-level cache, twice as fast as rows. A second launch is 2.5 us
// (tools/bench/devices.json), in which a multiprocessor of an H100 reads two to four blocks.
static constexpr double secondPass = 0.6;
static constexpr double cachedState = 0.5;
static constexpr double launch = 4;

bool plait::takesSplits(Operation *function) {
  bool any = false, all = true;
  function->walk([&](Operation *op) {
    auto recur = dyn_cast<RecurOp>(op);
    any |= bool(recur);
    all &= !recur || !recur.getValueDecay();
  });
  return any && all;
}

std::vector<int64_t> plait::splitChoices() {
  std::vector<int64_t> choices;
  for (int64_t splits = 1; splits <= mostSplits; splits *= 2)
    choices.push_back(splits);
  return choices;
}

SplitModel::SplitModel(Operation *function) {
  function->walk([&](RecurOp recur) {
    int64_t keys = recur.getKeyDim(), values = std::min(recur.getValueDim(), valueTile);
    valueTiles = std::max(valueTiles, int64_t(llvm::divideCeil(recur.getValueDim(), valueTile)));
    constexpr double narrow = 2, wide = 4; // bytes of an element of a row, and of a state
    stateBlocks = std::max(stateBlocks, wide * keys * values / (narrow * chunkTokens * 2 * (keys + values)));
  });
}

double SplitModel::time(const CallSize &size, int64_t splits) const {
  int64_t whole = llvm::divideCeil(size.tokens, chunkTokens);
  if (splits > 1 && splits > whole)
    return std::numeric_limits<double>::infinity(); // ranges without tokens
  double blocks = llvm::divideCeil(whole, splits);
  double waves = std::max(1.0, double(size.items * valueTiles * splits) / size.processors);
  if (splits == 1)
    return waves * blocks;
  // The last range folds all states.
  return waves * ((1 + secondPass) * blocks + stateBlocks * (1 + cachedState * splits)) + launch;
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
