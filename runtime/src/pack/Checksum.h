//===- Checksum.h - checksums of packs and cache entries --------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the checksum that guards files against damage. It is no
// protection against somebody who means harm.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_SRC_PACK_CHECKSUM_H
#define PLAIT_RUNTIME_SRC_PACK_CHECKSUM_H

#include <cstddef>
#include <cstdint>

namespace plait {

/// XXH3 of 64 bits.
uint64_t checksum(const void *data, size_t size);

} // namespace plait

#endif // PLAIT_RUNTIME_SRC_PACK_CHECKSUM_H
