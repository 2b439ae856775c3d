//===- PoolTest.cpp - the thread pool -------------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tests what users expect of threads: every item runs once, nothing hangs,
// also nested, from two threads at once, and after fork.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/Support.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <set>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>

using namespace plait::test;

namespace {

plait_status *parallelFor(int64_t count, int32_t threads, std::function<void(int64_t, int64_t)> body) {
  return plait_parallel_for(
      count, threads,
      [](void *context, int64_t first, int64_t last) {
        (*static_cast<std::function<void(int64_t, int64_t)> *>(context))(first, last);
      },
      &body);
}

/// Whether each of `count` items runs exactly once.
bool runsEachOnce(int64_t count, int32_t threads) {
  std::vector<std::atomic<int>> runs(static_cast<size_t>(count));
  Outcome outcome(parallelFor(count, threads, [&](int64_t first, int64_t last) {
    for (int64_t i = first; i < last; ++i)
      ++runs[size_t(i)];
  }));
  bool once = std::all_of(runs.begin(), runs.end(), [](const std::atomic<int> &n) { return n == 1; });
  return outcome.code == PLAIT_OK && once;
}

/// The threads that take part when all wait for `threads` of them, at most five seconds.
size_t threadsAtWork(int32_t threads, int64_t count = 64) {
  std::mutex mutex;
  std::condition_variable arrival;
  std::set<std::thread::id> ids;
  size_t expected = size_t(std::min<int64_t>(threads, count));
  auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  EXPECT_OK(parallelFor(count, threads, [&](int64_t, int64_t) {
    std::unique_lock<std::mutex> lock(mutex);
    ids.insert(std::this_thread::get_id());
    arrival.notify_all();
    arrival.wait_until(lock, deadline, [&] { return ids.size() >= expected; });
  }));
  return ids.size();
}

TEST(Pool, RunsEachItemOnce) {
  for (int32_t threads : {1, 2, 3, 8})
    for (int64_t count : {0, 1, 2, 3, 7, 64, 1000, 100'003})
      EXPECT_TRUE(runsEachOnce(count, threads)) << count << " items on " << threads << " threads";
}

TEST(Pool, RunsEachItemOnceManyTimes) {
  for (int repeat = 0; repeat < 3000; ++repeat)
    ASSERT_TRUE(runsEachOnce(repeat % 40, 2 + repeat % 3)) << repeat;
}

TEST(Pool, UsesAsManyThreadsAsAsked) {
  EXPECT_EQ(threadsAtWork(1), 1u);
  EXPECT_EQ(threadsAtWork(2), 2u);
  EXPECT_EQ(threadsAtWork(5), 5u);
  // The threads of before are there, but not wanted.
  EXPECT_LE(threadsAtWork(2), 2u);
  EXPECT_EQ(threadsAtWork(4, 1), 1u);
}

TEST(Pool, WorksOnTheCallingThreadToo) {
  std::atomic<bool> mine = false;
  std::thread::id self = std::this_thread::get_id();
  ASSERT_OK(parallelFor(64, 2, [&](int64_t, int64_t) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    if (std::this_thread::get_id() == self)
      mine = true;
  }));
  EXPECT_TRUE(mine);
}

TEST(Pool, RunsNestedLoopsSerially) {
  std::atomic<int64_t> items = 0;
  std::atomic<bool> stayed = true;
  ASSERT_OK(parallelFor(20, 4, [&](int64_t first, int64_t last) {
    for (int64_t i = first; i < last; ++i) {
      std::thread::id self = std::this_thread::get_id();
      EXPECT_OK(parallelFor(50, 4, [&](int64_t from, int64_t to) {
        if (std::this_thread::get_id() != self)
          stayed = false;
        items += to - from;
      }));
    }
  }));
  EXPECT_EQ(items, 1000);
  EXPECT_TRUE(stayed);
}

TEST(Pool, ServesTwoHostThreadsAtOnce) {
  std::atomic<bool> right = true;
  auto host = [&] {
    for (int repeat = 0; repeat < 500; ++repeat)
      if (!runsEachOnce(100, 3))
        right = false;
  };
  std::thread a(host), b(host);
  a.join();
  b.join();
  EXPECT_TRUE(right);
}

TEST(Pool, WakesAfterSleeping) {
  for (int repeat = 0; repeat < 5; ++repeat) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2)); // much longer than it spins
    EXPECT_EQ(threadsAtWork(2), 2u);
  }
}

