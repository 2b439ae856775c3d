//===- Driver.cpp - the CUDA driver, opened at run time -------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file finds the driver's library and fills the table of its entry points.
//
//===----------------------------------------------------------------------===//

#include "runtime/src/cuda/Driver.h"

#include "runtime/src/threads/ForkMutex.h"

#include <atomic>
#include <cstdlib>
#include <dlfcn.h>
#include <pthread.h>

using namespace plait;
using namespace plait::cuda;

namespace {

Driver table;
/// The table once it is filled.
std::atomic<const Driver *> opened;
/// Whether a parent of this process opened it: a driver does not survive fork().
std::atomic<bool> inherited;

void noteFork() {
  if (opened.load(std::memory_order_relaxed))
    inherited.store(true, std::memory_order_relaxed);
}

[[maybe_unused]] const int registered = pthread_atfork(nullptr, nullptr, noteFork);

/// The emulator lies beside the library that this code is in.
std::string emulatorPath() {
  const std::string name = "libplait_cuda_emulator.so";
  Dl_info self;
  std::string path = dladdr(reinterpret_cast<void *>(&emulatorPath), &self) ? self.dli_fname : "";
  size_t slash = path.rfind('/');
  return slash == path.npos ? name : path.substr(0, slash + 1) + name;
}

std::string driverPath() {
  const char *setting = std::getenv("PLAIT_CUDA_DRIVER");
  if (!setting || !*setting)
    return "libcuda.so.1";
  return setting == std::string("emulator") ? emulatorPath() : setting;
}

Status fill(void *library, const std::string &path, Driver &driver) {
#define PLAIT_CUDA_FIND(member, name, ...)                                                                             \
  driver.member = reinterpret_cast<decltype(driver.member)>(dlsym(library, name));                                     \
  if (!driver.member)                                                                                                  \
    return failure(PLAIT_UNSUPPORTED, "CUDA expects a driver that has ", name, ", but '", path,                        \
                   "' has not; it may be too old");
  PLAIT_CUDA_ENTRY_POINTS(PLAIT_CUDA_FIND)
#undef PLAIT_CUDA_FIND
  return nullptr;
}

/// The library stays open whatever happens: a driver that was asked to start may have threads.
Status open() {
  std::string path = driverPath();
  void *library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library)
    return failure(PLAIT_UNSUPPORTED,
                   "CUDA expects a driver, but can't open it (PLAIT_CUDA_DRIVER names another): ", dlerror());
  if (Status status = fill(library, path, table))
    return status;
  if (Status status = table.check(table.init(0), "CUDA expects a driver that starts, but '", path, "' refuses"))
    return status;
  opened.store(&table, std::memory_order_release);
  return nullptr;
}

} // namespace

Status Driver::refused(Result result, const std::string &what) const {
  const char *name = nullptr, *text = nullptr;
  if (getErrorName(result, &name) != success || !name)
    name = "an error that the driver has no name for";
  if (getErrorString(result, &text) != success || !text)
    text = "no description";
  plait_code code = result == cuda::outOfMemory ? PLAIT_OUT_OF_MEMORY
                    : result == noDevice        ? PLAIT_UNSUPPORTED
                                                : PLAIT_UNAVAILABLE;
  return failure(code, what, ": ", name, " (", result, "), ", text);
}

Status cuda::openDriver(const Driver *&driver) {
  if (inherited.load(std::memory_order_relaxed))
    return failure(PLAIT_UNAVAILABLE, "CUDA expects the process that opened its driver, but got a child after fork(); "
                                      "start the child before the first use of CUDA, or as a new program");
  driver = opened.load(std::memory_order_acquire);
  if (driver)
    return nullptr;
  ForkLock lock(ForkMutex::CudaDriver);
  if (!opened.load(std::memory_order_relaxed))
    if (Status status = open())
      return status;
  driver = &table;
  return nullptr;
}
