//===- LLVMModule.h - what every target does with LLVM IR -------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the running of LLVM's passes and the reading of its
// errors.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_TARGET_LLVMMODULE_H
#define COMPILER_TARGET_LLVMMODULE_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/PassManager.h"
#include "llvm/Support/CodeGen.h"
#include "llvm/Support/Error.h"
#include "llvm/Target/TargetMachine.h"

#include <memory>

namespace plait {

using Bytes = llvm::SmallVector<char, 0>;

/// The code generator of LLVM for a processor. What the IR fuses is fused, and nothing else:
/// sums keep their bits. The target must have been initialised.
llvm::Expected<std::unique_ptr<llvm::TargetMachine>> makeTargetMachine(llvm::StringRef triple, llvm::StringRef cpu,
                                                                       llvm::StringRef features);

/// Runs passes on every function of a module.
void runFunctionPasses(llvm::Module &module, llvm::TargetMachine &machine, llvm::FunctionPassManager passes);

/// Generates an object or assembly. What LLVM reports as an error on the way is one,
/// where by itself it would end the process.
llvm::Expected<Bytes> generateCode(llvm::Module &module, llvm::TargetMachine &machine, llvm::CodeGenFileType type);

} // namespace plait

#endif // COMPILER_TARGET_LLVMMODULE_H
