//===- Kernel.cpp - CUDA C++ on the emulator ------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file opens the emulator as a program opens a CUDA driver.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/emulator/kernels/Kernel.h"

#include <gtest/gtest.h>

#include <dlfcn.h>

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace plait::emulator::test {
namespace {

/// The driver's functions that the tests call, by their signatures in the documentation.
struct Driver {
  int (*init)(unsigned);
  int (*retain)(void **, int);
  int (*setCurrent)(void *);
  int (*synchronize)();
  int (*loadModule)(void **, const void *);
  int (*unloadModule)(void *);
  int (*getFunction)(void **, void *, const char *);
  int (*getGlobal)(uint64_t *, size_t *, void *, const char *);
  int (*allocate)(uint64_t *, size_t);
  int (*free)(uint64_t);
  int (*toDevice)(uint64_t, const void *, size_t);
  int (*toHost)(void *, uint64_t, size_t);
  int (*launch)(void *, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, void *, void **, void **);
  int (*encodeTiled)(void *, int, uint32_t, void *, const uint64_t *, const uint64_t *, const uint32_t *,
                     const uint32_t *, int, int, int, int);
  const char *(*report)();
  void (*clear)();

  Driver() {
    void *library = dlopen(PLAIT_EMULATOR, RTLD_NOW | RTLD_LOCAL);
    if (!library)
      throw std::runtime_error(dlerror());
    auto find = [&](auto &to, const char *name) {
      to = reinterpret_cast<std::remove_reference_t<decltype(to)>>(dlsym(library, name));
      if (!to)
        throw std::runtime_error(dlerror());
    };
    find(init, "cuInit");
    find(retain, "cuDevicePrimaryCtxRetain");
    find(setCurrent, "cuCtxSetCurrent");
    find(synchronize, "cuCtxSynchronize");
    find(loadModule, "cuModuleLoadData");
    find(unloadModule, "cuModuleUnload");
    find(getFunction, "cuModuleGetFunction");
    find(getGlobal, "cuModuleGetGlobal_v2");
    find(allocate, "cuMemAlloc_v2");
    find(free, "cuMemFree_v2");
    find(toDevice, "cuMemcpyHtoD_v2");
    find(toHost, "cuMemcpyDtoH_v2");
    find(launch, "cuLaunchKernel");
    find(encodeTiled, "cuTensorMapEncodeTiled");
    find(report, "plaitEmulatorReport");
    find(clear, "plaitEmulatorClear");
  }
};

void expectSuccess(int result, const char *what) {
  if (result != 0)
    throw std::runtime_error(std::string(what) + " expects success, but got error " + std::to_string(result));
}

const Driver &driver() {
  static const Driver driver = [] {
    Driver opened;
    void *context = nullptr;
    expectSuccess(opened.init(0), "cuInit");
    expectSuccess(opened.retain(&context, 0), "cuDevicePrimaryCtxRetain");
    expectSuccess(opened.setCurrent(context), "cuCtxSetCurrent");
    return opened;
  }();
  return driver;
}

std::string readText(const std::string &path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file)
    throw std::runtime_error("expects a readable file, but got " + path);
  return text.str();
}

unsigned seed() {
  static const unsigned seed = std::random_device()();
  return seed;
}

} // namespace

Memory::Memory(std::span<const std::byte> contents) {
  expectSuccess(driver().allocate(&device, contents.size()), "cuMemAlloc");
  expectSuccess(driver().toDevice(device, contents.data(), contents.size()), "cuMemcpyHtoD");
}
Memory::~Memory() { driver().free(device); }

void Memory::read(std::span<std::byte> to) const {
  expectSuccess(driver().toHost(to.data(), device, to.size()), "cuMemcpyDtoH");
}

TensorMap Boxes::map(const Buffer<float> &matrix) const {
  TensorMap map;
  constexpr int float32 = 7;
  const uint64_t sizes[] = {columns, rows}, strides[] = {columns * sizeof(float)};
  const uint32_t box[] = {boxColumns, boxRows}, steps[] = {1, 1};
  expectSuccess(driver().encodeTiled(&map, float32, 2, reinterpret_cast<void *>(matrix.address()), sizes, strides, box,
                                     steps, 0, swizzle, 0, 0),
                "cuTensorMapEncodeTiled");
  return map;
}

Kernel::Kernel(const std::string &name, const std::string &defect) : random(seed()) {
  std::string text = readText(std::string(PLAIT_KERNELS "/") + name + (defect.empty() ? "" : ".") + defect + ".ptx");
  expectSuccess(driver().loadModule(&module, text.c_str()), "cuModuleLoadData");
  expectSuccess(driver().getFunction(&function, module, name.c_str()), "cuModuleGetFunction");
}
Kernel::~Kernel() { driver().unloadModule(module); }

void Kernel::run(Shape shape, std::vector<Bytes> arguments) {
  std::vector<void *> pointers;
  for (Bytes &argument : arguments)
    pointers.push_back(argument.data());
  driver().clear();
  int launched = driver().launch(function, shape.blocksX, shape.blocksY, 1, shape.threadsX, shape.threadsY, 1,
                                 shape.sharedBytes, nullptr, pointers.data(), nullptr);
  int waited = driver().synchronize();
  defects += driver().report();
  // Each defect has both a result and a report.
  EXPECT_EQ(launched == 0 && waited == 0, defects.empty()) << launched << ", " << waited << ": " << defects;
}

uint64_t Kernel::global(const std::string &name) const {
  uint64_t address = 0, value = 0;
  size_t size = 0;
  expectSuccess(driver().getGlobal(&address, &size, module, name.c_str()), "cuModuleGetGlobal");
  expectSuccess(driver().toHost(&value, address, std::min(size, sizeof(value))), "cuMemcpyDtoH");
  return value;
}

void expectSound(const std::string &name, const Run &run) {
  SCOPED_TRACE(name + " with the seed " + std::to_string(seed()));
  Kernel sound(name);
  EXPECT_EQ(run(sound), "");
  EXPECT_EQ(sound.report(), "");
}

void expectReport(const std::string &name, const std::string &defect, const std::string &kind, const Run &run) {
  SCOPED_TRACE(name + " " + defect + " with the seed " + std::to_string(seed()));
  Kernel broken(name, defect);
  run(broken);
  EXPECT_NE(broken.report().find(": " + kind + ": "), std::string::npos) << broken.report();
}

void check(const std::string &name, const std::string &kind, const Run &run) {
  expectSound(name, run);
  expectReport(name, "defect", kind, run);
}

} // namespace plait::emulator::test
