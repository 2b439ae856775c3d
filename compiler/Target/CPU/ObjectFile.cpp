//===- ObjectFile.cpp - machine code for the CPU --------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file runs LLVM: few passes, for the vectors are explicit already, then
// code generation.
//===----------------------------------------------------------------------===//

#include "compiler/Target/CPU/ObjectFile.h"

#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/Object/ObjectFile.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Transforms/InstCombine/InstCombine.h"
#include "llvm/Transforms/Scalar/EarlyCSE.h"
#include "llvm/Transforms/Scalar/GVN.h"
#include "llvm/Transforms/Scalar/LICM.h"
#include "llvm/Transforms/Scalar/LoopPassManager.h"
#include "llvm/Transforms/Scalar/SROA.h"
#include "llvm/Transforms/Scalar/SimplifyCFG.h"

using namespace plait;

static void initialiseTargets() {
  static bool once = [] {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
    LLVMInitializeAArch64TargetInfo();
    LLVMInitializeAArch64Target();
    LLVMInitializeAArch64TargetMC();
    LLVMInitializeAArch64AsmPrinter();
    return true;
  }();
  (void)once;
}

static llvm::Expected<std::unique_ptr<llvm::TargetMachine>> makeMachine(const CpuTarget &target) {
  initialiseTargets();
  return makeTargetMachine(target.triple, target.cpu, "");
}

/// The whole of -O3 takes four times as long and makes no faster code.
static void optimise(llvm::Module &module, llvm::TargetMachine &machine) {
  llvm::FunctionPassManager passes;
  passes.addPass(llvm::SROAPass(llvm::SROAOptions::ModifyCFG));
  passes.addPass(llvm::InstCombinePass());
  passes.addPass(llvm::EarlyCSEPass(/*UseMemorySSA=*/true));
  passes.addPass(llvm::createFunctionToLoopPassAdaptor(llvm::LICMPass(llvm::LICMOptions()), /*UseMemorySSA=*/true));
  passes.addPass(llvm::GVNPass());
  passes.addPass(llvm::InstCombinePass());
  passes.addPass(llvm::SimplifyCFGPass());
  runFunctionPasses(module, machine, std::move(passes));
}

llvm::Expected<std::unique_ptr<llvm::Module>> plait::makeLLVMModule(mlir::ModuleOp module, const CpuTarget &target,
                                                                    llvm::LLVMContext &context) {
  auto machine = makeMachine(target);
  if (!machine)
    return machine.takeError();
  std::unique_ptr<llvm::Module> translated = mlir::translateModuleToLLVMIR(module, context);
  if (!translated)
    return llvm::createStringError("the module can't be translated to LLVM IR");
  translated->setDataLayout((*machine)->createDataLayout());
  translated->setTargetTriple(llvm::Triple(target.triple));
  for (llvm::Function &function : *translated) {
    if (function.isDeclaration())
      continue;
    function.addFnAttr("target-cpu", target.cpu);
    function.addFnAttr("prefer-vector-width", std::to_string(target.lanes * 32));
    function.addFnAttr(llvm::Attribute::NoUnwind);
  }
  optimise(*translated, **machine);
  return translated;
}

/// A reference to libm, malloc or a copy routine means that a lowering fell
/// back to a call: the object could not be loaded.
static llvm::Error checkDefined(const Bytes &bytes) {
  auto object = llvm::object::ObjectFile::createObjectFile(
      llvm::MemoryBufferRef(llvm::StringRef(bytes.data(), bytes.size()), "kernels"));
  if (!object)
    return object.takeError();
  for (const llvm::object::SymbolRef &symbol : (*object)->symbols()) {
    auto flags = symbol.getFlags();
    auto name = symbol.getName();
    if (!flags || !name)
      return llvm::joinErrors(flags.takeError(), name.takeError());
    if ((*flags & llvm::object::SymbolRef::SF_Undefined) && !name->empty())
      return llvm::createStringError("expects an object without undefined symbols, but got a call of " + *name);
  }
  return llvm::Error::success();
}

llvm::Expected<Bytes> plait::emitCode(llvm::Module &module, const CpuTarget &target, CodeKind kind) {
  auto machine = makeMachine(target);
  if (!machine)
    return machine.takeError();
  auto type = kind == CodeKind::Object ? llvm::CodeGenFileType::ObjectFile : llvm::CodeGenFileType::AssemblyFile;
  auto bytes = generateCode(module, **machine, type);
  if (bytes && kind == CodeKind::Object)
    if (llvm::Error error = checkDefined(*bytes))
      return error;
  return bytes;
}
