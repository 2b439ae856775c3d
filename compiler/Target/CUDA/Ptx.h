//===- Ptx.h - PTX for CUDA -------------------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the way from the LLVM dialect to PTX, in the process.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_TARGET_CUDA_PTX_H
#define COMPILER_TARGET_CUDA_PTX_H

#include "compiler/Target/CUDA/CudaTarget.h"
#include "compiler/Target/LLVMModule.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"

#include <memory>

namespace plait {

/// Whether a function is a kernel for CUDA (nvvm.kernel) with a body.
bool isCudaKernel(mlir::LLVM::LLVMFuncOp function);

/// The LLVM module of `module`, which is in the LLVM dialect and has at least one kernel.
llvm::Expected<std::unique_ptr<llvm::Module>> makeLLVMModule(mlir::ModuleOp module, const CudaTarget &target,
                                                             llvm::LLVMContext &context);

/// The PTX of an LLVM module. It calls no function that it doesn't hold: one that it would
/// is an error that names it.
llvm::Expected<std::string> emitPtx(llvm::Module &module, const CudaTarget &target);

} // namespace plait

#endif // COMPILER_TARGET_CUDA_PTX_H
