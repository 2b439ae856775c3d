//===- plait-opt.cpp - runs passes on plait IR ----------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file is the optimiser driver: all passes and pipelines of the compiler,
// one by one, on a module of text.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/Passes.h"
#include "compiler/Driver/Dialects.h"
#include "compiler/Driver/Version.h"
#include "compiler/Pipelines/CpuPipeline.h"
#include "compiler/Pipelines/CudaPipeline.h"
#include "compiler/Pipelines/TensorPipeline.h"
#include "compiler/Transforms/Passes.h"

#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/Support/CommandLine.h"

int main(int argc, char **argv) {
  llvm::cl::SetVersionPrinter(plait::printVersion);
  mlir::DialectRegistry registry;
  plait::registerDialects(registry);
  plait::registerPlaitTransformsPasses();
  plait::registerPlaitConversionPasses();
  plait::registerCpuPipeline();
  plait::registerCudaPipeline();
  plait::registerTensorPipeline();
  mlir::registerTransformsPasses();
  mlir::bufferization::registerBufferizationPasses();
  return mlir::failed(mlir::MlirOptMain(argc, argv, "Plait: passes on linear-time attention\n", registry));
}
