//===- Fragments.h - matrices dealt to the lanes of a warp ------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares which element of a matrix a lane holds where. One formula covers
// every mma.sync shape of PTX; wmma's layouts, which PTX leaves open, are the same.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_EMULATOR_COMPUTE_FRAGMENTS_H
#define PLAIT_RUNTIME_EMULATOR_COMPUTE_FRAGMENTS_H

#include "runtime/emulator/ptx/Module.h"

#include <optional>
#include <string_view>

namespace plait::emulator {

/// D = A B + C with an m x k matrix A, a k x n matrix B and m x n accumulators C and D.
struct MmaShape {
  unsigned m, n, k;
  bool operator==(const MmaShape &) const = default;
};

/// The shape of a modifier such as "m16n8k16", if it names one.
std::optional<MmaShape> parseShape(std::string_view name);

/// How a warp holds one matrix. A lane's elements are counted over its registers, in a register
/// from the low bits up.
struct Fragment {
  enum class Role : uint8_t { A, B, Accumulator };
  Role role;
  unsigned rows, columns;
  unsigned elementBits; ///< of one element where it is stored: tf32 has 32
  unsigned perRegister; ///< elements in one register of a lane
  unsigned registers;   ///< of a lane; more than the matrix fills hold copies of the first ones

  unsigned elements() const { return registers * perRegister; }
};

struct Coordinates {
  unsigned row, column;
  bool operator==(const Coordinates &) const = default;
};

/// The fragment of mma.sync; `elementBits` are those of its type.
Fragment mmaFragment(Fragment::Role role, MmaShape shape, unsigned elementBits);

/// The fragment that a wmma.load or wmma.store moves. Throws Error on one that PTX does not have.
Fragment wmmaFragment(const ptx::Instruction &instruction);
/// The same for a type such as "bf16"; none where the shape does not have it.
std::optional<Fragment> wmmaFragment(Fragment::Role role, MmaShape shape, std::string_view type);

/// The place in the matrix of a lane's element.
constexpr Coordinates coordinates(const Fragment &fragment, unsigned lane, unsigned element) {
  // Four lanes share a row of A, a column of B or a row of the accumulator; each has `run`
  // neighbouring elements of it. Such blocks follow each other first down, then across (B: along
  // k, then along n).
  bool isB = fragment.role == Fragment::Role::B;
  bool isAccumulator = fragment.role == Fragment::Role::Accumulator;
  unsigned run = isAccumulator ? 2 : fragment.perRegister;
  unsigned held = fragment.rows * fragment.columns / 32;
  unsigned block = element % held / run, inRun = element % run;
  unsigned along = lane % 4 * run + inRun;
  if (isB) {
    unsigned blocks = fragment.rows / (4 * run);
    return {block % blocks * 4 * run + along, block / blocks * 8 + lane / 4};
  }
  unsigned blocks = fragment.rows / 8;
  return {block % blocks * 8 + lane / 4, block / blocks * 4 * run + along};
}

} // namespace plait::emulator

#endif // PLAIT_RUNTIME_EMULATOR_COMPUTE_FRAGMENTS_H
