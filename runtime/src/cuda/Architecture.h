//===- Architecture.h - which code runs on which device ---------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the rules by which a device of CUDA runs code that was compiled
// for an architecture.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_SRC_CUDA_ARCHITECTURE_H
#define PLAIT_RUNTIME_SRC_CUDA_ARCHITECTURE_H

#include "runtime/src/pack/Manifest.h"

#include <string>
#include <string_view>

namespace plait::cuda {

/// A compute capability: 9 and 0 of sm_90.
struct Capability {
  int major = 0;
  int minor = 0;
};

/// "sm_90".
std::string spell(Capability capability);

/// How well code for an architecture serves a device; 0 where it doesn't run. Machine code runs on devices of the same
/// major number and no lesser minor one, PTX on all that are not lesser, and either on exactly its own where the
/// architecture has the suffix "a". Machine code is better than PTX, and the nearest architecture is best.
int fitness(std::string_view isa, pack::Code code, Capability device);

} // namespace plait::cuda

#endif // PLAIT_RUNTIME_SRC_CUDA_ARCHITECTURE_H
