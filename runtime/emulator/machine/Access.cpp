//===- Access.cpp - checked accesses to memory ----------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the checks of addresses and the records of accesses.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/machine/Access.h"

#include "runtime/emulator/machine/Block.h"

#include <algorithm>
#include <cstring>

using namespace plait::emulator;

Addresses plait::emulator::addresses(Warp &warp, const Place &place, ptx::Space space) {
  Addresses result;
  const Value &base = warp.value(place.base);
  // Shared and local addresses are of 32 bits, and wrap around as such.
  uint64_t mask = space == ptx::Space::Shared || space == ptx::Space::Local ? UINT32_MAX : UINT64_MAX;
  for (unsigned lane = 0; lane < warpSize; ++lane)
    result.lane[lane] = (base.lane[lane] + uint64_t(place.offset)) & mask;
  return result;
}

Addresses plait::emulator::sharedAddresses(Warp &warp, const Place &place, ptx::Space space) {
  Addresses at = addresses(warp, place, space);
  // Other generic addresses stay too large for any shared memory.
  if (space == ptx::Space::Generic)
    for (uint64_t &lane : at.lane)
      lane -= sharedWindow;
  return at;
}

namespace {

bool checkAlignment(Warp &warp, const Step &step, unsigned lane, uint64_t address, unsigned alignment,
                    const char *space) {
  if (address % alignment == 0)
    return true;
  warp.report(Defect::Kind::Misaligned, step, lane, [&] {
    return text("expects a ", space, " address that is a multiple of ", alignment, ", but got ", Hex{address});
  });
  return false;
}

bool checkBounds(Warp &warp, const Step &step, unsigned lane, uint64_t address, uint64_t bytes, uint64_t size,
                 const char *space) {
  if (address <= size && bytes <= size - address)
    return true;
  warp.report(Defect::Kind::OutOfBounds, step, lane, [&] {
    return text("expects ", bytes, " bytes inside the ", size, " of ", space, " memory, but got the address ",
                Hex{address});
  });
  return false;
}

/// Whether so many bytes at the addresses of all lanes are aligned and inside of a range.
bool areInside(const Addresses &at, uint64_t begin, uint64_t size, unsigned bytes) {
  if (size < bytes)
    return false;
  uint64_t limit = size - bytes, misaligned = 0, offsets = 0, differences = 0;
  for (uint64_t address : at.lane) {
    misaligned |= address;
    offsets |= address - begin;
    differences |= limit - (address - begin);
  }
  // What is negative is outside.
  return ((misaligned & (bytes - 1)) | (offsets | differences) >> 63) == 0;
}

} // namespace

bool plait::emulator::checkRange(Warp &warp, const Step &step, unsigned lane, uint64_t address, uint64_t bytes,
                                 uint64_t size, const char *space) {
  return checkAlignment(warp, step, lane, address, unsigned(bytes), space) &&
         checkBounds(warp, step, lane, address, bytes, size, space);
}

bool plait::emulator::checkShared(Warp &warp, const Step &step, unsigned lane, uint64_t address, uint64_t bytes,
                                  unsigned alignment) {
  return checkAlignment(warp, step, lane, address, alignment, "shared") &&
         checkBounds(warp, step, lane, address, bytes, warp.owner.shared.size(), "shared");
}

Mask plait::emulator::checkShared(Warp &warp, const Step &step, Mask active, const Addresses &at, unsigned bytes) {
  if (areInside(at, 0, warp.owner.shared.size(), bytes))
    return active;
  forLanes(active, [&](unsigned lane) {
    if (!checkShared(warp, step, lane, at.lane[lane], bytes, bytes))
      active &= ~(Mask(1) << lane);
  });
  return active;
}

bool plait::emulator::checkGlobal(Warp &warp, const Step &step, unsigned lane, uint64_t address, uint64_t bytes,
                                  unsigned alignment) {
  if (!checkAlignment(warp, step, lane, address, alignment, "global"))
    return false;
  if (warp.grid.memory.contains(address, bytes))
    return true;
  warp.report(Defect::Kind::OutOfBounds, step, lane, [&] {
    const Allocation *near = warp.grid.memory.nearest(address);
    std::string where = "; no memory is allocated";
    if (near) {
      std::string name = near->name.empty() ? std::string("the allocation") : text("`", near->name, "`");
      bool isBelow = address < near->address;
      uint64_t distance = isBelow ? near->address - address : address - near->address;
      where = text("; ", name, " of ", near->bytes, " bytes at ", Hex{near->address}, " is nearest, the address is ",
                   distance, " bytes ", isBelow ? "before it" : "from its begin");
    }
    return text("expects ", bytes, " bytes of global memory, but got the address ", Hex{address}, where);
  });
  return false;
}

