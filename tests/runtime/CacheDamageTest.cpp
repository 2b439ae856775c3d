//===- CacheDamageTest.cpp - what goes wrong with a cache -----------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tests damaged entries, folders that can't be used, full disks and many
// processes at once: never a wrong hit, never a failed call, never a file left over.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/CacheSupport.h"

#include <csignal>
#include <filesystem>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace plait::test;

namespace {

TEST_F(Cache, RemovesEntriesWithAFlippedByte) {
  Parts parts = {{"ir", "module"}, {"schedule", "8x2"}};
  ASSERT_OK(put(parts, "the data of this entry"));
  std::string path = file(parts), whole = readText(path);
  for (size_t i = 0; i < whole.size(); ++i) {
    std::string altered = whole;
    altered[i] = char(altered[i] ^ (1 << i % 8));
    writeText(path, altered);
    Outcome outcome(get(parts));
    ASSERT_EQ(outcome.code, PLAIT_DAMAGED) << "byte " << i;
    ASSERT_NE(outcome.message.find("it is removed"), std::string::npos) << outcome.message;
    ASSERT_FALSE(std::filesystem::exists(path));
    ASSERT_EQ(Outcome(get(parts)).code, PLAIT_NOT_FOUND);
  }
  writeText(path, whole);
  EXPECT_OK(get(parts));
}

TEST_F(Cache, RemovesTruncatedEntries) {
  Parts parts = {{"ir", "module"}};
  ASSERT_OK(put(parts, "the data of this entry"));
  std::string path = file(parts), whole = readText(path);
  for (size_t size = 0; size < whole.size(); ++size) {
    writeText(path, whole.substr(0, size));
    ASSERT_EQ(Outcome(get(parts)).code, PLAIT_DAMAGED) << size;
  }
  writeText(path, whole + "x");
  EXPECT_FAILS(get(parts), PLAIT_DAMAGED, "bytes after its header, but got");
}

TEST_F(Cache, RefusesTheEntryOfAnotherKey) {
  ASSERT_OK(put({{"a", "1"}}, "data"));
  std::filesystem::rename(file({{"a", "1"}}), file({{"a", "2"}}));
  EXPECT_FAILS(get({{"a", "2"}}), PLAIT_DAMAGED, "belongs to another key");
}

TEST_F(Cache, ExplainsPastDamagedEntries) {
  ASSERT_OK(put({{"a", "1"}}, "data"));
  writeText(file({{"a", "2"}}), "rubbish");
  EXPECT_NE(explain({{"a", "3"}}).find("a: wanted '3', the entry has '1'"), std::string::npos);
}

TEST_F(Cache, SurvivesAFolderThatIsAFile) {
  std::string path = folder.path + "/file";
  writeText(path, "not a folder");
  Setting here("PLAIT_CACHE_DIR", path.c_str());
  EXPECT_FAILS(put({{"a", "1"}}, "data"), PLAIT_UNAVAILABLE, "Not a directory");
  EXPECT_FAILS(get({{"a", "1"}}), PLAIT_UNAVAILABLE, "Not a directory");
  plait_cache_state state;
  EXPECT_OK(plait_cache_info(&state));
  EXPECT_EQ(state.entries, 0u);
  EXPECT_OK(plait_cache_clear(nullptr));
  EXPECT_EQ(readText(path), "not a folder");
}

TEST_F(Cache, SurvivesAFolderThatCannotBeMade) {
  Setting proc("PLAIT_CACHE_DIR", "/proc/plait");
  EXPECT_FAILS(put({{"a", "1"}}, "data"), PLAIT_UNAVAILABLE, "can't create the cache's folder '/proc/plait");
  EXPECT_FAILS(get({{"a", "1"}}), PLAIT_NOT_FOUND, "no entry");
}

TEST_F(Cache, SurvivesAnEntryThatIsAFolder) {
  Parts parts = {{"a", "1"}};
  std::filesystem::create_directories(file(parts));
  EXPECT_FAILS(get(parts), PLAIT_UNAVAILABLE, "no regular file");
  EXPECT_FAILS(put(parts, "data"), PLAIT_UNAVAILABLE, "can't write");
  EXPECT_EQ(fileCount(), 1u);
}

TEST_F(Cache, LeavesNoPartialFileWhenWritingFails) {
  EXPECT_EQ(inChild([&] {
              signal(SIGXFSZ, SIG_IGN);
              rlimit limit = {4096, 4096};
              setrlimit(RLIMIT_FSIZE, &limit);
              Outcome outcome(put({{"a", "1"}}, std::string(100'000, 'x')));
              return outcome.code == PLAIT_UNAVAILABLE && fileCount() == 0 ? 7 : 1;
            }),
            7);
}

TEST_F(Cache, LeavesNoPartialFileOnAFullDisk) {
  int result = onSmallDisk(folder.path, [&] {
    Outcome large(put({{"a", "1"}}, std::string(300'000, 'x')));
    bool refused = large.code == PLAIT_UNAVAILABLE && large.message.find("No space left") != std::string::npos;
    Outcome small(put({{"a", "2"}}, std::string(10'000, 'x')));
    return refused && small.code == PLAIT_OK && fileCount() == 1 ? 7 : 1;
  });
  if (result == mountRefused)
    GTEST_SKIP() << "mounting is not permitted here";
  EXPECT_EQ(result, 7);
}

TEST_F(Cache, IsSharedByManyProcesses) {
  // Four writers of the same sixteen keys, in a cache that holds about half of them.
  Setting small("PLAIT_CACHE_SIZE", "160K");
  auto work = [&](int seed) {
    for (int i = 0; i < 400; ++i) {
      std::string name = std::to_string((i * 7 + seed * 3) % 16);
      std::string data(20'000, name.back());
      Outcome stored(put({{"a", name}}, data));
      Outcome looked(get({{"a", name}}));
      if (stored.code != PLAIT_OK || (looked.code == PLAIT_OK && found != data) ||
          (looked.code != PLAIT_OK && looked.code != PLAIT_NOT_FOUND))
        return 1;
    }
    return 7;
  };
  std::vector<pid_t> children;
  for (int seed = 0; seed < 4; ++seed) {
    children.push_back(fork());
    if (children.back() == 0) {
      alarm(60);
      _exit(work(seed));
    }
  }
  for (pid_t child : children) {
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_EQ(WIFEXITED(status) ? WEXITSTATUS(status) : -1, 7);
  }
  plait_cache_state state;
  ASSERT_OK(plait_cache_info(&state));
  EXPECT_LE(state.bytes, state.capacity);
  EXPECT_EQ(fileCount(), state.entries);
}

TEST_F(Cache, SurvivesAKilledWriter) {
  for (int repeat = 0; repeat < 10; ++repeat) {
    pid_t child = fork();
    if (child == 0)
      for (int i = 0;; ++i)
        Outcome(put({{"a", std::to_string(i % 3)}}, std::string(500'000, char('a' + i % 3))));
    usleep(5000);
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    for (int i = 0; i < 3; ++i) {
      Outcome outcome(get({{"a", std::to_string(i)}}));
      ASSERT_TRUE(outcome.code == PLAIT_NOT_FOUND || outcome.code == PLAIT_OK) << outcome.message;
      if (outcome.code == PLAIT_OK) {
        ASSERT_EQ(found, std::string(500'000, char('a' + i)));
      }
    }
  }
}

} // namespace
