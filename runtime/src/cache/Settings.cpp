//===- Settings.cpp - where the cache is and how large it may be ----------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file reads the cache's environment variables.
//
//===----------------------------------------------------------------------===//

#include "runtime/src/cache/Settings.h"

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <sys/stat.h>

using namespace plait;

namespace {

constexpr uint64_t defaultCapacity = uint64_t(512) << 20;

std::string variable(const char *name) {
  const char *value = std::getenv(name);
  return value ? value : "";
}

/// The bits that a suffix shifts by, -1 for none known.
int suffixShift(std::string_view suffix) {
  if (suffix.empty())
    return 0;
  size_t position = std::string_view("KMG").find(suffix[0]);
  return suffix.size() == 1 && position != std::string_view::npos ? int(position + 1) * 10 : -1;
}

} // namespace

Status plait::cache::findFolder(std::string &folder) {
  folder = variable("PLAIT_CACHE_DIR");
  if (!folder.empty())
    return nullptr;
  // The XDG specification has relative paths ignored.
  if (std::string base = variable("XDG_CACHE_HOME"); base.starts_with("/"))
    folder = base + "/plait";
  else if (std::string home = variable("HOME"); !home.empty())
    folder = home + "/.cache/plait";
  else
    return failure(PLAIT_UNAVAILABLE, "the cache expects PLAIT_CACHE_DIR, XDG_CACHE_HOME or HOME to be set");
  return nullptr;
}

Status plait::cache::parseSize(std::string_view text, uint64_t &bytes) {
  uint64_t number = 0;
  auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  int shift = suffixShift(text.substr(size_t(stop - text.data())));
  if (error != std::errc() || shift < 0 || (number << shift) >> shift != number)
    return failure(PLAIT_INVALID_ARGUMENT,
                   "PLAIT_CACHE_SIZE expects a number of bytes, with K, M or G after it, but got '", text, "'");
  bytes = number << shift;
  return nullptr;
}

Status plait::cache::findCapacity(uint64_t &bytes) {
  bytes = defaultCapacity;
  std::string text = variable("PLAIT_CACHE_SIZE");
  return text.empty() ? nullptr : parseSize(text, bytes);
}

Status plait::cache::makeFolder(const std::string &folder) {
  auto cannot = [&](int error) { return systemFailure(error, "can't create the cache's folder '", folder, "'"); };
  for (size_t end = 0; end != std::string::npos;) {
    end = folder.find('/', end + 1);
    if (mkdir(folder.substr(0, end).c_str(), 0700) != 0 && errno != EEXIST)
      return cannot(errno);
  }
  struct stat info;
  if (stat(folder.c_str(), &info) != 0)
    return cannot(errno);
  return S_ISDIR(info.st_mode) ? nullptr : cannot(ENOTDIR);
}
