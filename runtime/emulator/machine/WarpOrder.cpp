//===- WarpOrder.cpp - what a warp knows of others, and its reports -------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements a warp's fences, acquires and releases, and the text of its
// defects.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/machine/Block.h"

using namespace plait::emulator;

GlobalAccessor Warp::globalAccessor(const Step &step) const {
  uint16_t site = uint16_t(step.site >> GlobalCell::siteBits ? 0 : step.site);
  return {&clock,
          owner.index,
          grid.clockBase + clock.seen[index],
          grid.clockBase,
          site,
          uint8_t(index),
          step.access.isStrong,
          step.access.scope};
}

void Warp::fence(Scope scope) {
  takePending();
  blockRelease = clock;
  if (scope == Scope::Device)
    deviceRelease = clock;
  tick();
}

void Warp::proxyFence() {
  clock.proxy = clock.seen;
  tick();
}

void Warp::takePending() {
  if (hasPending)
    clock.join(pending);
  hasPending = false;
}

void Warp::acquire(const SyncClocks &from, bool atOnce) {
  if (atOnce)
    return from.acquire(owner.index, clock);
  // What a relaxed read saw counts from the next fence or barrier on.
  if (!hasPending)
    pending = {};
  hasPending = true;
  from.acquire(owner.index, pending);
}

void Warp::release(SyncClocks &to, const Access &access, bool isReadModifyWrite) {
  if (!isReadModifyWrite)
    to.clear();
  bool reachesDevice = access.scope == Scope::Device;
  static const Clock nothing;
  if (access.releases) {
    to.release(owner.index, clock, reachesDevice ? clock : nothing);
    tick();
  } else if (blockRelease.seen[index] != 0) {
    to.release(owner.index, blockRelease, reachesDevice ? deviceRelease : nothing);
  }
}

std::string Warp::thread(unsigned lane) const {
  Dimensions at = coordinates(lane);
  return text("(", at[0], ", ", at[1], ", ", at[2], ")");
}

std::string Warp::otherAccess(uint16_t site) const {
  const Step *step = grid.kernel.sites[site];
  return step ? text(" in line ", step->source->line, " `", step->source->text, "`") : std::string();
}

void Warp::describe(Defect::Kind kind, const Step &step, unsigned lane, const std::string &message) {
  const Dimensions &at = owner.coordinates;
  std::string where = step.source ? text(" line ", step.source->line, " `", step.source->text, "`") : std::string();
  tally.describe(kind, step.source ? step.source->line : 0,
                 text(grid.kernel.name, where, ": ", name(kind), ": ", message, "; block (", at[0], ", ", at[1], ", ",
                      at[2], "), thread ", thread(lane)));
}

void Warp::fail(Defect::Kind kind, const Step &step, unsigned lane, const std::string &message) {
  report(kind, step, lane, [&] { return message; });
  grid.stopped = true;
}

std::string Warp::waits() const {
  std::string all;
  for (const Group &group : others) {
    const Step &step = group.frame->function->steps[group.pc ? group.pc - 1 : 0];
    if (group.state == Group::State::Barrier && step.source)
      all += text("; warp ", index, " lanes ", Hex{group.mask}, " wait in line ", step.source->line, " `",
                  step.source->text, "`");
  }
  if (current.mask) {
    const Step &step = current.frame->function->steps[current.pc];
    if (step.source)
      all += text("; warp ", index, " lanes ", Hex{current.mask}, " are at line ", step.source->line, " `",
                  step.source->text, "`");
  }
  return all;
}
