//===- GraphMemoryTest.cpp - memory that graphs allocate ------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tests captured allocations: their addresses are those of the capture, and
// their memory is there while the graph runs.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/emulator/driver/Support.h"

using namespace plait::emulator::test;

namespace {

/// Captures into graphs on a stream of its own.
struct Recorder {
  const Cuda &cuda;
  CUstream stream = nullptr;

  explicit Recorder(const Cuda &cuda) : cuda(cuda) {
    EXPECT_CUDA(cuda.cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING));
  }

  template <typename Body> CUgraph capture(Body &&body) {
    CUgraph graph = nullptr;
    EXPECT_CUDA(cuda.cuStreamBeginCapture_v2(stream, CU_STREAM_CAPTURE_MODE_GLOBAL));
    body();
    EXPECT_CUDA(cuda.cuStreamEndCapture(stream, &graph));
    return graph;
  }
  CUgraphExec instantiate(CUgraph graph, unsigned long long flags = 0) {
    CUgraphExec exec = nullptr;
    EXPECT_CUDA(cuda.cuGraphInstantiateWithFlags(&exec, graph, flags));
    return exec;
  }
  /// Of a graph that allocates so many bytes at the address, and fills some.
  CUgraph allocating(CUdeviceptr &address, size_t bytes) {
    return capture([&] {
      EXPECT_CUDA(cuda.cuMemAllocAsync(&address, bytes, stream));
      EXPECT_CUDA(cuda.cuMemsetD32Async(address, 7, 4, stream));
    });
  }
};

TEST(GraphMemory, IsThereWhileTheGraphRuns) {
  withContext({}, [](const Cuda &cuda) {
    Recorder recorder(cuda);
    Add add(cuda);
    CUdeviceptr address = 0;
    size_t before = 0, after = 0, total = 0;
    ASSERT_CUDA(cuda.cuMemGetInfo_v2(&before, &total));
    CUgraph graph = recorder.capture([&] {
      EXPECT_CUDA(cuda.cuMemAllocAsync(&address, Add::length * sizeof(float), recorder.stream));
      EXPECT_CUDA(cuda.cuMemsetD32Async(address, 0x40000000, Add::length, recorder.stream));
      add.a = address;
      EXPECT_CUDA(add.launch(cuda, recorder.stream));
      EXPECT_CUDA(cuda.cuMemFreeAsync(address, recorder.stream));
    });
    CUgraphNode nodes[4];
    size_t count = 4;
    ASSERT_CUDA(cuda.cuGraphGetNodes(graph, nodes, &count));
    CUgraphNodeType first, last;
    EXPECT_CUDA(cuda.cuGraphNodeGetType(nodes[0], &first));
    EXPECT_CUDA(cuda.cuGraphNodeGetType(nodes[3], &last));
    EXPECT_EQ(first, CU_GRAPH_NODE_TYPE_MEM_ALLOC);
    EXPECT_EQ(last, CU_GRAPH_NODE_TYPE_MEM_FREE);
    CUgraphExec exec = recorder.instantiate(graph);
    for (int launch = 0; launch < 2; ++launch) {
      EXPECT_EQ(cuda.cuMemsetD8_v2(address, 0, 4), CUDA_ERROR_INVALID_VALUE) << "no graph runs";
      cuda.clear();
      EXPECT_CUDA(cuda.cuGraphLaunch(exec, recorder.stream));
      add.expectSum(cuda, 4);
    }
    // Nobody else gets the addresses, until nothing can use them.
    CUdeviceptr other = upload(cuda, std::vector<unsigned>(Add::length));
    EXPECT_NE(other, address);
    EXPECT_CUDA(cuda.cuMemFree_v2(other));
    EXPECT_CUDA(cuda.cuGraphDestroy(graph));
    EXPECT_CUDA(cuda.cuGraphLaunch(exec, recorder.stream));
    EXPECT_CUDA(cuda.cuGraphExecDestroy(exec));
    ASSERT_CUDA(cuda.cuMemGetInfo_v2(&after, &total));
    EXPECT_EQ(before, after);
  });
}

TEST(GraphMemory, IsUninitialisedInEachLaunch) {
  withContext({{"PLAIT_EMULATOR_CHECKS", "uninitialised"}}, [](const Cuda &cuda) {
    Recorder recorder(cuda);
    Add add(cuda);
    CUdeviceptr address = 0;
    CUgraph graph = recorder.capture([&] {
      EXPECT_CUDA(cuda.cuMemAllocAsync(&address, Add::length * sizeof(float), recorder.stream));
      add.a = address;
      EXPECT_CUDA(add.launch(cuda, recorder.stream));
      EXPECT_CUDA(cuda.cuMemsetD32Async(address, 0, Add::length, recorder.stream));
      EXPECT_CUDA(cuda.cuMemFreeAsync(address, recorder.stream));
    });
    CUgraphExec exec = recorder.instantiate(graph);
    for (int launch = 0; launch < 2; ++launch) {
      cuda.clear();
      EXPECT_CUDA(cuda.cuGraphLaunch(exec, recorder.stream));
      EXPECT_PART(cuda.report(), "expects bytes that somebody has written, but got none at global address");
    }
  });
}

