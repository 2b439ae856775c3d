//===- Pool.cpp - the threads that run work items -------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the pool on two futex words. A job has places; a thread that
// wakes takes one, and whoever finds the items used up closes the job, so that nobody
// waits for a thread that has not even woken.
//
//===----------------------------------------------------------------------===//

#include "runtime/src/threads/Pool.h"

#include "runtime/src/threads/Futex.h"
#include "runtime/src/threads/Settings.h"

#include <algorithm>
#include <csignal>
#include <ctime>
#include <pthread.h>

using namespace plait;

namespace {

/// How long to look for work before sleeping, where each thread has a processor of its own.
constexpr uint32_t spinTime = 50'000;

/// Set in threads that run work items, where a nested loop runs serially.
thread_local bool insideLoop = false;

std::atomic<Pool *> current;

/// The threads of the parent's pool don't exist in the child, so its words mean nothing there: the pool is let go.
void forgetThreads() { current.store(nullptr); }

/// Registered when the library is loaded: a lock taken later could be found locked by a child.
[[maybe_unused]] const int registered = pthread_atfork(nullptr, nullptr, forgetThreads);

uint64_t now() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return uint64_t(time.tv_sec) * 1'000'000'000 + uint64_t(time.tv_nsec);
}

/// Spins until `done`, at most for the given time. Returns whether it is done.
template <typename F> bool spin(uint32_t nanoseconds, F &&done) {
  if (done())
    return true;
  if (!nanoseconds)
    return false;
  for (uint64_t end = now() + nanoseconds; now() < end;)
    for (int i = 0; i < 16; ++i) {
      relax();
      if (done())
        return true;
    }
  return false;
}

} // namespace

Pool &Pool::get() {
  if (Pool *pool = current.load(std::memory_order_acquire))
    return *pool;
  Pool *fresh = new Pool, *other = nullptr;
  if (current.compare_exchange_strong(other, fresh))
    return *fresh;
  delete fresh;
  return *other;
}

void Pool::run(int threads, int64_t count, plait_range_body loopBody, void *loopContext) {
  if (threads <= 1 || count <= 1 || insideLoop || held.exchange(true, std::memory_order_acquire))
    return loopBody(loopContext, 0, count);
  insideLoop = true;
  startWorkers(threads - 1);
  body = loopBody;
  context = loopContext;
  items = uint64_t(count);
  publish(threads, std::min(threads - 1, workers));
  work();
  leave();
  waitForHelpers();
  insideLoop = false;
  held.store(false, std::memory_order_release);
}

void Pool::startWorkers(int count) {
  if (workers >= count)
    return;
  // Signals belong to the host's threads.
  sigset_t all, former;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &former);
  pthread_t thread;
  while (workers < count && pthread_create(&thread, nullptr, workerMain, this) == 0) {
    pthread_detach(thread);
    ++workers;
  }
  pthread_sigmask(SIG_SETMASK, &former, nullptr);
}

void Pool::publish(int threads, int helpers) {
  // Several pieces a thread: the last one to finish is never far behind.
  chunk = std::max<uint64_t>(1, items / (uint64_t(threads) * 16));
  next.store(0, std::memory_order_relaxed);
  spinNanoseconds.store(threads <= availableProcessors() ? spinTime : 0, std::memory_order_relaxed);
  // The holder is in the job too, so that `leave` serves both.
  state.store(uint32_t(helpers) * place + 1, std::memory_order_release);
  epoch.fetch_add(1, std::memory_order_seq_cst);
  if (uint32_t asleep = sleepers.load(std::memory_order_seq_cst))
    futexWake(epoch, int(std::min(asleep, uint32_t(helpers))));
}

bool Pool::join() {
  uint32_t seen = state.load(std::memory_order_acquire);
  while (places(seen))
    if (state.compare_exchange_weak(seen, seen - place + 1, std::memory_order_acq_rel))
      return true;
  return false;
}

void Pool::work() {
  for (;;) {
    uint64_t first = next.fetch_add(chunk, std::memory_order_relaxed);
    if (first >= items)
      return;
    body(context, int64_t(first), int64_t(std::min(first + chunk, items)));
  }
}

void Pool::leave() {
  uint32_t seen = state.load(std::memory_order_relaxed);
  while (!state.compare_exchange_weak(seen, helpersIn(seen) - 1, std::memory_order_seq_cst)) {
  }
  if (helpersIn(seen) == 1 && holderSleeps.exchange(0, std::memory_order_seq_cst))
    futexWake(holderSleeps, 1);
}

void Pool::waitForHelpers() {
  auto alone = [&] { return state.load(std::memory_order_seq_cst) == 0; };
  if (spin(spinNanoseconds.load(std::memory_order_relaxed), alone))
    return;
  while (!alone()) {
    holderSleeps.store(1, std::memory_order_seq_cst);
    if (!alone())
      futexWait(holderSleeps, 1);
  }
  holderSleeps.store(0, std::memory_order_relaxed);
}

void Pool::waitForJob() {
  uint32_t seen = epoch.load(std::memory_order_seq_cst);
  auto open = [&] { return places(state.load(std::memory_order_acquire)) != 0; };
  if (spin(spinNanoseconds.load(std::memory_order_relaxed), open))
    return;
  sleepers.fetch_add(1, std::memory_order_seq_cst);
  futexWait(epoch, seen);
  sleepers.fetch_sub(1, std::memory_order_relaxed);
}

void *Pool::workerMain(void *argument) {
  Pool &pool = *static_cast<Pool *>(argument);
  pthread_setname_np(pthread_self(), "plait-worker");
  insideLoop = true;
  for (;;) {
    if (!pool.join()) {
      pool.waitForJob();
      continue;
    }
    pool.work();
    pool.leave();
  }
}

plait_status *plait_parallel_for(int64_t count, int32_t num_threads, plait_range_body body, void *body_ctx) {
  return guarded([&]() -> Status {
    if (Status status = expectPointer(reinterpret_cast<const void *>(body), "plait_parallel_for expects a body"))
      return status;
    int threads = 0;
    if (Status status = resolveThreads(num_threads, threads))
      return status;
    if (count < 0)
      return failure(PLAIT_INVALID_ARGUMENT, "plait_parallel_for expects count >= 0, but got ", count);
    if (count > 0)
      Pool::get().run(threads, count, body, body_ctx);
    return nullptr;
  });
}
