//===- CudaPipeline.cpp - from tensors to LLVM for CUDA -------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file lists the passes of the CUDA pipeline behind those that all have.
//===----------------------------------------------------------------------===//

#include "compiler/Pipelines/CudaPipeline.h"

#include "compiler/Conversion/Passes.h"
#include "compiler/Transforms/Passes.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void plait::buildCudaTileStage(OpPassManager &pm) {
  pm.addPass(createConvertPlaitToTile());
  OpPassManager &function = pm.nest<func::FuncOp>();
  auto clean = [&] {
    function.addPass(createCanonicalizerPass());
    function.addPass(createCSEPass());
  };
  // Before what is alike but beside others becomes one.
  function.addPass(createAssignLayouts());
  clean();
  function.addPass(createStageFragments());
  function.addPass(createPipelineCopies());
  clean();
  // Barriers follow from places: tiles share bytes.
  function.addPass(createAllocateShared());
  function.addPass(createInsertBarriers());
}

void plait::buildCudaLLVMStage(OpPassManager &pm) {
  pm.addNestedPass<func::FuncOp>(createConvertMathToPolynomial());
  pm.addPass(createLowerAffinePass());
  pm.addPass(createConvertTileToNVVM());
  pm.addPass(createSCFToControlFlowPass());
  pm.addPass(createConvertToLLVMPass()); // of the dialects in registerConversions, compiler/Driver/Dialects.cpp
  pm.addPass(createReconcileUnrealizedCastsPass());
}

void plait::buildCudaPipeline(OpPassManager &pm, const CudaPipelineOptions &options) {
  buildDecomposeStage(pm, options);
  buildTileStage(pm);
  buildBufferizeStage(pm);
  buildCudaTileStage(pm);
  buildCudaLLVMStage(pm);
}

void plait::registerCudaPipeline() {
  PassPipelineRegistration<CudaPipelineOptions>(
      "plait-cuda-pipeline", "From plait on tensors to the LLVM dialect for CUDA", buildCudaPipeline);
  PassPipelineRegistration<>("plait-cuda-tile-stage", "Kernels on buffers to kernels on tiles", buildCudaTileStage);
  PassPipelineRegistration<>("plait-cuda-llvm-stage", "Kernels on tiles to the LLVM dialect", buildCudaLLVMStage);
}
