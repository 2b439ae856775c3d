//===- NodeApi.cpp - graphs made node by node -----------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the calls that add a node to a graph. A node depends on nodes
// that are there already, so that the order of the calls is an order to run them in.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/driver/Enter.h"
#include "runtime/emulator/driver/Tasks.h"

#include <algorithm>

using namespace plait::emulator;

/// Adds a node whose task `make(driver)` gives. Throws what `make` throws.
template <typename Make>
static CUresult add(CUgraphNode *result, CUgraph graph, const CUgraphNode *dependences, size_t count,
                    CUgraphNodeType type, Make &&make) {
  return enterContext([&](Driver &driver) {
    if (!result || (count && !dependences))
      return CUDA_ERROR_INVALID_VALUE;
    if (!driver.graphs.has(graph))
      return CUDA_ERROR_INVALID_HANDLE;
    std::vector<CUgraphNode> before(dependences, dependences + count);
    for (CUgraphNode node : before)
      if (std::none_of(graph->nodes.begin(), graph->nodes.end(), [&](auto &other) { return other.get() == node; }))
        return CUDA_ERROR_INVALID_VALUE;
    *result = graph->add(type, std::move(before), make(driver));
    return CUDA_SUCCESS;
  });
}

PLAIT_CUDA_API CUresult cuGraphAddKernelNode(CUgraphNode *phGraphNode, CUgraph hGraph, const CUgraphNode *dependencies,
                                             size_t numDependencies, const CUDA_KERNEL_NODE_PARAMS *nodeParams) {
  if (!nodeParams)
    return CUDA_ERROR_INVALID_VALUE;
  return add(phGraphNode, hGraph, dependencies, numDependencies, CU_GRAPH_NODE_TYPE_KERNEL, [&](Driver &driver) {
    const CUDA_KERNEL_NODE_PARAMS &params = *nodeParams;
    if (!driver.functions.has(params.func))
      throw Error(0, "expects a kernel's node to have a function of a loaded module");
    return makeLaunch(driver, {params.func,
                               {params.gridDimX, params.gridDimY, params.gridDimZ},
                               {params.blockDimX, params.blockDimY, params.blockDimZ},
                               params.sharedMemBytes,
                               params.kernelParams,
                               params.extra});
  });
}

PLAIT_CUDA_API CUresult cuGraphAddKernelNode_v2(CUgraphNode *phGraphNode, CUgraph hGraph,
                                                const CUgraphNode *dependencies, size_t numDependencies,
                                                const CUDA_KERNEL_NODE_PARAMS *nodeParams) {
  return cuGraphAddKernelNode(phGraphNode, hGraph, dependencies, numDependencies, nodeParams);
}

PLAIT_CUDA_API CUresult cuGraphAddMemcpyNode(CUgraphNode *phGraphNode, CUgraph hGraph, const CUgraphNode *dependencies,
                                             size_t numDependencies, const CUDA_MEMCPY3D *copyParams, CUcontext ctx) {
  if (!copyParams)
    return CUDA_ERROR_INVALID_VALUE;
  return add(phGraphNode, hGraph, dependencies, numDependencies, CU_GRAPH_NODE_TYPE_MEMCPY,
             [&](Driver &) { return makeCopy(*copyParams); });
}

PLAIT_CUDA_API CUresult cuGraphAddMemsetNode(CUgraphNode *phGraphNode, CUgraph hGraph, const CUgraphNode *dependencies,
                                             size_t numDependencies, const CUDA_MEMSET_NODE_PARAMS *memsetParams,
                                             CUcontext ctx) {
  if (!memsetParams)
    return CUDA_ERROR_INVALID_VALUE;
  return add(phGraphNode, hGraph, dependencies, numDependencies, CU_GRAPH_NODE_TYPE_MEMSET,
             [&](Driver &) { return makeFill(*memsetParams); });
}

PLAIT_CUDA_API CUresult cuGraphAddHostNode(CUgraphNode *phGraphNode, CUgraph hGraph, const CUgraphNode *dependencies,
                                           size_t numDependencies, const CUDA_HOST_NODE_PARAMS *nodeParams) {
  if (!nodeParams || !nodeParams->fn)
    return CUDA_ERROR_INVALID_VALUE;
  return add(phGraphNode, hGraph, dependencies, numDependencies, CU_GRAPH_NODE_TYPE_HOST,
             [&](Driver &) { return makeHostCall([params = *nodeParams] { params.fn(params.userData); }); });
}

PLAIT_CUDA_API CUresult cuGraphAddEmptyNode(CUgraphNode *phGraphNode, CUgraph hGraph, const CUgraphNode *dependencies,
                                            size_t numDependencies) {
  return add(phGraphNode, hGraph, dependencies, numDependencies, CU_GRAPH_NODE_TYPE_EMPTY,
             [](Driver &) { return Task([](Driver &) { return CUDA_SUCCESS; }); });
}
