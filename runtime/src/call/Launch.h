//===- Launch.h - run the kernels of a variant ------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the second half of a call: temporaries are allocated, and each
// launch runs its grid on the calling thread, the pool or the host's parallel loop.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_SRC_CALL_LAUNCH_H
#define PLAIT_RUNTIME_SRC_CALL_LAUNCH_H

#include "runtime/src/call/Bind.h"

namespace plait {

/// Who runs the work items.
struct Workers {
  int threads;
  plait_parallel_for_fn hostLoop;
  void *hostContext;
};

/// Runs all launches of a variant that is ready.
Status launchAll(const plait_function &function, const VariantPlan &plan, Bindings &bindings, const Workers &workers);

} // namespace plait

#endif // PLAIT_RUNTIME_SRC_CALL_LAUNCH_H
