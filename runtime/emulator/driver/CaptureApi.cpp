//===- CaptureApi.cpp - streams that record -------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the capture of what streams are given into a graph.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/driver/Enter.h"

#include <unordered_set>

using namespace plait::emulator;

/// For calls about a stream's capture. The default stream has none.
template <typename Body> static CUresult enterCapturable(CUstream stream, bool hasResult, Body &&body) {
  return enterContext([&](Driver &driver) -> CUresult {
    if (!hasResult)
      return CUDA_ERROR_INVALID_VALUE;
    if (isDefault(stream))
      return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
    return driver.streams.has(stream) ? body(driver) : CUDA_ERROR_INVALID_HANDLE;
  });
}

PLAIT_CUDA_API CUresult cuStreamBeginCapture_v2(CUstream hStream, CUstreamCaptureMode mode) {
  return enterCapturable(hStream, true, [&](Driver &driver) {
    if (mode < CU_STREAM_CAPTURE_MODE_GLOBAL || mode > CU_STREAM_CAPTURE_MODE_RELAXED)
      return CUDA_ERROR_INVALID_VALUE;
    if (hStream->capture)
      return CUDA_ERROR_ILLEGAL_STATE;
    hStream->capture = std::make_shared<Capture>(hStream, mode, std::this_thread::get_id(), ++driver.captures);
    return CUDA_SUCCESS;
  });
}

/// Whether the origin has come to wait for all that was recorded.
static bool isJoined(const Capture &capture) {
  std::unordered_set<CUgraphNode> reached;
  std::vector<CUgraphNode> pending = capture.origin->last;
  while (!pending.empty()) {
    CUgraphNode node = pending.back();
    pending.pop_back();
    if (reached.insert(node).second)
      pending.insert(pending.end(), node->dependences.begin(), node->dependences.end());
  }
  return reached.size() == capture.graph.nodes.size();
}

PLAIT_CUDA_API CUresult cuStreamEndCapture(CUstream hStream, CUgraph *phGraph) {
  return enterCapturable(hStream, phGraph != nullptr, [&](Driver &driver) {
    *phGraph = nullptr;
    std::shared_ptr<Capture> capture = hStream->capture;
    if (!capture)
      return CUDA_ERROR_ILLEGAL_STATE;
    if (capture->origin != hStream)
      return CUDA_ERROR_STREAM_CAPTURE_UNMATCHED;
    if (capture->mode != CU_STREAM_CAPTURE_MODE_RELAXED && capture->thread != std::this_thread::get_id())
      return CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD;
    bool isWhole = isJoined(*capture);
    driver.endCapture(*capture);
    if (capture->isInvalidated)
      return CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
    if (!isWhole)
      return CUDA_ERROR_STREAM_CAPTURE_UNJOINED;
    *phGraph = driver.graphs.add(std::move(capture->graph));
    return CUDA_SUCCESS;
  });
}

static CUstreamCaptureStatus statusOf(CUstream stream) {
  if (isDefault(stream) || !stream->capture)
    return CU_STREAM_CAPTURE_STATUS_NONE;
  return stream->capture->isInvalidated ? CU_STREAM_CAPTURE_STATUS_INVALIDATED : CU_STREAM_CAPTURE_STATUS_ACTIVE;
}

PLAIT_CUDA_API CUresult cuStreamIsCapturing(CUstream hStream, CUstreamCaptureStatus *captureStatus) {
  return enterContext([&](Driver &driver) {
    if (!captureStatus)
      return CUDA_ERROR_INVALID_VALUE;
    if (!isDefault(hStream) && !driver.streams.has(hStream))
      return CUDA_ERROR_INVALID_HANDLE;
    *captureStatus = statusOf(hStream);
    return CUDA_SUCCESS;
  });
}

/// The graph of a capture is no handle before the capture ends, so it is given as none.
PLAIT_CUDA_API CUresult cuStreamGetCaptureInfo_v2(CUstream hStream, CUstreamCaptureStatus *captureStatus, uint64_t *id,
                                                  CUgraph *graph, const CUgraphNode **dependencies,
                                                  size_t *numDependencies) {
  if (CUresult result = cuStreamIsCapturing(hStream, captureStatus); result != CUDA_SUCCESS)
    return result;
  return enterContext([&](Driver &driver) {
    if (graph)
      return CUDA_ERROR_NOT_SUPPORTED;
    if (statusOf(hStream) != CU_STREAM_CAPTURE_STATUS_ACTIVE)
      return CUDA_SUCCESS;
    if (id)
      *id = hStream->capture->id;
    if (dependencies)
      *dependencies = hStream->last.data();
    if (numDependencies)
      *numDependencies = hStream->last.size();
    return CUDA_SUCCESS;
  });
}

/// No dependence of the emulator has data of its own.
PLAIT_CUDA_API CUresult cuStreamGetCaptureInfo_v3(CUstream hStream, CUstreamCaptureStatus *captureStatus, uint64_t *id,
                                                  CUgraph *graph, const CUgraphNode **dependencies,
                                                  const void **edgeData, size_t *numDependencies) {
  if (edgeData)
    *edgeData = nullptr;
  return cuStreamGetCaptureInfo_v2(hStream, captureStatus, id, graph, dependencies, numDependencies);
}

PLAIT_CUDA_API CUresult cuThreadExchangeStreamCaptureMode(CUstreamCaptureMode *mode) {
  return enter([&](Driver &) {
    if (!mode || *mode < CU_STREAM_CAPTURE_MODE_GLOBAL || *mode > CU_STREAM_CAPTURE_MODE_RELAXED)
      return CUDA_ERROR_INVALID_VALUE;
    std::swap(*mode, captureModeOfThread());
    return CUDA_SUCCESS;
  });
}
