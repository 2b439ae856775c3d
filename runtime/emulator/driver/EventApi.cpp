//===- EventApi.cpp - events ----------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements events, which tell the host's time or, in a capture, what was
// recorded before them.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/driver/Enter.h"

using namespace plait::emulator;

PLAIT_CUDA_API CUresult cuEventCreate(CUevent *phEvent, unsigned flags) {
  return enterUncaptured([&](Driver &driver) {
    constexpr unsigned blockingSync = 1;
    if (!phEvent || flags & ~(blockingSync | CU_EVENT_DISABLE_TIMING))
      return CUDA_ERROR_INVALID_VALUE;
    *phEvent = driver.events.add({.context = currentContext(), .flags = flags});
    return CUDA_SUCCESS;
  });
}

PLAIT_CUDA_API CUresult cuEventDestroy_v2(CUevent hEvent) {
  return enterContext(
      [&](Driver &driver) { return driver.events.erase(hEvent) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE; });
}

PLAIT_CUDA_API CUresult cuEventRecord(CUevent hEvent, CUstream hStream) {
  return enterContext([&](Driver &driver) {
    if (!driver.events.has(hEvent) || (!isDefault(hStream) && !driver.streams.has(hStream)))
      return CUDA_ERROR_INVALID_HANDLE;
    if (isDefault(hStream) || !hStream->capture) {
      hEvent->time = EventHandle::Clock::now();
      hEvent->capture.reset();
      hEvent->nodes.clear();
      return CUDA_SUCCESS;
    }
    if (hStream->capture->isInvalidated)
      return CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
    hEvent->time.reset();
    hEvent->capture = hStream->capture;
    hEvent->nodes = hStream->last;
    return CUDA_SUCCESS;
  });
}

PLAIT_CUDA_API CUresult cuEventRecordWithFlags(CUevent hEvent, CUstream hStream, unsigned flags) {
  return flags ? CUDA_ERROR_NOT_SUPPORTED : cuEventRecord(hEvent, hStream);
}

/// For calls that wait for an event; one that was never recorded has nothing to wait for.
static CUresult waitFor(CUevent event) {
  return enterWaiting([&](Driver &driver) {
    if (!driver.events.has(event))
      return CUDA_ERROR_INVALID_HANDLE;
    return event->capture ? CUDA_ERROR_CAPTURED_EVENT : CUDA_SUCCESS;
  });
}

PLAIT_CUDA_API CUresult cuEventQuery(CUevent hEvent) { return waitFor(hEvent); }

PLAIT_CUDA_API CUresult cuEventSynchronize(CUevent hEvent) { return waitFor(hEvent); }

/// The time that the emulator took between two events: no hint of what a device would take.
PLAIT_CUDA_API CUresult cuEventElapsedTime(float *pMilliseconds, CUevent hStart, CUevent hEnd) {
  return enterContext([&](Driver &driver) {
    if (!pMilliseconds)
      return CUDA_ERROR_INVALID_VALUE;
    for (CUevent event : {hStart, hEnd})
      if (!driver.events.has(event) || !event->time || event->flags & CU_EVENT_DISABLE_TIMING)
        return CUDA_ERROR_INVALID_HANDLE;
    *pMilliseconds = std::chrono::duration<float, std::milli>(*hEnd->time - *hStart->time).count();
    return CUDA_SUCCESS;
  });
}

PLAIT_CUDA_API CUresult cuEventElapsedTime_v2(float *pMilliseconds, CUevent hStart, CUevent hEnd) {
  return cuEventElapsedTime(pMilliseconds, hStart, hEnd);
}
