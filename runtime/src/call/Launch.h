//===- Launch.h - run the kernels of a variant ------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the second half of a call: temporaries get memory, and each
// launch runs its grid on the calling thread, the pool or the host's parallel loop.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_SRC_CALL_LAUNCH_H
#define PLAIT_RUNTIME_SRC_CALL_LAUNCH_H

#include "runtime/src/call/Bind.h"

namespace plait {

/// Runs all launches of a variant that is ready, on at most `threads` threads.
Status launchAll(const plait_function &function, const VariantPlan &plan, Bindings &bindings,
                 const plait_call_options &options, int threads);

} // namespace plait

#endif // PLAIT_RUNTIME_SRC_CALL_LAUNCH_H
