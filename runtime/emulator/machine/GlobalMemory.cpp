//===- GlobalMemory.cpp - the memory of the device ------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the device's memory. Addresses are used once as long as the
// reserved range lasts, so that a pointer to freed memory points at nothing.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/machine/GlobalMemory.h"

#include "runtime/emulator/Error.h"
#include "runtime/emulator/machine/Text.h"

#include <algorithm>
#include <cstring>
#include <sys/mman.h>

using namespace plait::emulator;

namespace {

/// Between allocations lie at least this many bytes that belong to none.
constexpr uint64_t gap = 64 * 1024;
constexpr uint64_t alignment = 512;
constexpr uint64_t page = 4096;

char *mapPages(uint64_t bytes) {
  // Pages that nobody touches cost nothing.
  void *result = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return result == MAP_FAILED ? nullptr : static_cast<char *>(result);
}

uint64_t roundUp(uint64_t value, uint64_t multiple) { return (value + multiple - 1) / multiple * multiple; }

constexpr uint64_t bitsPerByte = 8;

} // namespace

GlobalMemory::GlobalMemory(uint64_t capacity) : size(roundUp(capacity, page)) {
  range = 2 * size;
  for (; range >= size; range -= size) {
    char *all = mapPages(range + range / 4 * shadowBytes + range / bitsPerByte);
    if (!all)
      continue;
    madvise(all, range, MADV_DONTDUMP);
    base = reinterpret_cast<uint64_t>(all);
    shadowBase = all + range;
    initialized = reinterpret_cast<uint8_t *>(shadowBase + range / 4 * shadowBytes);
    return;
  }
  throw Error(0, text("expects ", (size * (1 + shadowBytes / 4)) >> 30,
                      " GiB of address space for the device's memory, but got none"));
}

GlobalMemory::~GlobalMemory() {
  munmap(reinterpret_cast<void *>(base), range + range / 4 * shadowBytes + range / bitsPerByte);
}

std::optional<uint64_t> GlobalMemory::place(uint64_t bytes) const {
  uint64_t first = next ? next : base + alignment;
  if (first + bytes <= base + range)
    return first;
  // The range is used up: look between what is left.
  first = base + alignment;
  for (const auto &[address, allocation] : allocations) {
    if (first + bytes + gap <= address)
      return first;
    first = roundUp(address + allocation.bytes + gap, alignment);
  }
  return first + bytes <= base + range ? std::optional(first) : std::nullopt;
}

std::optional<uint64_t> GlobalMemory::allocate(uint64_t bytes, std::string name, bool isConst) {
  if (bytes == 0 || bytes > size - inUse)
    return std::nullopt;
  std::optional<uint64_t> address = place(bytes);
  if (!address)
    return std::nullopt;
  allocations[*address] = {*address, bytes, std::move(name), isConst};
  inUse += bytes;
  next = std::max(next, roundUp(*address + bytes + gap, alignment));
  return address;
}

bool GlobalMemory::free(uint64_t address) {
  auto found = allocations.find(address);
  if (found == allocations.end())
    return false;
  inUse -= found->second.bytes;
  discard(found->second);
  allocations.erase(found);
  return true;
}

/// Forgets the bytes and what is known of them.
void GlobalMemory::discard(const Allocation &allocation) {
  mark(allocation.address, allocation.bytes, false);
  // No other allocation is within a page of this one.
  uint64_t first = allocation.address / page * page, end = roundUp(allocation.address + allocation.bytes, page);
  madvise(reinterpret_cast<void *>(first), end - first, MADV_DONTNEED);
  madvise(shadow(first), (end - first) / 4 * shadowBytes, MADV_DONTNEED);
}

std::optional<uint64_t> GlobalMemory::reserve(uint64_t bytes) {
  std::optional<uint64_t> address = allocate(bytes);
  if (address)
    allocations.at(*address).isReserved = true;
  return address;
}

void GlobalMemory::provide(uint64_t address) { allocations.at(address).isReserved = false; }

void GlobalMemory::withdraw(uint64_t address) {
  Allocation &allocation = allocations.at(address);
  discard(allocation);
  allocation.isReserved = true;
}

const Allocation *GlobalMemory::find(uint64_t address) const {
  auto next = allocations.upper_bound(address);
  if (next == allocations.begin())
    return nullptr;
  const Allocation &allocation = std::prev(next)->second;
  return !allocation.isReserved && allocation.contains(address, 1) ? &allocation : nullptr;
}

