//===- ThreadSettingsTest.cpp - how many threads --------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tests the default number of threads, the environment variable and the
// setter. What is read once per process is tested in children.
//
//===----------------------------------------------------------------------===//

#include "runtime/src/threads/Settings.h"
#include "tests/runtime/Support.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <sched.h>
#include <unistd.h>

using namespace plait;
using namespace plait::test;

namespace {

/// A cgroup hierarchy in a folder.
class Cgroups : public testing::Test {
protected:
  void write(const std::string &path, const std::string &text) {
    std::filesystem::path file = folder.path + path;
    std::filesystem::create_directories(file.parent_path());
    writeText(file, text);
  }
  int quota(const std::string &membership) { return quotaProcessors(membership, folder.path); }

  ScratchFolder folder;
};

TEST_F(Cgroups, WithoutLimitsAreNoLimit) {
  EXPECT_EQ(quota("0::/\n"), 0);
  EXPECT_EQ(quota("0::/not/there\n"), 0);
  EXPECT_EQ(quota(""), 0);
  EXPECT_EQ(quota("nonsense"), 0);
  write("/cpu.max", "max 100000\n");
  EXPECT_EQ(quota("0::/\n"), 0);
  write("/cpu.max", "junk\n");
  EXPECT_EQ(quota("0::/\n"), 0);
}

TEST_F(Cgroups, LimitByTheSecondVersion) {
  write("/a/b/cpu.max", "250000 100000\n");
  EXPECT_EQ(quota("0::/a/b\n"), 3);
  write("/a/b/cpu.max", "50000 100000\n");
  EXPECT_EQ(quota("0::/a/b\n"), 1);
  write("/a/b/cpu.max", "400000 100000\n");
  write("/a/cpu.max", "200000 100000\n");
  EXPECT_EQ(quota("0::/a/b\n"), 2);
}

TEST_F(Cgroups, LimitByTheFirstVersion) {
  write("/cpu/c/cpu.cfs_quota_us", "300000\n");
  write("/cpu/c/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(quota("4:memory:/c\n2:cpu,cpuacct:/c\n"), 3);
  EXPECT_EQ(quota("4:memory:/c\n2:cpuset:/c\n"), 0);
  write("/cpu/c/cpu.cfs_quota_us", "-1\n");
  EXPECT_EQ(quota("2:cpu,cpuacct:/c\n"), 0);
}

TEST(ThreadCount, IsParsedStrictly) {
  int count = 0;
  EXPECT_OK(parseThreadCount("1024", count).release());
  EXPECT_EQ(count, 1024);
  for (const char *bad : {"", "0", "-1", "1025", "4x", " 4", "four", "99999999999999999999"})
    EXPECT_FAILS(parseThreadCount(bad, count).release(), PLAIT_INVALID_ARGUMENT,
                 "PLAIT_NUM_THREADS expects a number from 1 to 1024, but got '" + std::string(bad) + "'");
}

/// What a fresh process says; -1 for an error.
int freshCount() {
  int32_t count = -1;
  plait_status_release(plait_get_num_threads(&count));
  return count;
}

/// Tests of the first use, each in a process of its own.
class ThreadCountAtStartDeathTest : public testing::Test {
protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(ThreadCountAtStartDeathTest, ComesFromTheEnvironment) {
  Setting threads("PLAIT_NUM_THREADS", "3");
  EXPECT_EXIT(_exit(freshCount()), testing::ExitedWithCode(3), "");
}

TEST_F(ThreadCountAtStartDeathTest, IsLimitedByAffinity) {
  Setting threads("PLAIT_NUM_THREADS", ""); // as good as unset
  auto pinned = [] {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    sched_setaffinity(0, sizeof one, &one);
    return freshCount();
  };
  EXPECT_EXIT(_exit(pinned()), testing::ExitedWithCode(1), "");
}

TEST_F(ThreadCountAtStartDeathTest, IsAnErrorWhenTheEnvironmentIs) {
  Setting threads("PLAIT_NUM_THREADS", "0");
  auto calls = [] {
    PackPointer pack = openPack(kernelManifest());
    Array<int64_t> out({4});
    Outcome unset(call(find(pack, "tag"), {&out.tensor}));
    // A call that says how many needs no setting.
    plait_call_options options = PLAIT_CALL_OPTIONS;
    options.num_threads = 1;
    Outcome set(call(find(pack, "tag"), {&out.tensor}, &options));
    fprintf(stderr, "%s", unset.message.c_str());
    return unset.code == PLAIT_INVALID_ARGUMENT && set.code == PLAIT_OK ? 7 : 1;
  };
  EXPECT_EXIT(_exit(calls()), testing::ExitedWithCode(7), "PLAIT_NUM_THREADS expects .* but got '0'");
}

TEST(ThreadCount, IsSetForTheProcess) {
  int32_t former = 0, count = 0;
  ASSERT_OK(plait_get_num_threads(&former));
  ASSERT_OK(plait_set_num_threads(5));
  ASSERT_OK(plait_get_num_threads(&count));
  EXPECT_EQ(count, 5);
  EXPECT_FAILS(plait_set_num_threads(0), PLAIT_INVALID_ARGUMENT, "from 1 to 1024, but got 0");
  EXPECT_FAILS(plait_set_num_threads(-2), PLAIT_INVALID_ARGUMENT, "but got -2");
  EXPECT_FAILS(plait_set_num_threads(1 << 30), PLAIT_INVALID_ARGUMENT, "but got 1073741824");
  ASSERT_OK(plait_get_num_threads(&count));
  EXPECT_EQ(count, 5);
  ASSERT_OK(plait_set_num_threads(former));
}

} // namespace
