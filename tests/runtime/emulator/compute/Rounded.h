//===- Rounded.h - rounding by search ---------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file rounds an exact value into a small format by looking through all numbers
// of the format: slow, and nothing like the emulator's way.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_TESTS_RUNTIME_EMULATOR_COMPUTE_ROUNDED_H
#define PLAIT_TESTS_RUNTIME_EMULATOR_COMPUTE_ROUNDED_H

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

namespace plait::emulator::test {

using Exact = __float128;

/// Numbers of a format without NaN and infinity.
class Numbers {
public:
  Numbers(unsigned exponentBits, unsigned mantissaBits, bool hasInfinity = true)
      : exponentBits(exponentBits), mantissaBits(mantissaBits) {
    for (uint32_t bits = 0; bits < (1u << (exponentBits + mantissaBits)); ++bits) {
      uint32_t exponent = bits >> mantissaBits, mantissa = bits & ((1u << mantissaBits) - 1);
      bool isLast = exponent == (1u << exponentBits) - 1;
      if (isLast && (hasInfinity || mantissa == (1u << mantissaBits) - 1))
        break;
      values.push_back(std::ldexp(exponent ? mantissa + (1u << mantissaBits) : mantissa,
                                  int(std::max(exponent, 1u)) - (1 << (exponentBits - 1)) + 1 - int(mantissaBits)));
    }
  }

  uint32_t sign() const { return 1u << (exponentBits + mantissaBits); }
  uint32_t largest() const { return uint32_t(values.size()) - 1; }
  double value(uint32_t magnitude) const { return values[magnitude]; }

  /// The bits of a finite value, rounded as "rn", "rz", "rm", "rp" or "rna". One past the largest
  /// number is infinity.
  uint32_t round(Exact exact, const std::string &mode, bool isNegativeZero = false) const {
    bool isNegative = exact < 0 || (exact == 0 && isNegativeZero);
    Exact magnitude = exact < 0 ? -exact : exact;
    auto above = std::upper_bound(values.begin(), values.end(), magnitude,
                                  [](Exact x, double candidate) { return x < Exact(candidate); });
    uint32_t low = uint32_t(above - values.begin()) - 1;
    Exact lower = values[low];
    Exact upper = low + 1 < values.size() ? Exact(values[low + 1]) : lower + (lower - Exact(values[low - 1]));
    uint32_t bits = low;
    if (lower != magnitude) {
      Exact middle = (lower + upper) / 2;
      bool isUp;
      if (mode == "rz" || mode == "rm" || mode == "rp")
        isUp = mode != "rz" && (mode == "rm") == isNegative;
      else
        isUp = magnitude > middle || (magnitude == middle && (mode == "rna" || low % 2 == 1));
      bits += isUp;
    }
    return bits | (isNegative ? sign() : 0);
  }

private:
  unsigned exponentBits, mantissaBits;
  std::vector<double> values;
};

} // namespace plait::emulator::test

#endif // PLAIT_TESTS_RUNTIME_EMULATOR_COMPUTE_ROUNDED_H
