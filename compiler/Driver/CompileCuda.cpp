//===- CompileCuda.cpp - from kernels to PTX and cubins -------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file makes code for CUDA. ptxas is looked for when the first cubin is
// wanted: without it there still is PTX, which the driver compiles.
//===----------------------------------------------------------------------===//

#include "compiler/Driver/Compile.h"

#include "compiler/Driver/FewestSpills.h"
#include "compiler/Target/CUDA/Ptx.h"

using namespace mlir;
using namespace plait;

llvm::Expected<const Assembler *> plait::Compiler::assembler() {
  if (!found) {
    auto looked = Assembler::find(ptxasPath);
    if (!looked)
      return looked.takeError();
    found = std::move(*looked);
  }
  return *found ? &**found : nullptr;
}

/// Attempts at kernels that spill may have the same PTX.
llvm::Expected<Cubin> plait::Compiler::assemble(const Assembler &ptxas, StringRef ptx, const CudaTarget &target) {
  std::string key = (target.isa + "\n" + ptx).str();
  if (auto known = assembled.find(key); known != assembled.end())
    return known->second;
  auto cubin = ptxas.assemble(ptx, target);
  if (cubin)
    assembled.try_emplace(key, *cubin);
  return cubin;
}

llvm::Expected<CudaCode> plait::Compiler::compileKernels(ModuleOp module, const CudaTarget &target) {
  llvm::LLVMContext llvmContext;
  auto translated = translate(module, target, llvmContext);
  if (!translated)
    return translated.takeError();
  auto ptx = emitPtx(**translated, target.portable());
  if (!ptx)
    return ptx.takeError();
  CudaCode code{std::move(*ptx), std::nullopt};
  auto ptxas = assembler();
  if (!ptxas)
    return ptxas.takeError();
  if (!*ptxas)
    return code;
  auto cubin = assemble(**ptxas, code.ptx, target);
  if (!cubin)
    return cubin.takeError();
  code.cubin = std::move(*cubin);
  return code;
}

llvm::Expected<std::string> plait::Compiler::compilePtx(StringRef text, const CudaTarget &target, StringRef schedule) {
  llvm::LLVMContext llvmContext;
  auto module = makeLLVM(text, target, schedule, llvmContext);
  if (!module)
    return module.takeError();
  return emitPtx(**module, target);
}

llvm::Expected<Bytes> plait::Compiler::compileCubin(StringRef text, const CudaTarget &target, StringRef schedule) {
  auto ptxas = assembler();
  if (!ptxas)
    return ptxas.takeError();
  if (!*ptxas)
    return llvm::createStringError("expects ptxas for a cubin, but found none (" + Assembler::places() + ")");
  auto kept = withFewestSpills<Cubin>(schedule, [&](StringRef tried) -> llvm::Expected<Cubin> {
    auto ptx = compilePtx(text, target, tried);
    if (!ptx)
      return ptx.takeError();
    return assemble(**ptxas, *ptx, target);
  });
  if (!kept)
    return kept.takeError();
  keepReport(target, kept->made, kept->schedule);
  return std::move(kept->made.code);
}
