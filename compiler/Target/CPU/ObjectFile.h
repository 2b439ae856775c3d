//===- ObjectFile.h - machine code for the CPU ------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the way from the LLVM dialect to machine code: an LLVM
// module, its assembly or object, and a shared object without dependencies.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_TARGET_CPU_OBJECTFILE_H
#define COMPILER_TARGET_CPU_OBJECTFILE_H

#include "compiler/Target/CPU/CpuTarget.h"
#include "compiler/Target/LLVMModule.h"

#include "mlir/IR/BuiltinOps.h"

#include <memory>

namespace plait {

/// The optimised LLVM module of `module`, which is in the LLVM dialect.
llvm::Expected<std::unique_ptr<llvm::Module>> makeLLVMModule(mlir::ModuleOp module, const CpuTarget &target,
                                                             llvm::LLVMContext &context);

enum class CodeKind { Object, Assembly };

/// Machine code of an LLVM module. Objects have no undefined symbol: one that
/// has is an error that names it.
llvm::Expected<Bytes> emitCode(llvm::Module &module, const CpuTarget &target, CodeKind kind);

/// Links an object into a shared object that depends on nothing.
llvm::Expected<Bytes> linkShared(const Bytes &object);

} // namespace plait

#endif // COMPILER_TARGET_CPU_OBJECTFILE_H
