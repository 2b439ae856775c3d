//===- Warpgroup.cpp - four warps that multiply together ------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the comparison of what warps come to, and their waits.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/machine/Warpgroup.h"

#include "runtime/emulator/machine/Block.h"

#include <algorithm>

using namespace plait::emulator;

void Warpgroup::reach(Warp &warp, const Step &step, const Operands &operands) {
  size_t &own = made[warp.index % warpgroupWarps];
  if (own == visits.size())
    visits.push_back({&step, operands, &warp});
  Visit &visit = visits[own];
  if (visit.step != &step) {
    warp.report(Defect::Kind::Convergence, step, 0, [&] {
      return text("expects the wgmma of warp ", visit.first->index, " of the warpgroup, in line ",
                  visit.step->source->line, ", but got this of warp ", warp.index);
    });
    isApart = true;
    wake();
  } else if (visit.operands != operands) {
    warp.report(Defect::Kind::Operand, step, 0, [&] {
      auto list = [](const Operands &all) { return text(Hex{all[0]}, ", ", Hex{all[1]}, ", ", all[2]); };
      return text("expects the operands ", list(visit.operands), " of warp ", visit.first->index,
                  " of the warpgroup, but got ", list(operands), " of warp ", warp.index);
    });
  }
  ++own;
  if (++visit.count < warpgroupWarps)
    return;
  visits.pop_front();
  for (size_t &count : made)
    --count;
}

bool Warpgroup::isCommitted(uint64_t groups) const {
  return isApart || std::ranges::all_of(
                        warps, [=](const Warp *warp) { return warp->isDone() || warp->wgmmas.groups() >= groups; });
}

void Warpgroup::complete(Warp &warp, uint64_t groups) {
  for (Warp *other : warps)
    other->wgmmas.make(*other, groups);
  warp.wgmmas.release(groups);
  uint32_t &known = warp.clock.seen[slot];
  known = std::max(known, uint32_t(groups));
}

void Warpgroup::wait(Warp &warp, Mask lanes, uint64_t groups) {
  if (isCommitted(groups))
    return complete(warp, groups);
  warp.block(lanes);
  waiting.push_back({&warp, lanes, groups});
}

void Warpgroup::wake() {
  auto isReady = [&](const Waiting &who) { return isCommitted(who.groups); };
  for (const Waiting &who : waiting)
    if (isReady(who)) {
      complete(*who.warp, who.groups);
      who.warp->wake(who.lanes);
      who.warp->owner.onProgress();
    }
  std::erase_if(waiting, isReady);
}

void Warpgroup::end() {
  for (const Visit &visit : visits)
    visit.first->report(Defect::Kind::Convergence, *visit.step, 0, [&] {
      return text("expects the ", warps.size(), " warps of the warpgroup here, but got ", visit.count, " of them");
    });
}
