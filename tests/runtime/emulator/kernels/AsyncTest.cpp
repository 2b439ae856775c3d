//===- AsyncTest.cpp - kernels that do not wait for each step -------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file runs kernels with copies that run ahead, mbarriers and tensor cores.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/emulator/kernels/Kernel.h"

#include <gtest/gtest.h>

namespace plait::emulator::test {
namespace {

std::normal_distribution<float> normal;

TEST(Async, Pipeline) {
  check("pipeline", "asynchronous copy", [](Kernel &kernel) {
    const unsigned blocks = 2, chunks = 5, chunk = 128 * 4;
    std::vector<float> numbers = draw<float>(kernel, blocks * chunks * chunk, normal), expected(blocks * chunk);
    for (unsigned i = 0; i < blocks; ++i)
      for (unsigned j = 0; j < chunks; ++j)
        for (unsigned k = 0; k < chunk; ++k) // whole fours are mirrored
          expected[i * chunk + k] += numbers[(i * chunks + j) * chunk + chunk - 4 - k / 4 * 4 + k % 4];
    Buffer<float> from(numbers), sums(expected.size());
    kernel.launch(row(blocks, 128), from, sums, int(chunks));
    return difference(sums.read(), expected);
  });
}

TEST(Async, Mbarrier) {
  check("mbarrier", "race", [](Kernel &kernel) {
    const unsigned blocks = 2, chunks = 7, chunk = 128;
    std::uniform_int_distribution<int> small(-1000, 1000);
    std::vector<int> numbers = draw<int>(kernel, blocks * chunks * chunk, small), expected(blocks * chunk);
    for (unsigned i = 0; i < blocks; ++i)
      for (unsigned j = 0; j < chunks; ++j)
        for (unsigned k = 0; k < chunk; ++k)
          expected[i * chunk + k] += numbers[(i * chunks + j) * chunk + chunk - 1 - k];
    Buffer<int> from(numbers), sums(expected.size());
    kernel.launch(row(blocks, 160), from, sums, int(chunks));
    return difference(sums.read(), expected);
  });
}

TEST(Async, Bulk) {
  check("bulk", "asynchronous copy", [](Kernel &kernel) {
    std::vector<float> numbers = draw<float>(kernel, 3 * 256, normal), expected;
    float factor = normal(kernel.random);
    for (float number : numbers)
      expected.push_back(number * factor);
    Buffer<float> from(numbers), to(numbers.size());
    kernel.launch(row(3, 256), from, to, factor);
    return difference(to.read(), expected);
  });
}

TEST(Async, Wmma) {
  check("wmma_matmul", "race", [](Kernel &kernel) {
    const unsigned size = 64;
    // Small integers: each order of the sums is exact.
    std::uniform_int_distribution<int> small(-4, 4);
    std::vector<int> a = draw<int>(kernel, size * size, small), b = draw<int>(kernel, size * size, small);
    std::vector<float> expected(size * size);
    for (unsigned i = 0; i < size; ++i)
      for (unsigned j = 0; j < size; ++j)
        for (unsigned k = 0; k < size; ++k)
          expected[i * size + j] += float(a[i * size + k] * b[j * size + k]);
    Buffer<_Float16> aHalves(std::vector<_Float16>(a.begin(), a.end())), bHalves({b.begin(), b.end()});
    Buffer<float> c(size * size);
    kernel.launch({2, 4, 64, 1, 0}, aHalves, bHalves, c, int(size));
    return difference(c.read(), expected);
  });
}

} // namespace
} // namespace plait::emulator::test
