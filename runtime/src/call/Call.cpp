//===- Call.cpp - plait_call ----------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file makes a call: options, arguments, variant, launches. The way through it
// allocates nothing and takes no lock.
//
//===----------------------------------------------------------------------===//

#include "runtime/src/call/Launch.h"
#include "runtime/src/cuda/Launch.h"
#include "runtime/src/threads/Settings.h"

#include <cstddef>
#include <cstring>

using namespace plait;

namespace {

/// Keeps the machine code loaded while a call runs.
class PackReference {
public:
  explicit PackReference(plait_pack &pack) : pack(pack) { plait_pack_retain(&pack); }
  ~PackReference() { plait_pack_release(&pack); }

private:
  plait_pack &pack;
};

Status pickVariant(const plait_function &function, const Bindings &bindings, const plait_call_options &options,
                   const VariantPlan *&plan) {
  if (options.schedule || options.isa)
    return function.find(options.schedule, options.isa, plan);
  plan = function.table ? function.tuned(*function.table, bindings.symbols) : nullptr;
  if (!plan)
    plan = function.fallback;
  return plan ? nullptr : function.notRunnable();
}

Status call(const plait_function &function, const DLTensor *const *arguments, size_t count,
            const plait_call_options &options) {
  int threads = 0;
  if (Status status = resolveThreads(options.num_threads, threads))
    return status;
  Bindings bindings;
  if (Status status = bindArguments(function, arguments, count, bindings))
    return status;
  PackReference reference(function.pack);
  if (bindings.device != onHost)
    return cuda::launchAll(function, bindings, options);
  const VariantPlan *plan = nullptr;
  if (Status status = pickVariant(function, bindings, options, plan))
    return status;
  if (!plan->ready.load(std::memory_order_acquire))
    if (Status status = function.pack.prepare(function, *plan))
      return status;
  return launchAll(function, *plan, bindings, options, threads);
}

/// The options as this version has them. Older versions' end before `cuda_stream` or `workspace`.
Status complete(const plait_call_options *given, plait_call_options &options) {
  constexpr size_t oldest = offsetof(plait_call_options, cuda_stream), older = offsetof(plait_call_options, workspace);
  if (!given)
    return nullptr;
  if (given->size != oldest && given->size != older && given->size != sizeof options)
    return failure(PLAIT_INVALID_ARGUMENT, "call options expect size ", oldest, ", ", older, " or ", sizeof options,
                   ", but got ", given->size);
  std::memcpy(&options, given, given->size);
  return nullptr;
}

} // namespace

plait_status *plait_call(const plait_function *function, const DLTensor *const *arguments, size_t count,
                         const plait_call_options *options) {
  return guarded([&]() -> Status {
    if (Status status = expectPointer(function, "plait_call expects a function"))
      return status;
    plait_call_options all = PLAIT_CALL_OPTIONS;
    if (Status status = complete(options, all))
      return status;
    return call(*function, arguments, count, all);
  });
}
