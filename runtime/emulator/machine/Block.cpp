//===- Block.cpp - a block of warps ---------------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the order of warps, barriers, and what happens when no warp
// can go on.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/machine/Block.h"

#include <algorithm>

using namespace plait::emulator;

namespace {

/// Instructions of a warp before the next one's turn.
constexpr uint64_t turnLength = 256;
/// When each warp has asked in vain so often, nothing will come.
constexpr uint64_t patience = 1000;

/// Those of a block, where the kernel needs them.
unsigned warpgroupsOf(const Grid &grid) {
  return grid.kernel.hasWarpgroups ? (grid.warps + warpgroupWarps - 1) / warpgroupWarps : 0;
}

} // namespace

Block::Block(Grid &grid, Tally &tally, uint32_t index)
    : grid(grid), tally(tally), index(index), coordinates(grid.coordinates(index)),
      shared(grid.sharedBytes, grid.warps + warpgroupsOf(grid)), bulk(*this),
      random(grid.options.seed * 0x9e3779b97f4a7c15 + index) {
  for (unsigned warp = 0; warp < grid.warps; ++warp)
    warps.push_back(std::make_unique<Warp>(*this, warp));
  for (unsigned number = 0; number < warpgroupsOf(grid); ++number) {
    Warpgroup &warpgroup = warpgroups.emplace_back(grid.warps + number);
    for (size_t i = number * warpgroupWarps; i < std::min<size_t>(warps.size(), (number + 1) * warpgroupWarps); ++i)
      warpgroup.warps.push_back(warps[i].get());
  }
}

Block::Progress Block::run(uint64_t quantum) {
  bool isRandom = grid.options.order == Options::Order::Random;
  uint64_t end = steps + quantum;
  size_t idle = 0; // turns without an instruction
  while (!grid.stopped.load(std::memory_order_relaxed)) {
    if (liveLanes() == 0)
      return Progress::Done;
    if (steps >= end)
      return Progress::Running;
    turn = isRandom && idle == 0 ? size_t(random() % warps.size()) : (turn + 1) % warps.size();
    Warp &warp = *warps[turn];
    uint64_t before = warp.steps, polls = idlePolls;
    warp.run(isRandom ? 1 + random() % 64 : turnLength);
    steps += warp.steps - before;
    idle = warp.steps == before ? idle + 1 : 0;
    // A short turn may end between two polls of one loop.
    if (warp.steps != before && warp.steps - warp.lastPoll >= turnLength)
      onProgress();
    else if (idlePolls != polls && bulk.finishOldest())
      onProgress();
    if (steps > grid.options.stepLimit)
      warp.fail(
          Defect::Kind::StepLimit, *grid.kernel.sites[1], 0,
          text("expects at most ", grid.options.stepLimit, " instructions of a block, but got more", warp.waits()));
    else if (idle > warps.size() || idlePolls > patience * warps.size())
      deadlock();
  }
  return Progress::Done;
}

void Block::deadlock() {
  for (const auto &warp : warps)
    if (warp->forceHeld()) {
      warp->run(1);
      return;
    }
  std::string all;
  Warp *first = nullptr;
  for (const auto &warp : warps)
    if (!warp->isDone()) {
      first = first ? first : warp.get();
      all += warp->waits();
    }
  first->fail(Defect::Kind::Deadlock, *first->stuck(), 0, text("expects a warp that can go on, but got none", all));
}

uint32_t Block::lastClock() const {
  uint32_t last = 0;
  for (const auto &warp : warps)
    last = std::max(last, warp->clock.seen[warp->index]);
  return last;
}

uint32_t Block::liveLanes() const {
  uint32_t count = 0;
  for (const auto &warp : warps)
    count += unsigned(__builtin_popcount(warp->live));
  return count;
}

void Block::arrive(const Step &step, const Arrival &arrival) {
  Warp &warp = *arrival.warp;
  auto fault = [&](const std::string &message) {
    warp.report(Defect::Kind::Barrier, step, unsigned(__builtin_ctz(arrival.lanes)), [&] { return message; });
  };
  if (arrival.id >= barriers.size())
    return fault(text("expects a barrier of 0 to 15, but got ", arrival.id));
  if (arrival.expected % warpSize)
    return fault(text("expects a count that is a multiple of 32, but got ", arrival.expected));
  Barrier &barrier = barriers[arrival.id];
  if (barrier.arrived != 0 && barrier.expected != arrival.expected)
    fault(text("expects the count ", barrier.expected, " of those that came before, but got ", arrival.expected));
  barrier.expected = arrival.expected;
  warp.takePending();
  barrier.clock.join(warp.clock);
  warp.tick();
  barrier.arrivedLanes += unsigned(__builtin_popcount(arrival.lanes));
  barrier.arrived += arrival.lanes == warp.live ? warpSize : unsigned(__builtin_popcount(arrival.lanes));
  barrier.trueLanes += arrival.trueLanes;
  if (arrival.waits) {
    warp.block(arrival.lanes);
    barrier.waiting.push_back(arrival);
  }
  if (arrival.expected && barrier.arrived > arrival.expected)
    fault(text("expects ", arrival.expected, " threads, but got ", barrier.arrived));
  completeIfFull(barrier);
}

void Block::completeIfFull(Barrier &barrier) {
  if (barrier.arrivedLanes == 0 ||
      (barrier.expected ? barrier.arrived < barrier.expected : barrier.arrivedLanes < liveLanes()))
    return;
  for (const Arrival &who : barrier.waiting) {
    who.warp->clock.join(barrier.clock);
    who.warp->wake(who.lanes);
    uint64_t value = 0;
    switch (who.reduction) {
    case Barrier::Reduction::None:
      continue;
    case Barrier::Reduction::Popc:
      value = barrier.trueLanes;
      break;
    case Barrier::Reduction::And:
      value = barrier.trueLanes == barrier.arrivedLanes;
      break;
    case Barrier::Reduction::Or:
      value = barrier.trueLanes != 0;
      break;
    }
    forLanes(who.lanes, [&](unsigned lane) { who.result->lane[lane] = value; });
  }
  barrier = {};
  ++tally.barriers;
  onProgress();
}

void Block::onExit() {
  onProgress();
  for (Barrier &barrier : barriers)
    if (barrier.expected == 0)
      completeIfFull(barrier);
  for (Warpgroup &warpgroup : warpgroups)
    warpgroup.wake();
  if (liveLanes() != 0)
    return;
  for (const auto &warp : warps)
    warp->finish();
  for (Warpgroup &warpgroup : warpgroups)
    warpgroup.end();
  bulk.end();
}
