//===- CpuTarget.h - the instruction sets Plait compiles for ----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the table of CPU targets: what LLVM, the passes and the
// runtime have to know of each.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_TARGET_CPU_CPUTARGET_H
#define COMPILER_TARGET_CPU_CPUTARGET_H

#include "dialects/Plait/IR/PlaitDialect.h"

#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace plait {

struct CpuTarget {
  std::string isa;                   // x86-64-v4, x86-64-v3, x86-64, aarch64
  std::string triple;                // as LLVM names it
  std::string cpu;                   // LLVM's -mcpu
  std::vector<std::string> features; // that the runtime must find, in LLVM's spelling
  int64_t lanes;                     // f32 lanes of a vector register
  int64_t registers;                 // vector registers
  bool fma;                          // fused multiply-add
  int64_t pipes;                     // multiply-adds that a core starts in a cycle; only time depends on it

  /// What passes see of it.
  TargetAttr attribute(mlir::MLIRContext *context) const;
};

/// `native` and the names of the table.
std::vector<llvm::StringRef> cpuTargetNames();

/// The target of a name; `native` is the best that this machine runs, with the
/// pipes of its cores. An unknown name is an error that lists the known ones.
llvm::Expected<CpuTarget> findCpuTarget(llvm::StringRef name);

} // namespace plait

#endif // COMPILER_TARGET_CPU_CPUTARGET_H
