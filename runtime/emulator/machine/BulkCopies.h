//===- BulkCopies.h - mbarriers and bulk copies of a block ------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares a block's mbarriers, and the copies that complete on them or in
// bulk groups. A copy happens when somebody waits for it in vain, as late as the
// rules allow.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_EMULATOR_MACHINE_BULKCOPIES_H
#define PLAIT_RUNTIME_EMULATOR_MACHINE_BULKCOPIES_H

#include "runtime/emulator/machine/Clock.h"
#include "runtime/emulator/machine/SharedMemory.h"

#include <deque>
#include <unordered_map>

namespace plait::emulator {

class Block;
class TensorBox;
class Warp;
struct Step;

struct Mbarrier {
  uint64_t phase = 0;
  uint32_t expected = 0; ///< arrivals of a phase
  uint32_t missing = 0;  ///< arrivals of this phase that are to come
  int64_t bytes = 0;     ///< that copies of this phase are still to bring
  uint8_t slot = 0;      ///< in WarpClocks: of the copies that complete here
  Clock arriving, completed;
};

/// What is to happen later: a copy, or the arrival that follows a lane's copies.
struct Asynchronous {
  enum class Kind : uint8_t { ToShared, ToGlobal, Arrive };
  Kind kind;
  const Step *step;
  Warp *warp;
  unsigned lane;
  uint32_t shared = 0, bytes = 0;
  uint64_t global = 0;
  std::shared_ptr<const TensorBox> box = {}; ///< what lies in global memory, in place of bytes in a row
  uint32_t mbarrier = 0;
  uint64_t copies = 0; ///< of the warp before an arrival
  uint32_t group = 0;  ///< of copies to global memory
  bool isRead = false; ///< the source has been read
  Clock clock = {};    ///< of the warp when it began
  std::vector<uint8_t> content = {};
};

class BulkCopies {
public:
  explicit BulkCopies(Block &block) : block(block) {}

  Mbarrier *find(uint32_t address);
  void initialize(uint32_t address, uint32_t count);
  bool invalidate(uint32_t address) { return mbarriers.erase(address) != 0; }
  /// Counts arrivals; the last one begins the next phase.
  void arrive(Mbarrier &mbarrier, const Clock &clock, uint32_t count);
  void completeBytes(Mbarrier &mbarrier, int64_t bytes);

  /// Begins it: what it is to write or read in shared memory is locked.
  void add(Asynchronous work);
  void commit(const Warp &warp, unsigned lane);
  /// Finishes, or only reads, what a lane has committed but for its `newest` groups.
  void wait(Warp &warp, unsigned lane, uint32_t newest, bool readOnly);
  /// Finishes the oldest; false where there is nothing to do.
  bool finishOldest();
  /// Finishes or reports what is left when the block ends.
  void end();

private:
  void advance(Mbarrier &mbarrier);
  void finish(Asynchronous &work);
  void bring(const Asynchronous &work);
  void readSource(Asynchronous &work);

  Block &block;
  std::unordered_map<uint32_t, Mbarrier> mbarriers;
  std::array<uint32_t, copyClocks> phases{};        ///< so far, of the mbarriers that have a clock
  unsigned initialized = 0;                         ///< mbarriers
  std::unordered_map<uint64_t, uint32_t> committed; ///< groups of a thread
  std::deque<Asynchronous> queue;
};

} // namespace plait::emulator

#endif // PLAIT_RUNTIME_EMULATOR_MACHINE_BULKCOPIES_H
