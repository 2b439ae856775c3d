//===- StreamApi.cpp - streams --------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements streams. What is given to a stream is done when the call
// returns, so there is never anything to wait for.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/driver/Enter.h"
#include "runtime/emulator/driver/Tasks.h"

#include <algorithm>

using namespace plait::emulator;

PLAIT_CUDA_API CUresult cuStreamCreate(CUstream *phStream, unsigned flags) {
  return enterUncaptured([&](Driver &driver) {
    if (!phStream || flags & ~CU_STREAM_NON_BLOCKING)
      return CUDA_ERROR_INVALID_VALUE;
    *phStream = driver.streams.add({.context = currentContext(), .flags = flags});
    return CUDA_SUCCESS;
  });
}

/// There is one priority, to which all others are clamped.
PLAIT_CUDA_API CUresult cuStreamCreateWithPriority(CUstream *phStream, unsigned flags, int priority) {
  return cuStreamCreate(phStream, flags);
}

/// For calls about a stream; `body` also takes its flags.
template <typename Body> static CUresult enterWith(CUstream stream, bool hasResult, Body &&body) {
  return enterContext([&](Driver &driver) -> CUresult {
    if (!hasResult)
      return CUDA_ERROR_INVALID_VALUE;
    if (!isDefault(stream) && !driver.streams.has(stream))
      return CUDA_ERROR_INVALID_HANDLE;
    body(isDefault(stream) ? StreamHandle{currentContext()} : *stream);
    return CUDA_SUCCESS;
  });
}

PLAIT_CUDA_API CUresult cuStreamGetFlags(CUstream hStream, unsigned *flags) {
  return enterWith(hStream, flags != nullptr, [&](const StreamHandle &stream) { *flags = stream.flags; });
}

PLAIT_CUDA_API CUresult cuStreamGetPriority(CUstream hStream, int *priority) {
  return enterWith(hStream, priority != nullptr, [&](const StreamHandle &) { *priority = 0; });
}

PLAIT_CUDA_API CUresult cuStreamGetCtx(CUstream hStream, CUcontext *pctx) {
  return enterWith(hStream, pctx != nullptr, [&](const StreamHandle &stream) { *pctx = stream.context; });
}

PLAIT_CUDA_API CUresult cuStreamDestroy_v2(CUstream hStream) {
  return enterContext([&](Driver &driver) {
    if (isDefault(hStream) || !driver.streams.has(hStream))
      return CUDA_ERROR_INVALID_HANDLE;
    // Without its origin nobody can end a capture.
    if (hStream->capture && hStream->capture->origin == hStream)
      driver.endCapture(*hStream->capture);
    else if (hStream->capture)
      hStream->capture->isInvalidated = true;
    driver.streams.erase(hStream);
    return CUDA_SUCCESS;
  });
}

/// For calls that wait for a stream, which therefore can't be one that records.
static CUresult waitFor(CUstream stream) {
  return enterWaiting([&](Driver &driver) {
    if (isDefault(stream))
      return CUDA_SUCCESS;
    if (!driver.streams.has(stream))
      return CUDA_ERROR_INVALID_HANDLE;
    if (!stream->capture)
      return CUDA_SUCCESS;
    stream->capture->isInvalidated = true;
    return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
  });
}

PLAIT_CUDA_API CUresult cuStreamSynchronize(CUstream hStream) { return waitFor(hStream); }

PLAIT_CUDA_API CUresult cuStreamQuery(CUstream hStream) { return waitFor(hStream); }

static CUresult waitOfCapture(Driver &driver, StreamHandle &stream, const EventHandle &event) {
  if (event.capture && event.capture->isOver)
    return CUDA_ERROR_CAPTURED_EVENT;
  if (stream.capture && stream.capture != event.capture) {
    stream.capture->isInvalidated = true;
    return event.capture ? CUDA_ERROR_STREAM_CAPTURE_MERGE : CUDA_ERROR_STREAM_CAPTURE_ISOLATION;
  }
  stream.capture = event.capture; // joins, if it was not there before
  for (CUgraphNode node : event.nodes)
    if (std::find(stream.last.begin(), stream.last.end(), node) == stream.last.end())
      stream.last.push_back(node);
  return CUDA_SUCCESS;
}

PLAIT_CUDA_API CUresult cuStreamWaitEvent(CUstream hStream, CUevent hEvent, unsigned flags) {
  return enterContext([&](Driver &driver) -> CUresult {
    if (!driver.events.has(hEvent) || (!isDefault(hStream) && !driver.streams.has(hStream)))
      return CUDA_ERROR_INVALID_HANDLE;
    if (!isDefault(hStream))
      return hEvent->capture || hStream->capture ? waitOfCapture(driver, *hStream, *hEvent) : CUDA_SUCCESS;
    return hEvent->capture ? CUDA_ERROR_STREAM_CAPTURE_IMPLICIT : CUDA_SUCCESS;
  });
}

Task plait::emulator::makeHostCall(std::function<void()> function) {
  return [=](Driver &) {
    isInHostFunction() = true;
    function();
    isInHostFunction() = false;
    return CUDA_SUCCESS;
  };
}

PLAIT_CUDA_API CUresult cuLaunchHostFunc(CUstream hStream, CUhostFn fn, void *userData) {
  return fn ? enterStream(hStream, CU_GRAPH_NODE_TYPE_HOST, makeHostCall([=] { fn(userData); }))
            : CUDA_ERROR_INVALID_VALUE;
}

PLAIT_CUDA_API CUresult cuStreamAddCallback(CUstream hStream, CUstreamCallback callback, void *userData,
                                            unsigned flags) {
  if (!callback || flags)
    return CUDA_ERROR_INVALID_VALUE;
  return enterContext([&](Driver &driver) -> CUresult {
    if (!isDefault(hStream) && driver.streams.has(hStream) && hStream->capture) {
      hStream->capture->isInvalidated = true;
      return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
    }
    return submit(driver, hStream, CU_GRAPH_NODE_TYPE_HOST,
                  makeHostCall([=] { callback(hStream, CUDA_SUCCESS, userData); }));
  });
}
