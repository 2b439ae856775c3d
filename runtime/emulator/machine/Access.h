//===- Access.h - checked accesses to memory --------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the accesses of lanes to memory, each checked and reported.
// An access that is out of bounds reads zeros and writes nothing.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_EMULATOR_MACHINE_ACCESS_H
#define PLAIT_RUNTIME_EMULATOR_MACHINE_ACCESS_H

#include "runtime/emulator/machine/Address.h"
#include "runtime/emulator/machine/SharedMemory.h"
#include "runtime/emulator/machine/Warp.h"

namespace plait::emulator {

struct Mbarrier;

/// Where each lane accesses.
struct Addresses {
  uint64_t lane[warpSize];
};

Addresses addresses(Warp &warp, const Place &place, ptx::Space space);

/// Addresses of shared memory, which lanes may also give as generic ones.
Addresses sharedAddresses(Warp &warp, const Place &place, ptx::Space space);

/// Calls `visit(lanes, space)` for each space that generic addresses are in, which become addresses of that space.
template <typename F> void forSpaces(Mask active, Addresses &at, F &&visit) {
  while (active) {
    ptx::Space space = spaceOf(at.lane[__builtin_ctz(active)]);
    Mask lanes = 0;
    forLanes(active, [&](unsigned lane) { lanes |= Mask(spaceOf(at.lane[lane]) == space) << lane; });
    forLanes(lanes, [&](unsigned lane) { at.lane[lane] -= windowOf(space); });
    active &= ~lanes;
    visit(lanes, space);
  }
}

/// Removes lanes whose address is misaligned or out of bounds, which are reported. `bytes` is a power of two.
Mask checkShared(Warp &warp, const Step &step, Mask active, const Addresses &at, unsigned bytes);
Mask checkGlobal(Warp &warp, const Step &step, Mask active, const Addresses &at, unsigned bytes);
bool checkGlobal(Warp &warp, const Step &step, unsigned lane, uint64_t address, uint64_t bytes, unsigned alignment);
bool checkShared(Warp &warp, const Step &step, unsigned lane, uint64_t address, uint64_t bytes, unsigned alignment);
/// The same for other memory of `size` bytes; `bytes` is a power of two.
bool checkRange(Warp &warp, const Step &step, unsigned lane, uint64_t address, uint64_t bytes, uint64_t size,
                const char *space);

/// Records an access of a lane to shared memory, and reports what is wrong with it.
void noteSharedRead(Warp &warp, const Step &step, const Accessor &who, unsigned lane, uint32_t address, unsigned bytes);
void noteSharedWrite(Warp &warp, const Step &step, const Accessor &who, unsigned lane, uint32_t address,
                     unsigned bytes);
void reportShared(Warp &warp, const Step &step, unsigned lane, const Finding &finding, bool writes);

/// The same for global memory, whose stripe is locked.
void noteGlobalRead(Warp &warp, const Step &step, const GlobalAccessor &who, unsigned lane, uint64_t address,
                    unsigned bytes);
void noteGlobalWrite(Warp &warp, const Step &step, const GlobalAccessor &who, unsigned lane, uint64_t address,
                     unsigned bytes);

/// Copies of a lane between global memory and a buffer, checked but for bounds.
void readGlobal(Warp &warp, const Step &step, unsigned lane, uint64_t from, void *to, unsigned bytes);
void writeGlobal(Warp &warp, const Step &step, unsigned lane, uint64_t to, const void *from, unsigned bytes);

/// What ld and st do, at other addresses than those of the step's place.
void loadFrom(Warp &warp, const Step &step, Mask active, const Addresses &at);
void storeTo(Warp &warp, const Step &step, Mask active, const Addresses &at);

/// Reports lanes of one store that write different values to one address.
void checkSameAddress(Warp &warp, const Step &step, Mask active, const Addresses &at,
                      bool (*differ)(Warp &, const Step &, unsigned, unsigned));

/// The mbarrier at an address of shared memory; that there is none is reported.
Mbarrier *findMbarrier(Warp &warp, const Step &step, unsigned lane, uint32_t address);

/// Counts the wavefronts of a shared access and the sectors of a global one.
void countShared(Work &work, Mask active, const Addresses &at, unsigned bytes, bool reads, bool writes);
void countGlobal(Work &work, Mask active, const Addresses &at, unsigned bytes, bool reads, bool writes);

} // namespace plait::emulator

#endif // PLAIT_RUNTIME_EMULATOR_MACHINE_ACCESS_H
