//===- AsyncCopies.h - the copies that a warp has begun ---------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the cp.async copies of a warp. Each lane counts its own groups;
// a copy happens when its lane waits for its group, as late as the rules allow.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_EMULATOR_MACHINE_ASYNCCOPIES_H
#define PLAIT_RUNTIME_EMULATOR_MACHINE_ASYNCCOPIES_H

#include "runtime/emulator/compute/Compute.h"

#include <array>
#include <vector>

namespace plait::emulator {

class Warp;
struct Step;

class AsyncCopies {
public:
  struct Copy {
    const Step *step;
    unsigned lane;
    uint32_t to;
    uint64_t from;
    uint8_t bytes, sourceBytes; ///< zeros fill the rest
    uint32_t group = 0;         ///< how many groups the lane had committed before
    uint64_t number = 0;        ///< how many copies the warp had begun before
  };

  void add(Copy copy) {
    copy.group = committed[copy.lane];
    copy.number = begun++;
    pending.push_back(copy);
  }
  void commit(Mask lanes);
  /// Finishes what the lanes have begun, but for their `newest` groups.
  void wait(Warp &warp, Mask lanes, uint32_t newest);
  /// Finishes what the lanes have begun, committed or not, before the warp had begun `number` copies.
  void finish(Warp &warp, Mask lanes, uint64_t number);
  uint64_t count() const { return begun; }
  const std::vector<Copy> &unfinished() const { return pending; }

private:
  template <typename F> void finishIf(Warp &warp, F &&isDone);

  std::array<uint32_t, warpSize> committed{};
  uint64_t begun = 0;
  std::vector<Copy> pending;
};

} // namespace plait::emulator

#endif // PLAIT_RUNTIME_EMULATOR_MACHINE_ASYNCCOPIES_H
