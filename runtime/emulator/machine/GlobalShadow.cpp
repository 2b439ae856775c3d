//===- GlobalShadow.cpp - who touched a word of global memory -------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the records of accesses to global memory.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/machine/GlobalShadow.h"

using namespace plait::emulator;

namespace {

constexpr unsigned warpBits = 5;

uint32_t actor(const GlobalAccessor &who) { return who.block << warpBits | who.warp; }

/// Whether an access comes before all that the accessor does now.
bool isBefore(const GlobalCell::Actor &other, const GlobalAccessor &who) {
  if (other.clock <= who.base || other.warp == actor(who))
    return true;
  uint32_t block = other.warp >> warpBits, warp = other.warp % maxWarps, clock = other.clock - who.base;
  return block == who.block ? who.clock->seen[warp] >= clock : who.clock->knowsForeign(block, warp, clock);
}

} // namespace

GlobalFinding GlobalCell::checkWrite(const GlobalAccessor &who, unsigned mask) const {
  if (write.clock <= who.base || !(written & mask) || isBefore(write, who))
    return {};
  bool sameBlock = write.warp >> warpBits == who.block;
  // Atomics of two blocks may meet only where both reach as far as the device.
  if (isStrong && who.isStrong && (sameBlock || (isDeviceScope && who.scope == Scope::Device)))
    return {};
  return {.isRace = true,
          .otherWrote = true,
          .block = write.warp >> warpBits,
          .warp = uint8_t(write.warp % maxWarps),
          .site = uint16_t(writeSite)};
}

void GlobalCell::setRead(unsigned slot, const GlobalAccessor &who, unsigned mask) {
  constexpr unsigned word = 15;
  Actor now{who.own, actor(who)};
  unsigned before = reads[slot].clock == now.clock && reads[slot].warp == now.warp ? (slot ? read1 : read0) : 0;
  reads[slot] = now;
  if (slot) {
    read1 = (before | mask) & word;
    readSite1 = who.site;
  } else {
    read0 = (before | mask) & word;
    readSite0 = who.site;
  }
}

GlobalFinding GlobalCell::onRead(const GlobalAccessor &who, unsigned reader, unsigned mask) {
  GlobalFinding finding = checkWrite(who, mask);
  if (who.isStrong)
    return finding;
  uint32_t me = actor(who);
  if (write.clock == who.own && write.warp == me && lane != reader && written & mask && !isStrong)
    finding = {
        .isRace = true, .otherWrote = true, .isOfWarp = true, .lane = uint8_t(lane), .site = uint16_t(writeSite)};
  finding.isFirst = reads[0].clock <= who.base;
  if (finding.isFirst || reads[0].warp == me || (reads[1].warp != me && isBefore(reads[0], who)))
    setRead(0, who, mask);
  // Two readers of different blocks tell more than two of one block.
  else if (reads[1].warp == me || isBefore(reads[1], who) || reads[1].warp >> warpBits == reads[0].warp >> warpBits)
    setRead(1, who, mask);
  return finding;
}

GlobalFinding GlobalCell::onWrite(const GlobalAccessor &who, unsigned writer, unsigned mask) {
  GlobalFinding finding = checkWrite(who, mask);
  for (unsigned slot = 0; slot < 2 && !finding.isRace; ++slot)
    if ((slot ? read1 : read0) & mask && !isBefore(reads[slot], who))
      finding = {.isRace = true,
                 .block = reads[slot].warp >> warpBits,
                 .warp = uint8_t(reads[slot].warp % maxWarps),
                 .site = uint16_t(slot ? readSite1 : readSite0)};
  finding.isFirst = write.clock <= who.base;
  bool same = write.clock == who.own && write.warp == actor(who) && lane == writer;
  written = (mask | (same ? unsigned(written) : 0)) & 15;
  write = {who.own, actor(who)};
  writeSite = who.site;
  lane = writer & 31;
  isStrong = who.isStrong;
  isDeviceScope = who.scope == Scope::Device;
  return finding;
}
