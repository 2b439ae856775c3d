//===- Key.h - what identifies an entry -------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the key of a cache entry: a digest of labelled parts, and a
// record of the parts that can explain a miss later.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_SRC_CACHE_KEY_H
#define PLAIT_RUNTIME_SRC_CACHE_KEY_H

#include "runtime/src/Status.h"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace plait::cache {

/// What an entry remembers of a part: long values only by their start and checksum.
struct PartRecord {
  std::string label;
  uint64_t size = 0;
  uint64_t checksum = 0;
  std::string start;

  bool sameValue(const PartRecord &other) const { return size == other.size && checksum == other.checksum; }
};

class Key {
public:
  /// Digests the parts, whose order doesn't matter.
  static Status make(const plait_key_part *parts, size_t count, Key &key);

  /// 64 hexadecimal digits.
  std::string text() const;

  std::array<uint8_t, 32> digest = {};
  /// Sorted by label.
  std::vector<PartRecord> parts;
};

/// Writes the records as bytes and reads them back; false if the bytes are none.
std::vector<uint8_t> writeParts(const std::vector<PartRecord> &parts);
bool readParts(std::span<const uint8_t> bytes, std::vector<PartRecord> &parts);

/// Lists the differences of a stored entry's parts from the wanted ones, a line each.
std::string describeDifference(const std::vector<PartRecord> &wanted, const std::vector<PartRecord> &stored);

/// The number of labels with the same value in both.
size_t countEqual(const std::vector<PartRecord> &wanted, const std::vector<PartRecord> &stored);

} // namespace plait::cache

#endif // PLAIT_RUNTIME_SRC_CACHE_KEY_H
