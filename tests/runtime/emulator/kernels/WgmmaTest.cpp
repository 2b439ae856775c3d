//===- WgmmaTest.cpp - a kernel on warpgroups -----------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file runs a product of matrices by wgmma, and the same without each of the
// steps that it needs.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/emulator/kernels/Kernel.h"

#include <gtest/gtest.h>

namespace plait::emulator::test {
namespace {

/// The root of the mean square of the differences from sums in f64, against that of these.
double multiply(Kernel &kernel) {
  const unsigned size = 192, tile = 64;
  std::vector<_Float16> a = draw<_Float16>(kernel, size * size, std::normal_distribution<float>());
  std::vector<_Float16> b = draw<_Float16>(kernel, size * size, std::normal_distribution<float>());
  Buffer<_Float16> aBuffer(a), bBuffer(b);
  Buffer<float> c(size * size);
  kernel.launch({size / tile, size / tile, 128, 1, 0}, aBuffer, bBuffer, c, int(size));
  std::vector<float> actual = c.read();
  double difference = 0, whole = 0;
  for (unsigned i = 0; i < size; ++i)
    for (unsigned j = 0; j < size; ++j) {
      double sum = 0;
      for (unsigned k = 0; k < size; ++k)
        sum += double(a[i * size + k]) * double(b[j * size + k]);
      difference += std::pow(actual[i * size + j] - sum, 2);
      whole += sum * sum;
    }
  return std::sqrt(difference / whole);
}

std::string run(Kernel &kernel) {
  double error = multiply(kernel);
  return error < 1e-5 ? "" : "an error of " + std::to_string(error);
}

TEST(Wgmma, Matmul) {
  expectSound("wgmma_matmul", run);
  expectReport("wgmma_matmul", "barrier", "race", run);
  for (const char *defect : {"commit", "fence", "proxy_fence", "wait"})
    expectReport("wgmma_matmul", defect, "asynchronous copy", run);
}

TEST(Wgmma, MatmulOfElementsInWrongPlaces) {
  Kernel kernel("wgmma_matmul", "swizzle");
  EXPECT_NE(run(kernel), "");
  EXPECT_EQ(kernel.report(), "");
}

} // namespace
} // namespace plait::emulator::test
