//===- Launch.cpp - run the kernels of a variant --------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file evaluates grids and runs work items. Which thread runs an item changes
// nothing in its result.
//
//===----------------------------------------------------------------------===//

#include "runtime/src/call/Launch.h"

#include "runtime/src/call/FloatControl.h"
#include "runtime/src/call/ThreadMemory.h"
#include "runtime/src/threads/Pool.h"

#include <algorithm>
#include <atomic>

using namespace plait;

namespace {

/// Work below this is not worth waking a thread for: a few microseconds.
constexpr double flopsForAThread = 1e5;

/// One launch under way, shared by the threads that work on it.
struct Work {
  Kernel kernel;
  void *const *operands;
  uint64_t scratch;
  uint64_t x, y;
  int64_t items;
  std::atomic<bool> outOfMemory = false;
};

void runItems(void *context, int64_t first, int64_t last) {
  Work &work = *static_cast<Work *>(context);
  void *scratch = threadScratch(work.scratch);
  if (work.scratch && !scratch) {
    work.outOfMemory.store(true, std::memory_order_relaxed);
    return;
  }
  FloatControl control;
  uint64_t x = uint64_t(first) % work.x, rest = uint64_t(first) / work.x;
  uint64_t y = rest % work.y, z = rest / work.y;
  for (int64_t item = first; item < last; ++item) {
    work.kernel(work.operands, scratch, uint32_t(x), uint32_t(y), uint32_t(z));
    if (++x < work.x)
      continue;
    x = 0;
    if (++y < work.y)
      continue;
    y = 0;
    ++z;
  }
}

/// Evaluates a grid extent; indices of items are 32 bits wide.
bool gridExtent(const pack::GridDim &dim, const int64_t *symbols, uint64_t &extent) {
  int64_t size = dim.factor;
  if (dim.symbol != pack::noSymbol && __builtin_mul_overflow(size, symbols[dim.symbol], &size))
    return false;
  extent = dim.divisor == 1 ? uint64_t(size) : uint64_t(size) / uint64_t(dim.divisor) + (size % dim.divisor != 0);
  return extent <= uint64_t(1) << 32;
}

bool evaluateGrid(const pack::Launch &launch, const int64_t *symbols, Work &work) {
  uint64_t z;
  if (!gridExtent(launch.grid[0], symbols, work.x) || !gridExtent(launch.grid[1], symbols, work.y) ||
      !gridExtent(launch.grid[2], symbols, z))
    return false;
  uint64_t plane;
  return !__builtin_mul_overflow(work.x, work.y, &plane) && !__builtin_mul_overflow(plane, z, &work.items);
}

/// How many threads the launch is worth.
int usefulThreads(const pack::Launch &launch, const int64_t *symbols, int64_t items, int threads) {
  threads = int(std::min<int64_t>(threads, items));
  if (threads <= 1 || launch.flops.empty())
    return threads;
  double flops = 0;
  for (const pack::Product &product : launch.flops) {
    double term = double(product.factor);
    for (int16_t symbol : product.symbols)
      term *= double(symbols[symbol]);
    flops += term;
  }
  return int(std::min(double(threads), 1 + flops / flopsForAThread));
}

Status launchOne(const plait_function &function, const pack::Launch &launch, Kernel kernel, const Bindings &bindings,
                 const Workers &workers) {
  void *operands[Bindings::maxOperands];
  for (size_t i = 0; i < launch.operands.size(); ++i)
    operands[i] = bindings.operands[launch.operands[i]];
  Work work = {kernel, operands, launch.scratch, 0, 0, 0};
  if (!evaluateGrid(launch, bindings.symbols, work))
    return failure(PLAIT_INVALID_ARGUMENT, function.entry.name, ": launch of '", launch.symbol,
                   "' expects at most 2^32 work items in a direction and 2^63 in all, but the arrays ask for more");
  if (work.items == 0)
    return nullptr;
  int threads = usefulThreads(launch, bindings.symbols, work.items, workers.threads);
  if (threads <= 1)
    runItems(&work, 0, work.items);
  else if (workers.hostLoop)
    workers.hostLoop(workers.hostContext, work.items, runItems, &work);
  else
    Pool::get().run(threads, work.items, runItems, &work);
  if (work.outOfMemory.load(std::memory_order_relaxed))
    return Status(outOfMemory());
  return nullptr;
}

Status allocateTemporaries(const plait_function &function, const pack::Variant &variant, TemporaryLease &lease,
                           Bindings &bindings) {
  uint64_t total = 0, size = 0;
  for (const pack::Temporary &temporary : variant.temporaries)
    if (!temporarySize(temporary, bindings.symbols, size) || __builtin_add_overflow(total, size, &total))
      return failure(PLAIT_OUT_OF_MEMORY, function.entry.name, ": the arrays ask for temporaries of over 2^63 bytes");
  char *memory = lease.take(total);
  if (!memory && total)
    return failure(PLAIT_OUT_OF_MEMORY, function.entry.name, ": can't allocate ", total, " bytes for temporaries");
  for (size_t i = 0; i < variant.temporaries.size(); ++i) {
    temporarySize(variant.temporaries[i], bindings.symbols, size);
    bindTemporary(variant.temporaries[i], memory, function.arguments.size() + i, bindings);
    memory += size;
  }
  return nullptr;
}

} // namespace

Status plait::launchAll(const plait_function &function, const VariantPlan &plan, Bindings &bindings,
                        const Workers &workers) {
  const pack::Variant &variant = *plan.variant;
  TemporaryLease lease;
  if (!variant.temporaries.empty())
    if (Status status = allocateTemporaries(function, variant, lease, bindings))
      return status;
  for (size_t i = 0; i < variant.launches.size(); ++i)
    if (Status status = launchOne(function, variant.launches[i], plan.kernels[i], bindings, workers))
      return status;
  return nullptr;
}
