//===- Caller.cpp - call a compiled function ------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file sets the options of calls. On CUDA, PyTorch gives the stream and what
// kernels pass on to each other: its allocator counts that, and graphs have pools of
// their own for it.
//===----------------------------------------------------------------------===//

#include "python/src/Caller.h"

#include "python/src/Results.h"
#include "python/src/Status.h"

#include <utility>

namespace plait::python {

Caller::Caller(Kind kind, const Tensor &first, int32_t threads) : first(first) {
  options.num_threads = threads;
  options.cuda_stream = streamOf(kind, first);
  if (kind == Kind::Torch && first.device != onHost) {
    options.workspace = giveWorkspace;
    options.workspace_ctx = this;
  }
}

void *Caller::giveWorkspace(void *self, DLDevice, size_t size) noexcept {
  nb::gil_scoped_acquire acquire;
  auto &caller = *static_cast<Caller *>(self);
  try {
    auto words = static_cast<int64_t>(size / sizeof(float)); // a size is a multiple of 64
    caller.workspace.reset();
    Result made = makeResult(Kind::Torch, {kDLFloat, 32, 1}, &words, 1, caller.first);
    caller.workspace = std::move(made.object);
    return made.data;
  } catch (...) {
    caller.failure = std::current_exception();
    return nullptr;
  }
}

void Caller::call(const plait_function *function, const DLTensor *const *arguments, size_t count) {
  plait_status *status;
  {
    nb::gil_scoped_release release;
    status = plait_call(function, arguments, count, &options);
  }
  if (failure) {
    plait_status_release(status);
    std::rethrow_exception(std::exchange(failure, nullptr));
  }
  check(status);
}

} // namespace plait::python
