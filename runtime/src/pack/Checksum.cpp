//===- Checksum.cpp - checksums of packs and cache entries ----------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file compiles xxHash into the library, so that it needs no shared one.
//
//===----------------------------------------------------------------------===//

#include "runtime/src/pack/Checksum.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

uint64_t plait::checksum(const void *data, size_t size) { return XXH3_64bits(data, size); }
