//===- SharedMemory.cpp - the shared memory of a block --------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements shared memory with its checks. All work on words of four
// bytes and masks of the bytes in them; what holds for one word of a line that is no
// split one holds for all.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/machine/SharedMemory.h"

#include <algorithm>
#include <cstring>
#include <new>

using namespace plait::emulator;

namespace {

/// What an unfinished copy leaves where it is to write: a NaN in most formats.
constexpr uint8_t poison = 0xff;

/// Keeps the first of several findings.
void keepFirst(Finding &first, const Finding &found) {
  if (!first)
    first = found;
}

} // namespace

SharedMemory::SharedMemory(uint32_t bytes, unsigned accessors)
    : content(bytes, 0xcd), stride(unsigned(sizeof(Cell) + accessors * sizeof(uint32_t))), accessors(accessors) {
  size_t count = bytes / lineBytes + 1;
  lines.reset(static_cast<uint8_t *>(std::calloc(count, stride)));
  words.reset(static_cast<uint8_t *>(std::calloc(count * lineWords, stride)));
  if (!lines || !words)
    throw std::bad_alloc();
}

void SharedMemory::split(uint32_t number) {
  Cell &whole = line(number);
  if (whole.isSplit)
    return;
  for (uint32_t i = 0; i < lineWords; ++i)
    std::memcpy(&word(number * lineWords + i), &whole, stride);
  whole.isSplit = true;
}

/// Makes one record of those of the words, if they are the same.
void SharedMemory::join(uint32_t number) {
  Cell &whole = line(number), &first = word(number * lineWords);
  for (uint32_t i = 1; i < lineWords; ++i)
    if (std::memcmp(&first, &word(number * lineWords + i), stride) != 0)
      return;
  std::memcpy(&whole, &first, stride);
}

template <typename F> void SharedMemory::forCells(uint32_t address, unsigned bytes, F &&visit) {
  for (uint32_t end = address + bytes; address < end;) {
    uint32_t number = address / lineBytes;
    if (address % lineBytes == 0 && end - address >= lineBytes) {
      Cell &whole = line(number);
      if (whole.isSplit)
        join(number);
      if (!whole.isSplit)
        visit(whole, wholeWord, address / wordBytes);
      else
        for (uint32_t at = address / wordBytes, last = at + lineWords; at < last; ++at)
          visit(word(at), wholeWord, at);
      address += lineBytes;
      continue;
    }
    split(number);
    uint32_t first = address % wordBytes, count = std::min(wordBytes - first, end - address);
    visit(word(address / wordBytes), ((1u << count) - 1) << first, address / wordBytes);
    address += count;
  }
}

bool SharedMemory::mayRead(const Accessor &who, unsigned lane, const Cell &at, unsigned mask) const {
  if (at.isPending || (at.initialized & mask) != mask)
    return false;
  bool isOrdered = at.warp == who.warp ? at.clock != who.clock || at.lane == lane : at.clock <= (*who.seen)[at.warp];
  return isOrdered || !(at.written & mask) || (at.isStrong && (who.isStrong || at.warp == who.warp));
}

/// What is wrong where mayRead says no.
Finding SharedMemory::explainRead(const Accessor &who, const Cell &at, unsigned mask, uint32_t word) const {
  using Kind = Finding::Kind;
  Kind kind = at.isPending                      ? Kind::Pending
              : (at.initialized & mask) != mask ? Kind::Uninitialized
              : at.warp >= firstCopyClock       ? Kind::Pending
              : at.warp != who.warp             ? Kind::Race
                                                : Kind::Lanes;
  return {kind, true, at.warp, at.lane, at.site, word * wordBytes};
}

inline void SharedMemory::recordRead(const Accessor &who, Cell &at, unsigned mask) {
  if (who.isStrong)
    return;
  uint32_t &mine = reads(at)[who.warp];
  uint32_t before = mine >> byteBits == who.clock ? mine & 15 : 0;
  mine = who.clock << byteBits | before | mask;
  at.readSite = who.site;
  at.readWarp = who.warp;
}

inline bool SharedMemory::mayWrite(const Accessor &who, Cell &at, unsigned mask) {
  if (at.isPending || at.readers)
    return false;
  if (at.warp != who.warp && at.clock > (*who.seen)[at.warp] && at.written & mask && !(at.isStrong && who.isStrong))
    return false;
  const uint32_t *last = reads(at);
  unsigned unseen = 0;
  for (unsigned warp = 0; warp < accessors; ++warp)
    unseen |= unsigned(last[warp] >> byteBits > (*who.seen)[warp]) & unsigned((last[warp] & mask) != 0);
  return unseen == 0;
}

