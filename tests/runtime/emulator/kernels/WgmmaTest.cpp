//===- WgmmaTest.cpp - kernels on warpgroups ------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file runs a product of matrices by wgmma, the same without each of the steps
// that it needs, and one whose result is a factor of the next.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/emulator/kernels/Kernel.h"

#include <gtest/gtest.h>

namespace plait::emulator::test {
namespace {

std::normal_distribution<float> normal;

using Matrix = std::vector<_Float16>; // by rows

double dot(const Matrix &a, unsigned row, const Matrix &b, unsigned column, unsigned size) {
  double sum = 0;
  for (unsigned k = 0; k < size; ++k)
    sum += double(a[row * size + k]) * double(b[column * size + k]);
  return sum;
}

/// Empty where the root of the mean square of the differences, against that of sums in f64, is small.
std::string compare(const std::vector<float> &actual, const std::vector<double> &expected, double tolerance) {
  double difference = 0, whole = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    difference += std::pow(actual[i] - expected[i], 2);
    whole += expected[i] * expected[i];
  }
  double error = std::sqrt(difference / whole);
  return error < tolerance ? "" : "an error of " + std::to_string(error);
}

std::string multiply(Kernel &kernel) {
  const unsigned rows = 128, columns = 128, size = 256;
  Matrix a = draw<_Float16>(kernel, rows * size, normal), b = draw<_Float16>(kernel, columns * size, normal);
  Buffer<_Float16> aBuffer(a), bBuffer(b);
  Buffer<float> c(rows * columns);
  kernel.launch({columns / 64, rows / 128, 256, 1, 0}, aBuffer, bBuffer, c, int(size));
  std::vector<double> expected;
  for (unsigned i = 0; i < rows; ++i)
    for (unsigned j = 0; j < columns; ++j)
      expected.push_back(dot(a, i, b, j, size));
  return compare(c.read(), expected, 1e-5);
}

std::string chain(Kernel &kernel) {
  const unsigned rows = 256, size = 64;
  Matrix q = draw<_Float16>(kernel, rows * size, normal), k = draw<_Float16>(kernel, rows * size, normal),
         v = draw<_Float16>(kernel, rows * size, normal);
  Buffer<_Float16> qBuffer(q), kBuffer(k), vBuffer(v);
  Buffer<float> out(rows * size);
  kernel.launch(row(rows / size, 128), qBuffer, kBuffer, vBuffer, out);
  std::vector<double> expected(rows * size);
  for (unsigned i = 0; i < rows; ++i)
    for (unsigned j = 0; j <= i; ++j) {
      double weight = dot(q, i, k, j, size);
      for (unsigned column = 0; column < size; ++column)
        expected[i * size + column] += weight * double(v[j * size + column]);
    }
  // The weights are rounded to halves.
  return compare(out.read(), expected, 1e-3);
}

TEST(Wgmma, Matmul) {
  expectSound("wgmma_matmul", multiply);
  expectReport("wgmma_matmul", "barrier", "race", multiply);
  for (const char *defect : {"commit", "fence", "proxy_fence", "wait"})
    expectReport("wgmma_matmul", defect, "asynchronous copy", multiply);
}

TEST(Wgmma, MatmulOfElementsInWrongPlaces) {
  Kernel kernel("wgmma_matmul", "swizzle");
  EXPECT_NE(multiply(kernel), "");
  EXPECT_EQ(kernel.report(), "");
}

TEST(Wgmma, Chain) { check("wgmma_chain", "asynchronous copy", chain); }

} // namespace
} // namespace plait::emulator::test
