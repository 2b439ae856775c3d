//===- Features.h - what the processor can run ------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the detection of processor features, with the operating system's
// support counted in, and the instruction sets built on them. Each architecture has
// its own implementation file.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_SRC_CPU_FEATURES_H
#define PLAIT_RUNTIME_SRC_CPU_FEATURES_H

#include "runtime/src/Status.h"

#include <set>
#include <span>
#include <string>
#include <string_view>

namespace plait::cpu {

/// Feature names as LLVM spells them.
using FeatureSet = std::set<std::string_view>;

/// An instruction set and the features it stands for.
struct Isa {
  std::string_view name;
  std::span<const std::string_view> features;
};

/// Asks processor and operating system. Implemented for each architecture.
FeatureSet detectFeatures();

/// The instruction sets of this architecture, narrowest first. Implemented for each architecture.
std::span<const Isa> instructionSets();

/// What this machine has, detected once.
const FeatureSet &hostFeatures();

/// The position of an instruction set in instructionSets(), -1 for one of another architecture.
int rank(std::string_view isa);

/// Whether `features` suffice for the instruction set.
bool runs(std::string_view isa, const FeatureSet &features);

/// The widest instruction set that `features` suffice for.
std::string_view widest(const FeatureSet &features);

/// Picks the instruction set for a value of PLAIT_TARGET (NULL when unset).
Status pickTarget(const char *setting, const FeatureSet &features, std::string_view &isa);

} // namespace plait::cpu

#endif // PLAIT_RUNTIME_SRC_CPU_FEATURES_H
