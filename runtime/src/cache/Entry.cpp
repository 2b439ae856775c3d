//===- Entry.cpp - a cache entry as a file --------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file writes and checks the header of cache entries.
//
//===----------------------------------------------------------------------===//

#include "runtime/src/cache/Entry.h"

#include "runtime/src/pack/Checksum.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

using namespace plait;
using namespace plait::cache;

namespace {

constexpr char entryMagic[8] = {'P', 'L', 'A', 'I', 'T', 'E', 'N', 'T'};
constexpr uint32_t entryVersion = 1;
constexpr size_t guardedSize = offsetof(EntryHeader, headerChecksum);

bool readHeader(std::span<const uint8_t> bytes, EntryHeader &header) {
  if (bytes.size() < sizeof header)
    return false;
  std::memcpy(&header, bytes.data(), sizeof header);
  return std::memcmp(header.magic, entryMagic, sizeof entryMagic) == 0 && header.version == entryVersion &&
         header.headerChecksum == checksum(&header, guardedSize);
}

} // namespace

EntryHeader plait::cache::makeHeader(const Key &key, std::span<const uint8_t> parts, std::span<const uint8_t> data) {
  EntryHeader header = {};
  std::ranges::copy(entryMagic, header.magic);
  header.version = entryVersion;
  std::ranges::copy(key.digest, header.digest);
  header.partsSize = parts.size();
  header.partsChecksum = checksum(parts.data(), parts.size());
  header.dataSize = data.size();
  header.dataChecksum = checksum(data.data(), data.size());
  header.headerChecksum = checksum(&header, guardedSize);
  return header;
}

std::string plait::cache::readEntry(std::span<const uint8_t> bytes, const Key &key, std::span<const uint8_t> &data) {
  EntryHeader header;
  if (!readHeader(bytes, header))
    return "has a damaged header";
  uint64_t rest = bytes.size() - sizeof header;
  if (header.partsSize > rest || header.dataSize != rest - header.partsSize)
    return join("expects ", header.partsSize + header.dataSize, " bytes after its header, but got ", rest);
  std::span<const uint8_t> parts = bytes.subspan(sizeof header, header.partsSize);
  data = bytes.subspan(sizeof header + header.partsSize);
  if (header.partsChecksum != checksum(parts.data(), parts.size()) ||
      header.dataChecksum != checksum(data.data(), data.size()))
    return "has damaged content: its checksum does not match";
  if (!std::ranges::equal(header.digest, key.digest))
    return "belongs to another key";
  return "";
}

bool plait::cache::readEntryParts(std::span<const uint8_t> bytes, std::vector<PartRecord> &parts) {
  EntryHeader header;
  if (!readHeader(bytes, header) || header.partsSize > bytes.size() - sizeof header)
    return false;
  std::span<const uint8_t> record = bytes.subspan(sizeof header, header.partsSize);
  return header.partsChecksum == checksum(record.data(), record.size()) && readParts(record, parts);
}
