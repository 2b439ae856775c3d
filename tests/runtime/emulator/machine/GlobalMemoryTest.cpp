//===- GlobalMemoryTest.cpp - the memory of the device --------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tests allocation and the host's copies.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/machine/GlobalMemory.h"

#include "runtime/emulator/Error.h"

#include <gtest/gtest.h>

#include <vector>

using namespace plait::emulator;

namespace {

constexpr uint64_t capacity = 1 << 20;

TEST(GlobalMemory, AllocatesUpToItsCapacity) {
  GlobalMemory memory(capacity);
  uint64_t first = memory.allocate(1000).value();
  EXPECT_EQ(first % 512, 0u);
  EXPECT_EQ(memory.used(), 1000u);
  EXPECT_FALSE(memory.allocate(capacity));
  EXPECT_FALSE(memory.allocate(0));
  EXPECT_TRUE(memory.free(first));
  EXPECT_FALSE(memory.free(first));
  EXPECT_EQ(memory.used(), 0u);
  EXPECT_TRUE(memory.allocate(capacity));
}

TEST(GlobalMemory, AddressesAreReusedLast) {
  GlobalMemory memory(capacity);
  uint64_t first = memory.allocate(capacity / 2).value();
  memory.free(first);
  EXPECT_NE(memory.allocate(capacity / 2).value(), first);
  // In the long run they are.
  for (int i = 0; i < 100; ++i)
    EXPECT_TRUE(memory.free(memory.allocate(capacity / 2).value()));
}

TEST(GlobalMemory, FindsAllocations) {
  GlobalMemory memory(capacity);
  uint64_t address = memory.allocate(100, "x").value(), other = memory.allocate(8).value();
  EXPECT_EQ(memory.find(address + 99)->name, "x");
  EXPECT_EQ(memory.find(address + 100), nullptr);
  EXPECT_EQ(memory.nearest(address + 200)->address, address);
  EXPECT_EQ(memory.nearest(other - 200)->address, other);
  EXPECT_TRUE(memory.contains(address, 100));
  EXPECT_FALSE(memory.contains(address, 101));
}

TEST(GlobalMemory, CopiesAndFills) {
  GlobalMemory memory(capacity);
  uint64_t address = memory.allocate(16).value(), other = memory.allocate(16).value();
  memory.fill(address, 0x12345678, 4, 2);
  memory.fill(address + 8, 0xabcd, 2, 4);
  memory.copy(other, address, 16);
  memory.fill(other + 1, 0xee, 1, 2);
  std::vector<uint32_t> words(4);
  memory.copyOut(words.data(), other, 16);
  EXPECT_EQ(words, (std::vector<uint32_t>{0x12eeee78, 0x12345678, 0xabcdabcd, 0xabcdabcd}));
}

TEST(GlobalMemory, KnowsWhatIsInitialized) {
  GlobalMemory memory(capacity);
  uint64_t address = memory.allocate(64).value(), other = memory.allocate(64).value();
  EXPECT_FALSE(memory.isInitialized(address, 1));
  memory.fill(address + 3, 0, 1, 30);
  EXPECT_TRUE(memory.isInitialized(address + 3, 30));
  EXPECT_FALSE(memory.isInitialized(address + 2, 2));
  EXPECT_FALSE(memory.isInitialized(address + 32, 2));
  // A copy of what is not initialised is not, either.
  memory.copy(other, address, 64);
  EXPECT_TRUE(memory.isInitialized(other + 3, 30));
  EXPECT_FALSE(memory.isInitialized(other + 33, 1));
}

TEST(GlobalMemory, RefusesBytesOutsideOfAllocations) {
  GlobalMemory memory(capacity);
  uint64_t address = memory.allocate(16).value();
  auto errorOf = [](auto &&action) -> std::string {
    try {
      action();
    } catch (const Error &error) {
      return error.what();
    }
    return "";
  };
  char buffer[32] = {};
  EXPECT_NE(errorOf([&] { memory.copyIn(address, buffer, 17); }).find("expects 17 bytes of one allocation at 0x"),
            std::string::npos);
  EXPECT_NE(errorOf([&] { memory.copyOut(buffer, address + 1, 16); }).find(" to read, but got none"),
            std::string::npos);
  EXPECT_NE(errorOf([&] { memory.copy(address, 0, 4); }).find(" to read, but got none"), std::string::npos);
  EXPECT_NE(errorOf([&] { memory.fill(address, 1, 4, 5); }).find("expects 20 bytes"), std::string::npos);
  EXPECT_EQ(errorOf([&] { memory.copyIn(0, buffer, 0); }), "");
}

} // namespace
