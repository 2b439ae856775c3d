//===- ContextApi.cpp - contexts ------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements contexts: the primary one of the device, and others.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/driver/Enter.h"

using namespace plait::emulator;

/// For calls about the primary context.
template <typename Body> static CUresult enterPrimary(CUdevice device, Body &&body) {
  return enter([&](Driver &driver) -> CUresult { return device == 0 ? body(driver) : CUDA_ERROR_INVALID_DEVICE; });
}

PLAIT_CUDA_API CUresult cuDevicePrimaryCtxRetain(CUcontext *pctx, CUdevice dev) {
  return enterPrimary(dev, [&](Driver &driver) {
    if (!pctx)
      return CUDA_ERROR_INVALID_VALUE;
    if (!driver.primary)
      driver.primary = driver.contexts.add({driver.primaryFlags});
    ++driver.primaryUses;
    *pctx = driver.primary;
    return CUDA_SUCCESS;
  });
}

static void resetPrimary(Driver &driver) {
  if (driver.primary)
    driver.destroy(driver.primary);
  driver.primary = nullptr;
}

PLAIT_CUDA_API CUresult cuDevicePrimaryCtxRelease_v2(CUdevice dev) {
  return enterPrimary(dev, [&](Driver &driver) {
    if (driver.primaryUses == 0)
      return CUDA_ERROR_INVALID_CONTEXT;
    if (--driver.primaryUses == 0)
      resetPrimary(driver);
    return CUDA_SUCCESS;
  });
}

PLAIT_CUDA_API CUresult cuDevicePrimaryCtxReset_v2(CUdevice dev) {
  return enterPrimary(dev, [&](Driver &driver) {
    resetPrimary(driver);
    if (driver.primaryUses)
      driver.primary = driver.contexts.add({driver.primaryFlags});
    return CUDA_SUCCESS;
  });
}

PLAIT_CUDA_API CUresult cuDevicePrimaryCtxSetFlags_v2(CUdevice dev, unsigned flags) {
  return enterPrimary(dev, [&](Driver &driver) {
    driver.primaryFlags = flags;
    return CUDA_SUCCESS;
  });
}

PLAIT_CUDA_API CUresult cuDevicePrimaryCtxGetState(CUdevice dev, unsigned *flags, int *active) {
  return enterPrimary(dev, [&](Driver &driver) {
    if (!flags || !active)
      return CUDA_ERROR_INVALID_VALUE;
    *flags = driver.primaryFlags;
    *active = driver.primary != nullptr;
    return CUDA_SUCCESS;
  });
}

PLAIT_CUDA_API CUresult cuCtxCreate_v2(CUcontext *pctx, unsigned flags, CUdevice dev) {
  return enterPrimary(dev, [&](Driver &driver) {
    if (!pctx)
      return CUDA_ERROR_INVALID_VALUE;
    *pctx = driver.contexts.add({flags});
    currentContexts().push_back(*pctx);
    return CUDA_SUCCESS;
  });
}

/// The parameters choose affinities, which the emulator has none of.
PLAIT_CUDA_API CUresult cuCtxCreate_v4(CUcontext *pctx, void *ctxCreateParams, unsigned flags, CUdevice dev) {
  return ctxCreateParams ? CUDA_ERROR_NOT_SUPPORTED : cuCtxCreate_v2(pctx, flags, dev);
}

PLAIT_CUDA_API CUresult cuCtxDestroy_v2(CUcontext ctx) {
  return enter([&](Driver &driver) {
    if (!driver.contexts.has(ctx) || ctx == driver.primary)
      return CUDA_ERROR_INVALID_CONTEXT;
    driver.destroy(ctx);
    return CUDA_SUCCESS;
  });
}

PLAIT_CUDA_API CUresult cuCtxGetCurrent(CUcontext *pctx) {
  return enter([&](Driver &driver) {
    if (!pctx)
      return CUDA_ERROR_INVALID_VALUE;
    *pctx = currentContext();
    return CUDA_SUCCESS;
  });
}

/// Replaces the top of the stack; no context takes it away.
PLAIT_CUDA_API CUresult cuCtxSetCurrent(CUcontext ctx) {
  return enter([&](Driver &driver) {
    if (ctx && !driver.contexts.has(ctx))
      return CUDA_ERROR_INVALID_CONTEXT;
    if (!currentContexts().empty())
      currentContexts().pop_back();
    if (ctx)
      currentContexts().push_back(ctx);
    return CUDA_SUCCESS;
  });
}

PLAIT_CUDA_API CUresult cuCtxPushCurrent_v2(CUcontext ctx) {
  return enter([&](Driver &driver) {
    if (!driver.contexts.has(ctx))
      return CUDA_ERROR_INVALID_CONTEXT;
    currentContexts().push_back(ctx);
    return CUDA_SUCCESS;
  });
}

PLAIT_CUDA_API CUresult cuCtxPopCurrent_v2(CUcontext *pctx) {
  return enter([&](Driver &driver) {
    if (currentContexts().empty())
      return CUDA_ERROR_INVALID_CONTEXT;
    if (pctx)
      *pctx = currentContexts().back();
    currentContexts().pop_back();
    return CUDA_SUCCESS;
  });
}

PLAIT_CUDA_API CUresult cuCtxGetDevice(CUdevice *device) {
  return enterContext([&](Driver &driver) {
    if (!device)
      return CUDA_ERROR_INVALID_VALUE;
    *device = 0;
    return CUDA_SUCCESS;
  });
}

PLAIT_CUDA_API CUresult cuCtxGetFlags(unsigned *flags) {
  return enterContext([&](Driver &driver) {
    if (!flags)
      return CUDA_ERROR_INVALID_VALUE;
    *flags = currentContext()->flags;
    return CUDA_SUCCESS;
  });
}

PLAIT_CUDA_API CUresult cuCtxGetApiVersion(CUcontext ctx, unsigned *version) {
  return enter([&](Driver &driver) {
    if (ctx && !driver.contexts.has(ctx))
      return CUDA_ERROR_INVALID_CONTEXT;
    if (!version)
      return CUDA_ERROR_INVALID_VALUE;
    *version = 3020;
    return CUDA_SUCCESS;
  });
}

PLAIT_CUDA_API CUresult cuCtxGetStreamPriorityRange(int *leastPriority, int *greatestPriority) {
  return enterContext([&](Driver &driver) {
    for (int *priority : {leastPriority, greatestPriority})
      if (priority)
        *priority = 0;
    return CUDA_SUCCESS;
  });
}

PLAIT_CUDA_API CUresult cuCtxSynchronize() {
  return enterWaiting([](Driver &) { return CUDA_SUCCESS; });
}
