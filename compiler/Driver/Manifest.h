//===- Manifest.h - what a pack says of a function --------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the reading of a pack's manifest from a module whose
// kernels are outlined: arguments, launches, temporaries.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_DRIVER_MANIFEST_H
#define COMPILER_DRIVER_MANIFEST_H

#include "compiler/Target/CPU/CpuTarget.h"
#include "runtime/src/pack/Manifest.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"

namespace plait {

/// One entry for each host function, with the variant for `target` and `schedule` that
/// holds its launches and temporaries. Scratch sizes and the object are filled in later.
llvm::Expected<std::vector<pack::Entry>> readEntries(mlir::ModuleOp module, const CpuTarget &target,
                                                     llvm::StringRef schedule);

} // namespace plait

#endif // COMPILER_DRIVER_MANIFEST_H
