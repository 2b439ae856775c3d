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

#include <algorithm>
#include <deque>
#include <mutex>
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

/// What a plan says, on the registers of a, b and c.
void multiply(const MmaPlan &plan, MmaOrder order, std::span<Value *const> results,
              std::span<const Value *const> operands, Mask active);

/// Takes the modifier that is a shape; there must be one.
MmaShape takeShape(Decoder &decoder);

/// Lets the control words of an operation point to its plan, which is kept for good: those that are alike share one.
template <typename T> void keep(Operation &operation, T plan) {
  static std::mutex mutex;
  static std::deque<T> plans;
  std::lock_guard lock(mutex);
  auto found = std::find(plans.begin(), plans.end(), plan);
  const T &kept = found == plans.end() ? plans.emplace_back(std::move(plan)) : *found;
  auto address = reinterpret_cast<uintptr_t>(&kept);
  operation.control[0] = uint32_t(address);
  operation.control[1] = uint32_t(uint64_t(address) >> 32);
}
template <typename T> const T &kept(const Operation &operation) {
  uintptr_t address = operation.control[0] | uint64_t(operation.control[1]) << 32;
  return *reinterpret_cast<const T *>(address);
}

} // namespace plait::emulator

#endif // PLAIT_RUNTIME_EMULATOR_COMPUTE_MMA_H
