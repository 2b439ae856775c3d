//===- GlobalShadow.h - who touched a word of global memory -----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the records of accesses to global memory in one launch. A word
// remembers its last write and two reads of warps that nothing orders; a write that
// races with any read races with one of those two, unless atomics order it after
// both and not after a third.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_EMULATOR_MACHINE_GLOBALSHADOW_H
#define PLAIT_RUNTIME_EMULATOR_MACHINE_GLOBALSHADOW_H

#include "runtime/emulator/machine/Clock.h"
#include "runtime/emulator/machine/GlobalMemory.h"
#include "runtime/emulator/machine/SharedMemory.h"

namespace plait::emulator {

/// Who accesses global memory, for all lanes of an instruction.
struct GlobalAccessor {
  const Clock *clock;
  uint32_t block; ///< index in the grid
  uint32_t own;   ///< the warp's own clock plus `base`
  uint32_t base;  ///< clocks up to this are of earlier launches
  uint16_t site;
  uint8_t warp;
  bool isStrong;
  Scope scope;
};

struct GlobalFinding {
  bool isRace = false, otherWrote = false;
  bool isOfWarp = false; ///< with another lane of the same warp
  uint32_t block = 0;
  uint8_t warp = 0, lane = 0;
  uint16_t site = 0;
  bool isFirst = false; ///< no access of this kind in this launch before
};

/// The record of one word, all zero before the first access. Its address's lock guards it.
struct GlobalCell {
  struct Actor {
    uint32_t clock, warp; ///< the block's index in the upper 27 bits of `warp`
  };
  Actor write;
  Actor reads[2];
  static constexpr unsigned siteBits = 15;
  uint64_t writeSite : siteBits, readSite0 : siteBits, readSite1 : siteBits;
  uint64_t lane : 5; ///< of the last write
  uint64_t written : 4, isStrong : 1, isDeviceScope : 1, read0 : 4, read1 : 4;

  GlobalFinding onRead(const GlobalAccessor &who, unsigned lane, unsigned mask);
  GlobalFinding onWrite(const GlobalAccessor &who, unsigned lane, unsigned mask);

private:
  GlobalFinding checkWrite(const GlobalAccessor &who, unsigned mask) const;
  void setRead(unsigned slot, const GlobalAccessor &who, unsigned mask);
};
static_assert(sizeof(GlobalCell) == GlobalMemory::shadowBytes);

} // namespace plait::emulator

#endif // PLAIT_RUNTIME_EMULATOR_MACHINE_GLOBALSHADOW_H
