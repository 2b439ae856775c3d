//===- DeviceFunction.h - a function on a device of CUDA --------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares what a function keeps for each device of CUDA that it is called on:
// which of its variants run there, and the kernels that are loaded.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_SRC_CUDA_DEVICEFUNCTION_H
#define PLAIT_RUNTIME_SRC_CUDA_DEVICEFUNCTION_H

#include "runtime/src/cuda/Architecture.h"
#include "runtime/src/cuda/Device.h"

#include <atomic>
#include <memory>
#include <vector>

struct plait_function;

namespace plait {
class ScheduleTable;
struct VariantPlan;
} // namespace plait

namespace plait::cuda {

/// Kernels that are ready, one for each launch of the variant they are of.
struct LoadedVariant {
  const pack::Variant *variant;
  std::vector<Function> kernels;
};

/// A function on one device.
struct DeviceFunction {
  DeviceFunction(const plait_function &function, const DeviceContext &context, Capability capability);
  ~DeviceFunction();

  /// Finds the variant of a schedule and an architecture, either of which may be NULL.
  Status find(const char *schedule, const char *isa, const VariantPlan *&variant) const;

  /// The best PTX of a schedule, NULL without any.
  const VariantPlan *findText(const std::string &schedule) const;

  /// The fitness of a variant for this device.
  int fitness(const VariantPlan &plan) const;

  const plait_function &function;
  const DeviceContext context;
  const Capability capability;
  /// The variant of calls that no tuning row meets, NULL when none runs here.
  const VariantPlan *fallback = nullptr;
  std::unique_ptr<ScheduleTable> table;
  /// What is loaded, by the variant's position. An entry is set once and then only read.
  mutable std::vector<std::atomic<const LoadedVariant *>> loaded;
  DeviceFunction *next = nullptr;

private:
  Status notRunnable() const;
};

/// A function on all devices it was called on: a list that only grows, read without a lock.
class DeviceFunctions {
public:
  DeviceFunctions() = default;
  DeviceFunctions(const DeviceFunctions &) = delete;
  DeviceFunctions &operator=(const DeviceFunctions &) = delete;
  ~DeviceFunctions();

  /// Gives the function on a device.
  Status get(const plait_function &function, int device, const DeviceFunction *&found);

private:
  const DeviceFunction *find(int device) const;

  std::atomic<DeviceFunction *> first = nullptr;
};

} // namespace plait::cuda

#endif // PLAIT_RUNTIME_SRC_CUDA_DEVICEFUNCTION_H
