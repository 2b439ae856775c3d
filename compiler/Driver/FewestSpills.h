//===- FewestSpills.h - kernels that fit their registers --------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the other attempts at kernels for which ptxas had too few
// registers. How many it needs is known when it has assembled them, and not before.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_DRIVER_FEWESTSPILLS_H
#define COMPILER_DRIVER_FEWESTSPILLS_H

#include "compiler/Schedule/CudaTile.h"

namespace plait {

/// Something with spilledBytes(), and the schedule that it is made by.
template <typename Made> struct Attempt {
  Made made;
  std::string schedule;
};

/// What `make` makes of a schedule. Where that spills, and the schedule leaves the tile of a CTA open, it is made again
/// with smaller tiles, one after the other until nothing spills; what spills least is the result. An error of one of
/// those is none: a tile may not fit shared memory.
template <typename Made>
llvm::Expected<Attempt<Made>> withFewestSpills(llvm::StringRef schedule,
                                               llvm::function_ref<llvm::Expected<Made>(llvm::StringRef)> make) {
  llvm::Expected<Made> first = make(schedule);
  if (!first)
    return first.takeError();
  Attempt<Made> best{std::move(*first), schedule.str()};
  if (best.made.spilledBytes() == 0)
    return best;
  for (const std::string &smaller : withSmallerCudaTiles(schedule)) {
    llvm::Expected<Made> other = make(smaller);
    if (!other)
      llvm::consumeError(other.takeError());
    else if (other->spilledBytes() < best.made.spilledBytes())
      best = {std::move(*other), smaller};
    if (best.made.spilledBytes() == 0)
      break;
  }
  return best;
}

} // namespace plait

#endif // COMPILER_DRIVER_FEWESTSPILLS_H
