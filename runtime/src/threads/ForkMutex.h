//===- ForkMutex.h - a lock that a fork leaves open -------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the locks of work that happens rarely and takes long. A fork waits
// until no other thread is inside, so that a child never finds one locked for ever.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_SRC_THREADS_FORKMUTEX_H
#define PLAIT_RUNTIME_SRC_THREADS_FORKMUTEX_H

#include <mutex>

namespace plait {

/// The locks of loading machine code, of the tuning database and of opening the CUDA driver and its devices.
enum class ForkMutex { Loader, Database, CudaDriver };

/// Holds a lock for its lifetime.
class ForkLock {
public:
  explicit ForkLock(ForkMutex which);

private:
  std::lock_guard<std::mutex> guard;
};

} // namespace plait

#endif // PLAIT_RUNTIME_SRC_THREADS_FORKMUTEX_H
