//===- Counting.cpp - wavefronts and sectors ------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the memory model behind the counters: 32 banks of four bytes,
// accesses of 8 and 16 bytes by half and quarter warps, or of twice the lanes where
// they read in pairs, and global memory in sectors of 32 bytes.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/machine/Access.h"

#include <algorithm>

using namespace plait::emulator;

namespace {

constexpr unsigned banks = 32, wordBytes = 4;
constexpr unsigned sectorBytes = 32;

/// What the lanes touch, in words or in wider accesses: how often each bank must serve, and how many there are.
struct Conflicts {
  unsigned worst = 0, units = 0;
};

/// Each lane accesses one multiple of `unit` bytes, and so that many banks side by side.
Conflicts conflicts(Mask active, const Addresses &at, unsigned unit) {
  std::array<uint32_t, banks> first;
  std::array<uint8_t, banks> count{};
  std::array<uint32_t, warpSize> later; // those beyond the first of their bank
  unsigned laterCount = 0, shift = unsigned(__builtin_ctz(unit)), last = banks * wordBytes / unit - 1;
  Conflicts result;
  forLanes(active, [&](unsigned lane) {
    auto place = uint32_t(at.lane[lane] >> shift);
    unsigned bank = place & last;
    if (count[bank] == 0)
      first[bank] = place;
    else if (first[bank] == place ||
             std::find(later.begin(), later.begin() + laterCount, place) != later.begin() + laterCount)
      return;
    else
      later[laterCount++] = place;
    result.worst = std::max(result.worst, unsigned(++count[bank]));
    ++result.units;
  });
  return result;
}

/// How many different multiples of `unit` the addresses lie in.
unsigned countUnits(Mask active, const Addresses &at, unsigned unit) {
  std::array<uint64_t, warpSize> units;
  size_t count = 0;
  bool isSorted = true;
  forLanes(active, [&](unsigned lane) {
    uint64_t value = at.lane[lane] / unit;
    if (count && units[count - 1] == value)
      return;
    isSorted &= count == 0 || units[count - 1] < value;
    units[count++] = value;
  });
  if (isSorted)
    return unsigned(count);
  std::sort(units.begin(), units.begin() + ptrdiff_t(count));
  return unsigned(std::unique(units.begin(), units.begin() + ptrdiff_t(count)) - units.begin());
}

} // namespace

/// Whether each lane has the address of the one `distance` from it. What two such lanes read, a device returns at once:
/// NVIDIA's developer forum says so of compute capability 7.x ("Unexpected shared memory bank conflict").
static bool arePairs(Mask active, const Addresses &at, unsigned distance) {
  bool are = true;
  forLanes(active, [&](unsigned lane) {
    unsigned other = lane ^ distance;
    are &= !(active >> other & 1) || at.lane[lane] == at.lane[other];
  });
  return are;
}

void plait::emulator::countShared(Work &work, Mask active, const Addresses &at, unsigned bytes, bool reads,
                                  bool writes) {
  unsigned lanes = bytes >= 16 ? 8 : bytes == 8 ? 16 : warpSize;
  if (lanes < warpSize && !writes && (arePairs(active, at, 1) || arePairs(active, at, 2)))
    lanes *= 2;
  unsigned unit = std::max(bytes, wordBytes);
  for (unsigned first = 0; first < warpSize; first += lanes) {
    Mask part = active & (lanes == warpSize ? ~Mask(0) : ((Mask(1) << lanes) - 1) << first);
    if (!part)
      continue;
    Conflicts found = conflicts(part, at, unit);
    work.sharedWavefronts += found.worst;
    work.idealWavefronts += (found.units * unit / wordBytes + banks - 1) / banks;
  }
  uint64_t total = uint64_t(__builtin_popcount(active)) * bytes;
  work.sharedRead += reads ? total : 0;
  work.sharedWritten += writes ? total : 0;
}

void plait::emulator::countGlobal(Work &work, Mask active, const Addresses &at, unsigned bytes, bool reads,
                                  bool writes) {
  work.globalSectors += countUnits(active, at, sectorBytes);
  work.idealSectors += (countUnits(active, at, bytes) * bytes + sectorBytes - 1) / sectorBytes;
  uint64_t total = uint64_t(__builtin_popcount(active)) * bytes;
  work.globalRead += reads ? total : 0;
  work.globalWritten += writes ? total : 0;
}

std::string Step::kind() const {
  static constexpr std::pair<std::string_view, std::string_view> spaces[] = {
      {"shared", ".shared"}, {"global", ".global"}, {"local", ".local"}, {"const", ".const"}, {"param", ".param"}};
  std::string kind = source->opcode;
  for (const std::string &modifier : source->modifiers)
    for (auto [prefix, suffix] : spaces)
      if (modifier == prefix || modifier.starts_with(std::string(prefix) + "::"))
        return kind += suffix;
  return kind;
}
