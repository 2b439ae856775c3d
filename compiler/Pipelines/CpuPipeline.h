//===- CpuPipeline.h - from tensors to LLVM for the CPU ---------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the pipeline that every user of the compiler runs, whole
// or stage by stage.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_PIPELINES_CPUPIPELINE_H
#define COMPILER_PIPELINES_CPUPIPELINE_H

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"

namespace plait {

struct CpuPipelineOptions : mlir::PassPipelineOptions<CpuPipelineOptions> {
  Option<std::string> target{*this, "target", llvm::cl::desc("Instruction set of a module that names no target"),
                             llvm::cl::init("native")};
  Option<std::string> schedule{
      *this, "schedule", llvm::cl::desc("Schedule parameters, as in rows=8,columns=2,block=64"), llvm::cl::init("")};
};

/// Attention to recurrences, projections and row maps in f32, each with its
/// form.
void buildDecomposeStage(mlir::OpPassManager &pm, const CpuPipelineOptions &options);
/// Tensors to one tiled and fused nest a kernel.
void buildTileStage(mlir::OpPassManager &pm);
/// Tensors to buffers, nests to kernel functions.
void buildBufferizeStage(mlir::OpPassManager &pm);
/// Ops of the dialect to loops and vectors.
void buildVectorStage(mlir::OpPassManager &pm);
/// Loops and vectors to the LLVM dialect, with the kernel's C signature.
void buildLLVMStage(mlir::OpPassManager &pm);

/// All of the above.
void buildCpuPipeline(mlir::OpPassManager &pm, const CpuPipelineOptions &options);

/// Registers the whole and each stage for plait-opt.
void registerCpuPipeline();

} // namespace plait

#endif // COMPILER_PIPELINES_CPUPIPELINE_H
