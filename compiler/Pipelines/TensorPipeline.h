//===- TensorPipeline.h - from tensors to kernels on buffers ----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the stages that every target's pipeline begins with. The
// module's target decides what its passes choose.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_PIPELINES_TENSORPIPELINE_H
#define COMPILER_PIPELINES_TENSORPIPELINE_H

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"

namespace plait {

struct TensorPipelineOptions : mlir::PassPipelineOptions<TensorPipelineOptions> {
  Option<std::string> target{*this, "target",
                             llvm::cl::desc("Instruction set or architecture of a module that names no target"),
                             llvm::cl::init("native")};
  Option<std::string> schedule{
      *this, "schedule", llvm::cl::desc("Schedule parameters, as in rows=8,columns=2,block=64"), llvm::cl::init("")};
};

/// Attention to recurrences, projections and row maps in f32, each with its
/// form.
void buildDecomposeStage(mlir::OpPassManager &pm, const TensorPipelineOptions &options);
/// Tensors to one tiled and fused nest a kernel.
void buildTileStage(mlir::OpPassManager &pm);
/// Tensors to buffers, nests to kernel functions.
void buildBufferizeStage(mlir::OpPassManager &pm);

/// Registers each stage for plait-opt.
void registerTensorPipeline();

} // namespace plait

#endif // COMPILER_PIPELINES_TENSORPIPELINE_H
