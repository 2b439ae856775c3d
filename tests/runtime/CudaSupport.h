//===- CudaSupport.h - what the tests of CUDA share -------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file runs tests with a driver of their own, and has arrays and packs for the fake
// one. A process opens one driver, so each test has a child.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_TESTS_RUNTIME_CUDASUPPORT_H
#define PLAIT_TESTS_RUNTIME_CUDASUPPORT_H

#include "tests/runtime/Support.h"
#include "tests/runtime/fake_driver.h"

#include <gtest/gtest.h>
#include <plait/cuda.h>

#include <cstdio>
#include <dlfcn.h>

namespace plait::test {

constexpr const char *driverVariable = "PLAIT_CUDA_DRIVER";

/// Runs `body` in a child with this driver; its failures are the test's.
template <typename F> void withDriver(const char *driver, F &&body) {
  Setting setting(driverVariable, driver);
  std::fflush(stdout);
  EXPECT_EQ(inChild([&] {
              body();
              std::fflush(stdout);
              return testing::Test::HasFailure() ? 1 : 0;
            }),
            0);
}

/// Asks the fake driver, which is open, a question.
template <typename T> T askFake(const char *question) {
  void *library = dlopen(PLAIT_FAKE_DRIVER, RTLD_NOW | RTLD_NOLOAD);
  return library ? reinterpret_cast<T (*)()>(dlsym(library, question))() : T();
}

inline const fake_record &recorded() { return *askFake<fake_record *>("fake_recorded"); }

/// An f32 matrix on a device.
class DeviceMatrix {
public:
  DeviceMatrix(int32_t device, int64_t rows, int64_t columns) : device(device), shape{rows, columns} {
    void *data = nullptr;
    EXPECT_OK(plait_cuda_allocate(device, size_t(rows * columns) * sizeof(float), &data));
    tensor = {data, {kDLCUDA, device}, 2, {kDLFloat, 32, 1}, shape, nullptr, 0};
  }
  DeviceMatrix(const DeviceMatrix &) = delete;
  DeviceMatrix &operator=(const DeviceMatrix &) = delete;
  ~DeviceMatrix() { EXPECT_OK(plait_cuda_free(device, tensor.data)); }

  int32_t device;
  int64_t shape[2], strides[2] = {};
  DLTensor tensor;
};

/// A variant of "twice" whose module is `text`; its kernel is named by the architecture and the schedule.
struct CudaVariant {
  const char *isa;
  pack::Code code = pack::Code::Cubin;
  const char *schedule = "default";
  /// NULL has the kernel with the parameters of two matrices.
  const char *text = nullptr;

  std::string symbol() const { return std::string(isa) + "_" + schedule; }
};

/// The entry "twice" with these variants, and a builder that has their modules as objects.
inline pack::Manifest cudaManifest(const std::vector<CudaVariant> &variants, pack::PackBuilder &builder) {
  pack::Manifest manifest = kernelManifest();
  pack::Entry twice = entry(manifest, "twice");
  pack::Variant form = twice.variants[0];
  form.launches[0].threads = 128;
  form.launches[0].shared = 70'000;
  form.launches[0].alignment = {16, 8};
  twice.variants.clear();
  for (const CudaVariant &variant : variants) {
    std::string text = variant.text ? variant.text : variant.symbol() + " 13";
    form.isa = variant.isa;
    form.code = variant.code;
    form.schedule = variant.schedule;
    form.launches[0].symbol = variant.symbol();
    form.object = builder.addObject({reinterpret_cast<const uint8_t *>(text.data()), text.size()});
    twice.variants.push_back(form);
  }
  manifest.entries = {twice};
  return manifest;
}

inline PackPointer openCudaPack(const pack::PackBuilder &builder, const pack::Manifest &manifest) {
  pack::Bytes bytes;
  EXPECT_EQ(builder.build(manifest, bytes).value_or(""), "");
  return openPack(bytes);
}

inline PackPointer openCudaPack(const std::vector<CudaVariant> &variants) {
  pack::PackBuilder builder;
  pack::Manifest manifest = cudaManifest(variants, builder);
  return openCudaPack(builder, manifest);
}

} // namespace plait::test

#endif // PLAIT_TESTS_RUNTIME_CUDASUPPORT_H
