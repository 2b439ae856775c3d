//===- Mma.h - matrix products of a warp ------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the product that mma.sync and wmma.mma compute, and what the
// decoder prepares for it.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_EMULATOR_COMPUTE_MMA_H
#define PLAIT_RUNTIME_EMULATOR_COMPUTE_MMA_H

#include "runtime/emulator/compute/Decoder.h"
#include "runtime/emulator/compute/Fragments.h"

#include <span>
#include <vector>

namespace plait::emulator {

/// One matrix of a product.
struct MmaOperand {
  Fragment fragment;
  NumberType type;
  std::vector<uint16_t> places; ///< row * columns + column of element e of lane l, at e * 32 + l

  MmaOperand(const Fragment &fragment, NumberType type);
};

/// What an mma does, made once by the decoder.
struct MmaPlan {
  MmaShape shape;
  MmaOperand a, b, c, d;
  bool saturates; ///< clamps to the range of s32

  bool operator==(const MmaPlan &other) const;
};

/// Row-major matrices: c += a b, in this order. f32 adds after each product, which is exact there
/// for operands of up to 11 bits; f64 multiplies and adds in one.
void multiply(MmaShape shape, std::span<const float> a, std::span<const float> b, std::span<float> c, MmaOrder order);
void multiply(MmaShape shape, std::span<const double> a, std::span<const double> b, std::span<double> c,
              MmaOrder order);
void multiply(MmaShape shape, std::span<const int64_t> a, std::span<const int64_t> b, std::span<int64_t> c,
              MmaOrder order);

/// Runs the plan that the operation's control words point to.
void runMma(const Operation &operation, const Environment &environment, std::span<Value *const> results,
            std::span<const Value *const> operands, Mask active);

} // namespace plait::emulator

#endif // PLAIT_RUNTIME_EMULATOR_COMPUTE_MMA_H
