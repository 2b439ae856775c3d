//===- ThreadTest.cpp - kernels of single threads and warps ---------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file runs kernels with local arrays, calls, halves, votes and matches.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/emulator/kernels/Kernel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace plait::emulator::test {
namespace {

std::uniform_int_distribution<int> between(int low, int high) { return std::uniform_int_distribution<int>(low, high); }

TEST(Thread, Locals) {
  check("locals", "out of bounds", [](Kernel &kernel) {
    const unsigned threads = 128, count = 12;
    std::vector<int> numbers = draw<int>(kernel, threads * count, between(-50, 50)), expected = numbers;
    std::vector<int> picks = draw<int>(kernel, threads, between(0, count - 1)), picked;
    for (unsigned i = 0; i < threads; ++i) {
      std::sort(&expected[i * count], &expected[i * count] + count);
      picked.push_back(expected[i * count + picks[i]]);
    }
    Buffer<int> from(numbers), pickBuffer(picks), sorted(numbers.size()), pickedBuffer(threads);
    kernel.launch(row(2, threads / 2), from, pickBuffer, sorted, pickedBuffer);
    return difference(sorted.read(), expected) + difference(pickedBuffer.read(), picked);
  });
}

TEST(Thread, Functions) {
  check("functions", "trap", [](Kernel &kernel) {
    const unsigned threads = 96;
    std::vector<int> a = draw<int>(kernel, threads, between(1, 100000)),
                     b = draw<int>(kernel, threads, between(0, 999));
    std::vector<int> divisors, applied;
    std::vector<long long> combined;
    for (unsigned i = 0; i < threads; ++i) {
      divisors.push_back(std::gcd(a[i], b[i]));
      applied.push_back(b[i] % 3 == 0 ? 2 * a[i] : b[i] % 3 == 1 ? int(unsigned(a[i]) * unsigned(a[i])) : -a[i]);
      combined.push_back((a[i] + b[i]) * (long long)(b[i]));
    }
    Buffer<int> aBuffer(a), bBuffer(b), divisorBuffer(threads), appliedBuffer(threads);
    Buffer<long long> combinedBuffer(threads);
    kernel.launch(row(3, 32), aBuffer, bBuffer, divisorBuffer, appliedBuffer, combinedBuffer);
    return difference(divisorBuffer.read(), divisors) + difference(appliedBuffer.read(), applied) +
           difference(combinedBuffer.read(), combined);
  });
}

/// To the nearest bfloat, ties to even; of small finite numbers.
uint16_t toBfloat(float value) {
  auto bits = std::bit_cast<uint32_t>(value);
  return uint16_t((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}
float fromBfloat(uint16_t bits) { return std::bit_cast<float>(uint32_t(bits) << 16); }

TEST(Thread, Halves) {
  check("halves", "misaligned", [](Kernel &kernel) {
    const unsigned count = 2 * 64;
    std::normal_distribution<float> normal;
    std::vector<_Float16> x = draw<_Float16>(kernel, count + 2, normal), y(count);
    std::vector<uint16_t> u, v(count);
    for (float value : draw<float>(kernel, count + 2, normal))
      u.push_back(toBfloat(value));
    // Each operation rounds once. In f64 they are exact, but for the division.
    for (unsigned i = 0; i < count; ++i) {
      auto square = _Float16(double(x[i]) * double(x[i]) + 1);
      auto scaled = _Float16(double(square) * (i % 2 ? -0.25 : 0.5));
      y[i] = std::max(_Float16(double(scaled) - double(x[i])), _Float16(0));
      double b = fromBfloat(u[i]);
      float squared = fromBfloat(toBfloat(float(b * b + 1)));
      float sum = fromBfloat(toBfloat(float(b) + squared));
      v[i] = toBfloat(i % 2 ? sum / 3.0f : sum * 3.0f);
    }
    Buffer<_Float16> xBuffer(x), yBuffer(count + 2);
    Buffer<uint16_t> uBuffer(u), vBuffer(count + 2);
    kernel.launch(row(2, 32), xBuffer, yBuffer, uBuffer, vBuffer);
    std::vector<_Float16> halves = yBuffer.read();
    return difference(std::vector<float>(halves.begin(), halves.end()), std::vector<float>(y.begin(), y.end())) +
           difference(vBuffer.read(), v);
  });
}

TEST(Thread, Compaction) {
  check("compaction", "convergence", [](Kernel &kernel) {
    const unsigned warps = 6;
    std::vector<int> numbers = draw<int>(kernel, warps * 32, between(-3, 3)), counts, equals, kept;
    for (unsigned i = 0; i < warps; ++i) {
      auto first = numbers.begin() + i * 32, last = first + 32;
      auto positive = std::count_if(first, last, [](int number) { return number > 0; });
      counts.push_back(positive ? int(positive) * 1000 + *std::max_element(first, last) : -1);
      for (auto number = first; number != last; ++number) {
        int equal = int(std::count(first, last, *number));
        equals.push_back(std::find(first, last, *number) == number ? equal : -equal);
      }
      std::copy_if(first, last, std::back_inserter(kept), [](int number) { return number > 0; });
      kept.resize((i + 1) * 32, 0);
    }
    Buffer<int> from(numbers), keptBuffer(std::vector<int>(kept.size(), 0)), countBuffer(warps),
        equalBuffer(warps * 32);
    kernel.launch(row(2, 96), from, keptBuffer, countBuffer, equalBuffer);
    return difference(keptBuffer.read(), kept) + difference(countBuffer.read(), counts) +
           difference(equalBuffer.read(), equals);
  });
}

} // namespace
} // namespace plait::emulator::test
