//===- Compute.h - instructions that touch registers alone ------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the meaning of PTX's instructions on registers: one function
// on the values of a warp. Memory, control flow and barriers are the machine's.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_EMULATOR_COMPUTE_COMPUTE_H
#define PLAIT_RUNTIME_EMULATOR_COMPUTE_COMPUTE_H

#include "runtime/emulator/ptx/Module.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace plait::emulator {

constexpr unsigned warpSize = 32;
using Mask = uint32_t; ///< bit l is lane l

/// One register of a warp: its bits for each lane, zero-extended to 64. A predicate is 0 or 1.
/// A .b128 register is two of them, the low half first.
struct alignas(64) Value {
  uint64_t lane[warpSize];
};

/// How an mma adds its products, which hardware does not promise: as tensor cores were seen to (Truncated; Forward
/// for accumulators in f64 and s32), or rounding each sum to nearest in an order.
enum class MmaOrder : uint8_t { Truncated, Forward, Reverse, Pairwise };

struct Environment {
  MmaOrder mmaOrder = MmaOrder::Truncated;
};

/// What one instruction does. `results` and `operands` are its operands as written, from left
/// to right, vectors and pairs flattened; immediates (whose upper bits are ignored) and special
/// registers are values that are equal or given in all lanes, negated predicates come negated; a
/// sink result points at a value that nobody reads. Lanes outside `active` keep their results.
/// A result may be an operand, too.
struct Operation {
  using Run = void (*)(const Operation &, const Environment &, std::span<Value *const> results,
                       std::span<const Value *const> operands, Mask active);
  Run run = nullptr;
  unsigned results = 1;       ///< how many of the flattened operands, the first ones, are results
  bool convergent = false;    ///< needs all lanes of a mask to come together: shuffles, votes, mma
  bool hasMemberMask = false; ///< that mask is the last operand; otherwise it is the whole warp
  bool readsCarry = false;    ///< the carry flag is one more operand, behind the written ones: 0 or 1
  bool writesCarry = false;   ///< the carry flag is one more result, behind the written ones
  bool isMma = false;         ///< counts as tensor-core work
  uint64_t flops = 0;         ///< of one warp, for mma
  uint32_t control[4] = {};   ///< what the decoder read off the modifiers, for `run`
};

/// The operation of an instruction; none where its opcode is not of this kind (ld, bra, bar, ...).
/// Throws Error where the opcode is of this kind, but a modifier or the operands' number is unknown.
std::optional<Operation> decodeCompute(const ptx::Instruction &instruction);

} // namespace plait::emulator

#endif // PLAIT_RUNTIME_EMULATOR_COMPUTE_COMPUTE_H
