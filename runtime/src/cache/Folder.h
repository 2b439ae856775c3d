//===- Folder.h - the cache's files -----------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares what the cache does with its folder: list, keep to a size, empty.
// Any number of processes work in the folder at once, so a file may vanish at any time.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_SRC_CACHE_FOLDER_H
#define PLAIT_RUNTIME_SRC_CACHE_FOLDER_H

#include "runtime/src/Status.h"

#include <cstdint>
#include <string>
#include <vector>

namespace plait::cache {

struct FileInfo {
  std::string path;
  uint64_t size;
  /// The last use, in nanoseconds.
  int64_t used;
};

/// The folder of entries inside the cache's folder, and the file of a key in it.
std::string entryFolder(const std::string &cacheFolder);
std::string entryPath(const std::string &cacheFolder, const std::string &key);

/// Lists the entries, longest unused first. A missing folder has none.
std::vector<FileInfo> listEntries(const std::string &cacheFolder);

/// Entries that were removed, and those that can't be.
struct Evicted {
  uint64_t removed = 0, refused = 0;
};

/// Removes entries that were not used for longest until `capacity` is kept to, all where it is 0, and files that a
/// killed process left unfinished. What other processes add or remove meanwhile counts for nothing.
Evicted evict(const std::string &cacheFolder, uint64_t capacity);

/// Marks an entry as used now.
void touch(const std::string &path);

} // namespace plait::cache

#endif // PLAIT_RUNTIME_SRC_CACHE_FOLDER_H
