//===- Clock.cpp - what happens before what -------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements vector clocks.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/machine/Clock.h"

#include <algorithm>

using namespace plait::emulator;

void plait::emulator::join(WarpClocks &into, const WarpClocks &other) {
  for (size_t i = 0; i < into.size(); ++i)
    into[i] = std::max(into[i], other[i]);
}

void Clock::join(const Clock &other) {
  emulator::join(seen, other.seen);
  emulator::join(proxy, other.proxy);
  if (!other.foreign || other.foreign == foreign)
    return;
  if (!foreign)
    foreign = other.foreign;
  else
    joinForeign(*other.foreign, UINT32_MAX);
}

void Clock::joinForeign(const Foreign &other, uint32_t exceptBlock) {
  auto joined = foreign ? std::make_shared<Foreign>(*foreign) : std::make_shared<Foreign>();
  for (const auto &[block, clocks] : other)
    if (block != exceptBlock)
      emulator::join((*joined)[block], clocks);
  foreign = std::move(joined);
}

bool Clock::knowsForeign(uint32_t block, unsigned warp, uint32_t clock) const {
  if (!foreign)
    return false;
  auto found = foreign->find(block);
  return found != foreign->end() && found->second[warp] >= clock;
}

void SyncClocks::clear() {
  blockScope.clear();
  deviceScope.clear();
}

void SyncClocks::release(uint32_t block, const Clock &inBlock, const Clock &onDevice) {
  blockScope[block].join(inBlock);
  join(deviceScope[block], onDevice.seen);
  if (onDevice.foreign)
    for (const auto &[other, clocks] : *onDevice.foreign)
      join(deviceScope[other], clocks);
}

void SyncClocks::acquire(uint32_t block, Clock &clock) const {
  if (auto own = blockScope.find(block); own != blockScope.end())
    clock.join(own->second);
  if (auto own = deviceScope.find(block); own != deviceScope.end())
    join(clock.seen, own->second);
  if (deviceScope.size() > deviceScope.count(block))
    clock.joinForeign(deviceScope, block);
}