Mask plait::emulator::checkGlobal(Warp &warp, const Step &step, Mask active, const Addresses &at, unsigned bytes) {
  // Most instructions stay inside of one allocation.
  const Allocation *&last = warp.lastAllocation;
  if (last && areInside(at, last->address, last->bytes, bytes))
    return active;
  forLanes(active, [&](unsigned lane) {
    uint64_t address = at.lane[lane];
    if ((address & (bytes - 1)) == 0 && last && last->contains(address, bytes))
      return;
    if (!checkGlobal(warp, step, lane, address, bytes, bytes))
      active &= ~(Mask(1) << lane);
    else
      last = warp.grid.memory.find(address);
  });
  return active;
}

namespace {

std::string nameOf(const Grid &grid, unsigned accessor) {
  return accessor < grid.warps ? text("warp ", accessor) : text("warpgroup ", accessor - grid.warps);
}

} // namespace

void plait::emulator::reportShared(Warp &warp, const Step &step, unsigned lane, const Finding &finding, bool writes) {
  using Kind = Finding::Kind;
  Defect::Kind kind = finding.kind == Kind::Uninitialized                         ? Defect::Kind::Uninitialized
                      : finding.kind == Kind::Race || finding.kind == Kind::Lanes ? Defect::Kind::Race
                                                                                  : Defect::Kind::Async;
  warp.report(kind, step, lane, [&] {
    std::string at = text(" at shared address ", Hex{finding.address});
    std::string other = warp.otherAccess(finding.otherSite);
    switch (finding.kind) {
    case Kind::Uninitialized:
      return "expects bytes that somebody has written, but got none" + at;
    case Kind::Lanes:
      return text("expects bar.warp.sync after the write of lane ", finding.otherLane + 0u, other, ", but got none",
                  at);
    case Kind::Pending:
      return text("expects the copy", other, " to be waited for, but got an access before", at);
    case Kind::BeingRead:
      return text("expects the bulk copy or wgmma from here to be waited for, but got a write before", at);
    case Kind::Unfenced:
      return text("expects fence.proxy.async after the write of warp ", finding.otherWarp + 0u, other, ", but got none",
                  at);
    default:
      return text("expects a barrier between this ", writes ? "write" : "read", " and the ",
                  finding.otherWrote ? "write" : "read", " of ", nameOf(warp.grid, finding.otherWarp), other,
                  ", but got none", at);
    }
  });
}

void plait::emulator::noteSharedRead(Warp &warp, const Step &step, const Accessor &who, unsigned lane, uint32_t address,
                                     unsigned bytes) {
  if (Finding finding = warp.owner.shared.read(who, lane, address, bytes))
    reportShared(warp, step, lane, finding, false);
}

void plait::emulator::noteSharedWrite(Warp &warp, const Step &step, const Accessor &who, unsigned lane,
                                      uint32_t address, unsigned bytes) {
  if (Finding finding = warp.owner.shared.write(who, lane, address, bytes))
    reportShared(warp, step, lane, finding, true);
}

namespace {

void reportGlobal(Warp &warp, const Step &step, unsigned lane, uint64_t address, const GlobalFinding &finding,
                  bool writes) {
  warp.report(Defect::Kind::Race, step, lane, [&] {
    if (finding.isOfWarp)
      return text("expects bar.warp.sync after the write of lane ", finding.lane + 0u, warp.otherAccess(finding.site),
                  ", but got none at global address ", Hex{address});
    Dimensions block = warp.grid.coordinates(finding.block);
    return text("expects an order between this ", writes ? "write" : "read", " and the ",
                finding.otherWrote ? "write" : "read", " of warp ", finding.warp + 0u, " of block (", block[0], ", ",
                block[1], ", ", block[2], ")", warp.otherAccess(finding.site), ", but got none at global address ",
                Hex{address});
  });
}

template <typename F> void forWords(const GlobalMemory &memory, uint64_t address, unsigned bytes, F &&visit) {
  if (bytes >= 4) {
    auto *cell = static_cast<GlobalCell *>(memory.shadow(address));
    for (unsigned at = 0; at < bytes; at += 4)
      visit(*cell++, 15u);
  } else {
    visit(*static_cast<GlobalCell *>(memory.shadow(address & ~uint64_t(3))), ((1u << bytes) - 1) << address % 4);
  }
}

/// Records an access in each of its words; the bytes of those that the launch had not accessed so before.
template <bool isWrite>
uint64_t record(Warp &warp, const Step &step, const GlobalAccessor &who, unsigned lane, uint64_t address,
                unsigned bytes) {
  uint64_t isNew = 0;
  forWords(warp.grid.memory, address, bytes, [&](GlobalCell &cell, unsigned mask) {
    GlobalFinding finding = isWrite ? cell.onWrite(who, lane, mask) : cell.onRead(who, lane, mask);
    if (finding.isRace)
      reportGlobal(warp, step, lane, address, finding, isWrite);
    isNew += finding.isFirst ? 4 : 0;
  });
  return isNew;
}

} // namespace

