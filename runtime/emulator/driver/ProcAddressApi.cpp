//===- ProcAddressApi.cpp - entry points by name --------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the search for entry points, and the emulator's own ones.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/driver/Enter.h"
#include "runtime/emulator/driver/ReportText.h"

#include <string_view>

using namespace plait::emulator;

namespace {

// Each symbol by another name and without its type, which does not matter here.
#define X(name, symbol, version) extern "C" void plait_entry_##name##_##version() __asm__(#symbol);
#include "runtime/emulator/driver/EntryPoints.def"
#undef X

struct EntryPoint {
  std::string_view name;
  void (*address)();
  int version;
};

constexpr EntryPoint entryPoints[] = {
#define X(name, symbol, version) {#name, plait_entry_##name##_##version, version},
#include "runtime/emulator/driver/EntryPoints.def"
#undef X
};

enum QueryResult : int { Found = 0, NoSymbol = 1, NoVersion = 2 };

} // namespace

PLAIT_CUDA_API CUresult cuGetProcAddress_v2(const char *symbol, void **pfn, int cudaVersion, uint64_t flags,
                                            int *symbolStatus) {
  if (!symbol || !pfn)
    return CUDA_ERROR_INVALID_VALUE;
  const EntryPoint *found = nullptr;
  bool hasName = false;
  for (const EntryPoint &entry : entryPoints) {
    if (entry.name != symbol)
      continue;
    hasName = true;
    if (entry.version <= cudaVersion && (!found || found->version < entry.version))
      found = &entry;
  }
  *pfn = found ? reinterpret_cast<void *>(found->address) : nullptr;
  if (symbolStatus)
    *symbolStatus = found ? Found : hasName ? NoVersion : NoSymbol;
  return found ? CUDA_SUCCESS : CUDA_ERROR_NOT_FOUND;
}

PLAIT_CUDA_API CUresult cuGetProcAddress(const char *symbol, void **pfn, int cudaVersion, uint64_t flags) {
  return cuGetProcAddress_v2(symbol, pfn, cudaVersion, flags, nullptr);
}

/// Text that lives until this thread asks again.
template <typename Make> static const char *hold(Make make) {
  static thread_local std::string text;
  Driver &driver = Driver::get();
  std::lock_guard lock(driver.mutex);
  text = make(driver);
  return text.c_str();
}

PLAIT_CUDA_API const char *plaitEmulatorReport() {
  return hold([](Driver &driver) { return driver.report; });
}

PLAIT_CUDA_API const char *plaitEmulatorCounters() {
  return hold([](Driver &driver) { return countersAsJson(driver.counters, driver.launches); });
}

PLAIT_CUDA_API void plaitEmulatorClear() {
  Driver &driver = Driver::get();
  std::lock_guard lock(driver.mutex);
  driver.report.clear();
  driver.counters = {};
  driver.launches = 0;
}
