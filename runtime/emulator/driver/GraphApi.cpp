//===- GraphApi.cpp - graphs of work --------------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements graphs, made node by node or captured, and their launch.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/driver/Enter.h"

#include <algorithm>

using namespace plait::emulator;

/// For calls about a graph that give something.
template <typename Body> static CUresult enterGraph(CUgraph graph, bool hasResult, Body &&body) {
  return enterContext([&](Driver &driver) -> CUresult {
    if (!hasResult)
      return CUDA_ERROR_INVALID_VALUE;
    return driver.graphs.has(graph) ? body(driver) : CUDA_ERROR_INVALID_HANDLE;
  });
}

PLAIT_CUDA_API CUresult cuGraphCreate(CUgraph *phGraph, unsigned flags) {
  return enterContext([&](Driver &driver) {
    if (!phGraph || flags)
      return CUDA_ERROR_INVALID_VALUE;
    *phGraph = driver.graphs.add({});
    return CUDA_SUCCESS;
  });
}

PLAIT_CUDA_API CUresult cuGraphDestroy(CUgraph hGraph) {
  return enterContext(
      [&](Driver &driver) { return driver.graphs.erase(hGraph) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE; });
}

PLAIT_CUDA_API CUresult cuGraphInstantiateWithFlags(CUgraphExec *phGraphExec, CUgraph hGraph,
                                                    unsigned long long flags) {
  return enterGraph(hGraph, phGraphExec != nullptr, [&](Driver &driver) {
    constexpr unsigned long long autoFree = 1, onDevice = 4; // CUDA_GRAPH_INSTANTIATE_FLAG_...
    if (flags & onDevice)
      return CUDA_ERROR_NOT_SUPPORTED;
    // Two at a time would give memory to the same addresses.
    if (!hGraph->hasOnly.expired())
      return CUDA_ERROR_NOT_SUPPORTED;
    GraphExecHandle exec;
    exec.memory = hGraph->memory;
    exec.freesOnLaunch = (flags & autoFree) != 0;
    if (!hGraph->memory.empty() || !hGraph->freed.empty())
      hGraph->hasOnly = exec.isOnly = std::make_shared<const bool>(true);
    for (auto &node : hGraph->nodes)
      exec.tasks.push_back(node->task);
    *phGraphExec = driver.graphExecs.add(std::move(exec));
    return CUDA_SUCCESS;
  });
}

/// Nothing that a graph of the emulator holds can be refused here, so there is nothing to log.
PLAIT_CUDA_API CUresult cuGraphInstantiate_v2(CUgraphExec *phGraphExec, CUgraph hGraph, CUgraphNode *phErrorNode,
                                              char *logBuffer, size_t bufferSize) {
  if (phErrorNode)
    *phErrorNode = nullptr;
  if (logBuffer && bufferSize)
    *logBuffer = '\0';
  return cuGraphInstantiateWithFlags(phGraphExec, hGraph, 0);
}

PLAIT_CUDA_API CUresult cuGraphExecDestroy(CUgraphExec hGraphExec) {
  return enterContext(
      [&](Driver &driver) { return driver.graphExecs.erase(hGraphExec) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE; });
}

/// Whether a launch may allocate what the graph does: nothing may be left of the launch before.
static bool isFreeToAllocate(Driver &driver, const GraphExecHandle &exec) {
  for (const auto &own : exec.memory) {
    if (driver.memory.count(own->address) == 0)
      continue;
    if (!exec.freesOnLaunch)
      return false;
    driver.free(own->address);
  }
  return true;
}

PLAIT_CUDA_API CUresult cuGraphLaunch(CUgraphExec hGraphExec, CUstream hStream) {
  return enterContext([&](Driver &driver) {
    if (!driver.graphExecs.has(hGraphExec))
      return CUDA_ERROR_INVALID_HANDLE;
    // A graph with memory can be no node of another one.
    if (hGraphExec->isOnly && !isDefault(hStream) && driver.streams.has(hStream) && hStream->capture) {
      hStream->capture->isInvalidated = true;
      return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
    }
    if (!isFreeToAllocate(driver, *hGraphExec))
      return CUDA_ERROR_INVALID_VALUE;
    return submit(driver, hStream, CU_GRAPH_NODE_TYPE_GRAPH, [tasks = hGraphExec->tasks](Driver &driver) {
      for (const Task &task : tasks)
        if (CUresult result = task(driver); result != CUDA_SUCCESS)
          return result;
      return CUDA_SUCCESS;
    });
  });
}

PLAIT_CUDA_API CUresult cuGraphUpload(CUgraphExec hGraphExec, CUstream hStream) {
  return enterContext(
      [&](Driver &driver) { return driver.graphExecs.has(hGraphExec) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE; });
}

/// Gives the nodes that fit, as many as there is room for, or their number alone.
template <typename Condition>
static CUresult list(CUgraph graph, CUgraphNode *nodes, size_t *count, Condition condition) {
  return enterGraph(graph, count != nullptr, [&](Driver &) {
    std::vector<CUgraphNode> found;
    for (auto &node : graph->nodes)
      if (condition(*node))
        found.push_back(node.get());
    if (!nodes) {
      *count = found.size();
      return CUDA_SUCCESS;
    }
    std::fill(std::copy_n(found.begin(), std::min(*count, found.size()), nodes), nodes + *count, nullptr);
    *count = std::min(*count, found.size());
    return CUDA_SUCCESS;
  });
}

PLAIT_CUDA_API CUresult cuGraphGetNodes(CUgraph hGraph, CUgraphNode *nodes, size_t *numNodes) {
  return list(hGraph, nodes, numNodes, [](const NodeHandle &) { return true; });
}

PLAIT_CUDA_API CUresult cuGraphGetRootNodes(CUgraph hGraph, CUgraphNode *rootNodes, size_t *numRootNodes) {
  return list(hGraph, rootNodes, numRootNodes, [](const NodeHandle &node) { return node.dependences.empty(); });
}

PLAIT_CUDA_API CUresult cuGraphNodeGetType(CUgraphNode hNode, CUgraphNodeType *type) {
  return enterContext([&](Driver &driver) {
    if (!type)
      return CUDA_ERROR_INVALID_VALUE;
    bool isKnown = driver.graphs.findIf([&](const GraphHandle &graph) {
      return std::any_of(graph.nodes.begin(), graph.nodes.end(), [&](auto &node) { return node.get() == hNode; });
    });
    if (!isKnown)
      return CUDA_ERROR_INVALID_HANDLE;
    *type = hNode->type;
    return CUDA_SUCCESS;
  });
}
