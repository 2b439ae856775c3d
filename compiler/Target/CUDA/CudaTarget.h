//===- CudaTarget.h - the architectures of CUDA -----------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the table of CUDA targets: what LLVM, the assembler and
// the passes have to know of each.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_TARGET_CUDA_CUDATARGET_H
#define COMPILER_TARGET_CUDA_CUDATARGET_H

#include "dialects/Plait/IR/PlaitDialect.h"

#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace plait {

struct CudaTarget {
  std::string isa;    // sm_90a, as LLVM and ptxas name it
  std::string ptx;    // the version of PTX, LLVM's feature
  int64_t capability; // ten times the compute capability, 90 for 9.0
  int64_t shared;     // bytes of shared memory that a block may take

  /// The one without the `a`, whose PTX runs on later architectures: no kernel has an instruction that only the other
  /// knows.
  CudaTarget portable() const;
  /// What passes see of it.
  TargetAttr attribute(mlir::MLIRContext *context) const;
};

/// The names of the table, as in sm_90a. PTX for a name without an `a` runs on later
/// architectures too.
std::vector<llvm::StringRef> cudaTargetNames();

/// The target of a name. An unknown name is an error that lists the known ones.
llvm::Expected<CudaTarget> findCudaTarget(llvm::StringRef name);

} // namespace plait

#endif // COMPILER_TARGET_CUDA_CUDATARGET_H
