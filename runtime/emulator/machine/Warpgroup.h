//===- Warpgroup.h - four warps that multiply together ----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares a warpgroup. Each of its warps does a part of a wgmma by itself,
// but all must come to the same ones, and a group of them is complete for all at once.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_EMULATOR_MACHINE_WARPGROUP_H
#define PLAIT_RUNTIME_EMULATOR_MACHINE_WARPGROUP_H

#include "runtime/emulator/compute/Wgmma.h"

#include <array>
#include <deque>

namespace plait::emulator {

class Warp;
struct Step;

class Warpgroup {
public:
  /// The descriptors and the predicate of an instruction.
  using Operands = std::array<uint64_t, 3>;

  explicit Warpgroup(unsigned slot) : slot(slot) {}

  /// A warp has come to an instruction; where another one came to another, or has other operands, is reported.
  void reach(Warp &warp, const Step &step, const Operands &operands);
  /// Lanes of a warp wait for the first groups, which all warps have to commit before.
  void wait(Warp &warp, Mask lanes, uint64_t groups);
  /// Lets those go on whose groups are committed, or never will be.
  void wake();
  /// Reports what not all have come to when the block ends.
  void end();

  const unsigned slot; ///< in WarpClocks: how many groups are known to be complete
  std::vector<Warp *> warps;

private:
  struct Visit {
    const Step *step;
    Operands operands;
    Warp *first; ///< who came first
    unsigned count = 0;
  };
  struct Waiting {
    Warp *warp;
    Mask lanes;
    uint64_t groups;
  };

  bool isCommitted(uint64_t groups) const;
  void complete(Warp &warp, uint64_t groups);

  std::deque<Visit> visits;                  ///< that not all have made, the oldest first
  std::array<size_t, warpgroupWarps> made{}; ///< of these by each warp
  std::vector<Waiting> waiting;
  bool isApart = false; ///< the warps go different ways
};

} // namespace plait::emulator

#endif // PLAIT_RUNTIME_EMULATOR_MACHINE_WARPGROUP_H
