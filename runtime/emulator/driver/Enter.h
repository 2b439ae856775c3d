//===- Enter.h - the frame of every entry point -----------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares how a call enters the driver: with the lock held, and with no
// exception leaving it.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_EMULATOR_DRIVER_ENTER_H
#define PLAIT_RUNTIME_EMULATOR_DRIVER_ENTER_H

#include "runtime/emulator/Error.h"
#include "runtime/emulator/driver/State.h"

#include <exception>
#include <new>
#include <utility>

namespace plait::emulator {

/// Runs `body(driver)`; what is thrown becomes a result and a line in the log.
template <typename Body> CUresult guarded(Driver &driver, Body &&body) {
  try {
    return body(driver);
  } catch (const Error &error) {
    driver.say(std::string("plait emulator: ") + error.what());
    return CUDA_ERROR_INVALID_VALUE;
  } catch (const std::bad_alloc &) {
    return CUDA_ERROR_OUT_OF_MEMORY;
  } catch (const std::exception &) {
    return CUDA_ERROR_UNKNOWN;
  }
}

/// For calls that may come before cuInit.
template <typename Body> CUresult enterEarly(Body &&body) {
  if (isInHostFunction())
    return CUDA_ERROR_NOT_PERMITTED;
  Driver &driver = Driver::get();
  std::lock_guard lock(driver.mutex);
  return guarded(driver, body);
}

/// For calls that need cuInit alone.
template <typename Body> CUresult enter(Body &&body) {
  return enterEarly(
      [&](Driver &driver) -> CUresult { return driver.device ? body(driver) : CUDA_ERROR_NOT_INITIALIZED; });
}

/// For calls that need a current context. It may have been destroyed on another thread.
template <typename Body> CUresult enterContext(Body &&body) {
  return enter([&](Driver &driver) {
    return driver.contexts.has(currentContext()) ? body(driver) : CUDA_ERROR_INVALID_CONTEXT;
  });
}

/// For calls that might wait for the device, which ends a capture.
template <typename Body> CUresult enterUncaptured(Body &&body) {
  return enterContext([&](Driver &driver) -> CUresult {
    if (Capture *capture = driver.forbidsWaiting()) {
      capture->isInvalidated = true;
      return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
    }
    return body(driver);
  });
}

/// For calls that do wait: they return what kernels failed with, once, in place of a success.
template <typename Body> CUresult enterWaiting(Body &&body) {
  return enterUncaptured([&](Driver &driver) -> CUresult {
    CUresult result = body(driver);
    return result == CUDA_SUCCESS ? std::exchange(currentContext()->failure, CUDA_SUCCESS) : result;
  });
}

/// Runs work on a stream at once, or records it. It is copied, so it holds values alone.
inline CUresult submit(Driver &driver, CUstream stream, CUgraphNodeType type, Task task) {
  if (isDefault(stream)) {
    auto waitsForDefault = [](const StreamHandle &other) { return !(other.flags & CU_STREAM_NON_BLOCKING); };
    if (Capture *capture = driver.findCapture(waitsForDefault)) {
      capture->isInvalidated = true;
      return CUDA_ERROR_STREAM_CAPTURE_IMPLICIT;
    }
    return task(driver);
  }
  if (!driver.streams.has(stream))
    return CUDA_ERROR_INVALID_HANDLE;
  if (!stream->capture)
    return task(driver);
  if (stream->capture->isInvalidated)
    return CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
  stream->last = {stream->capture->graph.add(type, stream->last, std::move(task))};
  return CUDA_SUCCESS;
}

/// The same for a call that is nothing else.
inline CUresult enterStream(CUstream stream, CUgraphNodeType type, Task task) {
  return enterContext([&](Driver &driver) { return submit(driver, stream, type, std::move(task)); });
}

} // namespace plait::emulator

#endif // PLAIT_RUNTIME_EMULATOR_DRIVER_ENTER_H
