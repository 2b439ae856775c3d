//===- CaptureTest.cpp - streams, events, captures ------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tests streams and events, and the graphs that streams record.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/emulator/driver/Support.h"

#include <thread>

using namespace plait::emulator::test;

namespace {

CUstream stream(const Cuda &cuda, unsigned flags = CU_STREAM_NON_BLOCKING) {
  CUstream result = nullptr;
  EXPECT_CUDA(cuda.cuStreamCreate(&result, flags));
  return result;
}

CUevent event(const Cuda &cuda) {
  CUevent result = nullptr;
  EXPECT_CUDA(cuda.cuEventCreate(&result, 0));
  return result;
}

TEST(Stream, DoesItsWorkAtOnce) {
  withContext({}, [](const Cuda &cuda) {
    CUstream own = stream(cuda);
    CUevent begin = event(cuda), end = event(cuda);
    float time = -1;
    EXPECT_EQ(cuda.cuEventElapsedTime(&time, begin, end), CUDA_ERROR_INVALID_HANDLE);
    EXPECT_CUDA(cuda.cuEventRecord(begin, own));
    int calls = 0;
    EXPECT_CUDA(cuda.cuLaunchHostFunc(own, [](void *count) { ++*static_cast<int *>(count); }, &calls));
    EXPECT_CUDA(cuda.cuEventRecord(end, own));
    EXPECT_CUDA(cuda.cuStreamWaitEvent(nullptr, end, 0));
    EXPECT_CUDA(cuda.cuEventSynchronize(end));
    EXPECT_CUDA(cuda.cuStreamSynchronize(own));
    EXPECT_EQ(calls, 1);
    EXPECT_CUDA(cuda.cuEventElapsedTime(&time, begin, end));
    EXPECT_GE(time, 0.0f);
    EXPECT_CUDA(cuda.cuStreamDestroy_v2(own));
    EXPECT_EQ(cuda.cuStreamSynchronize(own), CUDA_ERROR_INVALID_HANDLE);
  });
}

TEST(Stream, LetsNoHostFunctionCallTheDriver) {
  withContext({}, [](const Cuda &cuda) {
    struct Call {
      const Cuda &cuda;
      CUresult result;
    } call{cuda, CUDA_SUCCESS};
    auto body = [](void *data) {
      auto *call = static_cast<Call *>(data);
      call->result = call->cuda.cuCtxSynchronize();
    };
    EXPECT_CUDA(cuda.cuLaunchHostFunc(nullptr, body, &call));
    EXPECT_EQ(call.result, CUDA_ERROR_NOT_PERMITTED);
    EXPECT_CUDA(cuda.cuCtxSynchronize());
  });
}

TEST(Capture, EndsInItsThreadUnlessRelaxed) {
  withContext({}, [](const Cuda &cuda) {
    CUstream own = stream(cuda);
    CUcontext context = nullptr;
    ASSERT_CUDA(cuda.cuCtxGetCurrent(&context));
    CUgraph graph = nullptr;
    auto endElsewhere = [&](CUstreamCaptureMode mode) {
      EXPECT_CUDA(cuda.cuStreamBeginCapture_v2(own, mode));
      CUresult result = CUDA_SUCCESS;
      std::thread([&] {
        cuda.cuCtxPushCurrent_v2(context);
        result = cuda.cuStreamEndCapture(own, &graph);
      }).join();
      return result;
    };
    EXPECT_CUDA(endElsewhere(CU_STREAM_CAPTURE_MODE_RELAXED));
    for (auto mode : {CU_STREAM_CAPTURE_MODE_GLOBAL, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL}) {
      EXPECT_EQ(endElsewhere(mode), CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD);
      EXPECT_CUDA(cuda.cuStreamEndCapture(own, &graph));
    }
  });
}

TEST(Capture, RecordsAndReplays) {
  withContext({}, [](const Cuda &cuda) {
    CUstream own = stream(cuda);
    CUdeviceptr data = upload(cuda, std::vector<unsigned>(4, 1));
    std::vector<unsigned> host(4);
    ASSERT_CUDA(cuda.cuStreamBeginCapture_v2(own, CU_STREAM_CAPTURE_MODE_GLOBAL));
    EXPECT_CUDA(cuda.cuMemsetD32Async(data, 9, 2, own));
    EXPECT_CUDA(cuda.cuMemcpyDtoHAsync_v2(host.data(), data, 16, own));
    CUstreamCaptureStatus status;
    uint64_t id = 0;
    const CUgraphNode *last = nullptr;
    const void *edges = &status;
    size_t lasts = 0;
    EXPECT_CUDA(cuda.cuStreamIsCapturing(own, &status));
    EXPECT_EQ(status, CU_STREAM_CAPTURE_STATUS_ACTIVE);
    EXPECT_CUDA(cuda.cuStreamGetCaptureInfo_v3(own, &status, &id, nullptr, &last, &edges, &lasts));
    EXPECT_EQ(id, 1u);
    EXPECT_EQ(edges, nullptr);
    ASSERT_EQ(lasts, 1u);
    CUgraphNode copy = last[0];
    CUgraph graph = nullptr;
    ASSERT_CUDA(cuda.cuStreamEndCapture(own, &graph));
    EXPECT_EQ(download<unsigned>(cuda, data, 1)[0], 1u) << "nothing has run";
    CUgraphNode nodes[3];
    size_t count = 3;
    ASSERT_CUDA(cuda.cuGraphGetNodes(graph, nodes, &count));
    ASSERT_EQ(count, 2u);
    CUgraphNodeType type;
    EXPECT_CUDA(cuda.cuGraphNodeGetType(nodes[0], &type));
    EXPECT_EQ(type, CU_GRAPH_NODE_TYPE_MEMSET);
    EXPECT_EQ(nodes[1], copy);
    CUgraphExec exec = nullptr;
    ASSERT_CUDA(cuda.cuGraphInstantiateWithFlags(&exec, graph, 0));
    EXPECT_CUDA(cuda.cuGraphDestroy(graph));
    EXPECT_CUDA(cuda.cuGraphLaunch(exec, own));
    EXPECT_EQ(host, (std::vector<unsigned>{9, 9, 1, 1}));
    EXPECT_CUDA(cuda.cuMemsetD32Async(data, 3, 4, own));
    EXPECT_CUDA(cuda.cuGraphLaunch(exec, own));
    EXPECT_EQ(host, (std::vector<unsigned>{9, 9, 3, 3}));
    EXPECT_CUDA(cuda.cuGraphExecDestroy(exec));
    EXPECT_EQ(cuda.cuGraphLaunch(exec, own), CUDA_ERROR_INVALID_HANDLE);
  });
}

TEST(Capture, JoinsStreamsByEvents) {
  withContext({}, [](const Cuda &cuda) {
    CUstream first = stream(cuda), second = stream(cuda);
    CUevent fork = event(cuda), join = event(cuda);
    CUdeviceptr data = upload(cuda, std::vector<unsigned>(1));
    auto record = [&](bool joins) {
      CUgraph graph = nullptr;
      EXPECT_CUDA(cuda.cuStreamBeginCapture_v2(first, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL));
      EXPECT_CUDA(cuda.cuEventRecord(fork, first));
      EXPECT_CUDA(cuda.cuStreamWaitEvent(second, fork, 0));
      EXPECT_CUDA(cuda.cuMemsetD32Async(data, 1, 1, second));
      EXPECT_CUDA(cuda.cuEventRecord(join, second));
      if (joins)
        EXPECT_CUDA(cuda.cuStreamWaitEvent(first, join, 0));
      EXPECT_EQ(cuda.cuStreamEndCapture(second, &graph), CUDA_ERROR_STREAM_CAPTURE_UNMATCHED);
      CUresult result = cuda.cuStreamEndCapture(first, &graph);
      EXPECT_EQ(graph != nullptr, result == CUDA_SUCCESS);
      return result;
    };
    EXPECT_CUDA(record(true));
    EXPECT_EQ(record(false), CUDA_ERROR_STREAM_CAPTURE_UNJOINED);
    EXPECT_CUDA(cuda.cuMemsetD32Async(data, 5, 1, second)) << "it records no more";
    EXPECT_EQ(download<unsigned>(cuda, data, 1)[0], 5u);
    EXPECT_EQ(cuda.cuEventQuery(join), CUDA_ERROR_CAPTURED_EVENT);
  });
}

TEST(Capture, IsEndedByWhatWaits) {
  withContext({}, [](const Cuda &cuda) {
    CUstream own = stream(cuda);
    CUdeviceptr data = upload(cuda, std::vector<unsigned>(1));
    auto record = [&](CUstreamCaptureMode mode, const std::function<CUresult()> &call, CUresult expected) {
      CUgraph graph = nullptr;
      EXPECT_CUDA(cuda.cuStreamBeginCapture_v2(own, mode));
      EXPECT_EQ(call(), expected);
      return cuda.cuStreamEndCapture(own, &graph);
    };
    constexpr auto global = CU_STREAM_CAPTURE_MODE_GLOBAL, relaxed = CU_STREAM_CAPTURE_MODE_RELAXED,
                   local = CU_STREAM_CAPTURE_MODE_THREAD_LOCAL;
    constexpr auto unsupported = CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, broken = CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
    auto allocate = [&] {
      CUdeviceptr more = 0;
      return cuda.cuMemAlloc_v2(&more, 4);
    };
    auto elsewhere = [&] {
      CUcontext context = nullptr;
      cuda.cuCtxGetCurrent(&context);
      CUresult result = CUDA_SUCCESS;
      std::thread([&] {
        cuda.cuCtxPushCurrent_v2(context);
        result = allocate();
      }).join();
      return result;
    };
    EXPECT_EQ(record(global, allocate, unsupported), broken);
    EXPECT_EQ(record(local, allocate, unsupported), broken);
    EXPECT_EQ(record(relaxed, allocate, CUDA_SUCCESS), CUDA_SUCCESS);
    EXPECT_EQ(record(global, elsewhere, unsupported), broken);
    EXPECT_EQ(record(local, elsewhere, CUDA_SUCCESS), CUDA_SUCCESS);
    EXPECT_EQ(record(relaxed, [&] { return cuda.cuStreamSynchronize(own); }, unsupported), broken);
    CUevent before = event(cuda);
    EXPECT_CUDA(cuda.cuEventRecord(before, nullptr));
    EXPECT_EQ(record(
                  relaxed, [&] { return cuda.cuStreamWaitEvent(own, before, 0); }, CUDA_ERROR_STREAM_CAPTURE_ISOLATION),
              broken);
    auto exchanged = [&] {
      CUstreamCaptureMode mode = relaxed;
      cuda.cuThreadExchangeStreamCaptureMode(&mode);
      CUresult result = allocate();
      cuda.cuThreadExchangeStreamCaptureMode(&mode);
      return result;
    };
    EXPECT_EQ(record(global, exchanged, CUDA_SUCCESS), CUDA_SUCCESS);
    EXPECT_CUDA(cuda.cuMemsetD32Async(data, 1, 1, own));
  });
}

TEST(Capture, KeepsTheDefaultStreamOut) {
  withContext({}, [](const Cuda &cuda) {
    CUdeviceptr data = upload(cuda, std::vector<unsigned>(1));
    CUgraph graph = nullptr;
    EXPECT_EQ(cuda.cuStreamBeginCapture_v2(nullptr, CU_STREAM_CAPTURE_MODE_RELAXED),
              CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
    CUstream blocking = stream(cuda, 0), own = stream(cuda);
    EXPECT_EQ(cuda.cuStreamEndCapture(own, &graph), CUDA_ERROR_ILLEGAL_STATE);
    ASSERT_CUDA(cuda.cuStreamBeginCapture_v2(blocking, CU_STREAM_CAPTURE_MODE_RELAXED));
    EXPECT_EQ(cuda.cuStreamBeginCapture_v2(blocking, CU_STREAM_CAPTURE_MODE_RELAXED), CUDA_ERROR_ILLEGAL_STATE);
    EXPECT_EQ(cuda.cuMemsetD32Async(data, 1, 1, nullptr), CUDA_ERROR_STREAM_CAPTURE_IMPLICIT);
    EXPECT_EQ(cuda.cuStreamEndCapture(blocking, &graph), CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
    ASSERT_CUDA(cuda.cuStreamBeginCapture_v2(own, CU_STREAM_CAPTURE_MODE_RELAXED));
    EXPECT_CUDA(cuda.cuMemsetD32Async(data, 1, 1, nullptr)) << "a stream that waits for nobody is no matter";
    EXPECT_CUDA(cuda.cuStreamEndCapture(own, &graph));
  });
}

} // namespace