const Allocation *GlobalMemory::nearest(uint64_t address) const {
  const Allocation *above = nullptr, *below = nullptr;
  for (const auto &[begin, allocation] : allocations) {
    if (allocation.isReserved)
      continue;
    (begin > address ? above : below) = &allocation;
    if (above)
      break;
  }
  if (!above || !below)
    return above ? above : below;
  uint64_t end = below->address + below->bytes;
  return address < end || address - end < above->address - address ? below : above;
}

bool GlobalMemory::contains(uint64_t address, uint64_t bytes) const {
  const Allocation *allocation = find(address);
  return allocation && allocation->contains(address, bytes);
}

void GlobalMemory::check(uint64_t address, uint64_t bytes, const char *what) const {
  if (bytes != 0 && !contains(address, bytes))
    throw Error(0,
                text("expects ", bytes, " bytes of one allocation at ", Hex{address}, " to ", what, ", but got none"));
}

void GlobalMemory::copyIn(uint64_t to, const void *from, uint64_t bytes) {
  check(to, bytes, "write");
  if (bytes == 0) // where no address need be
    return;
  std::memcpy(reinterpret_cast<void *>(to), from, bytes);
  setInitialized(to, bytes);
}

void GlobalMemory::copyOut(void *to, uint64_t from, uint64_t bytes) const {
  check(from, bytes, "read");
  if (bytes > 0)
    std::memcpy(to, reinterpret_cast<const void *>(from), bytes);
}

void GlobalMemory::copy(uint64_t to, uint64_t from, uint64_t bytes) {
  check(to, bytes, "write");
  check(from, bytes, "read");
  if (bytes == 0)
    return;
  std::memmove(reinterpret_cast<void *>(to), reinterpret_cast<const void *>(from), bytes);
  bool all = isInitialized(from, bytes);
  for (uint64_t i = 0; i < bytes && !all; ++i)
    mark(to + i, 1, isInitialized(from + i, 1));
  if (all)
    setInitialized(to, bytes);
}

void GlobalMemory::fill(uint64_t to, uint32_t value, unsigned width, uint64_t count) {
  check(to, width * count, "write");
  if (count == 0)
    return;
  char *bytes = reinterpret_cast<char *>(to);
  if (width == 1)
    std::memset(bytes, int(value), count);
  for (uint64_t i = 0; i < count && width > 1; ++i)
    std::memcpy(bytes + i * width, &value, width);
  setInitialized(to, width * count);
}

bool GlobalMemory::isInitialized(uint64_t address, uint64_t bytes) const {
  uint64_t first = address - base, end = first + bytes;
  for (; first < end && first % bitsPerByte; ++first)
    if (!(initialized[first / bitsPerByte] >> first % bitsPerByte & 1))
      return false;
  for (; first + bitsPerByte <= end; first += bitsPerByte)
    if (initialized[first / bitsPerByte] != 0xff)
      return false;
  for (; first < end; ++first)
    if (!(initialized[first / bitsPerByte] >> first % bitsPerByte & 1))
      return false;
  return true;
}

void GlobalMemory::setInitialized(uint64_t address, uint64_t bytes) { mark(address, bytes, true); }

void GlobalMemory::mark(uint64_t address, uint64_t bytes, bool value) {
  uint64_t first = address - base, end = first + bytes;
  auto set = [&](uint64_t at) {
    uint8_t bit = uint8_t(1 << at % bitsPerByte);
    initialized[at / bitsPerByte] =
        uint8_t(value ? initialized[at / bitsPerByte] | bit : initialized[at / bitsPerByte] & ~bit);
  };
  for (; first < end && first % bitsPerByte; ++first)
    set(first);
  uint64_t whole = (end - first) / bitsPerByte;
  std::memset(initialized + first / bitsPerByte, value ? 0xff : 0, whole);
  for (first += whole * bitsPerByte; first < end; ++first)
    set(first);
}

void GlobalMemory::forgetAccesses() {
  for (const auto &[address, allocation] : allocations) {
    uint64_t first = address / page * page, end = roundUp(address + allocation.bytes, page);
    madvise(shadow(first), (end - first) / 4 * shadowBytes, MADV_DONTNEED);
  }
}
