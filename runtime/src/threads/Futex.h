//===- Futex.h - sleep and wake on a word -----------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file wraps the system call that the pool sleeps in. A futex has no state of its
// own, which is what makes the pool safe to fork.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_SRC_THREADS_FUTEX_H
#define PLAIT_RUNTIME_SRC_THREADS_FUTEX_H

#include <atomic>
#include <cstdint>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace plait {

/// Sleeps while `word` is `value`. May also return for no reason.
inline void futexWait(std::atomic<uint32_t> &word, uint32_t value) {
  syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, value, nullptr, nullptr, 0);
}

/// Wakes up to `count` threads that sleep on `word`.
inline void futexWake(std::atomic<uint32_t> &word, int count) {
  syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, count, nullptr, nullptr, 0);
}

/// Tells the core that this is a waiting loop.
inline void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb");
#endif
}

} // namespace plait

#endif // PLAIT_RUNTIME_SRC_THREADS_FUTEX_H
