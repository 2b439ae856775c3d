//===- Module.h - kernels for CUDA, loaded ----------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares what a pack keeps of CUDA: the modules that the driver made of its
// code for each device.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_SRC_CUDA_MODULE_H
#define PLAIT_RUNTIME_SRC_CUDA_MODULE_H

#include "runtime/src/cuda/DeviceFunction.h"

#include <map>
#include <span>
#include <vector>

namespace plait::cuda {

/// The modules of one pack, unloaded with it.
class ModuleCache {
public:
  ModuleCache() = default;
  ModuleCache(const ModuleCache &) = delete;
  ModuleCache &operator=(const ModuleCache &) = delete;
  ~ModuleCache();

  /// Loads the kernels of a variant, once. Machine code that the driver refuses is replaced by PTX of the same
  /// schedule. The device must be current.
  Status load(const DeviceFunction &place, const VariantPlan &plan, const LoadedVariant *&loaded);

private:
  Status loadVariant(const DeviceFunction &place, const pack::Variant &variant, std::vector<Function> &kernels);
  Status getModule(const DeviceContext &context, const pack::Variant &variant, std::span<const uint8_t> code,
                   const std::string &name, Module &module);

  /// By device and object.
  std::map<std::pair<int, uint32_t>, Module> modules;
};

} // namespace plait::cuda

#endif // PLAIT_RUNTIME_SRC_CUDA_MODULE_H
