//===- CudaPipeline.h - kernels to LLVM for CUDA ----------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the pipeline that takes kernels to the LLVM dialect for
// CUDA.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_PIPELINES_CUDAPIPELINE_H
#define COMPILER_PIPELINES_CUDAPIPELINE_H

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"

namespace plait {

struct CudaPipelineOptions : mlir::PassPipelineOptions<CudaPipelineOptions> {
  Option<std::string> target{*this, "target", llvm::cl::desc("Architecture of a module that names no target"),
                             llvm::cl::init("sm_80")};
};

/// Kernels on buffers to kernels on tiles, with copies that run ahead, places in shared memory
/// and barriers.
void buildCudaTileStage(mlir::OpPassManager &pm);
/// Kernels on tiles, and those that are llvm.func with nvvm.kernel, to the LLVM dialect.
void buildCudaLLVMStage(mlir::OpPassManager &pm);

/// Sets the target, then the above in order.
void buildCudaPipeline(mlir::OpPassManager &pm, const CudaPipelineOptions &options);

/// Registers the whole for plait-opt.
void registerCudaPipeline();

} // namespace plait

#endif // COMPILER_PIPELINES_CUDAPIPELINE_H