/// What is wrong where mayWrite says no.
Finding SharedMemory::explainWrite(const Accessor &who, Cell &at, unsigned mask, uint32_t word) {
  using Kind = Finding::Kind;
  if (at.isPending || at.readers)
    return {at.isPending ? Kind::Pending : Kind::BeingRead, true, at.warp, at.lane, at.site, word * wordBytes};
  const uint32_t *last = reads(at);
  for (uint8_t warp = 0; warp < accessors; ++warp)
    if (last[warp] >> byteBits > (*who.seen)[warp] && last[warp] & mask)
      return {Kind::Race, false, warp, 0, at.readWarp == warp ? at.readSite : uint16_t(0), word * wordBytes};
  return {at.warp >= firstCopyClock ? Kind::Pending : Kind::Race, true, at.warp, at.lane, at.site, word * wordBytes};
}

inline void SharedMemory::recordWrite(const Accessor &who, unsigned lane, Cell &at, unsigned mask) {
  bool same = at.clock == who.clock && at.warp == who.warp && at.lane == lane;
  at.written = uint8_t(mask | (same ? at.written : 0));
  at.clock = who.clock;
  at.site = who.site;
  at.warp = who.warp;
  at.lane = uint8_t(lane);
  at.initialized = uint8_t(at.initialized | mask);
  at.isStrong = who.isStrong;
  at.isAsync = who.isAsync;
}

Finding SharedMemory::read(const Accessor &who, unsigned lane, uint32_t address, unsigned bytes) {
  Finding first;
  forCells(address, bytes, [&](Cell &at, unsigned mask, uint32_t word) {
    if (!mayRead(who, lane, at, mask))
      keepFirst(first, explainRead(who, at, mask, word));
    recordRead(who, at, mask);
  });
  return first;
}

Finding SharedMemory::write(const Accessor &who, unsigned lane, uint32_t address, unsigned bytes) {
  Finding first;
  forCells(address, bytes, [&](Cell &at, unsigned mask, uint32_t word) {
    if (!mayWrite(who, at, mask))
      keepFirst(first, explainWrite(who, at, mask, word));
    recordWrite(who, lane, at, mask);
  });
  return first;
}

Finding SharedMemory::begin(const Accessor &who, unsigned lane, uint32_t address, unsigned bytes) {
  Finding first = write(who, lane, address, bytes);
  forCells(address, bytes, [](Cell &at, unsigned, uint32_t) { at.isPending = true; });
  std::memset(&content[address], poison, bytes);
  return first;
}

Finding SharedMemory::finish(const Accessor &who, unsigned lane, uint32_t address, const void *from, unsigned bytes) {
  forCells(address, bytes, [](Cell &at, unsigned, uint32_t) { at.isPending = false; });
  std::memcpy(&content[address], from, bytes);
  return write(who, lane, address, bytes);
}

void SharedMemory::addReader(uint32_t address, unsigned bytes) {
  forCells(address, bytes, [](Cell &at, unsigned, uint32_t) { ++at.readers; });
}

void SharedMemory::removeReader(uint32_t address, unsigned bytes) {
  forCells(address, bytes, [](Cell &at, unsigned, uint32_t) { --at.readers; });
}

void SharedMemory::finishReading(const Accessor &who, uint32_t address, unsigned bytes) {
  removeReader(address, bytes);
  forCells(address, bytes, [&](Cell &at, unsigned mask, uint32_t) { recordRead(who, at, mask); });
}

Finding SharedMemory::readByCopy(const Accessor &who, const WarpClocks &proxy, uint32_t address, unsigned bytes) {
  Finding first, unfenced;
  forCells(address, bytes, [&](Cell &at, unsigned mask, uint32_t word) {
    // The copy is no lane's.
    if (!mayRead(who, at.lane, at, mask))
      keepFirst(first, explainRead(who, at, mask, word));
    recordRead(who, at, mask);
    if (!at.isAsync && at.clock > proxy[at.warp])
      keepFirst(unfenced, {Finding::Kind::Unfenced, true, at.warp, at.lane, at.site, word * wordBytes});
  });
  return first ? first : unfenced;
}
