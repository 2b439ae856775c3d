//===- Clock.h - what happens before what -----------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares vector clocks. Each warp counts its own releases; what it knows
// of another is the count up to which that one's accesses come before its own next
// one. A barrier, an mbarrier or an atomic passes clocks on.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_EMULATOR_MACHINE_CLOCK_H
#define PLAIT_RUNTIME_EMULATOR_MACHINE_CLOCK_H

#include <array>
#include <cstdint>
#include <memory>
#include <unordered_map>

namespace plait::emulator {

constexpr unsigned maxWarps = 32, maxWarpgroups = maxWarps / 4; ///< of a block
/// The mbarriers of a block share so many clocks of the copies that complete on them: where there are more mbarriers,
/// who knows of one copy may seem to know of another.
constexpr unsigned copyClocks = 24, firstCopyClock = maxWarps + maxWarpgroups;
/// A clock for each warp of one block; behind those that it has, for what each warpgroup reads asynchronously; and for
/// what copies write. 0 before the first access.
using WarpClocks = std::array<uint32_t, firstCopyClock + copyClocks>;

void join(WarpClocks &into, const WarpClocks &other);

/// What a warp knows.
struct Clock {
  WarpClocks seen{};
  /// The part of `seen` that a fence.proxy.async has made visible to bulk copies.
  WarpClocks proxy{};
  /// Of other blocks, by their index in the grid. Few kernels let blocks know of each other.
  using Foreign = std::unordered_map<uint32_t, WarpClocks>;
  std::shared_ptr<const Foreign> foreign;

  void join(const Clock &other);
  void joinForeign(const Foreign &other, uint32_t exceptBlock);
  bool knowsForeign(uint32_t block, unsigned warp, uint32_t clock) const;
};

/// How far the effect of a fence or an atomic reaches.
enum class Scope : uint8_t { Block, Device };

/// What an address in memory passes on from those that wrote it to those that read it there.
class SyncClocks {
public:
  /// A store breaks the chain of those before it, a read-modify-write goes on with it.
  void clear();
  void release(uint32_t block, const Clock &inBlock, const Clock &onDevice);
  /// Adds to `clock` what a warp of the block learns by reading here.
  void acquire(uint32_t block, Clock &clock) const;

private:
  std::unordered_map<uint32_t, Clock> blockScope;
  std::unordered_map<uint32_t, WarpClocks> deviceScope;
};

} // namespace plait::emulator

#endif // PLAIT_RUNTIME_EMULATOR_MACHINE_CLOCK_H
