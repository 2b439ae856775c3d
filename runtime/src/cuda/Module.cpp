//===- Module.cpp - kernels for CUDA, loaded ------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file loads a variant's code on a device, or compiles its PTX there.
//===----------------------------------------------------------------------===//

#include "runtime/src/cuda/Module.h"

#include "runtime/src/loader/Function.h"
#include "runtime/src/threads/ForkMutex.h"

#include <algorithm>

using namespace plait;
using namespace plait::cuda;

namespace {

/// What a driver has to say about code it refuses fits in this.
constexpr size_t logSize = 8192;

/// The driver's log on one line, led by ": ".
std::string oneLine(std::string_view log) {
  std::string line;
  for (char c : log.substr(0, log.find('\0')))
    if (c != '\n')
      line += c;
    else if (!line.empty() && !line.ends_with("; "))
      line += "; ";
  line.resize(line.find_last_not_of("; ") + 1);
  return line.empty() ? line : ": " + line;
}

Status raiseSharedMemory(const DeviceContext &context, const pack::Launch &launch, Function kernel,
                         const std::string &name) {
  if (!launch.shared)
    return nullptr;
  const Driver &driver = *context.driver;
  int most = 0;
  if (Status status = driver.check(driver.deviceGetAttribute(&most, sharedMemoryOfBlock, context.device),
                                   "can't describe CUDA device ", context.index))
    return status;
  if (launch.shared > uint32_t(std::max(most, 0)))
    return failure(PLAIT_UNSUPPORTED, name, " expects ", launch.shared, " bytes of shared memory for a block of '",
                   launch.symbol, "', but CUDA device ", context.index, " has ", most);
  return driver.check(driver.functionSetAttribute(kernel, dynamicSharedMemory, int(launch.shared)), name, ": '",
                      launch.symbol, "' can't have ", launch.shared, " bytes of shared memory on CUDA device ",
                      context.index);
}

} // namespace

ModuleCache::~ModuleCache() {
  for (const auto &[key, module] : modules) {
    // In a child after fork() the driver can't be used, and what it holds is the parent's.
    CurrentDevice current;
    if (Status status = current.enter(key.first))
      continue;
    ForkLock lock(ForkMutex::CudaDriver);
    current.driver().moduleUnload(module);
  }
}

Status ModuleCache::load(const DeviceFunction &place, const VariantPlan &plan, const LoadedVariant *&loaded) {
  std::atomic<const LoadedVariant *> &slot = place.loaded[size_t(&plan - place.function.variants.data())];
  loaded = slot.load(std::memory_order_acquire);
  if (loaded)
    return nullptr;
  ForkLock lock(ForkMutex::CudaDriver);
  loaded = slot.load(std::memory_order_relaxed);
  if (loaded)
    return nullptr;
  auto fresh = std::make_unique<LoadedVariant>(LoadedVariant{plan.variant, {}});
  Status refused = loadVariant(place, *plan.variant, fresh->kernels);
  if (refused && plan.variant->code == pack::Code::Cubin)
    if (const VariantPlan *text = place.findText(plan.variant->schedule)) {
      fresh->variant = text->variant;
      std::string before = std::move(refused->message);
      refused = loadVariant(place, *text->variant, fresh->kernels);
      if (refused)
        refused->message += "; before: " + before;
    }
  if (refused)
    return refused;
  loaded = fresh.release();
  slot.store(loaded, std::memory_order_release);
  return nullptr;
}

Status ModuleCache::loadVariant(const DeviceFunction &place, const pack::Variant &variant,
                                std::vector<Function> &kernels) {
  const plait_function &function = place.function;
  const Driver &driver = *place.context.driver;
  std::string name = join(function.entry.name, " for '", variant.isa, "'");
  Module module = nullptr;
  if (Status status = getModule(place.context, variant, function.pack.content.object(variant.object), name, module))
    return status;
  kernels.assign(variant.launches.size(), nullptr);
  for (size_t i = 0; i < kernels.size(); ++i) {
    const pack::Launch &launch = variant.launches[i];
    if (Status status = driver.check(driver.moduleGetFunction(&kernels[i], module, launch.symbol.c_str()),
                                     "can't find kernel '", launch.symbol, "' of ", name))
      return status;
    if (Status status = raiseSharedMemory(place.context, launch, kernels[i], name))
      return status;
  }
  return nullptr;
}

Status ModuleCache::getModule(const DeviceContext &context, const pack::Variant &variant, std::span<const uint8_t> code,
                              const std::string &name, Module &module) {
  auto key = std::pair(context.index, variant.object);
  auto found = modules.find(key);
  if (found != modules.end()) {
    module = found->second;
    return nullptr;
  }
  // PTX ends with a zero byte, which costs machine code nothing.
  std::string image(code.begin(), code.end()), log(logSize, '\0');
  const int options[] = {errorLog, errorLogSize};
  void *values[] = {log.data(), reinterpret_cast<void *>(log.size() - 1)};
  Result result = context.driver->moduleLoad(&module, image.c_str(), 2, options, values);
  if (Status status =
          context.driver->check(result, "can't load ", variant.code == pack::Code::Ptx ? "PTX" : "machine code", " of ",
                                name, " on CUDA device ", context.index)) {
    status->message += oneLine(log);
    return status;
  }
  modules.emplace(key, module);
  return nullptr;
}
