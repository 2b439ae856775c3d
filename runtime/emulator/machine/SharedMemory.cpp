//===- SharedMemory.cpp - the shared memory of a block --------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements shared memory with its checks. All work on words of four
// bytes and masks of the bytes in them.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/machine/SharedMemory.h"

#include <algorithm>
#include <cstring>

using namespace plait::emulator;

namespace {

/// What an unfinished copy leaves where it is to write: a NaN in most formats.
constexpr uint8_t poison = 0xff;

/// Calls `visit(word, mask)` for the words of a range until one finds something.
template <typename F> Finding forWords(uint32_t address, unsigned bytes, F &&visit) {
  uint32_t end = address + bytes;
  while (address < end) {
    uint32_t first = address % 4, count = std::min(4 - first, end - address);
    if (Finding finding = visit(address / 4, ((1u << count) - 1) << first)) {
      finding.address = address;
      return finding;
    }
    address += count;
  }
  return {};
}

} // namespace

SharedMemory::SharedMemory(uint32_t bytes, unsigned warps)
    : content(bytes, 0xcd), stride(unsigned(sizeof(Cell) + warps * sizeof(uint32_t))), warps(warps),
      storage(size_t((bytes + 3) / 4) * stride / sizeof(uint32_t)), cells(reinterpret_cast<uint8_t *>(storage.data())) {
}

Finding SharedMemory::readWord(const Accessor &who, unsigned lane, uint32_t word, unsigned mask) {
  Cell &at = cell(word);
  Finding finding{.otherWrote = true, .otherWarp = at.warp, .otherLane = at.lane, .otherSite = at.site};
  if (at.isPending)
    finding.kind = Finding::Kind::Pending;
  else if ((at.initialized & mask) != mask)
    finding.kind = Finding::Kind::Uninitialized;
  else if (at.warp != who.warp) {
    if (at.clock > (*who.seen)[at.warp] && at.written & mask && !(at.isStrong && who.isStrong))
      finding.kind = Finding::Kind::Race;
  } else if (at.clock == who.clock && at.lane != lane && at.written & mask && !at.isStrong)
    finding.kind = Finding::Kind::Lanes;
  if (!who.isStrong) {
    uint32_t &mine = reads(at)[who.warp];
    uint32_t before = mine >> byteBits == who.clock ? mine & 15 : 0;
    mine = who.clock << byteBits | before | mask;
    at.readSite = who.site;
    at.readWarp = who.warp;
  }
  return finding;
}

Finding SharedMemory::checkWrite(const Accessor &who, Cell &at, unsigned mask) {
  Finding finding{.otherWrote = true, .otherWarp = at.warp, .otherLane = at.lane, .otherSite = at.site};
  if (at.isPending) {
    finding.kind = Finding::Kind::Pending;
    return finding;
  }
  if (at.isCopied) {
    finding.kind = Finding::Kind::BeingCopied;
    return finding;
  }
  if (at.warp != who.warp && at.clock > (*who.seen)[at.warp] && at.written & mask && !(at.isStrong && who.isStrong)) {
    finding.kind = Finding::Kind::Race;
    return finding;
  }
  const uint32_t *last = reads(at);
  unsigned unseen = 0;
  for (unsigned warp = 0; warp < warps; ++warp)
    unseen |= unsigned(last[warp] >> byteBits > (*who.seen)[warp]) & unsigned((last[warp] & mask) != 0);
  if (!unseen)
    return {};
  for (uint8_t warp = 0; warp < warps; ++warp)
    if (warp != who.warp && last[warp] >> byteBits > (*who.seen)[warp] && last[warp] & mask) {
      uint16_t site = at.readWarp == warp ? at.readSite : uint16_t(0);
      return {.kind = Finding::Kind::Race, .otherWarp = warp, .otherSite = site};
    }
  return {};
}

Finding SharedMemory::writeWord(const Accessor &who, unsigned lane, uint32_t word, unsigned mask) {
  Cell &at = cell(word);
  Finding finding = checkWrite(who, at, mask);
  bool same = at.clock == who.clock && at.warp == who.warp && at.lane == lane;
  at.written = uint8_t(mask | (same ? at.written : 0));
  at.clock = who.clock;
  at.site = who.site;
  at.warp = who.warp;
  at.lane = uint8_t(lane);
  at.initialized = uint8_t(at.initialized | mask);
  at.isStrong = who.isStrong;
  return finding;
}

Finding SharedMemory::read(const Accessor &who, unsigned lane, uint32_t address, unsigned bytes) {
  return forWords(address, bytes, [&](uint32_t word, unsigned mask) { return readWord(who, lane, word, mask); });
}

Finding SharedMemory::write(const Accessor &who, unsigned lane, uint32_t address, unsigned bytes) {
  return forWords(address, bytes, [&](uint32_t word, unsigned mask) { return writeWord(who, lane, word, mask); });
}

Finding SharedMemory::begin(const Accessor &who, unsigned lane, uint32_t address, unsigned bytes) {
  Finding first;
  for (uint32_t at = address; at < address + bytes; at += 4) {
    Finding finding = write(who, lane, at, 4);
    if (finding && !first)
      first = finding;
    cell(at / 4).isPending = true;
  }
  std::memset(&content[address], poison, bytes);
  return first;
}

Finding SharedMemory::finish(const Accessor &who, unsigned lane, uint32_t address, const void *from, unsigned bytes) {
  for (uint32_t at = address; at < address + bytes; at += 4)
    cell(at / 4).isPending = false;
  std::memcpy(&content[address], from, bytes);
  Finding first;
  for (uint32_t at = address; at < address + bytes; at += 4)
    if (Finding finding = write(who, lane, at, 4); finding && !first)
      first = finding;
  return first;
}

void SharedMemory::setCopied(uint32_t address, unsigned bytes, bool value) {
  for (uint32_t at = address; at < address + bytes; at += 4)
    cell(at / 4).isCopied = value;
}

Finding SharedMemory::readByCopy(const Accessor &who, const WarpClocks &proxy, uint32_t address, unsigned bytes) {
  if (Finding finding = read(who, 0, address, bytes); finding && finding.kind != Finding::Kind::Lanes)
    return finding;
  return forWords(address, bytes, [&](uint32_t word, unsigned) -> Finding {
    const Cell &at = cell(word);
    if (at.clock <= proxy[at.warp])
      return {};
    return {.kind = Finding::Kind::Unfenced,
            .otherWrote = true,
            .otherWarp = at.warp,
            .otherLane = at.lane,
            .otherSite = at.site};
  });
}
