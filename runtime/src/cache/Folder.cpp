//===- Folder.cpp - the cache's files -------------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file lists and removes the cache's files. The time of the last modification
// stands for the last use: a hit sets it.
//
//===----------------------------------------------------------------------===//

#include "runtime/src/cache/Folder.h"

#include "runtime/src/File.h"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <dirent.h>
#include <fcntl.h>
#include <functional>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>

using namespace plait;
using namespace plait::cache;

namespace {

constexpr std::string_view suffix = ".entry";

/// A writer that has not finished by then was killed.
constexpr int64_t abandonedAfter = int64_t(600) * 1'000'000'000;

int64_t nanoseconds(const timespec &time) { return int64_t(time.tv_sec) * 1'000'000'000 + time.tv_nsec; }

/// Calls `visit` with each regular file of a folder.
void forEachFile(const std::string &folder, const std::function<void(std::string_view, const FileInfo &)> &visit) {
  std::unique_ptr<DIR, int (*)(DIR *)> directory(opendir(folder.c_str()), closedir);
  if (!directory)
    return;
  while (const dirent *item = readdir(directory.get())) {
    struct stat info;
    if (fstatat(dirfd(directory.get()), item->d_name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(info.st_mode))
      visit(item->d_name, {join(folder, "/", item->d_name), uint64_t(info.st_size), nanoseconds(info.st_mtim)});
  }
}

void removeAbandoned(const std::string &folder) {
  timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  forEachFile(folder, [&](std::string_view name, const FileInfo &file) {
    if (name.starts_with(temporaryPrefix) && file.used < nanoseconds(time) - abandonedAfter)
      unlink(file.path.c_str());
  });
}

} // namespace

std::string plait::cache::entryFolder(const std::string &cacheFolder) { return cacheFolder + "/packs"; }

std::string plait::cache::entryPath(const std::string &cacheFolder, const std::string &key) {
  return join(entryFolder(cacheFolder), "/", key, suffix);
}

std::vector<FileInfo> plait::cache::listEntries(const std::string &cacheFolder) {
  std::vector<FileInfo> files;
  forEachFile(entryFolder(cacheFolder), [&](std::string_view name, const FileInfo &file) {
    if (name.ends_with(suffix))
      files.push_back(file);
  });
  std::ranges::sort(files, {}, &FileInfo::used);
  return files;
}

Evicted plait::cache::evict(const std::string &cacheFolder, uint64_t capacity) {
  removeAbandoned(entryFolder(cacheFolder));
  std::vector<FileInfo> files = listEntries(cacheFolder);
  uint64_t bytes = 0;
  Evicted evicted;
  for (const FileInfo &file : files)
    bytes += file.size;
  for (const FileInfo &file : files) {
    if (capacity && bytes <= capacity)
      break;
    bytes -= file.size;
    if (unlink(file.path.c_str()) == 0)
      ++evicted.removed;
    else if (errno != ENOENT) // another process was faster
      ++evicted.refused;
  }
  return evicted;
}

void plait::cache::touch(const std::string &path) { utimensat(AT_FDCWD, path.c_str(), nullptr, 0); }
