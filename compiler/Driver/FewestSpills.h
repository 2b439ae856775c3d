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

/// What `make` makes of a schedule: something with spilledBytes(). Where that are some, and the schedule leaves the
/// tile of a CTA open, it is made again with smaller tiles, one after the other until nothing spills; what spills least
/// is the result. An error of one of those is none.
template <typename Made>
llvm::Expected<Made> withFewestSpills(llvm::StringRef schedule,
                                      llvm::function_ref<llvm::Expected<Made>(llvm::StringRef)> make) {
  llvm::Expected<Made> best = make(schedule);
  if (!best || best->spilledBytes() == 0)
    return best;
  for (const std::string &smaller : withSmallerCudaTiles(schedule)) {
    llvm::Expected<Made> other = make(smaller);
    if (!other)
      llvm::consumeError(other.takeError());
    else if (other->spilledBytes() < best->spilledBytes())
      best = std::move(other);
    if (best->spilledBytes() == 0)
      break;
  }
  return best;
}

} // namespace plait

#endif // COMPILER_DRIVER_FEWESTSPILLS_H
