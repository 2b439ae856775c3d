//===- BlockTest.cpp - kernels that share within a block ------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file runs kernels that work through shared memory and barriers.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/emulator/kernels/Kernel.h"

#include <gtest/gtest.h>

#include <numeric>

namespace plait::emulator::test {
namespace {

std::normal_distribution<float> normal;

TEST(Block, Reduction) {
  check("reduction", "race", [](Kernel &kernel) {
    const unsigned blocks = 5, length = 777;
    std::vector<float> numbers = draw<float>(kernel, blocks * length, normal), expected;
    for (unsigned i = 0; i < blocks; ++i)
      expected.push_back(float(std::accumulate(&numbers[i * length], &numbers[i * length] + length, 0.0)));
    Buffer<float> from(numbers), sums(blocks);
    kernel.launch(row(blocks, 256), from, sums, int(length));
    return difference(sums.read(), expected, 1e-3);
  });
}

TEST(Block, Transpose) {
  check("transpose", "out of bounds", [](Kernel &kernel) {
    const unsigned rows = 70, columns = 45;
    std::vector<float> matrix = draw<float>(kernel, rows * columns, normal), expected(rows * columns);
    for (unsigned i = 0; i < rows; ++i)
      for (unsigned j = 0; j < columns; ++j)
        expected[j * rows + i] = matrix[i * columns + j];
    Buffer<float> from(matrix), to(matrix.size());
    kernel.launch({2, 3, 32, 32, 0}, from, to, int(rows), int(columns));
    return difference(to.read(), expected);
  });
}

TEST(Block, Matmul) {
  check("matmul", "race", [](Kernel &kernel) {
    const unsigned size = 48;
    std::vector<float> a = draw<float>(kernel, size * size, normal), b = draw<float>(kernel, size * size, normal);
    std::vector<float> expected(size * size);
    for (unsigned i = 0; i < size; ++i)
      for (unsigned j = 0; j < size; ++j) {
        double sum = 0;
        for (unsigned k = 0; k < size; ++k)
          sum += double(a[i * size + k]) * b[k * size + j];
        expected[i * size + j] = float(sum);
      }
    Buffer<float> aBuffer(a), bBuffer(b), c(size * size);
    kernel.launch({3, 3, 16, 16, 0}, aBuffer, bBuffer, c, int(size));
    return difference(c.read(), expected, 1e-3);
  });
}

TEST(Block, Scan) {
  check("scan", "convergence", [](Kernel &kernel) {
    const unsigned blocks = 3, threads = 160;
    std::vector<int> numbers = draw<int>(kernel, blocks * threads, std::uniform_int_distribution<int>(-1000, 1000));
    std::vector<int> expected(numbers.size());
    for (unsigned i = 0; i < blocks; ++i)
      std::partial_sum(&numbers[i * threads], &numbers[i * threads] + threads, &expected[i * threads]);
    Buffer<int> from(numbers), sums(numbers.size());
    kernel.launch(row(blocks, threads, threads * sizeof(int)), from, sums);
    return difference(sums.read(), expected);
  });
}

TEST(Block, Histogram) {
  check("histogram", "race", [](Kernel &kernel) {
    std::vector<uint8_t> bytes = draw<uint8_t>(kernel, 5000, std::binomial_distribution<int>(255, 0.3));
    std::vector<unsigned> expected(256);
    for (uint8_t byte : bytes)
      ++expected[byte];
    Buffer<uint8_t> from(bytes);
    Buffer<unsigned> counts(std::vector<unsigned>(256, 0));
    kernel.launch(row(4, 128), from, counts, int(bytes.size()));
    return difference(counts.read(), expected);
  });
}

TEST(Block, Dynamic) {
  check("dynamic", "out of bounds", [](Kernel &kernel) {
    const unsigned blocks = 3, threads = 96;
    std::vector<double> rows = draw<double>(kernel, blocks * threads, normal), expected = rows;
    for (unsigned i = 0; i < blocks; ++i)
      std::reverse(&expected[i * threads], &expected[i * threads] + threads);
    Buffer<double> from(rows), to(rows.size());
    kernel.launch(row(blocks, threads, threads * sizeof(double)), from, to);
    return difference(to.read(), expected);
  });
}

TEST(Block, Stencil) {
  check("stencil", "uninitialised", [](Kernel &kernel) {
    const int blocks = 3, length = 256 * blocks - 3;
    const double weights[] = {0.0625, 0.25, 0.375, 0.25, 0.0625};
    std::vector<float> numbers = draw<float>(kernel, length, normal), expected(length);
    for (int i = 0; i < length; ++i)
      for (int j = -2; j <= 2; ++j)
        expected[i] += i + j >= 0 && i + j < length ? float(weights[j + 2] * numbers[i + j]) : 0;
    Buffer<float> from(numbers), to(length);
    kernel.launch(row(blocks, 256), from, to, length);
    std::string differs = difference(to.read(), expected, 1e-5);
    // Two before the first number; three and two behind the last.
    return differs.empty() ? difference<uint64_t>({kernel.global("outside")}, {7}) : differs;
  });
}

} // namespace
} // namespace plait::emulator::test
