//===- Entry.h - a cache entry as a file ------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the format of a cache entry: a header with the key and three
// checksums, the record of the key's parts, and the stored bytes.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_SRC_CACHE_ENTRY_H
#define PLAIT_RUNTIME_SRC_CACHE_ENTRY_H

#include "runtime/src/cache/Key.h"

namespace plait::cache {

struct EntryHeader {
  char magic[8];
  uint32_t version;
  uint32_t zero;
  uint8_t digest[32];
  uint64_t partsSize;
  uint64_t partsChecksum;
  uint64_t dataSize;
  uint64_t dataChecksum;
  /// Of all that stands before it.
  uint64_t headerChecksum;
};
static_assert(sizeof(EntryHeader) == 88);

/// Makes the header of an entry.
EntryHeader makeHeader(const Key &key, std::span<const uint8_t> parts, std::span<const uint8_t> data);

/// Takes an entry apart. Returns what is wrong with it, "" for nothing.
std::string readEntry(std::span<const uint8_t> bytes, const Key &key, std::span<const uint8_t> &data);

/// Reads only the key's parts, from the start of a file that may be cut off behind them.
bool readEntryParts(std::span<const uint8_t> bytes, std::vector<PartRecord> &parts);

} // namespace plait::cache

#endif // PLAIT_RUNTIME_SRC_CACHE_ENTRY_H
