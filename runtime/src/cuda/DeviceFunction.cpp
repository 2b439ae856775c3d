//===- DeviceFunction.cpp - a function on a device of CUDA ----------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file chooses among the variants of a function for a device.
//
//===----------------------------------------------------------------------===//

#include "runtime/src/cuda/DeviceFunction.h"

#include "runtime/src/loader/Function.h"
#include "runtime/src/threads/ForkMutex.h"

#include <algorithm>
#include <utility>

using namespace plait;
using namespace plait::cuda;

namespace {

Status describeCapability(const DeviceContext &context, Capability &capability) {
  const Driver &driver = *context.driver;
  Result result = driver.deviceGetAttribute(&capability.major, capabilityMajor, context.device);
  if (result == success)
    result = driver.deviceGetAttribute(&capability.minor, capabilityMinor, context.device);
  return driver.check(result, "can't describe CUDA device ", context.index);
}

} // namespace

DeviceFunction::DeviceFunction(const plait_function &function, const DeviceContext &context, Capability capability)
    : function(function), context(context), capability(capability), loaded(function.variants.size()) {
  for (const VariantPlan &plan : function.variants)
    if (fitness(plan) > (fallback ? fitness(*fallback) : 0))
      fallback = &plan;
  std::vector<const VariantPlan *> candidates;
  for (const VariantPlan &plan : function.variants)
    if (fallback && fitness(plan) == fitness(*fallback))
      candidates.push_back(&plan);
  if (candidates.size() > 1 && !function.entry.schedules.empty())
    table = std::make_unique<ScheduleTable>(function.entry, candidates);
}

DeviceFunction::~DeviceFunction() {
  for (const std::atomic<const LoadedVariant *> &variant : loaded)
    delete variant.load(std::memory_order_relaxed);
}

int DeviceFunction::fitness(const VariantPlan &plan) const {
  return cuda::fitness(plan.variant->isa, plan.variant->code, capability);
}

Status DeviceFunction::find(const char *schedule, const char *isa, const VariantPlan *&variant) const {
  if (!fallback)
    return notRunnable();
  int wanted = fitness(*fallback);
  if (isa) {
    if (!cuda::fitness(isa, pack::Code::Cubin, capability) && !cuda::fitness(isa, pack::Code::Ptx, capability))
      return failure(PLAIT_UNSUPPORTED, function.entry.name, " expects an architecture that CUDA device ",
                     context.index, " (", spell(capability), ") runs, but got '", isa, "'");
    wanted = 0;
    for (const VariantPlan &plan : function.variants)
      if (plan.variant->isa == isa)
        wanted = std::max(wanted, fitness(plan));
  }
  std::string_view name = isa ? std::string_view(isa) : fallback->variant->isa;
  return function.findSchedule(
      schedule, name, [&](const VariantPlan &plan) { return wanted && fitness(plan) == wanted; }, variant);
}

const VariantPlan *DeviceFunction::findText(const std::string &schedule) const {
  const VariantPlan *found = nullptr;
  for (const VariantPlan &plan : function.variants)
    if (plan.variant->code == pack::Code::Ptx && plan.variant->schedule == schedule &&
        fitness(plan) > (found ? fitness(*found) : 0))
      found = &plan;
  return found;
}

Status DeviceFunction::notRunnable() const {
  std::string compiled;
  for (const VariantPlan &plan : function.variants)
    compiled += join(compiled.empty() ? "'" : ", '", plan.variant->isa, "'",
                     plan.variant->code == pack::Code::Ptx ? " (PTX)" : "");
  return failure(PLAIT_UNSUPPORTED, function.entry.name, " is compiled for ", compiled, ", but CUDA device ",
                 context.index, " is ", spell(capability));
}

DeviceFunctions::~DeviceFunctions() {
  for (DeviceFunction *entry = first.load(std::memory_order_relaxed); entry;)
    delete std::exchange(entry, entry->next);
}

const DeviceFunction *DeviceFunctions::find(int device) const {
  const DeviceFunction *entry = first.load(std::memory_order_acquire);
  while (entry && entry->context.index != device)
    entry = entry->next;
  return entry;
}

Status DeviceFunctions::get(const plait_function &function, int device, const DeviceFunction *&found) {
  const Driver *driver; // a child after fork() may not use what its parent found
  if (Status status = openDriver(driver))
    return status;
  found = find(device);
  if (found)
    return nullptr;
  DeviceContext context;
  Capability capability;
  if (Status status = findContext(device, context))
    return status;
  if (Status status = describeCapability(context, capability))
    return status;
  auto fresh = std::make_unique<DeviceFunction>(function, context, capability);
  ForkLock lock(ForkMutex::CudaDriver);
  found = find(device);
  if (found)
    return nullptr;
  fresh->next = first.load(std::memory_order_relaxed);
  found = fresh.get();
  first.store(fresh.release(), std::memory_order_release);
  return nullptr;
}
