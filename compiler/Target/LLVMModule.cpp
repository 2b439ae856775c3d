//===- LLVMModule.cpp - what every target does with LLVM IR ---------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file runs LLVM's passes and its code generator.
//===----------------------------------------------------------------------===//

#include "compiler/Target/LLVMModule.h"

#include "compiler/Target/FatalError.h"

#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/DiagnosticPrinter.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/raw_ostream.h"

using namespace plait;

llvm::Expected<std::unique_ptr<llvm::TargetMachine>> plait::makeTargetMachine(llvm::StringRef name, llvm::StringRef cpu,
                                                                              llvm::StringRef features) {
  std::string error;
  llvm::Triple triple(name);
  const llvm::Target *target = llvm::TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return llvm::createStringError("LLVM has no target " + name.str() + ": " + error);
  llvm::TargetOptions options;
  options.AllowFPOpFusion = llvm::FPOpFusion::Standard;
  return std::unique_ptr<llvm::TargetMachine>(target->createTargetMachine(
      triple, cpu, features, options, llvm::Reloc::PIC_, std::nullopt, llvm::CodeGenOptLevel::Default));
}

void plait::runFunctionPasses(llvm::Module &module, llvm::TargetMachine &machine, llvm::FunctionPassManager passes) {
  llvm::PassBuilder builder(&machine);
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager callGraph;
  llvm::ModuleAnalysisManager modules;
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(callGraph);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, callGraph, modules);
  llvm::ModulePassManager manager;
  manager.addPass(llvm::createModuleToFunctionPassAdaptor(std::move(passes)));
  manager.run(module, modules);
}

namespace {

/// Keeps errors; remarks and warnings are dropped.
struct ErrorHandler final : llvm::DiagnosticHandler {
  explicit ErrorHandler(std::string &text) : text(text) {}

  bool handleDiagnostics(const llvm::DiagnosticInfo &diagnostic) override {
    if (diagnostic.getSeverity() != llvm::DS_Error)
      return true;
    llvm::raw_string_ostream stream(text);
    stream << (text.empty() ? "" : "\n");
    llvm::DiagnosticPrinterRawOStream printer(stream);
    diagnostic.print(printer);
    return true;
  }

  std::string &text;
};

} // namespace

llvm::Expected<Bytes> plait::generateCode(llvm::Module &module, llvm::TargetMachine &machine,
                                          llvm::CodeGenFileType type) {
  std::string errors;
  module.getContext().setDiagnosticHandler(std::make_unique<ErrorHandler>(errors));
  Bytes bytes;
  llvm::raw_svector_ostream stream(bytes);
  auto passes = std::make_unique<llvm::legacy::PassManager>();
  if (machine.addPassesToEmitFile(*passes, stream, nullptr, type))
    return llvm::createStringError("LLVM can't emit code for " + machine.getTargetTriple().str());
  if (llvm::Error error = catchFatalErrors([&] { passes->run(module); })) {
    (void)passes.release(); // in the middle of its work, it can't be destroyed
    errors = llvm::toString(std::move(error));
  }
  module.getContext().setDiagnosticHandler(nullptr);
  if (!errors.empty())
    return llvm::createStringError("LLVM can't emit code for " + machine.getTargetCPU().str() + ": " + errors);
  return bytes;
}
