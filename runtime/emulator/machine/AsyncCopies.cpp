//===- AsyncCopies.cpp - the copies that a warp has begun -----------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the groups of cp.async.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/machine/Access.h"
#include "runtime/emulator/machine/Block.h"

#include <algorithm>
#include <cstring>

using namespace plait::emulator;

void AsyncCopies::commit(Mask lanes) {
  forLanes(lanes, [&](unsigned lane) { ++committed[lane]; });
}

template <typename F> void AsyncCopies::finishIf(Warp &warp, F &&isDone) {
  auto keep = pending.begin();
  for (Copy &copy : pending) {
    if (!isDone(copy)) {
      *keep++ = copy;
      continue;
    }
    uint8_t bytes[16] = {};
    readGlobal(warp, *copy.step, copy.lane, copy.from, bytes, copy.sourceBytes);
    Finding finding = warp.owner.shared.finish(warp.accessor(*copy.step), copy.lane, copy.to, bytes, copy.bytes);
    if (finding)
      reportShared(warp, *copy.step, copy.lane, finding, true);
  }
  pending.erase(keep, pending.end());
}

void AsyncCopies::wait(Warp &warp, Mask lanes, uint32_t newest) {
  finishIf(warp,
           [&](const Copy &copy) { return (lanes >> copy.lane & 1) && copy.group + newest < committed[copy.lane]; });
}

void AsyncCopies::finish(Warp &warp, Mask lanes, uint64_t number) {
  finishIf(warp, [&](const Copy &copy) { return (lanes >> copy.lane & 1) && copy.number < number; });
}

void Warp::finish() {
  for (const AsyncCopies::Copy &copy : copies.unfinished())
    report(Defect::Kind::Async, *copy.step, copy.lane,
           [] { return text("expects a wait for this copy before the block's end, but got none"); });
  wgmmas.finish(*this);
}

const Step *Warp::stuck() const {
  if (current.mask)
    return &current.frame->function->steps[current.pc];
  const Group &group = others.front();
  return &group.frame->function->steps[group.pc ? group.pc - 1 : 0];
}