TEST(GraphMemory, IsNoLongerThereAfterItsFree) {
  withContext({}, [](const Cuda &cuda) {
    Recorder recorder(cuda);
    Add add(cuda);
    CUdeviceptr address = 0;
    CUgraph graph = recorder.capture([&] {
      EXPECT_CUDA(cuda.cuMemAllocAsync(&address, Add::length * sizeof(float), recorder.stream));
      EXPECT_CUDA(cuda.cuMemsetD32Async(address, 0, Add::length, recorder.stream));
      EXPECT_CUDA(cuda.cuMemFreeAsync(address, recorder.stream));
      add.a = address;
      EXPECT_CUDA(add.launch(cuda, recorder.stream));
    });
    EXPECT_CUDA(cuda.cuGraphLaunch(recorder.instantiate(graph), recorder.stream));
    EXPECT_EQ(cuda.cuCtxSynchronize(), CUDA_ERROR_ILLEGAL_ADDRESS);
    EXPECT_PART(cuda.report(), "expects 4 bytes of global memory, but got the address");
  });
}

TEST(GraphMemory, OutlivesALaunchThatDoesNotFreeIt) {
  withContext({}, [](const Cuda &cuda) {
    Recorder recorder(cuda);
    CUdeviceptr address = 0;
    CUgraph graph = recorder.allocating(address, 16);
    CUgraphExec exec = recorder.instantiate(graph);
    EXPECT_CUDA(cuda.cuGraphLaunch(exec, recorder.stream));
    EXPECT_EQ(download<unsigned>(cuda, address, 4), std::vector<unsigned>(4, 7));
    EXPECT_EQ(cuda.cuGraphLaunch(exec, recorder.stream), CUDA_ERROR_INVALID_VALUE) << "it is not free";
    EXPECT_CUDA(cuda.cuMemFreeAsync(address, recorder.stream));
    EXPECT_EQ(cuda.cuMemFreeAsync(address, recorder.stream), CUDA_ERROR_INVALID_VALUE);
    EXPECT_CUDA(cuda.cuGraphLaunch(exec, recorder.stream));
    CUgraph freeing = recorder.capture([&] { EXPECT_CUDA(cuda.cuMemFreeAsync(address, recorder.stream)); });
    CUgraphExec freeingExec = recorder.instantiate(freeing);
    EXPECT_CUDA(cuda.cuGraphLaunch(freeingExec, recorder.stream));
    EXPECT_EQ(cuda.cuGraphLaunch(freeingExec, recorder.stream), CUDA_ERROR_INVALID_VALUE) << "it is free";
    EXPECT_CUDA(cuda.cuGraphExecDestroy(exec));
    exec = recorder.instantiate(graph, 1); // CUDA_GRAPH_INSTANTIATE_FLAG_AUTO_FREE_ON_LAUNCH
    EXPECT_CUDA(cuda.cuGraphLaunch(exec, recorder.stream));
    EXPECT_CUDA(cuda.cuGraphLaunch(exec, recorder.stream));
    EXPECT_CUDA(cuda.cuGraphExecDestroy(exec));
    EXPECT_CUDA(cuda.cuGraphDestroy(graph));
    EXPECT_EQ(download<unsigned>(cuda, address, 4), std::vector<unsigned>(4, 7)) << "without its graph";
    EXPECT_CUDA(cuda.cuMemFree_v2(address));
  });
}

TEST(GraphMemory, RefusesWhatCantBe) {
  withContext({{"PLAIT_EMULATOR_MEMORY", "1M"}}, [](const Cuda &cuda) {
    Recorder recorder(cuda);
    CUdeviceptr plain = upload(cuda, std::vector<unsigned>(1)), address = 0, more = 0;
    CUgraph graph = recorder.capture([&] {
      EXPECT_EQ(cuda.cuMemAllocAsync(&more, 0, recorder.stream), CUDA_ERROR_INVALID_VALUE);
      EXPECT_EQ(cuda.cuMemAllocAsync(&more, 1 << 20, recorder.stream), CUDA_ERROR_OUT_OF_MEMORY);
      EXPECT_EQ(cuda.cuMemFreeAsync(plain, recorder.stream), CUDA_ERROR_INVALID_VALUE) << "no graph's";
      EXPECT_CUDA(cuda.cuMemAllocAsync(&address, 4, recorder.stream));
      EXPECT_CUDA(cuda.cuMemFreeAsync(address, recorder.stream));
      EXPECT_EQ(cuda.cuMemFreeAsync(address, recorder.stream), CUDA_ERROR_INVALID_VALUE) << "freed before";
    });
    EXPECT_EQ(cuda.cuMemFreeAsync(address, recorder.stream), CUDA_ERROR_INVALID_VALUE) << "not launched";
    CUgraphExec exec = recorder.instantiate(graph), second = nullptr;
    EXPECT_EQ(cuda.cuGraphInstantiateWithFlags(&second, graph, 0), CUDA_ERROR_NOT_SUPPORTED) << "one at a time";
    CUgraph none = nullptr;
    EXPECT_CUDA(cuda.cuStreamBeginCapture_v2(recorder.stream, CU_STREAM_CAPTURE_MODE_GLOBAL));
    EXPECT_EQ(cuda.cuGraphLaunch(exec, recorder.stream), CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
    EXPECT_EQ(cuda.cuMemAllocAsync(&more, 4, recorder.stream), CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
    EXPECT_EQ(cuda.cuStreamEndCapture(recorder.stream, &none), CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
    EXPECT_CUDA(cuda.cuGraphExecDestroy(exec));
    recorder.instantiate(graph);
  });
}

} // namespace
