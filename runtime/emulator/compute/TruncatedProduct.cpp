//===- TruncatedProduct.cpp - sums as tensor cores make them --------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file adds the products of one row and eight columns at a time. Scaled so that
// the last bit kept is 1, they are cut off by their conversion to integers.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/compute/TruncatedProduct.h"

#include "runtime/emulator/compute/Float.h"
#include "runtime/emulator/compute/Product.h"

#include <algorithm>

namespace plait::emulator {
namespace {

/// Neighbouring columns in quadOrder.
template <typename T> using Columns [[gnu::vector_size(columnBlock * sizeof(T))]] = T;

// The same code for several instruction sets: each function of one has its own copy.
#define PLAIT_INLINE [[gnu::always_inline]] inline

constexpr int mantissaBits = singleFormat.mantissaBits, bias = singleFormat.bias();

// Exponents that keep their meaning in a product: of zero below all others, of infinity and NaN above.
constexpr int16_t ofZero = -2048, ofNonFinite = 8192, leastOfOthers = -1024;
// Within these, scaling is exact, and neither a product nor the sum leaves the range of f32.
constexpr int16_t lowest = -100, highest = 120;
/// So many products and the accumulator fit into 32 bits: each is below 4 and has at most 25 bits behind the point.
constexpr unsigned inWord = 8;

template <typename To, typename From> PLAIT_INLINE void castBits(To &to, const From &from) {
  static_assert(sizeof(to) == sizeof(from));
  std::memcpy(&to, &from, sizeof(to));
}

PLAIT_INLINE void getExponents(Columns<int16_t> &to, const Columns<float> &values, int least) {
  Columns<int32_t> bits;
  castBits(bits, values);
  bits &= 0x7fffffff;
  Columns<int32_t> exponent = (bits >> mantissaBits) - bias;
  exponent = exponent > bias ? exponent - exponent + ofNonFinite : exponent;
  exponent = exponent < least ? exponent - exponent + least : exponent;
  exponent = bits == 0 ? exponent - exponent + ofZero : exponent;
  to = __builtin_convertvector(exponent, Columns<int16_t>);
}

/// 2^exponent, of exponents of normal numbers.
PLAIT_INLINE void getPowers(Columns<float> &to, const Columns<int32_t> &exponents) {
  Columns<int32_t> bits = (exponents + bias) << mantissaBits;
  castBits(to, bits);
}

/// A finite number: significand * 2^(exponent - mantissaBits).
struct Term {
  int64_t significand = 0;
  int exponent = ofZero;

