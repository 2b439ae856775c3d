//===- MemorySpace.h - shared and global memory by one interface *- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file gives shared and global memory the same interface, so that loads, stores
// and atomics are written once for both.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_EMULATOR_MACHINE_MEMORYSPACE_H
#define PLAIT_RUNTIME_EMULATOR_MACHINE_MEMORYSPACE_H

#include "runtime/emulator/machine/Access.h"
#include "runtime/emulator/machine/Block.h"

namespace plait::emulator {

/// What the two have in common: what an address passes on from the accesses of some warps to those of others.
class MemorySpace {
public:
  MemorySpace(Warp &warp, const Step &step) : warp(warp), step(step) {}

  /// The warp learns what others have released at an address that is held.
  void acquire(uint64_t address) {
    if (auto found = sync->find(address); found != sync->end())
      warp.acquire(found->second, step.access.acquires);
  }
  void release(uint64_t address, bool isReadModifyWrite) {
    warp.release((*sync)[address], step.access, isReadModifyWrite);
  }

protected:
  Warp &warp;
  const Step &step;
  std::unordered_map<uint64_t, SyncClocks> *sync = nullptr;
};

class SharedSpace : public MemorySpace {
public:
  using MemorySpace::MemorySpace;

  Mask check(Mask active, const Addresses &at, unsigned bytes) { return checkShared(warp, step, active, at, bytes); }
  void count(Mask active, const Addresses &at, unsigned bytes, bool reads, bool writes) {
    countShared(warp.work(step), active, at, bytes, reads, writes);
  }
  /// Comes before what follows at the address.
  void hold(uint64_t) { sync = &warp.owner.sharedSync; }
  void noteRead(unsigned lane, uint64_t address, unsigned bytes) {
    noteSharedRead(warp, step, warp.accessor(step), lane, uint32_t(address), bytes);
  }
  void noteWrite(unsigned lane, uint64_t address, unsigned bytes) {
    noteSharedWrite(warp, step, warp.accessor(step), lane, uint32_t(address), bytes);
  }
  uint8_t *data(uint64_t address) { return warp.owner.shared.data() + address; }
};

class GlobalSpace : public MemorySpace {
public:
  GlobalSpace(Warp &warp, const Step &step) : MemorySpace(warp, step), lock(warp.grid) {}

  Mask check(Mask active, const Addresses &at, unsigned bytes) { return checkGlobal(warp, step, active, at, bytes); }
  void count(Mask active, const Addresses &at, unsigned bytes, bool reads, bool writes) {
    countGlobal(warp.work(step), active, at, bytes, reads, writes);
  }
  /// Comes before what follows at the address; until the next one, other host threads wait.
  void hold(uint64_t address) { sync = &lock.hold(address).sync; }
  void noteRead(unsigned lane, uint64_t address, unsigned bytes) {
    noteGlobalRead(warp, step, warp.globalAccessor(step), lane, address, bytes);
  }
  void noteWrite(unsigned lane, uint64_t address, unsigned bytes) {
    noteGlobalWrite(warp, step, warp.globalAccessor(step), lane, address, bytes);
  }
  uint8_t *data(uint64_t address) { return reinterpret_cast<uint8_t *>(address); }

private:
  StripeLock lock;
};

} // namespace plait::emulator

#endif // PLAIT_RUNTIME_EMULATOR_MACHINE_MEMORYSPACE_H
