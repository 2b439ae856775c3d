//===- Target.h - the machines Plait compiles for ---------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares a target of either kind, a CPU's instruction set or an
// architecture of CUDA, so that lists of targets mix both.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_TARGET_TARGET_H
#define COMPILER_TARGET_TARGET_H

#include "compiler/Target/CPU/CpuTarget.h"
#include "compiler/Target/CUDA/CudaTarget.h"

#include <variant>

namespace plait {

class Target {
public:
  Target(CpuTarget target) : machine(std::move(target)) {}
  Target(CudaTarget target) : machine(std::move(target)) {}

  /// The name of the instruction set or architecture, which packs keep.
  llvm::StringRef isa() const;
  /// What passes see of it.
  TargetAttr attribute(mlir::MLIRContext *context) const;

  /// The one that it is; null for the other.
  const CpuTarget *cpu() const { return std::get_if<CpuTarget>(&machine); }
  const CudaTarget *cuda() const { return std::get_if<CudaTarget>(&machine); }

private:
  std::variant<CpuTarget, CudaTarget> machine;
};

/// The target of a name, as findCpuTarget and findCudaTarget take it. An unknown
/// name is an error that lists the known ones of both kinds.
llvm::Expected<Target> findTarget(llvm::StringRef name);

} // namespace plait

#endif // COMPILER_TARGET_TARGET_H