  Term(float value, int least) {
    Unpacked parts = unpack(singleFormat, std::bit_cast<uint32_t>(value));
    if (!parts.significand)
      return;
    exponent = std::max(parts.exponent + 63 - std::countl_zero(parts.significand), least);
    int shift = parts.exponent + mantissaBits - exponent;
    auto magnitude = int64_t(shift < 0 ? parts.significand >> -shift : parts.significand << shift);
    significand = parts.isNegative ? -magnitude : magnitude;
  }
};

/// The significand without its last bits, towards zero.
int64_t cutOff(int64_t significand, int bits) {
  int64_t magnitude = std::abs(significand);
  magnitude = bits < 0 ? magnitude << -bits : bits < 64 ? magnitude >> bits : 0;
  return significand < 0 ? -magnitude : magnitude;
}

/// significand * 2^exponent, cut off to f32; infinity over its range.
float toSingle(int64_t significand, int exponent) {
  Unpacked value{significand < 0, exponent, uint64_t(std::abs(significand))};
  if (significand && exponent + 63 - std::countl_zero(value.significand) > bias)
    return value.isNegative ? -HUGE_VALF : HUGE_VALF;
  return std::bit_cast<float>(uint32_t(pack(singleFormat, value, Rounding::Zero)));
}

/// Of `block` products at a time.
template <unsigned block> class TruncatedProduct {
public:
  TruncatedProduct(Truncation truncation, MmaShape shape, const uint16_t *places, const float *a, const float *b,
                   float *c)
      : truncation(truncation), shape(shape), places(places), a(a), b(b), c(c),
        lastBit(mantissaBits + int(truncation.extraBits)) {}

  PLAIT_INLINE void add() {
    for (unsigned i = 0; i < shape.m * shape.k; ++i)
      rows[i] = a[places[i]];
    for (unsigned i = 0; i < shape.m * shape.k; i += columnBlock) {
      Columns<float> values;
      Columns<int16_t> exponents;
      std::memcpy(&values, rows + i, sizeof(values));
      getExponents(exponents, values, truncation.leastExponent);
      std::memcpy(rowExponents + i, &exponents, sizeof(exponents));
    }
    for (unsigned first = 0; first < shape.k; first += block)
      for (unsigned column = 0; column < shape.n; column += columnBlock) {
        for (unsigned k = 0; k < block; ++k) {
          std::memcpy(&factors[k], b + (first + k) * shape.n + column, sizeof(factors[k]));
          getExponents(factorExponents[k], factors[k], truncation.leastExponent);
        }
        for (unsigned row = 0; row < shape.m; ++row)
          addBlock(row, column, row * shape.k + first);
      }
  }

private:
  PLAIT_INLINE void addBlock(unsigned row, unsigned column, unsigned place) {
    float *even = quadOf(shape, c, row, column, 0), *odd = quadOf(shape, c, row, column, 1);
    Quad<float> left, right;
    load<float>(left, even);
    load<float>(right, odd);
    Columns<float> sum = __builtin_shufflevector(left, right, 0, 1, 2, 3, 4, 5, 6, 7);
    Columns<int16_t> largest;
    getExponents(largest, sum, -bias + 1);
    for (unsigned k = 0; k < block; ++k) {
      Columns<int16_t> exponent = factorExponents[k] + rowExponents[place + k];
      largest = largest > exponent ? largest : exponent;
    }
    // Without any term all is zero, which can be scaled, too.
    Columns<int16_t> isOutside = (largest > highest) | ((largest < lowest) & (largest > leastOfOthers));
    uint64_t outside[2];
    castBits(outside, isOutside);
    if (outside[0] | outside[1]) {
      for (unsigned i = 0; i < quad; ++i) {
        even[i] = addExactly(even[i], rows + place, i);
        odd[i] = addExactly(odd[i], rows + place, quad + i);
      }
      return;
    }
    addScaled(sum, largest, rows + place);
    left = __builtin_shufflevector(sum, sum, 0, 1, 2, 3);
    right = __builtin_shufflevector(sum, sum, 4, 5, 6, 7);
    store<float>(even, left);
    store<float>(odd, right);
  }

  PLAIT_INLINE void addScaled(Columns<float> &sum, const Columns<int16_t> &largest, const float *x) const {
    Columns<int32_t> exponent = __builtin_convertvector(largest, Columns<int32_t>);
    exponent = exponent < lowest ? exponent - exponent + lowest : exponent;
    Columns<float> scale, unit;
    getPowers(scale, lastBit - exponent);
    getPowers(unit, exponent - lastBit);
    Columns<float> scaled = sum * scale;
    Columns<int32_t> word = __builtin_convertvector(scaled, Columns<int32_t>); // towards zero
    Columns<double> total{};
    for (unsigned begin = 0; begin < block; begin += inWord) {
      for (unsigned k = begin; k < std::min(begin + inWord, block); ++k) {
        Columns<float> product = factors[k] * x[k] * scale;
        word += __builtin_convertvector(product, Columns<int32_t>);
      }
      total += __builtin_convertvector(word, Columns<double>);
      word -= word;
    }
    // To the 24 bits of f32.
    Columns<uint64_t> bits;
    castBits(bits, total);
    bits &= ~uint64_t(0) << (doubleFormat.mantissaBits - mantissaBits);
    castBits(total, bits);
    sum = __builtin_convertvector(total, Columns<float>) * unit;
  }

  /// The same of any values, one element of the accumulator at a time.
  [[gnu::noinline]] float addExactly(float sum, const float *x, unsigned column) const {
    Term own(sum, 1 - bias);
    int64_t significands[block];
    int exponents[block], largest = own.exponent;
    float nonFinite = sum;
    for (unsigned k = 0; k < block; ++k) {
      float y = factors[k][column];
      if (!std::isfinite(x[k]) || !std::isfinite(y))
        nonFinite += x[k] * y;
      Term left(x[k], truncation.leastExponent), right(y, truncation.leastExponent);
      significands[k] = left.significand * right.significand;
      exponents[k] = left.exponent + right.exponent;
      largest = std::max(largest, exponents[k]);
    }
    if (!std::isfinite(nonFinite))
      return nonFinite;
    int64_t total = cutOff(own.significand, largest - own.exponent + mantissaBits - lastBit);
    for (unsigned k = 0; k < block; ++k)
      total += cutOff(significands[k], largest - exponents[k] + 2 * mantissaBits - lastBit);
    return toSingle(total, largest - lastBit);
  }

  const Truncation truncation;
  const MmaShape shape;
  const uint16_t *const places;
  const float *const a, *const b;
  float *const c;
  const int lastBit;        ///< how far below the largest exponent
  float rows[mostElements]; ///< of a
  int16_t rowExponents[mostElements];
  Columns<float> factors[block]; ///< of b, of the columns at hand
  Columns<int16_t> factorExponents[block];
};

/// The same for a block of any size.
PLAIT_INLINE void addBlocks(Truncation truncation, MmaShape shape, const uint16_t *places, const float *a,
                            const float *b, float *c) {
  switch (std::min(truncation.block, shape.k)) {
  case 4:
    return TruncatedProduct<4>(truncation, shape, places, a, b, c).add();
  case 8:
    return TruncatedProduct<8>(truncation, shape, places, a, b, c).add();
  default:
    return TruncatedProduct<16>(truncation, shape, places, a, b, c).add();
  }
}

#ifdef __x86_64__
[[gnu::target("avx2")]] void addBlocksWide(Truncation truncation, MmaShape shape, const uint16_t *places,
                                           const float *a, const float *b, float *c) {
  addBlocks(truncation, shape, places, a, b, c);
}
#endif

} // namespace

Truncation truncationOf(NumberType factors) {
  bool isTf32 = factors == types::tf32, isWide = isTf32 || factors == types::bf16;
  return {isTf32 ? 8u : 16u, 2, 1 - (isWide ? singleFormat : halfFormat).bias()};
}

void addTruncated(Truncation truncation, MmaShape shape, const uint16_t *places, const float *a, const float *b,
                  float *c) {
#ifdef __x86_64__
  static const bool isWide = __builtin_cpu_supports("avx2");
  if (isWide)
    return addBlocksWide(truncation, shape, places, a, b, c);
#endif
  addBlocks(truncation, shape, places, a, b, c);
}

} // namespace plait::emulator
