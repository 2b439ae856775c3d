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

#include <vector>

namespace plait::emulator {

/// One matrix of a product.
struct MmaOperand {
  Fragment fragment;
  NumberType type;
  /// e * 32 + l for an element e of lane l, by row and column; those of B in quadOrder. None of an accumulator.
  std::vector<uint16_t> places;

  MmaOperand(const Fragment &fragment, NumberType type);
};

/// What an mma does, made once by the decoder.
struct MmaPlan {
  MmaShape shape;
  MmaOperand a, b, c, d;
  bool saturates; ///< clamps to the range of s32

  bool operator==(const MmaPlan &other) const;
};

/// Runs the plan that the operation's control words point to.
void runMma(const Operation &operation, const Environment &environment, std::span<Value *const> results,
            std::span<const Value *const> operands, Mask active);

} // namespace plait::emulator

#endif // PLAIT_RUNTIME_EMULATOR_COMPUTE_MMA_H
