//===- Format.h - the fixed header of a pack --------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file has the header of a pack as Pack.h describes it, for the builder and the
// reader alone.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_SRC_PACK_FORMAT_H
#define PLAIT_RUNTIME_SRC_PACK_FORMAT_H

#include <bit>
#include <cstddef>
#include <cstdint>

namespace plait::pack {

static_assert(std::endian::native == std::endian::little, "packs are little-endian");

constexpr char packMagic[8] = {'P', 'L', 'A', 'I', 'T', 'P', 'C', 'K'};
constexpr uint32_t packVersion = 2;

struct PackHeader {
  char magic[8];
  uint32_t version;
  uint32_t zero;
  uint64_t packSize;
  uint64_t manifestSize;
  uint64_t manifestChecksum;
  uint64_t reserved[2];
  uint64_t headerChecksum;
};
static_assert(sizeof(PackHeader) == 64);

/// The bytes that headerChecksum covers.
constexpr size_t guardedHeaderSize = offsetof(PackHeader, headerChecksum);

} // namespace plait::pack

#endif // PLAIT_RUNTIME_SRC_PACK_FORMAT_H
