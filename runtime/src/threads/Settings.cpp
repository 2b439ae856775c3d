//===- Settings.cpp - how many threads ------------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file finds the default number of threads and keeps the setting.
//
//===----------------------------------------------------------------------===//

#include "runtime/src/threads/Settings.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sched.h>
#include <sstream>

using namespace plait;

namespace {

/// 0 until the first use.
std::atomic<int> threadSetting;

Status outOfRange(const char *what, std::string_view got) {
  return failure(PLAIT_INVALID_ARGUMENT, what, " expects a number from 1 to ", PLAIT_MAX_THREADS, ", but got ", got);
}

std::string readText(const std::string &path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// Divides quota by period, both in microseconds; 0 for no limit.
int ratio(const std::string &quota, const std::string &period) {
  double most = std::strtod(quota.c_str(), nullptr), every = std::strtod(period.c_str(), nullptr);
  if (most <= 0 || every <= 0)
    return 0;
  return int(std::min((most + every - 1) / every, double(PLAIT_MAX_THREADS)));
}

/// The quota of one group in either version of the interface.
int groupQuota(const std::string &folder) {
  std::istringstream unified(readText(folder + "/cpu.max"));
  std::string quota, period;
  if (unified >> quota >> period)
    return ratio(quota, period);
  return ratio(readText(folder + "/cpu.cfs_quota_us"), readText(folder + "/cpu.cfs_period_us"));
}

int affinityProcessors() {
  for (int most = 1024; most <= 1 << 20; most *= 2) {
    cpu_set_t *set = CPU_ALLOC(size_t(most));
    if (!set)
      return 1;
    int found = sched_getaffinity(0, CPU_ALLOC_SIZE(size_t(most)), set);
    int count = CPU_COUNT_S(CPU_ALLOC_SIZE(size_t(most)), set);
    CPU_FREE(set);
    if (found == 0)
      return std::max(count, 1);
  }
  return 1;
}

/// Gives the setting its first value.
Status initialize(int &count) {
  int initial = availableProcessors();
  if (const char *text = std::getenv("PLAIT_NUM_THREADS"); text && *text)
    if (Status status = parseThreadCount(text, initial))
      return status;
  int unset = 0;
  count = threadSetting.compare_exchange_strong(unset, initial) ? initial : unset;
  return nullptr;
}

} // namespace

int plait::quotaProcessors(const std::string &membership, const std::string &root) {
  int least = 0;
  std::istringstream lines(membership);
  for (std::string line; std::getline(lines, line);) {
    // hierarchy:controllers:path
    size_t first = line.find(':'), second = line.find(':', first + 1);
    if (second == std::string::npos)
      continue;
    std::string controllers = line.substr(first + 1, second - first - 1), path = line.substr(second + 1);
    if (!controllers.empty() && ("," + controllers + ",").find(",cpu,") == std::string::npos)
      continue;
    std::string base = controllers.empty() ? root : root + "/cpu";
    // A limit may sit on any group above ours; inside a container the path may not exist at all.
    for (;;) {
      if (int quota = groupQuota(base + path))
        least = least ? std::min(least, quota) : quota;
      size_t slash = path.rfind('/');
      if (path.empty() || slash == std::string::npos)
        break;
      path.resize(slash);
    }
  }
  return least;
}

int plait::availableProcessors() {
  // Two threads may both ask the system. A static with a lock could be found locked by a child after fork.
  static std::atomic<int> known;
  if (int count = known.load(std::memory_order_relaxed))
    return count;
  int quota = quotaProcessors(readText("/proc/self/cgroup"), "/sys/fs/cgroup");
  int most = std::min(affinityProcessors(), PLAIT_MAX_THREADS);
  int count = quota ? std::min(most, quota) : most;
  known.store(count, std::memory_order_relaxed);
  return count;
}

Status plait::parseThreadCount(const char *text, int &count) {
  int value = 0;
  const char *end = text + std::strlen(text);
  auto [stop, error] = std::from_chars(text, end, value);
  if (error != std::errc() || stop != end || value < 1 || value > PLAIT_MAX_THREADS)
    return outOfRange("PLAIT_NUM_THREADS", join("'", text, "'"));
  count = value;
  return nullptr;
}

Status plait::resolveThreads(int32_t wanted, int &count) {
  if (wanted < 0 || wanted > PLAIT_MAX_THREADS)
    return outOfRange("num_threads", std::to_string(wanted));
  count = wanted ? wanted : threadSetting.load(std::memory_order_relaxed);
  return count ? nullptr : initialize(count);
}

plait_status *plait_get_num_threads(int32_t *count) {
  return guarded([&] { return resolveThreads(0, *count); });
}

plait_status *plait_set_num_threads(int32_t count) {
  return guarded([&]() -> Status {
    if (count < 1 || count > PLAIT_MAX_THREADS)
      return outOfRange("plait_set_num_threads", std::to_string(count));
    threadSetting.store(count);
    return nullptr;
  });
}
