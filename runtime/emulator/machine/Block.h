//===- Block.h - a block of warps -------------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares a block: its warps and the order they run in, its shared
// memory and its barriers.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_EMULATOR_MACHINE_BLOCK_H
#define PLAIT_RUNTIME_EMULATOR_MACHINE_BLOCK_H

#include "runtime/emulator/machine/BulkCopies.h"
#include "runtime/emulator/machine/Warp.h"
#include "runtime/emulator/machine/Warpgroup.h"

#include <random>

namespace plait::emulator {

struct Arrival;

/// One of the sixteen barriers of a block.
struct Barrier {
  enum class Reduction : uint8_t { None, Popc, And, Or };
  uint32_t expected = 0; ///< threads; 0: all that live
  uint32_t arrived = 0;  ///< threads, whole warps counted as 32
  uint32_t arrivedLanes = 0, trueLanes = 0;
  Clock clock;
  std::vector<Arrival> waiting;
};

/// Lanes of a warp that come to a barrier.
struct Arrival {
  Warp *warp = nullptr;
  Mask lanes = 0;
  uint32_t id = 0, expected = 0;
  bool waits = true;
  Barrier::Reduction reduction = Barrier::Reduction::None;
  uint32_t trueLanes = 0;  ///< how many lanes have a true predicate
  Value *result = nullptr; ///< of a reduction
};

class Block {
public:
  Block(Grid &grid, Tally &tally, uint32_t index);

  enum class Progress : uint8_t { Running, Done };
  /// Runs about so many instructions.
  Progress run(uint64_t quantum);
  /// The largest clock of a warp.
  uint32_t lastClock() const;

  void arrive(const Step &step, const Arrival &arrival);
  /// Lanes have exited: a barrier of all may be complete.
  void onExit();
  /// Progress that other warps may wait for.
  void onProgress() { idlePolls = 0; }
  void onPoll() { ++idlePolls; }

  Grid &grid;
  Tally &tally;
  const uint32_t index;
  const Dimensions coordinates;
  SharedMemory shared;
  std::unordered_map<uint64_t, SyncClocks> sharedSync;
  BulkCopies bulk;
  std::vector<Warpgroup> warpgroups; ///< of a kernel with a wgmma
  std::array<Barrier, 16> barriers;

private:
  /// Lets the waiting go on once all have arrived.
  void completeIfFull(Barrier &barrier);
  void deadlock();
  uint32_t liveLanes() const;

  std::vector<std::unique_ptr<Warp>> warps;
  std::mt19937_64 random;
  size_t turn = 0;
  uint64_t idlePolls = 0, steps = 0;
};

} // namespace plait::emulator

#endif // PLAIT_RUNTIME_EMULATOR_MACHINE_BLOCK_H
