//===- SharedMemory.h - the shared memory of a block ------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares a block's shared memory and what it remembers of each word:
// the last write, each warp's last read, which bytes are initialised, and whether an
// asynchronous copy is on its way. The four words of a line that are accessed as one
// have one record.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_EMULATOR_MACHINE_SHAREDMEMORY_H
#define PLAIT_RUNTIME_EMULATOR_MACHINE_SHAREDMEMORY_H

#include "runtime/emulator/machine/Clock.h"

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

namespace plait::emulator {

/// Who accesses, for all lanes of an instruction.
struct Accessor {
  const WarpClocks *seen; ///< what the warp knows of the others of its block
  uint32_t clock;         ///< the warp's own
  uint16_t site;          ///< Step::site
  uint8_t warp;
  bool isStrong;
  bool isAsync = false; ///< by the async proxy
};

/// What is wrong with an access.
struct Finding {
  enum class Kind : uint8_t {
    None,
    Uninitialized,
    Race,
    Lanes,     ///< another lane of the warp wrote it, and nothing has ordered the two since
    Pending,   ///< a copy into these bytes is unfinished, or the accessor does not know that it is not
    BeingRead, ///< a write to bytes that a bulk copy or a wgmma still reads
    Unfenced   ///< one of these is to read what no fence.proxy.async has made visible to it
  };
  Kind kind = Kind::None;
  bool otherWrote = false;
  uint8_t otherWarp = 0, otherLane = 0;
  uint16_t otherSite = 0;
  uint32_t address = 0;

  explicit operator bool() const { return kind != Kind::None; }
};

class SharedMemory {
public:
  /// `accessors` have places in WarpClocks.
  SharedMemory(uint32_t bytes, unsigned accessors);

  uint32_t size() const { return uint32_t(content.size()); }
  uint8_t *data() { return content.data(); }

  Finding read(const Accessor &who, unsigned lane, uint32_t address, unsigned bytes);
  Finding write(const Accessor &who, unsigned lane, uint32_t address, unsigned bytes);
  /// The destination of an asynchronous copy until `finish`; its bytes are poisoned.
  Finding begin(const Accessor &who, unsigned lane, uint32_t address, unsigned bytes);
  Finding finish(const Accessor &who, unsigned lane, uint32_t address, const void *from, unsigned bytes);
  /// A bulk copy or a wgmma reads these bytes, from the first of the two until the second.
  void addReader(uint32_t address, unsigned bytes);
  void removeReader(uint32_t address, unsigned bytes);
  /// A copy out of here is known to have been made: others may write when they have seen this, not its begin alone.
  void finishReading(const Accessor &who, uint32_t address, unsigned bytes);
  /// Whether the async proxy sees the last writes: `proxy` are the clocks that a proxy fence has made visible.
  Finding readByCopy(const Accessor &who, const WarpClocks &proxy, uint32_t address, unsigned bytes);

private:
  struct Cell {
    uint32_t clock;          ///< of the last write
    uint16_t site, readSite; ///< of the last write and read
    uint8_t warp, lane, readWarp;
    uint8_t written : 4, initialized : 4; ///< bytes of the last write; bytes ever written
    uint8_t isStrong : 1, isPending : 1, isAsync : 1;
    uint8_t isSplit : 1; ///< of a line: its words differ, or did, and have records of their own
    uint8_t unused;
    uint16_t readers; ///< asynchronous ones
    // Then for each accessor: the clock of its last read, and which bytes.
  };
  static constexpr unsigned byteBits = 4;
  static constexpr uint32_t wordBytes = 4, lineWords = 4, lineBytes = lineWords * wordBytes;
  static constexpr unsigned wholeWord = 15;

  Cell &line(uint32_t number) { return *reinterpret_cast<Cell *>(lines.get() + size_t(number) * stride); }
  Cell &word(uint32_t number) { return *reinterpret_cast<Cell *>(words.get() + size_t(number) * stride); }
  static uint32_t *reads(Cell &cell) { return reinterpret_cast<uint32_t *>(&cell + 1); }
  void split(uint32_t number);
  void join(uint32_t number);
  /// Calls `visit(cell, mask, word)` for the records of a range: of a line that is no split one, or of words.
  template <typename F> void forCells(uint32_t address, unsigned bytes, F &&visit);
  bool mayRead(const Accessor &who, unsigned lane, const Cell &cell, unsigned mask) const;
  bool mayWrite(const Accessor &who, Cell &cell, unsigned mask);
  Finding explainRead(const Accessor &who, const Cell &cell, unsigned mask, uint32_t word) const;
  Finding explainWrite(const Accessor &who, Cell &cell, unsigned mask, uint32_t word);
  void recordRead(const Accessor &who, Cell &cell, unsigned mask);
  void recordWrite(const Accessor &who, unsigned lane, Cell &cell, unsigned mask);

  std::vector<uint8_t> content;
  unsigned stride;
  unsigned accessors;
  struct Free {
    void operator()(uint8_t *memory) const { std::free(memory); }
  };
  /// Zeros at first, which the host gives pages for as they are touched.
  using Records = std::unique_ptr<uint8_t, Free>;
  Records lines, words;
};

} // namespace plait::emulator

#endif // PLAIT_RUNTIME_EMULATOR_MACHINE_SHAREDMEMORY_H
