//===- Warp.cpp - 32 lanes ------------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements how a warp steps: which lanes run next, and what they do
// before and after an instruction's own meaning.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/machine/Warp.h"

#include "runtime/emulator/machine/Block.h"

#include <algorithm>

using namespace plait::emulator;

namespace {

/// After so many steps of one group while others could run, another one has its turn.
constexpr uint32_t fairness = 4096;

bool isBefore(const Group &a, const Group &b) {
  return a.frame->depth != b.frame->depth ? a.frame->depth > b.frame->depth : a.pc < b.pc;
}

} // namespace

Warp::Warp(Block &block, unsigned index) : owner(block), grid(block.grid), tally(block.tally), index(index) {
  const Dimensions &size = grid.launch.block;
  uint32_t threads = size[0] * size[1] * size[2], first = index * warpSize;
  initial = threads - first >= warpSize ? ~Mask(0) : (Mask(1) << (threads - first)) - 1;
  live = initial;
  clock.seen[index] = 1;
  setSpecials(true);
  for (unsigned lane = 0; lane < warpSize; ++lane)
    scratch.lane[lane] = 0;
  current = {enter(grid.kernel.functions.front(), nullptr, nullptr, initial), 0, initial};
}

bool Warp::run(uint64_t quantum) {
  if (current.mask == 0 && !pickNext())
    return false;
  yields = false;
  uint64_t end = steps + quantum;
  while (steps < end && !yields && !grid.stopped.load(std::memory_order_relaxed)) {
    step();
    if (current.mask == 0) {
      if (!pickNext())
        return false;
    } else if (!others.empty()) {
      reschedule();
    }
  }
  return true;
}

Mask Warp::guarded(const Step &step) const {
  const Value &guard = current.frame->registers[size_t(step.guard)];
  Mask mask = 0;
  for (unsigned lane = 0; lane < warpSize; ++lane)
    mask |= Mask(guard.lane[lane] & 1) << lane;
  return step.guardNegated ? ~mask : mask;
}

void Warp::step() {
  const Step &step = current.frame->function->steps[current.pc];
  if (step.together != Together::Nobody && !others.empty() && mustWait(step))
    return;
  ++steps;
  ++current.pc;
  Mask active = current.mask;
  if (step.guard >= 0)
    active &= guarded(step);
  Work &work = tally.work[step.site];
  ++work.warps;
  work.lanes += unsigned(__builtin_popcount(active));
  if (active == 0)
    return;
  negatedCount = 0;
  if (step.readsClock)
    setSpecials(false);
  if (step.together == Together::Nobody)
    step.execute(*this, step, active);
  else
    together(step, active);
}

/// The lanes that the first of some lanes names as its companions.
Mask Warp::members(const Step &step, Mask active) {
  if (step.together == Together::Live)
    return live;
  return Mask(value(step.operands.back()).lane[__builtin_ctz(active)]);
}

bool Warp::mustWait(const Step &step) {
  if (current.state == Group::State::Held) {
    // Nobody else could go on.
    current.state = Group::State::Runs;
    return false;
  }
  if ((members(step, current.mask) & live & ~current.mask) == 0)
    return false;
  bool canRun = std::any_of(others.begin(), others.end(), [](const Group &g) { return g.state != Group::State::Held; });
  if (!canRun)
    return false;
  current.state = Group::State::Held;
  others.push_back(current);
  current.mask = 0;
  return true;
}

/// Lanes whose member masks differ do the same instruction one mask after the other.
void Warp::together(const Step &step, Mask active) {
  while (active) {
    Mask named = members(step, active), lanes = 0;
    if (step.together == Together::Live)
      lanes = active;
    else
      forLanes(active,
               [&](unsigned lane) { lanes |= Mask(Mask(value(step.operands.back()).lane[lane]) == named) << lane; });
    if (Mask missing = named & live & ~lanes)
      report(Defect::Kind::Convergence, step, unsigned(__builtin_ctz(missing)),
             [&] { return text("expects the lanes ", Hex{named}, " together, but got ", Hex{lanes}); });
    else if (Mask strangers = lanes & ~named)
      report(Defect::Kind::Convergence, step, unsigned(__builtin_ctz(strangers)),
             [&] { return text("expects a member mask with the lane itself, but got ", Hex{named}); });
    step.execute(*this, step, lanes);
    active &= ~lanes;
  }
}

void Warp::reschedule() {
  for (size_t i = 0; i < others.size();) {
    Group &other = others[i];
    bool meets = other.frame == current.frame && other.pc == current.pc && other.state != Group::State::Barrier;
    if (!meets) {
      ++i;
      continue;
    }
    current.mask |= other.mask;
    other = others.back();
    others.pop_back();
    patience = 0;
  }
  if (others.empty()) {
    diverged = 0;
    return;
  }
  if (patience) {
    --patience;
    return;
  }
  auto best = others.end();
  for (auto it = others.begin(); it != others.end(); ++it)
    if (it->state == Group::State::Runs && (best == others.end() || isBefore(*it, *best)))
      best = it;
  if (best == others.end())
    return;
  if (++diverged >= fairness) {
    // A loop of some lanes may wait for those that it keeps from running.
    diverged = 0;
    patience = fairness;
    for (size_t i = 0; i < others.size(); ++i)
      if (Group &other = others[++rotation % others.size()]; other.state == Group::State::Runs) {
        std::swap(current, other);
        return;
      }
  }
  if (isBefore(*best, current))
    std::swap(current, *best);
}

bool Warp::pickNext() {
  auto take = [&](Group::State state) {
    auto best = others.end();
    for (auto it = others.begin(); it != others.end(); ++it)
      if (it->state == state && (best == others.end() || isBefore(*it, *best)))
        best = it;
    if (best == others.end())
      return false;
    current = *best;
    others.erase(best);
    return true;
  };
  patience = 0;
  if (take(Group::State::Runs)) {
    reschedule();
    return true;
  }
  bool polled = false;
  for (Group &group : others)
    if (group.state == Group::State::Polled) {
      group.state = Group::State::Runs;
      polled = true;
    }
  if (polled) {
    yields = true;
    return pickNext();
  }
  bool blocked = std::any_of(others.begin(), others.end(), [](auto &g) { return g.state == Group::State::Barrier; });
  return !blocked && take(Group::State::Held);
}

bool Warp::forceHeld() {
  for (Group &group : others)
    if (group.state == Group::State::Held && current.mask == 0) {
      std::swap(group, others.back());
      current = others.back();
      others.pop_back();
      return true;
    }
  return false;
}

void Warp::split(Mask lanes, Frame *frame, uint32_t pc, Group::State state) {
  others.push_back({frame, pc, lanes, state});
  current.mask &= ~lanes;
}

void Warp::branch(uint32_t target, Mask lanes) {
  if (lanes == current.mask)
    current.pc = target;
  else
    split(lanes, current.frame, target, Group::State::Runs);
}

void Warp::exit(Mask lanes) {
  current.mask &= ~lanes;
  live &= ~lanes;
  for (Frame *frame = current.frame; frame; frame = frame->caller)
    frame->live &= ~lanes;
  owner.onExit();
}

void Warp::block(Mask lanes) { split(lanes, current.frame, current.pc, Group::State::Barrier); }

void Warp::wake(Mask lanes) {
  for (Group &group : others)
    if (group.state == Group::State::Barrier && (group.mask & lanes) != 0)
      group.state = Group::State::Runs;
}

void Warp::poll() {
  lastPoll = steps;
  owner.onPoll();
  yields = true;
  if (!others.empty())
    split(current.mask, current.frame, current.pc, Group::State::Polled);
}
