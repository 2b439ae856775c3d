//===- Launch.cpp - run the kernels of a variant --------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file evaluates grids and runs work items. Which thread runs an item changes
// nothing in its result.
//
//===----------------------------------------------------------------------===//

#include "runtime/src/call/Launch.h"

#include "runtime/src/call/FloatControl.h"
#include "runtime/src/call/Grid.h"
#include "runtime/src/call/ThreadMemory.h"
#include "runtime/src/threads/Pool.h"

#include <algorithm>
#include <atomic>

using namespace plait;

namespace {

/// Work that is worth one more thread: arithmetic, or memory to go through. Waking one takes microseconds.
constexpr double flopsForAThread = 2e5, bytesForAThread = 1e5;

/// One launch under way, shared by the threads that work on it.
struct Work {
  Kernel kernel;
  void *const *operands;
  uint64_t scratch;
  uint64_t x, y;
  int64_t items;
  /// Neighbours along y that an item takes; 0 where the grid has a direction z instead.
  uint64_t span = 0;
  std::atomic<bool> outOfMemory = false;
};

void runSpans(const Work &work, void *scratch, uint64_t first, uint64_t last) {
  for (uint64_t item = first; item < last; ++item) {
    uint64_t y = item / work.x * work.span;
    work.kernel(work.operands, scratch, uint32_t(item % work.x), uint32_t(y),
                uint32_t(std::min(work.span, work.y - y)));
  }
}

void runItems(void *context, int64_t first, int64_t last) {
  Work &work = *static_cast<Work *>(context);
  void *scratch = threadScratch(work.scratch);
  if (work.scratch && !scratch) {
    work.outOfMemory.store(true, std::memory_order_relaxed);
    return;
  }
  FloatControl control;
  if (work.span)
    return runSpans(work, scratch, uint64_t(first), uint64_t(last));
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

/// The largest spans that keep all threads as busy as single items would, but for a sixteenth.
void takeSpans(Work &work, uint64_t most, uint64_t threads) {
  auto roundsOf = [&](uint64_t groups) { return (work.x * groups + threads - 1) / threads; };
  uint64_t single = roundsOf(work.y), groups = 0;
  for (uint64_t span = std::min(most, work.y); span > 0; --span) {
    groups = (work.y + span - 1) / span;
    work.span = (work.y + groups - 1) / groups; // as even as they come
    if (threads == 1 || roundsOf(groups) * work.span <= single + single / 16)
      break;
  }
  work.items = int64_t(work.x * groups);
}

double evaluate(const pack::Product &product, const int64_t *symbols) {
  double value = double(product.factor);
  for (int16_t symbol : product.symbols)
    value *= double(symbols[symbol]);
  return value;
}

double countBytes(pack::ElementType type, const std::vector<pack::Dim> &shape, const int64_t *symbols) {
  double bytes = double(pack::elementSize(type));
  for (const pack::Dim &dim : shape)
    bytes *= double(dim.factor) * (dim.symbol == pack::noSymbol ? 1 : double(symbols[dim.symbol]));
  return bytes;
}

/// The launches of one call.
class Launcher {
public:
  Launcher(const plait_function &function, const VariantPlan &plan, Bindings &bindings,
           const plait_call_options &options, int threads)
      : function(function), plan(plan), variant(*plan.variant), bindings(bindings), options(options),
        mostThreads(threads) {}

  Status run() {
    if (!variant.temporaries.empty())
      if (Status status = allocateTemporaries())
        return status;
    for (size_t i = 0; i < variant.launches.size(); ++i)
      if (Status status = launch(variant.launches[i], plan.kernels[i]))
        return status;
    return nullptr;
  }

private:
  Status allocateTemporaries();
  Status launch(const pack::Launch &launch, Kernel kernel);
  int usefulThreads(const pack::Launch &launch, int64_t items) const;

  double operandBytes(size_t operand) const {
    size_t arguments = function.entry.arguments.size();
    if (operand < arguments)
      return countBytes(function.entry.arguments[operand].type, function.entry.arguments[operand].shape,
                        bindings.symbols);
    const pack::Temporary &temporary = variant.temporaries[operand - arguments];
    return countBytes(temporary.type, temporary.shape, bindings.symbols);
  }

  const plait_function &function;
  const VariantPlan &plan;
  const pack::Variant &variant;
  Bindings &bindings;
  const plait_call_options &options;
  int mostThreads;
  TemporaryLease lease;
};

Status Launcher::allocateTemporaries() {
  uint64_t total = 0;
  if (Status status = sizeTemporaries(function, variant, bindings.symbols, total))
    return status;
  uint64_t memory = 0;
  if (total && options.workspace) {
    if (Status status = takeWorkspace(function, options, {kDLCPU, 0}, total, memory))
      return status;
  } else {
    memory = reinterpret_cast<uintptr_t>(lease.take(total));
    if (!memory && total)
      return failure(PLAIT_OUT_OF_MEMORY, function.entry.name, ": can't allocate ", total, " bytes for temporaries");
  }
  bindTemporaries(function, variant, memory, bindings);
  return nullptr;
}

/// How many threads the launch is worth. Without a statement about its work, it is worth all.
int Launcher::usefulThreads(const pack::Launch &launch, int64_t items) const {
  int most = int(std::min<int64_t>(mostThreads, items));
  if (most <= 1 || launch.flops.empty())
    return most;
  double threads = 1;
  for (const pack::Product &product : launch.flops)
    threads += evaluate(product, bindings.symbols) / flopsForAThread;
  for (uint16_t operand : launch.operands)
    threads += operandBytes(operand) / bytesForAThread;
  return int(std::min(double(most), threads));
}

Status Launcher::launch(const pack::Launch &launch, Kernel kernel) {
  void *operands[Bindings::maxOperands];
  for (size_t i = 0; i < launch.operands.size(); ++i)
    operands[i] = bindings.operands[launch.operands[i]];
  Grid grid;
  if (Status status = evaluateGrid(function.entry.name, launch, bindings.symbols, grid))
    return status;
  Work work = {kernel, operands, launch.scratch, grid.x, grid.y, grid.items};
  if (work.items == 0)
    return nullptr;
  int threads = usefulThreads(launch, work.items);
  if (launch.span > 1)
    takeSpans(work, launch.span, uint64_t(threads));
  threads = int(std::min<int64_t>(threads, work.items));
  if (threads <= 1)
    runItems(&work, 0, work.items);
  else if (options.parallel_for)
    options.parallel_for(options.parallel_for_ctx, work.items, runItems, &work);
  else
    Pool::get().run(threads, work.items, runItems, &work);
  if (work.outOfMemory.load(std::memory_order_relaxed))
    return Status(outOfMemory());
  return nullptr;
}

} // namespace

Status plait::launchAll(const plait_function &function, const VariantPlan &plan, Bindings &bindings,
                        const plait_call_options &options, int threads) {
  return Launcher(function, plan, bindings, options, threads).run();
}
