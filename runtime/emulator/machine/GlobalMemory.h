//===- GlobalMemory.h - the memory of the device ----------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the device's memory. A device address is the host address of
// the byte, inside one reserved range, so that whatever belongs to a byte (is it
// initialised, who touched it last) lies at a fixed place too.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_EMULATOR_MACHINE_GLOBALMEMORY_H
#define PLAIT_RUNTIME_EMULATOR_MACHINE_GLOBALMEMORY_H

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace plait::emulator {

struct Allocation {
  uint64_t address = 0;
  uint64_t bytes = 0;
  std::string name;        ///< of a module's variable; empty for memory that the host asked for
  bool isConst = false;    ///< a variable of .const space
  bool isReserved = false; ///< addresses alone: there is no memory yet, or no more

  bool contains(uint64_t first, uint64_t count) const {
    return first >= address && count <= bytes && first - address <= bytes - count;
  }
};

/// Not safe for two host threads at once: the driver holds a lock around it and around launches.
class GlobalMemory {
public:
  explicit GlobalMemory(uint64_t capacity);
  ~GlobalMemory();
  GlobalMemory(const GlobalMemory &) = delete;
  GlobalMemory &operator=(const GlobalMemory &) = delete;

  uint64_t capacity() const { return size; }
  uint64_t used() const { return inUse; }

  /// The address of new, uninitialised memory, aligned to 512 bytes; none if the device is full or `bytes` is 0.
  std::optional<uint64_t> allocate(uint64_t bytes, std::string name = {}, bool isConst = false);
  /// False where no allocation begins at the address.
  bool free(uint64_t address);
  /// As `allocate`, but only keeps the addresses. Each `provide` gives them new memory, until `withdraw`.
  std::optional<uint64_t> reserve(uint64_t bytes);
  void provide(uint64_t address);
  void withdraw(uint64_t address);
  /// The allocation that has the byte at the address.
  const Allocation *find(uint64_t address) const;
  /// The allocation nearest to an address, for reports.
  const Allocation *nearest(uint64_t address) const;
  /// Whether one allocation has all these bytes.
  bool contains(uint64_t address, uint64_t bytes) const;

  // The host's accesses. Each throws Error where the bytes are not inside of one allocation.
  void copyIn(uint64_t to, const void *from, uint64_t bytes);
  void copyOut(void *to, uint64_t from, uint64_t bytes) const;
  void copy(uint64_t to, uint64_t from, uint64_t bytes);
  /// Writes `count` values of `width` (1, 2 or 4) bytes.
  void fill(uint64_t to, uint32_t value, unsigned width, uint64_t count);

  bool isInitialized(uint64_t address, uint64_t bytes) const;
  void setInitialized(uint64_t address, uint64_t bytes);

  /// Where the records of the accesses to the word at an address lie; see GlobalShadow.h.
  void *shadow(uint64_t address) const { return shadowBase + (address - base) / 4 * shadowBytes; }
  static constexpr unsigned shadowBytes = 32; ///< for a word of four bytes
  /// Sets those records to zero.
  void forgetAccesses();

private:
  std::optional<uint64_t> place(uint64_t bytes) const;
  void mark(uint64_t address, uint64_t bytes, bool value);
  void discard(const Allocation &allocation);
  void check(uint64_t address, uint64_t bytes, const char *what) const;

  uint64_t size, range = 0, base = 0, next = 0, inUse = 0;
  char *shadowBase = nullptr;
  uint8_t *initialized = nullptr; ///< a bit for each byte
  std::map<uint64_t, Allocation> allocations;
};

} // namespace plait::emulator

#endif // PLAIT_RUNTIME_EMULATOR_MACHINE_GLOBALMEMORY_H
