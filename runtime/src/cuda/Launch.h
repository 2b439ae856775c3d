//===- Launch.h - run the kernels of a variant on CUDA ----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the second half of a call whose arrays are on a device of CUDA: a
// variant is chosen for the device, and its launches go into the caller's stream.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_SRC_CUDA_LAUNCH_H
#define PLAIT_RUNTIME_SRC_CUDA_LAUNCH_H

#include "runtime/src/call/Bind.h"

namespace plait::cuda {

/// Puts all launches into the stream of the call and returns without waiting for them. Once the variant is loaded it
/// allocates nothing but temporaries, and those only where the options give no workspace.
Status launchAll(const plait_function &function, Bindings &bindings, const plait_call_options &options);

} // namespace plait::cuda

#endif // PLAIT_RUNTIME_SRC_CUDA_LAUNCH_H
