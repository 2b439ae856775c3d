//===- Manifest.h - what a pack says of a function --------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the reading of a pack's manifest from a module whose
// kernels are outlined: arguments, launches, temporaries.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_DRIVER_MANIFEST_H
#define COMPILER_DRIVER_MANIFEST_H

#include "compiler/Target/Target.h"
#include "runtime/src/pack/Manifest.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"

namespace plait {

/// One entry for each host function, with the variant for `target` and `schedule` that
/// holds its launches and temporaries. What launches take is read later, and the object
/// is the pack's.
llvm::Expected<std::vector<pack::Entry>> readEntries(mlir::ModuleOp module, const Target &target,
                                                     llvm::StringRef schedule);

/// What each launch takes, from the attributes of its kernel in `module`, which is in the
/// LLVM dialect: scratch on the CPU; threads, shared memory and alignments on CUDA.
llvm::Error readResources(mlir::ModuleOp module, const Target &target, llvm::MutableArrayRef<pack::Entry> entries);

} // namespace plait

#endif // COMPILER_DRIVER_MANIFEST_H
