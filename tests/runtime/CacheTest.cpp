//===- CacheTest.cpp - the disk cache -------------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tests keys, hits and misses, eviction and explanations.
//
//===----------------------------------------------------------------------===//

#include "runtime/src/cache/Settings.h"
#include "tests/runtime/CacheSupport.h"

#include <gtest/gtest.h>

#include <atomic>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <thread>

using namespace plait;
using namespace plait::test;

namespace {

std::string keyOf(const Parts &parts) {
  char key[65] = "";
  EXPECT_OK(plait_cache_key(parts.list.data(), parts.list.size(), key));
  return key;
}

TEST(CacheKey, IsTheDigestOfItsParts) {
  // hashlib.sha256 over the parts by label: for label and value, length as 8 bytes and the text.
  const char *expected = "3bc0062319cc3060f71962c77a906379946a7a77805fbf348e1dd5f38020ab7f";
  EXPECT_EQ(keyOf({{"ir", "module {}"}, {"schedule", "8x2"}}), expected);
  EXPECT_EQ(keyOf({{"schedule", "8x2"}, {"ir", "module {}"}}), expected);
}

TEST(CacheKey, KeepsPartsApart) {
  std::string key = keyOf({{"a", "bc"}, {"d", "e"}});
  EXPECT_NE(key, keyOf({{"ab", "c"}, {"d", "e"}}));
  EXPECT_NE(key, keyOf({{"a", "bcd"}, {"d", "e"}}));
  EXPECT_NE(key, keyOf({{"a", "bc"}}));
  EXPECT_NE(key, keyOf({{"a", "bc"}, {"d", ""}}));
}

TEST(CacheKey, RefusesBadLabels) {
  char key[65];
  Parts twice = {{"a", "1"}, {"a", "2"}}, unnamed = {{"", "1"}};
  EXPECT_FAILS(plait_cache_key(twice.list.data(), 2, key), PLAIT_INVALID_ARGUMENT, "but got 'a' twice");
  EXPECT_FAILS(plait_cache_key(unnamed.list.data(), 1, key), PLAIT_INVALID_ARGUMENT, "label and a value in part 0");
  EXPECT_FAILS(plait_cache_key(nullptr, 1, key), PLAIT_INVALID_ARGUMENT, "key expects parts, but got NULL");
}

TEST(CacheSettings, ReadSizes) {
  uint64_t bytes = 0;
  for (auto [text, expected] : {std::pair<const char *, uint64_t>("0", 0),
                                {"17", 17},
                                {"3K", 3072},
                                {"2M", 2u << 20},
                                {"5G", uint64_t(5) << 30}}) {
    EXPECT_OK(cache::parseSize(text, bytes).release());
    EXPECT_EQ(bytes, expected);
  }
  for (const char *bad : {"", "M", "-1", "1T", "1MB", "99999999999G", "lots"})
    EXPECT_FAILS(cache::parseSize(bad, bytes).release(), PLAIT_INVALID_ARGUMENT, "PLAIT_CACHE_SIZE expects");
}

TEST(CacheSettings, FindTheFolder) {
  std::string folder;
  Setting own("PLAIT_CACHE_DIR", nullptr), xdg("XDG_CACHE_HOME", "/xdg"), home("HOME", "/own");
  ASSERT_OK(cache::findFolder(folder).release());
  EXPECT_EQ(folder, "/xdg/plait");
  Setting relative("XDG_CACHE_HOME", "not/absolute");
  ASSERT_OK(cache::findFolder(folder).release());
  EXPECT_EQ(folder, "/own/.cache/plait");
  Setting nowhere("HOME", nullptr);
  EXPECT_FAILS(cache::findFolder(folder).release(), PLAIT_UNAVAILABLE, "expects PLAIT_CACHE_DIR");
  Setting set("PLAIT_CACHE_DIR", "/tmp/x");
  ASSERT_OK(cache::findFolder(folder).release());
  EXPECT_EQ(folder, "/tmp/x");
}

TEST_F(Cache, GivesBackWhatWasPut) {
  Parts parts = {{"ir", "module {}"}, {"schedule", "8x2"}};
  EXPECT_FAILS(get(parts), PLAIT_NOT_FOUND, "has no entry");
  std::string data("\0binary\xff", 8);
  ASSERT_OK(put(parts, data));
  EXPECT_OK(get(parts));
  EXPECT_EQ(found, data);
  ASSERT_OK(put(parts, ""));
  EXPECT_OK(get(parts));
  EXPECT_EQ(found, "");
  EXPECT_FAILS(plait_cache_put(parts.list.data(), 2, nullptr, 5), PLAIT_INVALID_ARGUMENT, "data, but got NULL");
  EXPECT_FAILS(get({{"ir", "module {}"}, {"schedule", "8x3"}}), PLAIT_NOT_FOUND, "has no entry");
}

TEST_F(Cache, MakesItsFolderForTheUserAlone) {
  Setting deeper("PLAIT_CACHE_DIR", (folder.path + "/a/b").c_str());
  ASSERT_OK(put({{"a", "1"}}, "data"));
  struct stat info;
  ASSERT_EQ(stat((folder.path + "/a/b").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
}

TEST_F(Cache, HoldsLoadablePacks) {
  pack::Bytes bytes = buildPack(kernelManifest());
  ASSERT_OK(put({{"a", "1"}}, std::string(bytes.begin(), bytes.end())));
  ASSERT_OK(get({{"a", "1"}}));
  PackPointer pack = openPack(pack::Bytes(found.begin(), found.end()));
  EXPECT_NE(find(pack, "twice"), nullptr);
}

TEST_F(Cache, CanBeTurnedOff) {
  ASSERT_OK(put({{"a", "1"}}, "data"));
  Setting off("PLAIT_CACHE_SIZE", "0");
  EXPECT_FAILS(get({{"a", "1"}}), PLAIT_NOT_FOUND, "the cache is off");
  EXPECT_FAILS(put({{"a", "1"}}, "data"), PLAIT_UNAVAILABLE, "holds at most 0 bytes");
}

TEST_F(Cache, RefusesABadSize) {
  Setting bad("PLAIT_CACHE_SIZE", "many");
  EXPECT_FAILS(get({{"a", "1"}}), PLAIT_INVALID_ARGUMENT, "but got 'many'");
  EXPECT_FAILS(put({{"a", "1"}}, "data"), PLAIT_INVALID_ARGUMENT, "but got 'many'");
}

TEST_F(Cache, EvictsWhatWasNotUsedForLongest) {
  std::string data(1000, 'x');
  for (const char *name : {"1", "2", "3"})
    ASSERT_OK(put({{"a", name}}, data));
  age({{"a", "1"}}, 30);
  age({{"a", "2"}}, 20);
  age({{"a", "3"}}, 10);
  EXPECT_OK(get({{"a", "1"}})); // now the last used
  Setting small("PLAIT_CACHE_SIZE", "4K");
  plait_cache_state before, after;
  ASSERT_OK(plait_cache_info(&before));
  ASSERT_OK(put({{"a", "4"}}, data));
  ASSERT_OK(plait_cache_info(&after));
  EXPECT_OK(get({{"a", "1"}}));
  EXPECT_FAILS(get({{"a", "2"}}), PLAIT_NOT_FOUND, "no entry");
  EXPECT_OK(get({{"a", "3"}}));
  EXPECT_OK(get({{"a", "4"}}));
  EXPECT_EQ(after.evictions - before.evictions, 1u);
  EXPECT_LE(after.bytes, 4096u);
}

TEST_F(Cache, RefusesEntriesBeyondItsSize) {
  ASSERT_OK(put({{"a", "1"}}, "data"));
  Setting small("PLAIT_CACHE_SIZE", "1K");
  EXPECT_FAILS(put({{"a", "2"}}, std::string(1024, 'x')), PLAIT_UNAVAILABLE, "holds at most 1024 bytes");
  EXPECT_OK(get({{"a", "1"}}));
}

TEST_F(Cache, RemovesWhatKilledWritersLeft) {
  ASSERT_OK(put({{"a", "1"}}, "data"));
  std::string old = folder.path + "/packs/.tmp-1-1", fresh = folder.path + "/packs/.tmp-1-2";
  writeText(old, "half");
  writeText(fresh, "half");
  timespec times[2] = {{1'000'000, 0}, {1'000'000, 0}};
  utimensat(AT_FDCWD, old.c_str(), times, 0);
  ASSERT_OK(put({{"a", "2"}}, "data"));
  EXPECT_FALSE(std::filesystem::exists(old));
  EXPECT_TRUE(std::filesystem::exists(fresh)); // somebody may be writing it
}

TEST_F(Cache, CountsAndClears) {
  plait_cache_state before, after;
  ASSERT_OK(plait_cache_info(&before));
  EXPECT_EQ(before.directory, folder.path);
  EXPECT_EQ(before.entries, 0u);
  ASSERT_OK(put({{"a", "1"}}, "data"));
  ASSERT_OK(put({{"a", "2"}}, "data"));
  EXPECT_OK(get({{"a", "1"}}));
  EXPECT_FAILS(get({{"a", "3"}}), PLAIT_NOT_FOUND, "");
  ASSERT_OK(plait_cache_info(&after));
  EXPECT_EQ(after.entries, 2u);
  EXPECT_GT(after.bytes, 8u);
  EXPECT_EQ(after.capacity, uint64_t(512) << 20);
  EXPECT_EQ(after.hits - before.hits, 1u);
  EXPECT_EQ(after.misses - before.misses, 1u);
  uint64_t removed = 0;
  ASSERT_OK(plait_cache_clear(&removed));
  EXPECT_EQ(removed, 2u);
  EXPECT_FAILS(get({{"a", "1"}}), PLAIT_NOT_FOUND, "no entry");
  ASSERT_OK(plait_cache_clear(nullptr));
}

TEST_F(Cache, ClearsWhileOthersStoreAndClear) {
  std::atomic<bool> done = false;
  std::thread storing([&] {
    for (int i = 0; !done; ++i)
      EXPECT_OK(put({{"a", std::to_string(i % 8)}}, "data"));
  });
  std::thread clearing([&] {
    while (!done)
      EXPECT_OK(plait_cache_clear(nullptr));
  });
  for (int i = 0; i < 300; ++i)
    EXPECT_OK(plait_cache_clear(nullptr));
  done = true;
  storing.join();
  clearing.join();
}

TEST_F(Cache, ExplainsMisses) {
  EXPECT_NE(explain({{"a", "1"}}).find("is empty"), std::string::npos);
  std::string module(5000, 'm');
  ASSERT_OK(put({{"isa", "x86-64-v4"}, {"ir", module}, {"schedule", "8x2"}}, "data"));
  ASSERT_OK(put({{"isa", "aarch64"}, {"ir", "other"}, {"flag", "1"}}, "data"));
  std::string text = explain({{"isa", "x86-64-v4"}, {"ir", module}, {"schedule", "4x4"}, {"new", "\n"}});
  EXPECT_NE(text.find("of 2 entries"), std::string::npos) << text;
  EXPECT_NE(text.find("  schedule: wanted '4x4', the entry has '8x2'\n"), std::string::npos) << text;
  EXPECT_NE(text.find("  new: wanted '?', the entry has no such part\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("isa:"), std::string::npos) << text;
  EXPECT_EQ(text.find("ir:"), std::string::npos) << text;
  text = explain({{"isa", "aarch64"}, {"ir", module}});
  EXPECT_NE(text.find("(5000 bytes"), std::string::npos) << text;
  EXPECT_NE(text.find("  flag: wanted no such part, the entry has '1'\n"), std::string::npos) << text;
  text = explain({{"isa", "aarch64"}, {"ir", "other"}, {"flag", "1"}});
  EXPECT_NE(text.find("has an entry with this key"), std::string::npos) << text;
}

} // namespace