void plait::emulator::noteGlobalRead(Warp &warp, const Step &step, const GlobalAccessor &who, unsigned lane,
                                     uint64_t address, unsigned bytes) {
  warp.tally.uniqueRead += record<false>(warp, step, who, lane, address, bytes);
  if (warp.grid.options.checkUninitializedGlobal && !warp.grid.memory.isInitialized(address, bytes))
    warp.report(Defect::Kind::Uninitialized, step, lane, [&] {
      return text("expects bytes that somebody has written, but got none at global address ", Hex{address});
    });
}

void plait::emulator::noteGlobalWrite(Warp &warp, const Step &step, const GlobalAccessor &who, unsigned lane,
                                      uint64_t address, unsigned bytes) {
  warp.tally.uniqueWritten += record<true>(warp, step, who, lane, address, bytes);
  warp.grid.memory.setInitialized(address, bytes);
}

void plait::emulator::readGlobal(Warp &warp, const Step &step, unsigned lane, uint64_t from, void *to, unsigned bytes) {
  if (bytes == 0)
    return;
  std::lock_guard lock(warp.grid.stripe(from));
  noteGlobalRead(warp, step, warp.globalAccessor(step), lane, from, bytes);
  std::memcpy(to, reinterpret_cast<const void *>(from), bytes);
}

void plait::emulator::writeGlobal(Warp &warp, const Step &step, unsigned lane, uint64_t to, const void *from,
                                  unsigned bytes) {
  std::lock_guard lock(warp.grid.stripe(to));
  noteGlobalWrite(warp, step, warp.globalAccessor(step), lane, to, bytes);
  std::memcpy(reinterpret_cast<void *>(to), from, bytes);
}

void plait::emulator::checkSameAddress(Warp &warp, const Step &step, Mask active, const Addresses &at,
                                       bool (*differ)(Warp &, const Step &, unsigned, unsigned)) {
  // Addresses that only rise or only fall are all different.
  uint64_t last = 0;
  bool rises = true, falls = true, isFirst = true;
  forLanes(active, [&](unsigned lane) {
    uint64_t address = at.lane[lane];
    rises &= isFirst || address > last;
    falls &= isFirst || address < last;
    last = address;
    isFirst = false;
  });
  if (rises || falls)
    return;
  std::array<std::pair<uint64_t, unsigned>, warpSize> sorted;
  size_t count = 0;
  forLanes(active, [&](unsigned lane) { sorted[count++] = {at.lane[lane], lane}; });
  std::sort(sorted.begin(), sorted.begin() + ptrdiff_t(count));
  for (size_t i = 1; i < count; ++i)
    if (auto [address, lane] = sorted[i];
        address == sorted[i - 1].first && differ(warp, step, sorted[i - 1].second, lane)) {
      unsigned before = sorted[i - 1].second;
      warp.report(Defect::Kind::Race, step, lane, [&] {
        return text("expects one value for an address, but got two from the lanes ", before, " and ", lane, " at ",
                    Hex{address});
      });
    }
}

Mbarrier *plait::emulator::findMbarrier(Warp &warp, const Step &step, unsigned lane, uint32_t address) {
  Mbarrier *mbarrier = warp.owner.bulk.find(address);
  if (!mbarrier)
    warp.report(Defect::Kind::Barrier, step, lane,
                [&] { return text("expects an mbarrier at shared address ", Hex{address}, ", but got none"); });
  return mbarrier;
}
