//===- Ptx.cpp - PTX for CUDA ---------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file runs LLVM for NVPTX: few passes, for ptxas optimises again, and then
// code generation.
//===----------------------------------------------------------------------===//

#include "compiler/Target/CUDA/Ptx.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Transforms/InstCombine/InstCombine.h"
#include "llvm/Transforms/Scalar/EarlyCSE.h"
#include "llvm/Transforms/Scalar/SROA.h"
#include "llvm/Transforms/Scalar/SimplifyCFG.h"

using namespace plait;

/// When the first kernel is made, not when the compiler starts.
static void initialiseNvptx() {
  static bool once = [] {
    LLVMInitializeNVPTXTargetInfo();
    LLVMInitializeNVPTXTarget();
    LLVMInitializeNVPTXTargetMC();
    LLVMInitializeNVPTXAsmPrinter();
    return true;
  }();
  (void)once;
}

static llvm::Expected<std::unique_ptr<llvm::TargetMachine>> makeMachine(const CudaTarget &target) {
  initialiseNvptx();
  return makeTargetMachine("nvptx64-nvidia-cuda", target.isa, target.ptx);
}

/// Whole -O3 moves the addresses of swizzled tiles out of loops, and registers run out.
static void optimise(llvm::Module &module, llvm::TargetMachine &machine) {
  llvm::FunctionPassManager passes;
  passes.addPass(llvm::SROAPass(llvm::SROAOptions::ModifyCFG));
  passes.addPass(llvm::InstCombinePass());
  passes.addPass(llvm::EarlyCSEPass(/*UseMemorySSA=*/true));
  passes.addPass(llvm::SimplifyCFGPass());
  runFunctionPasses(module, machine, std::move(passes));
}

bool plait::isCudaKernel(mlir::LLVM::LLVMFuncOp function) {
  return !function.isExternal() && function->hasAttr(mlir::NVVM::NVVMDialect::getKernelFuncAttrName());
}

llvm::Expected<std::unique_ptr<llvm::Module>> plait::makeLLVMModule(mlir::ModuleOp module, const CudaTarget &target,
                                                                    llvm::LLVMContext &context) {
  if (llvm::none_of(module.getOps<mlir::LLVM::LLVMFuncOp>(), isCudaKernel))
    return llvm::createStringError("expects a kernel (llvm.func with nvvm.kernel), but got none");
  auto machine = makeMachine(target);
  if (!machine)
    return machine.takeError();
  std::unique_ptr<llvm::Module> translated = mlir::translateModuleToLLVMIR(module, context);
  if (!translated)
    return llvm::createStringError("the module can't be translated to LLVM IR");
  translated->setDataLayout((*machine)->createDataLayout());
  translated->setTargetTriple((*machine)->getTargetTriple());
  for (llvm::Function &function : *translated) {
    if (function.isDeclaration())
      continue;
    function.addFnAttr("target-cpu", target.isa);
    function.addFnAttr("target-features", target.ptx);
    function.addFnAttr(llvm::Attribute::NoUnwind);
  }
  optimise(*translated, **machine);
  return translated;
}

/// A call of libm or of CUDA's device library means that a lowering fell back to it: the
/// driver could not load the kernel.
static llvm::Error checkDefined(const llvm::Module &module) {
  for (const llvm::Function &function : module)
    if (function.isDeclaration() && !function.isIntrinsic() && !function.use_empty())
      return llvm::createStringError("expects kernels without undefined symbols, but got a call of " +
                                     function.getName());
  return llvm::Error::success();
}

llvm::Expected<std::string> plait::emitPtx(llvm::Module &module, const CudaTarget &target) {
  if (llvm::Error error = checkDefined(module))
    return error;
  auto machine = makeMachine(target);
  if (!machine)
    return machine.takeError();
  auto bytes = generateCode(module, **machine, llvm::CodeGenFileType::AssemblyFile);
  if (!bytes)
    return bytes.takeError();
  return std::string(bytes->begin(), bytes->end());
}
