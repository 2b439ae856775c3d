//===- CpuPipeline.cpp - from tensors to LLVM for the CPU -----------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file lists the passes of the CPU pipeline behind those that all have.
//===----------------------------------------------------------------------===//

#include "compiler/Pipelines/CpuPipeline.h"

#include "compiler/Conversion/Passes.h"
#include "compiler/Transforms/Passes.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void plait::buildVectorStage(OpPassManager &pm) {
  OpPassManager &function = pm.nest<func::FuncOp>();
  function.addPass(createConvertPlaitToVector());
  function.addPass(createConvertMathToPolynomial());
  function.addPass(createCanonicalizerPass());
  function.addPass(createCSEPass());
}

void plait::buildLLVMStage(OpPassManager &pm) {
  pm.addPass(createLowerKernelABI());
  pm.addPass(createConvertVectorToSCFPass());
  pm.addPass(createSCFToControlFlowPass());
  pm.addPass(memref::createExpandStridedMetadataPass());
  pm.addPass(createLowerAffinePass());
  pm.addPass(createConvertVectorToLLVMPass());
  pm.addPass(createConvertToLLVMPass()); // of the dialects in registerConversions, compiler/Driver/Dialects.cpp
  pm.addPass(createReconcileUnrealizedCastsPass());
}

void plait::buildCpuPipeline(OpPassManager &pm, const TensorPipelineOptions &options) {
  buildDecomposeStage(pm, options);
  buildTileStage(pm);
  buildBufferizeStage(pm);
  buildVectorStage(pm);
  buildLLVMStage(pm);
}

void plait::registerCpuPipeline() {
  PassPipelineRegistration<TensorPipelineOptions>(
      "plait-cpu-pipeline", "From plait on tensors to the LLVM dialect for the CPU", buildCpuPipeline);
  PassPipelineRegistration<>("plait-vector-stage", "Ops of the dialect to loops and vectors", buildVectorStage);
  PassPipelineRegistration<>("plait-llvm-stage", "Loops and vectors to the LLVM dialect", buildLLVMStage);
}
