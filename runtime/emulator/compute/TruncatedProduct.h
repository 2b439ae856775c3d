//===- TruncatedProduct.h - sums as tensor cores make them ------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the product whose sums are rounded as on a tensor core, which no
// order of sums in IEEE arithmetic gives.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_EMULATOR_COMPUTE_TRUNCATEDPRODUCT_H
#define PLAIT_RUNTIME_EMULATOR_COMPUTE_TRUNCATEDPRODUCT_H

#include "runtime/emulator/compute/Mma.h"

namespace plait::emulator {

/// How a tensor core adds to an accumulator in f32: a block of exact products and the accumulator are aligned to
/// the largest of their exponents, cut off below the last bit kept, added exactly, and the sum is cut off to f32.
/// The exponent of a product is the sum of its factors', one too low where the significands' product is 2 or more.
struct Truncation {
  unsigned block;     ///< how many products are added at once
  unsigned extraBits; ///< kept below the last bit of f32
  int leastExponent;  ///< of the factors' format: denormals have it, too
};

/// As on Hopper (Fasi, Higham, Mikaitis, Pranesh 2021; Khattak, Mikaitis 2025). Formats of eight bits are added as
/// those of 16 are.
Truncation truncationOf(NumberType factors);

/// c += a b, of matrices that lie as Product wants them.
void addTruncated(Truncation truncation, MmaShape shape, const uint16_t *places, const float *a, const float *b,
                  float *c);

} // namespace plait::emulator

#endif // PLAIT_RUNTIME_EMULATOR_COMPUTE_TRUNCATEDPRODUCT_H
