//===- CudaPipeline.h - from tensors to LLVM for CUDA -----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the pipeline for CUDA, which kernels on tiles and kernels in
// the LLVM dialect may join at its stages.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_PIPELINES_CUDAPIPELINE_H
#define COMPILER_PIPELINES_CUDAPIPELINE_H

#include "compiler/Pipelines/TensorPipeline.h"

namespace plait {

struct CudaPipelineOptions : TensorPipelineOptions {
  CudaPipelineOptions() { target = "sm_80"; }
};

/// Kernels on buffers to kernels on tiles, with copies that run ahead, places in shared memory
/// and barriers.
void buildCudaTileStage(mlir::OpPassManager &pm);
/// Kernels on tiles, and those that are llvm.func with nvvm.kernel, to the LLVM dialect.
void buildCudaLLVMStage(mlir::OpPassManager &pm);

/// The stages of tensors, then the above.
void buildCudaPipeline(mlir::OpPassManager &pm, const CudaPipelineOptions &options);

/// Registers the whole and both stages for plait-opt.
void registerCudaPipeline();

} // namespace plait

#endif // COMPILER_PIPELINES_CUDAPIPELINE_H
