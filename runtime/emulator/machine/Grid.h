//===- Grid.h - one launch --------------------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares what the blocks of a launch share, and what each host thread
// gathers while it runs some of them.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_EMULATOR_MACHINE_GRID_H
#define PLAIT_RUNTIME_EMULATOR_MACHINE_GRID_H

#include "runtime/emulator/machine/Code.h"
#include "runtime/emulator/machine/GlobalShadow.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>

namespace plait::emulator {

/// Guards the bytes and records of some addresses, and holds what they pass on.
class Stripe {
public:
  void lock() {
    while (taken.test_and_set(std::memory_order_acquire))
      ;
  }
  void unlock() { taken.clear(std::memory_order_release); }

  std::unordered_map<uint64_t, SyncClocks> sync;

private:
  std::atomic_flag taken;
};

struct Grid {
  const Kernel &kernel;
  const Launch &launch;
  const Options &options;
  const Limits &limits;
  GlobalMemory &memory;
  uint32_t clockBase;
  Environment environment{options.mmaOrder};
  uint32_t blocks = 0;
  unsigned warps = 0; ///< of a block
  uint32_t sharedBytes = 0;
  std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
  std::atomic<uint32_t> nextBlock = 0;
  std::atomic<uint32_t> lastClock = 0;
  std::atomic<bool> stopped = false; ///< after a deadlock, a trap or the step limit
  std::array<Stripe, 1024> stripes{};

  unsigned threadCount = 1; ///< of the host

  Report run();
  void noteClock(uint32_t clock);
  /// How many blocks a host thread has begun at a time at most: all threads have as many as the device.
  size_t residentBlocks() const { return std::max(1u, limits.processors / threadCount); }
  Stripe &stripe(uint64_t address) { return stripes[address / 4096 % stripes.size()]; }
  Dimensions coordinates(uint32_t block) const {
    const Dimensions &grid = launch.grid;
    return {block % grid[0], block / grid[0] % grid[1], block / grid[0] / grid[1]};
  }
};

/// Holds the stripe of the address that a lane accesses.
class StripeLock {
public:
  explicit StripeLock(Grid &grid) : grid(grid) {}
  ~StripeLock() {
    if (held)
      held->unlock();
  }
  StripeLock(const StripeLock &) = delete;
  StripeLock &operator=(const StripeLock &) = delete;

  Stripe &hold(uint64_t address) {
    Stripe &wanted = grid.stripe(address);
    if (&wanted == held)
      return wanted;
    if (held)
      held->unlock();
    wanted.lock();
    held = &wanted;
    return wanted;
  }

private:
  Grid &grid;
  Stripe *held = nullptr;
};

/// What one host thread gathers.
struct Tally {
  explicit Tally(const Kernel &kernel) : work(kernel.sites.size()) {}

  /// Counts a defect; true where it is the first of its kind at its line, whose message is wanted.
  bool add(Defect::Kind kind, int line);
  void describe(Defect::Kind kind, int line, std::string message);
  void merge(const Tally &other);
  Report report(const Kernel &kernel) const;

  std::vector<Work> work; ///< by Step::site
  std::map<std::pair<int, Defect::Kind>, Defect> defects;
  uint64_t uniqueRead = 0, uniqueWritten = 0, barriers = 0;
};

} // namespace plait::emulator

#endif // PLAIT_RUNTIME_EMULATOR_MACHINE_GRID_H
