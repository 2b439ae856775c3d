//===- CacheApi.cpp - the disk cache in the C interface -------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file looks up, stores, explains and clears cache entries.
//
//===----------------------------------------------------------------------===//

#include "runtime/src/Blob.h"
#include "runtime/src/File.h"
#include "runtime/src/cache/Entry.h"
#include "runtime/src/cache/Folder.h"
#include "runtime/src/cache/Settings.h"

#include <atomic>
#include <unistd.h>

using namespace plait;
using namespace plait::cache;

namespace {

std::atomic<uint64_t> hits, misses, evictions;

/// Key, folder and capacity: what each operation starts with.
struct Request {
  Key key;
  std::string folder, path;
  uint64_t capacity = 0;

  Status prepare(const plait_key_part *parts, size_t count) {
    if (Status status = Key::make(parts, count, key))
      return status;
    if (Status status = findFolder(folder))
      return status;
    path = entryPath(folder, key.text());
    return findCapacity(capacity);
  }
};

Status get(const plait_key_part *parts, size_t count, plait_blob **pack) {
  Request request;
  if (Status status = request.prepare(parts, count))
    return status;
  if (request.capacity == 0)
    return failure(PLAIT_NOT_FOUND, "the cache is off: PLAIT_CACHE_SIZE is 0");
  std::vector<uint8_t> bytes;
  if (Status status = readFile(request.path, bytes)) {
    if (status->code != PLAIT_NOT_FOUND)
      return status;
    return failure(PLAIT_NOT_FOUND, "the cache in '", request.folder, "' has no entry ", request.key.text());
  }
  std::span<const uint8_t> data;
  if (std::string damage = readEntry(bytes, request.key, data); !damage.empty()) {
    unlink(request.path.c_str());
    return failure(PLAIT_DAMAGED, "cache entry '", request.path, "' ", damage, "; it is removed");
  }
  touch(request.path);
  *pack = new plait_blob{{data.begin(), data.end()}};
  return nullptr;
}

Status put(const plait_key_part *parts, size_t count, std::span<const uint8_t> data) {
  Request request;
  if (Status status = request.prepare(parts, count))
    return status;
  std::vector<uint8_t> record = writeParts(request.key.parts);
  EntryHeader header = makeHeader(request.key, record, data);
  uint64_t size = sizeof header + record.size() + data.size();
  if (size > request.capacity)
    return failure(PLAIT_UNAVAILABLE, "the cache holds at most ", request.capacity, " bytes, but the entry has ", size);
  if (Status status = makeFolder(entryFolder(request.folder)))
    return status;
  std::span<const uint8_t> pieces[] = {{reinterpret_cast<const uint8_t *>(&header), sizeof header}, record, data};
  if (Status status = replaceFile(request.path, pieces))
    return status;
  evictions += evict(request.folder, request.capacity).removed;
  return nullptr;
}

/// Where the record of an entry's parts ends at the latest; a longer one is not explained.
constexpr size_t recordLimit = 64 * 1024;

bool readRecord(const std::string &path, std::vector<PartRecord> &parts) {
  std::vector<uint8_t> bytes;
  Status status = readFile(path, bytes, recordLimit);
  return !status && readEntryParts(bytes, parts);
}

Status explain(const plait_key_part *parts, size_t count, std::string &text) {
  Request request;
  if (Status status = request.prepare(parts, count))
    return status;
  std::vector<FileInfo> entries = listEntries(request.folder);
  std::string nearest;
  std::vector<PartRecord> nearestParts;
  size_t mostEqual = 0;
  for (const FileInfo &file : entries) {
    std::vector<PartRecord> stored;
    if (file.path == request.path) {
      text = join("the cache has an entry with this key: '", file.path, "'\n");
      return nullptr;
    }
    if (!readRecord(file.path, stored))
      continue;
    // Among equally near ones the last used comes last and wins.
    size_t equal = countEqual(request.key.parts, stored);
    if (nearest.empty() || equal >= mostEqual) {
      nearest = file.path;
      nearestParts = std::move(stored);
      mostEqual = equal;
    }
  }
  if (nearest.empty())
    text = join("the cache in '", request.folder, "' is empty\n");
  else
    text = join("of ", entries.size(), " entries, the nearest is '", nearest, "'; it differs in\n",
                describeDifference(request.key.parts, nearestParts));
  return nullptr;
}

} // namespace

plait_status *plait_cache_key(const plait_key_part *parts, size_t count, char text[65]) {
  return guarded([&]() -> Status {
    Key key;
    if (Status status = Key::make(parts, count, key))
      return status;
    text[key.text().copy(text, 64)] = '\0';
    return nullptr;
  });
}

plait_status *plait_cache_get(const plait_key_part *parts, size_t count, plait_blob **pack) {
  plait_status *status = guarded([&] { return get(parts, count, pack); });
  ++(status ? misses : hits);
  return status;
}

plait_status *plait_cache_put(const plait_key_part *parts, size_t count, const void *data, size_t size) {
  return guarded([&]() -> Status {
    if (Status status = expectArray(data, size, "plait_cache_put expects data"))
      return status;
    return put(parts, count, {static_cast<const uint8_t *>(data), size});
  });
}

plait_status *plait_cache_explain(const plait_key_part *parts, size_t count, plait_blob **text) {
  return guarded([&]() -> Status {
    std::string explanation;
    if (Status status = explain(parts, count, explanation))
      return status;
    *text = new plait_blob{std::move(explanation)};
    return nullptr;
  });
}

plait_status *plait_cache_info(plait_cache_state *state) {
  return guarded([&]() -> Status {
    std::string folder;
    if (Status status = findFolder(folder))
      return status;
    plait_cache_state found = {};
    if (Status status = findCapacity(found.capacity))
      return status;
    if (folder.size() >= sizeof found.directory)
      return failure(PLAIT_INVALID_ARGUMENT, "the cache's folder expects a path of under ", sizeof found.directory,
                     " bytes, but got ", folder.size());
    folder.copy(found.directory, folder.size());
    for (const FileInfo &file : listEntries(folder)) {
      found.bytes += file.size;
      ++found.entries;
    }
    found.hits = hits;
    found.misses = misses;
    found.evictions = evictions;
    *state = found;
    return nullptr;
  });
}

plait_status *plait_cache_clear(uint64_t *removed) {
  return guarded([&]() -> Status {
    std::string folder;
    if (Status status = findFolder(folder))
      return status;
    Evicted evicted = evict(folder, 0);
    if (removed)
      *removed = evicted.removed;
    if (evicted.refused)
      return failure(PLAIT_UNAVAILABLE, "can't remove ", evicted.refused, " entries of the cache in '", folder, "'");
    return nullptr;
  });
}
