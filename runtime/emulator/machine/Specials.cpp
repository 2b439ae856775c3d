//===- Specials.cpp - special registers -----------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the special registers, one line for each. A cluster has one
// block.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/machine/Specials.h"

#include "runtime/emulator/machine/Block.h"

using namespace plait::emulator;

namespace {

template <unsigned axis> uint64_t tid(const Warp &warp, unsigned lane) { return warp.coordinates(lane)[axis]; }
template <unsigned axis> uint64_t ntid(const Warp &warp, unsigned) { return warp.grid.launch.block[axis]; }
template <unsigned axis> uint64_t ctaid(const Warp &warp, unsigned) { return warp.owner.coordinates[axis]; }
template <unsigned axis> uint64_t nctaid(const Warp &warp, unsigned) { return warp.grid.launch.grid[axis]; }
template <uint64_t value> uint64_t constant(const Warp &, unsigned) { return value; }

uint64_t laneid(const Warp &, unsigned lane) { return lane; }
uint64_t warpid(const Warp &warp, unsigned) { return warp.index; }
uint64_t smid(const Warp &warp, unsigned) { return warp.owner.index % warp.grid.limits.processors; }
uint64_t nsmid(const Warp &warp, unsigned) { return warp.grid.limits.processors; }
uint64_t lanemaskEq(const Warp &, unsigned lane) { return uint32_t(1) << lane; }
uint64_t lanemaskLt(const Warp &, unsigned lane) { return (uint32_t(1) << lane) - 1; }
uint64_t lanemaskLe(const Warp &, unsigned lane) { return (uint64_t(2) << lane) - 1; }
uint64_t lanemaskGt(const Warp &warp, unsigned lane) { return uint32_t(~lanemaskLe(warp, lane)); }
uint64_t lanemaskGe(const Warp &warp, unsigned lane) { return uint32_t(~lanemaskLt(warp, lane)); }
uint64_t dynamicShared(const Warp &warp, unsigned) { return warp.grid.launch.dynamicSharedBytes; }
uint64_t allShared(const Warp &warp, unsigned) { return warp.grid.sharedBytes; }

uint64_t clock64(const Warp &warp, unsigned) { return warp.steps; }
uint64_t clock32(const Warp &warp, unsigned) { return uint32_t(warp.steps); }
uint64_t clockHigh(const Warp &warp, unsigned) { return warp.steps >> 32; }
uint64_t timer(const Warp &warp, unsigned) {
  auto passed = std::chrono::steady_clock::now() - warp.grid.start;
  return uint64_t(std::chrono::duration_cast<std::chrono::nanoseconds>(passed).count());
}
uint64_t timerLow(const Warp &warp, unsigned lane) { return uint32_t(timer(warp, lane)); }
uint64_t timerHigh(const Warp &warp, unsigned lane) { return timer(warp, lane) >> 32; }

constexpr Special specials[] = {
    {"tid.x", tid<0>},
    {"tid.y", tid<1>},
    {"tid.z", tid<2>},
    {"ntid.x", ntid<0>},
    {"ntid.y", ntid<1>},
    {"ntid.z", ntid<2>},
    {"ctaid.x", ctaid<0>},
    {"ctaid.y", ctaid<1>},
    {"ctaid.z", ctaid<2>},
    {"nctaid.x", nctaid<0>},
    {"nctaid.y", nctaid<1>},
    {"nctaid.z", nctaid<2>},
    {"clusterid.x", ctaid<0>},
    {"clusterid.y", ctaid<1>},
    {"clusterid.z", ctaid<2>},
    {"nclusterid.x", nctaid<0>},
    {"nclusterid.y", nctaid<1>},
    {"nclusterid.z", nctaid<2>},
    {"cluster_ctaid.x", constant<0>},
    {"cluster_ctaid.y", constant<0>},
    {"cluster_ctaid.z", constant<0>},
    {"cluster_nctaid.x", constant<1>},
    {"cluster_nctaid.y", constant<1>},
    {"cluster_nctaid.z", constant<1>},
    {"cluster_ctarank", constant<0>},
    {"cluster_nctarank", constant<1>},
    {"laneid", laneid},
    {"warpid", warpid},
    {"nwarpid", constant<maxWarps>},
    {"smid", smid},
    {"nsmid", nsmid},
    {"gridid", constant<1>},
    {"lanemask_eq", lanemaskEq},
    {"lanemask_lt", lanemaskLt},
    {"lanemask_le", lanemaskLe},
    {"lanemask_gt", lanemaskGt},
    {"lanemask_ge", lanemaskGe},
    {"dynamic_smem_size", dynamicShared},
    {"total_smem_size", allShared},
    {"aggr_smem_size", allShared},
    {"clock", clock32, true},
    {"clock_hi", clockHigh, true},
    {"clock64", clock64, true},
    {"globaltimer", timer, true},
    {"globaltimer_lo", timerLow, true},
    {"globaltimer_hi", timerHigh, true},
};

} // namespace

const Special *plait::emulator::findSpecial(std::string_view name) {
  for (const Special &special : specials)
    if (special.name == name)
      return &special;
  return nullptr;
}
