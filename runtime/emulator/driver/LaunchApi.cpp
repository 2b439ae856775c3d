//===- LaunchApi.cpp - launches -------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the calls that launch a kernel.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/driver/Enter.h"
#include "runtime/emulator/driver/Tasks.h"

using namespace plait::emulator;

namespace {

std::string text(const Dimensions &sizes) {
  return std::to_string(sizes[0]) + "x" + std::to_string(sizes[1]) + "x" + std::to_string(sizes[2]);
}

/// Blocks of such launches meet in ways that the emulator has not: barriers of a grid, shared memory of a cluster.
void expectOneBlock(const char *what, const Dimensions &blocks) {
  if (blocks != Dimensions{1, 1, 1})
    throw Error(0, std::string("expects ") + what + " of one block, but got " + text(blocks));
}

CUresult launch(const LaunchCall &call, CUstream stream, const CUlaunchAttribute *attributes, unsigned count) {
  return enterContext([&](Driver &driver) {
    if (!driver.functions.has(call.function))
      return CUDA_ERROR_INVALID_HANDLE;
    try {
      for (unsigned i = 0; i < count; ++i)
        if (attributes[i].id == CU_LAUNCH_ATTRIBUTE_COOPERATIVE && attributes[i].value.cooperative)
          expectOneBlock("a cooperative launch", call.grid);
        else if (attributes[i].id == CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION)
          expectOneBlock("a cluster", {attributes[i].value.clusterDim.x, attributes[i].value.clusterDim.y,
                                       attributes[i].value.clusterDim.z});
    } catch (const Error &error) {
      driver.say(std::string("plait emulator: ") + error.what());
      return CUDA_ERROR_NOT_SUPPORTED;
    }
    return submit(driver, stream, CU_GRAPH_NODE_TYPE_KERNEL, makeLaunch(driver, call));
  });
}

} // namespace

PLAIT_CUDA_API CUresult cuLaunchKernel(CUfunction f, unsigned gridDimX, unsigned gridDimY, unsigned gridDimZ,
                                       unsigned blockDimX, unsigned blockDimY, unsigned blockDimZ,
                                       unsigned sharedMemBytes, CUstream hStream, void **kernelParams, void **extra) {
  return launch(
      {f, {gridDimX, gridDimY, gridDimZ}, {blockDimX, blockDimY, blockDimZ}, sharedMemBytes, kernelParams, extra},
      hStream, nullptr, 0);
}

PLAIT_CUDA_API CUresult cuLaunchCooperativeKernel(CUfunction f, unsigned gridDimX, unsigned gridDimY, unsigned gridDimZ,
                                                  unsigned blockDimX, unsigned blockDimY, unsigned blockDimZ,
                                                  unsigned sharedMemBytes, CUstream hStream, void **kernelParams) {
  CUlaunchAttribute cooperative = {CU_LAUNCH_ATTRIBUTE_COOPERATIVE, 0, {}};
  cooperative.value.cooperative = 1;
  return launch(
      {f, {gridDimX, gridDimY, gridDimZ}, {blockDimX, blockDimY, blockDimZ}, sharedMemBytes, kernelParams, nullptr},
      hStream, &cooperative, 1);
}

/// Attributes that are wishes about speed are ignored, as a driver may do.
PLAIT_CUDA_API CUresult cuLaunchKernelEx(const CUlaunchConfig *config, CUfunction f, void **kernelParams,
                                         void **extra) {
  if (!config || (config->numAttrs && !config->attrs))
    return CUDA_ERROR_INVALID_VALUE;
  return launch({f,
                 {config->gridDimX, config->gridDimY, config->gridDimZ},
                 {config->blockDimX, config->blockDimY, config->blockDimZ},
                 config->sharedMemBytes,
                 kernelParams,
                 extra},
                config->hStream, config->attrs, config->numAttrs);
}