TEST(Pool, WorksInAForkedChild) {
  ASSERT_TRUE(runsEachOnce(100, 3));
  EXPECT_EQ(inChild([] { return runsEachOnce(1000, 3) && threadsAtWork(3) == 3 ? 7 : 1; }), 7);
  // A child of a child.
  EXPECT_EQ(inChild([] { return runsEachOnce(10, 2) ? inChild([] { return runsEachOnce(1000, 3) ? 8 : 1; }) : 1; }), 8);
  EXPECT_TRUE(runsEachOnce(100, 3));
}

TEST(Pool, WorksInAChildForkedDuringALoop) {
  std::atomic<bool> stop = false;
  std::thread busy([&] {
    while (!stop)
      runsEachOnce(500, 3);
  });
  for (int repeat = 0; repeat < 20; ++repeat)
    EXPECT_EQ(inChild([] { return runsEachOnce(1000, 3) ? 7 : 1; }), 7);
  stop = true;
  busy.join();
}

TEST(PoolAtStartDeathTest, WorksInAChildForkedDuringTheFirstLoop) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  auto forkEarly = [] {
    std::thread busy([] { runsEachOnce(500, 3); });
    int result = inChild([] { return runsEachOnce(1000, 3) ? 7 : 1; });
    busy.join();
    return result;
  };
  for (int repeat = 0; repeat < 10; ++repeat)
    EXPECT_EXIT(_exit(forkEarly()), testing::ExitedWithCode(7), "");
}

TEST(Pool, WorksWithoutNewThreads) {
  EXPECT_EQ(inChild([] {
              // A child starts without workers, and may not make any.
              if (geteuid() == 0 && setuid(65534) != 0)
                return 2;
              rlimit none = {0, 0};
              setrlimit(RLIMIT_NPROC, &none);
              return runsEachOnce(1000, 4) ? 7 : 1;
            }),
            7);
}

TEST(Pool, LeavesSignalsToTheHost) {
  EXPECT_EQ(inChild([] {
              static std::atomic<pthread_t> handler{};
              signal(SIGUSR1, [](int) { handler = pthread_self(); });
              runsEachOnce(100, 4);
              for (int i = 0; i < 50; ++i)
                kill(getpid(), SIGUSR1);
              return handler == pthread_self() ? 7 : 1;
            }),
            7);
}

TEST(Pool, RefusesImpossibleCounts) {
  EXPECT_FAILS(parallelFor(1, -1, [](int64_t, int64_t) {}), PLAIT_INVALID_ARGUMENT, "num_threads expects a number");
  EXPECT_FAILS(parallelFor(1, 1025, [](int64_t, int64_t) {}), PLAIT_INVALID_ARGUMENT, "1 to 1024, but got 1025");
  EXPECT_FAILS(parallelFor(-1, 1, [](int64_t, int64_t) {}), PLAIT_INVALID_ARGUMENT, "count >= 0, but got -1");
  EXPECT_FAILS(plait_parallel_for(1, 1, nullptr, nullptr), PLAIT_INVALID_ARGUMENT, "a body, but got NULL");
}

TEST(Pool, TakesHugeCounts) {
  // Ranges, not items, are what a body is called with; nothing overflows at the end.
  std::atomic<int64_t> items = 0;
  ASSERT_OK(parallelFor(INT64_MAX, 4, [&](int64_t first, int64_t last) { items += last - first; }));
  EXPECT_EQ(items, INT64_MAX);
}

} // namespace
