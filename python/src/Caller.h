//===- Caller.h - call a compiled function ----------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares calls in the stream, and with the memory, of the library that
// the arrays are from.
//===----------------------------------------------------------------------===//

#ifndef PLAIT_PYTHON_SRC_CALLER_H
#define PLAIT_PYTHON_SRC_CALLER_H

#include "python/src/Tensor.h"

#include <exception>

namespace plait::python {

class Caller {
public:
  /// `first` is an array of the kind given, of those that calls take; it is borrowed. 0 threads are the default.
  Caller(Kind kind, const Tensor &first, int32_t threads);
  Caller(const Caller &) = delete;
  Caller &operator=(const Caller &) = delete;

  /// Calls without the interpreter's lock, or raises what went wrong.
  void call(const plait_function *function, const DLTensor *const *arguments, size_t count);

private:
  static void *giveWorkspace(void *self, DLDevice device, size_t size) noexcept;

  const Tensor &first;
  plait_call_options options = PLAIT_CALL_OPTIONS;
  /// Memory of PyTorch's, of the last call: what follows in the stream may write over that of the one before.
  nb::object workspace;
  std::exception_ptr failure;
};

} // namespace plait::python

#endif // PLAIT_PYTHON_SRC_CALLER_H
