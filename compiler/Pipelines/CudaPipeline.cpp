//===- CudaPipeline.cpp - kernels to LLVM for CUDA ------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file lists the passes of the CUDA pipeline.
//===----------------------------------------------------------------------===//

#include "compiler/Pipelines/CudaPipeline.h"

#include "compiler/Transforms/Passes.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Pass/PassRegistry.h"

using namespace mlir;

void plait::buildCudaLLVMStage(OpPassManager &pm) {
  pm.addPass(createSCFToControlFlowPass());
  pm.addPass(createConvertToLLVMPass()); // of the dialects in registerConversions, compiler/Driver/Dialects.cpp
  pm.addPass(createReconcileUnrealizedCastsPass());
}

void plait::buildCudaPipeline(OpPassManager &pm, const CudaPipelineOptions &options) {
  SetTargetOptions target;
  target.target = options.target;
  pm.addPass(createSetTarget(target));
  buildCudaLLVMStage(pm);
}

void plait::registerCudaPipeline() {
  PassPipelineRegistration<CudaPipelineOptions>("plait-cuda-pipeline", "From kernels to the LLVM dialect for CUDA",
                                                buildCudaPipeline);
}
