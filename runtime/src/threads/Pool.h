//===- Pool.h - the threads that run work items -----------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the thread pool. It starts threads when they are first needed,
// lets the calling thread work too, and serves one parallel loop at a time: a second
// host thread, like a nested loop, runs its items itself instead of waiting.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_SRC_THREADS_POOL_H
#define PLAIT_RUNTIME_SRC_THREADS_POOL_H

#include <plait/runtime.h>

#include <atomic>
#include <cstdint>

namespace plait {

class Pool {
public:
  /// The pool of this process. In a child after fork it is a fresh one, without threads.
  static Pool &get();

  /// Runs `body` on ranges that cover 0 .. items - 1 once each, on at most `threads` threads.
  void run(int threads, int64_t items, plait_range_body body, void *context);

private:
  Pool() = default;

  static void *workerMain(void *pool);
  void startWorkers(int count);
  void publish(int threads, int helpers);
  bool join();
  void work();
  void leave();
  void waitForJob();
  void waitForHelpers();

  /// `state` counts the places left in the job (high half) and the helpers in it (low half).
  static constexpr uint32_t place = 1u << 16;
  static uint32_t places(uint32_t state) { return state / place; }
  static uint32_t helpersIn(uint32_t state) { return state % place; }

  /// Set while a host thread uses the pool.
  std::atomic<bool> held = false;
  int workers = 0;

  // The job. Written by the holder while `state` is 0, read by helpers that have joined.
  plait_range_body body = nullptr;
  void *context = nullptr;
  uint64_t items = 0, chunk = 1;

  // Words that different threads write sit on different cache lines.
  alignas(64) std::atomic<uint64_t> next = 0;
  alignas(64) std::atomic<uint32_t> state = 0;
  alignas(64) std::atomic<uint32_t> epoch = 0;
  std::atomic<uint32_t> sleepers = 0;
  std::atomic<uint32_t> spinNanoseconds = 0;
  alignas(64) std::atomic<uint32_t> holderSleeps = 0;
};

} // namespace plait

#endif // PLAIT_RUNTIME_SRC_THREADS_POOL_H
