//===- ThreadMemory.h - memory that a thread keeps --------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the memory that calls borrow: scratch for kernels and room for
// temporaries. Each thread keeps what it has used, so that repeated calls allocate
// nothing.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_SRC_CALL_THREADMEMORY_H
#define PLAIT_RUNTIME_SRC_CALL_THREADMEMORY_H

#include <cstddef>
#include <cstdint>

namespace plait {

/// Scratch of the calling thread: 64-byte aligned, valid until its next use on this thread. NULL for size 0, and when
/// memory runs out.
void *threadScratch(uint64_t size);

/// Memory for the temporaries of one call. A thread may hold several leases: a host's parallel loop can start a call
/// while another one waits.
class TemporaryLease {
public:
  TemporaryLease() = default;
  TemporaryLease(const TemporaryLease &) = delete;
  TemporaryLease &operator=(const TemporaryLease &) = delete;
  ~TemporaryLease();

  /// Returns 64-byte aligned memory, NULL when memory runs out. To be called once.
  char *take(uint64_t size);

private:
  void *memory = nullptr;
  bool kept = false;
};

} // namespace plait

#endif // PLAIT_RUNTIME_SRC_CALL_THREADMEMORY_H
