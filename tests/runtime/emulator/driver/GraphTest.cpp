//===- GraphTest.cpp - graphs made node by node ---------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tests the calls that add nodes to a graph.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/emulator/driver/Support.h"

using namespace plait::emulator::test;

namespace {

TEST(Graph, RunsNodesOfAllKinds) {
  withContext({}, [](const Cuda &cuda) {
    Add add(cuda);
    CUgraph graph = nullptr;
    CUgraphNode fill = nullptr, kernel = nullptr, copy = nullptr, host = nullptr, end = nullptr;
    ASSERT_CUDA(cuda.cuGraphCreate(&graph, 0));
    CUDA_MEMSET_NODE_PARAMS filled = {add.a, 0, 0x3f800000, 4, Add::length, 1};
    ASSERT_CUDA(cuda.cuGraphAddMemsetNode(&fill, graph, nullptr, 0, &filled, nullptr));
    void *parameters[] = {&add.sum, &add.a, &add.b, &add.n};
    CUDA_KERNEL_NODE_PARAMS launched = {add.function, 8, 1, 1, 128, 1, 1, 0, parameters, nullptr};
    ASSERT_CUDA(cuda.cuGraphAddKernelNode_v2(&kernel, graph, &fill, 1, &launched));
    std::vector<float> result(4);
    CUDA_MEMCPY3D copied = {{0, 0, 0, 0, CU_MEMORYTYPE_DEVICE, nullptr, add.sum, nullptr, nullptr, 40, 10},
                            {0, 0, 0, 0, CU_MEMORYTYPE_HOST, result.data(), 0, nullptr, nullptr, 4, 2},
                            4,
                            2,
                            2};
    ASSERT_CUDA(cuda.cuGraphAddMemcpyNode(&copy, graph, &kernel, 1, &copied, nullptr));
    int calls = 0;
    CUDA_HOST_NODE_PARAMS called = {[](void *count) { ++*static_cast<int *>(count); }, &calls};
    ASSERT_CUDA(cuda.cuGraphAddHostNode(&host, graph, &copy, 1, &called));
    CUgraphNode both[] = {copy, host};
    ASSERT_CUDA(cuda.cuGraphAddEmptyNode(&end, graph, both, 2));

    CUgraphNode roots[2];
    size_t count = 2;
    EXPECT_CUDA(cuda.cuGraphGetRootNodes(graph, roots, &count));
    EXPECT_EQ(count, 1u);
    EXPECT_EQ(roots[0], fill);
    EXPECT_CUDA(cuda.cuGraphGetNodes(graph, nullptr, &count));
    EXPECT_EQ(count, 5u);

    CUgraphExec exec = nullptr;
    ASSERT_CUDA(cuda.cuGraphInstantiateWithFlags(&exec, graph, 0));
    EXPECT_EQ(calls, 0);
    EXPECT_CUDA(cuda.cuGraphLaunch(exec, nullptr));
    EXPECT_EQ(result, std::vector<float>(4, 3));
    EXPECT_EQ(calls, 1);
    add.expectSum(cuda, 3);
  });
}

TEST(Graph, RefusesNodesThatCantBe) {
  withContext({}, [](const Cuda &cuda) {
    CUgraph graph = nullptr, other = nullptr;
    CUgraphNode node = nullptr, added = nullptr;
    ASSERT_CUDA(cuda.cuGraphCreate(&graph, 0));
    ASSERT_CUDA(cuda.cuGraphCreate(&other, 0));
    ASSERT_CUDA(cuda.cuGraphAddEmptyNode(&node, other, nullptr, 0));
    EXPECT_EQ(cuda.cuGraphAddEmptyNode(&added, graph, &node, 1), CUDA_ERROR_INVALID_VALUE);
    CUDA_KERNEL_NODE_PARAMS launched = {};
    EXPECT_EQ(cuda.cuGraphAddKernelNode_v2(&added, graph, nullptr, 0, &launched), CUDA_ERROR_INVALID_VALUE);
    EXPECT_PART(cuda.report(), "expects a kernel's node to have a function of a loaded module");
    CUDA_MEMSET_NODE_PARAMS filled = {4096, 0, 0, 3, 1, 1};
    EXPECT_EQ(cuda.cuGraphAddMemsetNode(&added, graph, nullptr, 0, &filled, nullptr), CUDA_ERROR_INVALID_VALUE);
    EXPECT_PART(cuda.report(), "expects elements of 1, 2 or 4 bytes, but got 3");
    filled = {4098, 0, 0, 4, 1, 1};
    EXPECT_EQ(cuda.cuGraphAddMemsetNode(&added, graph, nullptr, 0, &filled, nullptr), CUDA_ERROR_INVALID_VALUE);
    EXPECT_PART(cuda.report(), "expects rows of whole elements of 4 bytes");
    EXPECT_CUDA(cuda.cuGraphDestroy(other));
    EXPECT_EQ(cuda.cuGraphAddEmptyNode(&added, other, nullptr, 0), CUDA_ERROR_INVALID_HANDLE);
    CUgraphNodeType type;
    EXPECT_EQ(cuda.cuGraphNodeGetType(node, &type), CUDA_ERROR_INVALID_HANDLE);
  });
}

} // namespace
