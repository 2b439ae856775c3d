//===- Pack.h - write and read packs ----------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares PackBuilder, which the compiler uses to make a pack, and Pack,
// the checked content of one. Neither throws nor uses FlatBuffers in its interface.
//
// A pack is a header of 64 bytes, the manifest and the objects, with no gap between:
//
//   0  magic "PLAITPCK"      8  version, 4 bytes        12  zero, 4 bytes
//  16  size of the pack     24  size of the manifest    32  checksum of the manifest
//  40  zero, 16 bytes       56  checksum of the first 56 bytes
//
// Numbers are little-endian, checksums are XXH3 of 64 bits. The manifest holds the
// checksum of each object, so that every byte of a pack is covered.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_SRC_PACK_PACK_H
#define PLAIT_RUNTIME_SRC_PACK_PACK_H

#include "runtime/src/pack/Manifest.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace plait::pack {

using Bytes = std::vector<uint8_t>;

/// Collects objects and writes a pack.
///
///   PackBuilder builder;
///   variant.object = builder.addObject(elf);
///   Bytes bytes;
///   if (Refusal refusal = builder.build(manifest, bytes)) ...
class PackBuilder {
public:
  /// Adds the code of a variant and returns its position. The same bytes are stored once.
  uint32_t addObject(std::span<const uint8_t> object);

  /// Writes the pack, or says what is wrong with the manifest.
  [[nodiscard]] Refusal build(const Manifest &manifest, Bytes &bytes) const;

private:
  std::vector<Bytes> objects;
};

/// A pack whose every byte has been checked.
class Pack {
public:
  Pack() = default;
  Pack(Pack &&) = default;
  Pack &operator=(Pack &&) = default;

  /// Checks `bytes` and takes them over, or says why they are no pack.
  [[nodiscard]] static Refusal read(Bytes bytes, Pack &pack);

  const Manifest &manifest() const { return content; }
  size_t objectCount() const { return objects.size(); }
  std::span<const uint8_t> object(size_t index) const { return objects[index]; }

private:
  Refusal readContent();

  Bytes bytes;
  Manifest content;
  std::vector<std::span<const uint8_t>> objects;
};

} // namespace plait::pack

#endif // PLAIT_RUNTIME_SRC_PACK_PACK_H
