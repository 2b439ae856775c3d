//===- Settings.h - how many threads ----------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the number of threads: what the machine leaves to the process,
// what the user set, what a call asks for.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_SRC_THREADS_SETTINGS_H
#define PLAIT_RUNTIME_SRC_THREADS_SETTINGS_H

#include "runtime/src/Status.h"

#include <string>

namespace plait {

/// The processors that affinity and cgroup quota leave to this process, at least 1. Asked once.
int availableProcessors();

/// The processors that a cgroup quota allows, rounded up; 0 for no limit. `membership` is the text of
/// /proc/self/cgroup, `root` where the hierarchy is mounted.
int quotaProcessors(const std::string &membership, const std::string &root);

/// Reads a value of PLAIT_NUM_THREADS.
Status parseThreadCount(const char *text, int &count);

/// The number of threads of a call: `wanted`, or the setting when that is 0.
Status resolveThreads(int32_t wanted, int &count);

} // namespace plait

#endif // PLAIT_RUNTIME_SRC_THREADS_SETTINGS_H
