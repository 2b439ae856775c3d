//===- Wgmma.h - matrix products of a warpgroup -----------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares what wgmma.mma_async computes: each of the four warps multiplies
// its 16 rows of A with the whole of B, as an mma with many columns would.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_EMULATOR_COMPUTE_WGMMA_H
#define PLAIT_RUNTIME_EMULATOR_COMPUTE_WGMMA_H

#include "runtime/emulator/compute/Mma.h"

namespace plait::emulator {

constexpr unsigned warpgroupWarps = 4;

/// What a wgmma does, made once by the decoder.
struct WgmmaPlan {
  MmaShape shape; ///< of the warpgroup
  NumberType a, b, d;
  bool saturates, negates; ///< negates the products
  bool hasRegisters;       ///< A is in registers
  bool transposesA, transposesB;
  std::vector<MmaPlan> parts = {}; ///< some columns each, from the first on

  /// What a warp holds.
  Fragment fragment(Fragment::Role role) const;
  bool operator==(const WgmmaPlan &other) const;
};

/// The operation of a wgmma.mma_async. Its `run` takes the registers of A, those that mma would have for B, and the
/// accumulators.
Operation decodeWgmma(Decoder &decoder);
const WgmmaPlan &wgmmaPlan(const Operation &operation);

} // namespace plait::emulator

#endif // PLAIT_RUNTIME_EMULATOR_COMPUTE_WGMMA_H
