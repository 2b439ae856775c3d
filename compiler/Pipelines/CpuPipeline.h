//===- CpuPipeline.h - from tensors to LLVM for the CPU ---------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the pipeline that every user of the compiler runs, whole
// or stage by stage.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_PIPELINES_CPUPIPELINE_H
#define COMPILER_PIPELINES_CPUPIPELINE_H

#include "compiler/Pipelines/TensorPipeline.h"

namespace plait {

/// Ops of the dialect to loops and vectors.
void buildVectorStage(mlir::OpPassManager &pm);
/// Loops and vectors to the LLVM dialect, with the kernel's C signature.
void buildLLVMStage(mlir::OpPassManager &pm);

/// The stages of tensors, then the above.
void buildCpuPipeline(mlir::OpPassManager &pm, const TensorPipelineOptions &options);

/// Registers the whole and both stages for plait-opt.
void registerCpuPipeline();

} // namespace plait

#endif // COMPILER_PIPELINES_CPUPIPELINE_H
