//===- SharedMemoryTest.cpp - records of lines and of words ---------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tests that accesses to whole lines of shared memory find what the same
// accesses word by word find, whatever came before.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/machine/SharedMemory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>
#include <tuple>
#include <vector>

using namespace plait::emulator;

namespace {

constexpr uint32_t wordBytes = 4, lineBytes = 16, size = 72; // four lines and a half
constexpr unsigned warps = 3;

auto fields(const Finding &f) {
  return std::tuple(f.kind, f.otherWrote, f.otherWarp, f.otherLane, f.otherSite, f.address);
}

enum class Kind : uint8_t { Read, Write, Begin, Finish, AddReader, RemoveReader, ByCopy, Count };

Finding access(SharedMemory &memory, Kind kind, const Accessor &who, const WarpClocks &proxy, uint32_t address,
               unsigned bytes) {
  static const std::array<uint8_t, 16> content{};
  unsigned lane = address / lineBytes % 3 + who.site % 2;
  switch (kind) {
  case Kind::Read:
    return memory.read(who, lane, address, bytes);
  case Kind::Write:
    return memory.write(who, lane, address, bytes);
  case Kind::Begin:
    return memory.begin(who, lane, address, bytes);
  case Kind::Finish:
    return memory.finish(who, lane, address, content.data(), bytes);
  case Kind::AddReader:
    memory.addReader(address, bytes);
    return {};
  case Kind::RemoveReader:
    memory.removeReader(address, bytes);
    return {};
  default:
    return memory.readByCopy(who, proxy, address, bytes);
  }
}

/// The first of what the words' accesses find; a copy looks for missing fences last.
Finding accessWords(SharedMemory &memory, Kind kind, const Accessor &who, const WarpClocks &proxy, uint32_t address,
                    unsigned bytes) {
  Finding first, unfenced;
  for (uint32_t end = address + bytes; address < end; address += wordBytes) {
    Finding found = access(memory, kind, who, proxy, address, std::min(bytes, wordBytes));
    Finding &kept = found.kind == Finding::Kind::Unfenced ? unfenced : first;
    kept = kept ? kept : found;
  }
  return first ? first : unfenced;
}

TEST(SharedMemory, LinesAreAsTheirWords) {
  std::mt19937 random(11);
  std::array<unsigned, 7> found{};
  for (unsigned trial = 0; trial < 2000; ++trial) {
    SharedMemory lines(size, warps), words(size, warps);
    std::array<WarpClocks, warps> seen{};
    std::vector<std::pair<uint32_t, unsigned>> readers; // where, and of how many bytes
    for (unsigned warp = 0; warp < warps; ++warp)
      seen[warp][warp] = 1;
    for (unsigned step = 0; step < 60; ++step) {
      unsigned warp = random() % warps;
      if (random() % 4 == 0) { // learns of all that another one did before
        unsigned other = random() % warps;
        join(seen[warp], seen[other]);
        ++seen[other][other];
      }
      Accessor who{&seen[warp], seen[warp][warp], uint16_t(1 + random() % 50), uint8_t(warp), random() % 8 == 0};
      auto kind = random() % 3 ? Kind(random() % 2) : Kind(random() % unsigned(Kind::Count));
      unsigned bytes = random() % 3 ? lineBytes : kind < Kind::Begin ? 1u << random() % 4 : 4;
      uint32_t address = random() % (size / bytes) * bytes;
      if (kind == Kind::AddReader) {
        readers.emplace_back(address, bytes);
      } else if (kind == Kind::RemoveReader) {
        if (readers.empty())
          continue;
        std::tie(address, bytes) = readers.back();
        readers.pop_back();
      }
      Finding finding = access(lines, kind, who, seen[0], address, bytes);
      Finding expected = accessWords(words, kind, who, seen[0], address, bytes);
      ASSERT_EQ(fields(finding), fields(expected)) << "trial " << trial << ", step " << step;
      ++found[size_t(finding.kind)];
    }
  }
  for (unsigned count : found)
    EXPECT_GT(count, 100u) << "each kind of finding has its cases";
}

} // namespace
