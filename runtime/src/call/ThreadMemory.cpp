//===- ThreadMemory.cpp - memory that a thread keeps ----------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the per-thread buffers.
//
//===----------------------------------------------------------------------===//

#include "runtime/src/call/ThreadMemory.h"

#include <cstdlib>

using namespace plait;

namespace {

constexpr uint64_t alignment = 64;

/// What a thread keeps of temporaries between calls; more goes back at once.
constexpr uint64_t keptTemporaries = uint64_t(16) << 20;

void *allocate(uint64_t size) {
  if (size > SIZE_MAX - alignment)
    return nullptr;
  return std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
}

struct Buffer {
  void *memory = nullptr;
  uint64_t size = 0;

  ~Buffer() { std::free(memory); }

  void *reserve(uint64_t wanted) {
    if (wanted <= size)
      return memory;
    void *grown = allocate(wanted);
    if (!grown)
      return nullptr;
    std::free(memory);
    memory = grown;
    size = wanted;
    return memory;
  }
};

thread_local Buffer scratch;
thread_local Buffer temporaries;
thread_local bool temporariesLent = false;

} // namespace

void *plait::threadScratch(uint64_t size) { return size ? scratch.reserve(size) : nullptr; }

char *TemporaryLease::take(uint64_t size) {
  kept = size <= keptTemporaries && !temporariesLent;
  temporariesLent |= kept;
  memory = kept ? temporaries.reserve(size) : allocate(size);
  return static_cast<char *>(memory);
}

TemporaryLease::~TemporaryLease() {
  if (kept)
    temporariesLent = false;
  else
    std::free(memory);
}
