//===- Splits.h - ranges of tokens that run side by side --------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the model by which the tokens of a call on CUDA are split into
// ranges. One work item is a multiprocessor's, so that a call of few batches and
// heads leaves most of a device idle; a split call reads keys and values twice and
// passes states through memory.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_SCHEDULE_SPLITS_H
#define COMPILER_SCHEDULE_SPLITS_H

#include "mlir/IR/Operation.h"
#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <vector>

namespace plait {

/// The most ranges: what a range folds grows with their number.
constexpr int64_t mostSplits = 64;

/// Whether recurrences of `function` may be split: there is one, of several tokens, and no value channel decays
/// by itself. Those whose kernels stay whole (SplitTokens.cpp) are the same however they are split.
bool takesSplits(mlir::Operation *function);

/// The numbers of ranges to choose from, 1 first.
std::vector<int64_t> splitChoices();

/// What a call asks of a device.
struct CallSize {
  int64_t items = 1;      ///< batches times key heads
  int64_t tokens = 1;     ///< of each
  int64_t processors = 1; ///< multiprocessors of the device
};

/// The times of calls, for one function.
class SplitModel {
public:
  /// Reads the recurrences in `function`, and what maps their rows.
  explicit SplitModel(mlir::Operation *function);

  /// The number among `choices`, which has 1, that is fastest by a tenth at least, or 1.
  int64_t choose(const CallSize &size, llvm::ArrayRef<int64_t> choices) const;

  /// The choices worth timing: what `choose` gives, then those that take up to twice its time.
  std::vector<int64_t> rank(const CallSize &size, llvm::ArrayRef<int64_t> choices) const;

private:
  double time(const CallSize &size, int64_t splits) const;

  int64_t groupParts = 1, valueTiles = 1; ///< CTAs of an item
  int64_t leastTokens;                    ///< of a range
  // Microseconds:
  double block = 0;  ///< of a block of tokens in a CTA that has a multiprocessor to itself
  double state = 0;  ///< of a state to or from memory
  double shared = 0; ///< how much longer a CTA takes beside another, shared by the two; 1 where no two fit
};

} // namespace plait

#endif // COMPILER_SCHEDULE_SPLITS_H
