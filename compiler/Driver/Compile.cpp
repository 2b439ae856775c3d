//===- Compile.cpp - from a module of text to code ------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file runs the pipeline stage by stage and translates what it ends in.
//===----------------------------------------------------------------------===//

#include "compiler/Driver/Compile.h"

#include "compiler/Driver/Dialects.h"
#include "compiler/Driver/Source.h"
#include "compiler/Pipelines/CpuPipeline.h"
#include "compiler/Pipelines/CudaPipeline.h"
#include "compiler/Schedule/Schedule.h"
#include "compiler/Target/CUDA/Ptx.h"
#include "dialects/Plait/IR/PlaitDialect.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Pass/PassManager.h"

using namespace mlir;
using namespace plait;

llvm::Expected<Stage> plait::parseStage(StringRef name) {
  static constexpr std::pair<StringLiteral, Stage> stages[] = {
      {"input", Stage::Input},           {"decomposed", Stage::Decomposed}, {"tiled", Stage::Tiled},
      {"bufferized", Stage::Bufferized}, {"vector", Stage::Vector},         {"llvm", Stage::LLVM}};
  for (auto [known, stage] : stages)
    if (known == name)
      return stage;
  return llvm::createStringError("expects a stage among input, decomposed, tiled, bufferized, vector, llvm, but got '" +
                                 name.str() + "'");
}

static DialectRegistry makeRegistry() {
  DialectRegistry registry;
  registerDialects(registry);
  return registry;
}

plait::Compiler::Compiler(StringRef name, StringRef ptxas)
    : name(name), ptxasPath(ptxas), context(makeRegistry(), MLIRContext::Threading::DISABLED) {
  // Every module gets a target, those too whose text names no op of the dialect.
  context.loadDialect<PlaitDialect>();
}

llvm::Expected<OwningOpRef<ModuleOp>> plait::Compiler::parse(StringRef text) {
  return parseModule(text, name, &context);
}

static void addStages(OpPassManager &pm, const Target &target, StringRef schedule, Stage stage) {
  TensorPipelineOptions options;
  options.schedule = schedule.str();
  if (stage >= Stage::Decomposed)
    buildDecomposeStage(pm, options);
  if (stage >= Stage::Tiled)
    buildTileStage(pm);
  if (stage >= Stage::Bufferized)
    buildBufferizeStage(pm);
  if (stage >= Stage::Vector)
    target.cuda() ? buildCudaTileStage(pm) : buildVectorStage(pm);
  if (stage >= Stage::LLVM)
    target.cuda() ? buildCudaLLVMStage(pm) : buildLLVMStage(pm);
}

static llvm::Error runPasses(ModuleOp module, llvm::function_ref<void(OpPassManager &)> add) {
  CollectedErrors errors(module.getContext());
  PassManager pm(module.getContext());
  // Every pass is tested with the verifier on; here it would cost a fifth of
  // the time of a compilation.
  pm.enableVerifier(false);
  add(pm);
  if (failed(pm.run(module)))
    return errors.take("the module can't be compiled");
  return llvm::Error::success();
}

llvm::Error plait::Compiler::lower(ModuleOp module, const Target &target, StringRef schedule, Stage stage) {
  module->setAttr("plait.target", target.attribute(&context));
  return runPasses(module, [&](OpPassManager &pm) { addStages(pm, target, schedule, stage); });
}

/// Upstream's conversions leave what they don't know as it is.
static LogicalResult checkLowered(ModuleOp module, const Target &target) {
  WalkResult walked = module.walk([&](Operation *op) {
    auto function = dyn_cast<LLVM::LLVMFuncOp>(op);
    if (target.cpu() && function && isCudaKernel(function)) {
      op->emitError("expects a CUDA target for kernel '") << function.getName() << "', but got " << target.isa();
      return WalkResult::interrupt();
    }
    bool isDevice = target.cuda() && isa_and_nonnull<NVVM::NVVMDialect>(op->getDialect());
    if (isa<ModuleOp, UnrealizedConversionCastOp>(op) || isDevice ||
        isa_and_nonnull<LLVM::LLVMDialect>(op->getDialect()))
      return WalkResult::advance();
    op->emitError("expects an op that kernels can hold, but got '") << op->getName() << "'";
    return WalkResult::interrupt();
  });
  return failure(walked.wasInterrupted());
}

llvm::Expected<std::unique_ptr<llvm::Module>> plait::Compiler::translate(ModuleOp module, const Target &target,
                                                                         llvm::LLVMContext &llvmContext) {
  CollectedErrors errors(&context);
  if (failed(checkLowered(module, target)))
    return errors.take("the module can't be lowered");
  auto translated = target.cpu() ? makeLLVMModule(module, *target.cpu(), llvmContext)
                                 : makeLLVMModule(module, *target.cuda(), llvmContext);
  if (translated)
    return translated;
  return errors.take(llvm::toString(translated.takeError()));
}

llvm::Error plait::Compiler::lowerKernels(ModuleOp module, const Target &target) {
  return runPasses(module, [&](OpPassManager &pm) {
    target.cuda() ? buildCudaTileStage(pm) : buildVectorStage(pm);
    target.cuda() ? buildCudaLLVMStage(pm) : buildLLVMStage(pm);
  });
}

llvm::Expected<std::unique_ptr<llvm::Module>>
plait::Compiler::makeLLVM(StringRef text, const Target &target, StringRef schedule, llvm::LLVMContext &llvmContext) {
  auto module = parse(text);
  if (!module)
    return module.takeError();
  if (llvm::Error error = lower(**module, target, schedule, Stage::LLVM))
    return error;
  return translate(**module, target, llvmContext);
}

llvm::Expected<Bytes> plait::Compiler::compileCode(StringRef text, const CpuTarget &target, StringRef schedule,
                                                   CodeKind kind) {
  llvm::LLVMContext llvmContext;
  auto module = makeLLVM(text, target, schedule, llvmContext);
  if (!module)
    return module.takeError();
  return emitCode(**module, target, kind);
}

llvm::Expected<std::string> plait::Compiler::printLLVM(StringRef text, const Target &target, StringRef schedule) {
  llvm::LLVMContext llvmContext;
  auto module = makeLLVM(text, target, schedule, llvmContext);
  if (!module)
    return module.takeError();
  std::string printed;
  llvm::raw_string_ostream stream(printed);
  (*module)->print(stream, nullptr);
  return printed;
}

llvm::Expected<std::vector<std::string>> plait::Compiler::schedules(StringRef text, const Target &target,
                                                                    const CallSize &size) {
  auto module = parse(text);
  if (!module)
    return module.takeError();
  if (llvm::Error error = lower(**module, target, "", Stage::Decomposed))
    return error;
  return enumerateSchedules(**module, target.attribute(&context), size);
}
