//===- ForkMutex.cpp - a lock that a fork leaves open ---------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file registers the locks with fork.
//
//===----------------------------------------------------------------------===//

#include "runtime/src/threads/ForkMutex.h"

#include <pthread.h>

using namespace plait;

namespace {

std::mutex mutexes[3];

void lockAll() {
  for (std::mutex &mutex : mutexes)
    mutex.lock();
}

void unlockAll() {
  for (std::mutex &mutex : mutexes)
    mutex.unlock();
}

[[maybe_unused]] const int registered = pthread_atfork(lockAll, unlockAll, unlockAll);

} // namespace

ForkLock::ForkLock(ForkMutex which) : guard(mutexes[static_cast<size_t>(which)]) {}
