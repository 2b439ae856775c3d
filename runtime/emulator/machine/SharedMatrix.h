//===- SharedMatrix.h - an operand of wgmma in shared memory ----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the rows of A, or columns of B, that a warp's part of a wgmma
// takes from shared memory.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_EMULATOR_MACHINE_SHAREDMATRIX_H
#define PLAIT_RUNTIME_EMULATOR_MACHINE_SHAREDMATRIX_H

#include "runtime/emulator/compute/Compute.h"
#include "runtime/emulator/compute/Fragments.h"
#include "runtime/emulator/compute/MatrixDescriptor.h"
#include "runtime/emulator/machine/SharedMemory.h"

#include <vector>

namespace plait::emulator {

class Warp;
struct Step;

struct SharedMatrix {
  MatrixDescriptor descriptor;
  bool isTransposed = false; ///< its elements lie along rows, not along k
  unsigned firstRow = 0, rows = 0;

  /// Whether it lies in shared memory; reports where it does not.
  bool isInside(Warp &warp, const Step &step) const;
  /// What a wgmma reads from `begin` to `finish`.
  void begin(Warp &warp, const Step &step, const Accessor &who) const;
  void finish(Warp &warp) const;
  /// Counts the wavefronts that it takes.
  void count(Warp &warp, const Step &step) const;
  /// The registers that mma would have for it.
  std::vector<Value> load(Warp &warp, const Fragment &fragment) const;

private:
  unsigned pieces() const { return 2 * rows; }
  /// Eight pieces after the other are a core matrix, two core matrices have the same rows.
  uint32_t address(unsigned piece) const;
};

} // namespace plait::emulator

#endif // PLAIT_RUNTIME_EMULATOR_MACHINE_SHAREDMATRIX_H
