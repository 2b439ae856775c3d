//===- TensorReduction.h - copies that reduce -------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares what a copy to global memory makes of elements there and of its
// own.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_EMULATOR_MACHINE_TENSORREDUCTION_H
#define PLAIT_RUNTIME_EMULATOR_MACHINE_TENSORREDUCTION_H

#include "runtime/emulator/compute/Compute.h"
#include "runtime/emulator/machine/TensorMap.h"

#include <optional>

namespace plait::emulator {

class Warp;
struct Step;

/// As instructions name them, from index 0.
inline constexpr const char *reductionNames[] = {"add", "min", "max", "inc", "dec", "and", "or", "xor"};
enum class ReductionKind : uint8_t { Add, Min, Max, Increment, Decrement, And, Or, Xor };

struct Reduction {
  ReductionKind kind;
  unsigned bytes; ///< of an element
  Operation operation = {};

  uint64_t apply(const Environment &environment, uint64_t old, uint64_t own) const;
};

/// None where elements of the type have no such reduction.
std::optional<Reduction> findReduction(ReductionKind kind, TensorType type);

/// Changes an element in global memory as an atomic does.
void reduceGlobal(Warp &warp, const Step &step, unsigned lane, uint64_t address, const uint8_t *own,
                  const Reduction &reduction);

} // namespace plait::emulator

#endif // PLAIT_RUNTIME_EMULATOR_MACHINE_TENSORREDUCTION_H
