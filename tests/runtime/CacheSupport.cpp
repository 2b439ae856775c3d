//===- CacheSupport.cpp - a cache in a scratch folder ---------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements CacheSupport.h.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/CacheSupport.h"

#include <ctime>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>

using namespace plait::test;

plait_status *Cache::get(const Parts &parts) {
  plait_blob *pack = nullptr;
  plait_status *status = plait_cache_get(parts.list.data(), parts.list.size(), &pack);
  if (!status)
    found.assign(static_cast<const char *>(plait_blob_data(pack)), plait_blob_size(pack));
  plait_blob_release(pack);
  return status;
}

plait_status *Cache::put(const Parts &parts, const std::string &data) {
  return plait_cache_put(parts.list.data(), parts.list.size(), data.data(), data.size());
}

std::string Cache::explain(const Parts &parts) {
  plait_blob *text = nullptr;
  EXPECT_OK(plait_cache_explain(parts.list.data(), parts.list.size(), &text));
  std::string result = text ? static_cast<const char *>(plait_blob_data(text)) : "";
  plait_blob_release(text);
  return result;
}

std::string Cache::file(const Parts &parts) {
  char key[65] = "";
  EXPECT_OK(plait_cache_key(parts.list.data(), parts.list.size(), key));
  return folder.path + "/packs/" + key + ".entry";
}

void Cache::age(const Parts &parts, int seconds) {
  timespec then;
  clock_gettime(CLOCK_REALTIME, &then);
  then.tv_sec -= seconds;
  timespec times[2] = {then, then};
  EXPECT_EQ(utimensat(AT_FDCWD, file(parts).c_str(), times, 0), 0);
}

size_t Cache::fileCount() {
  std::error_code error;
  std::filesystem::directory_iterator files(folder.path + "/packs", error);
  return error ? 0 : size_t(std::distance(begin(files), end(files)));
}
