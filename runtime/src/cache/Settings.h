//===- Settings.h - where the cache is and how large it may be --*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the settings that the disk cache and the tuning database share.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_SRC_CACHE_SETTINGS_H
#define PLAIT_RUNTIME_SRC_CACHE_SETTINGS_H

#include "runtime/src/Status.h"

#include <cstdint>
#include <string>

namespace plait::cache {

/// The cache's folder, by PLAIT_CACHE_DIR, XDG_CACHE_HOME or HOME. It need not exist.
Status findFolder(std::string &folder);

/// The most bytes of entries, by PLAIT_CACHE_SIZE.
Status findCapacity(uint64_t &bytes);

/// Reads "512M": a number, and K, M or G.
Status parseSize(std::string_view text, uint64_t &bytes);

/// Makes a folder and those above it, for the user alone.
Status makeFolder(const std::string &folder);

} // namespace plait::cache

#endif // PLAIT_RUNTIME_SRC_CACHE_SETTINGS_H
