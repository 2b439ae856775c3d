//===- Results.h - arrays that a call makes ---------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares how results are made in the library of the first argument.
//===----------------------------------------------------------------------===//

#ifndef PLAIT_PYTHON_SRC_RESULTS_H
#define PLAIT_PYTHON_SRC_RESULTS_H

#include "python/src/Tensor.h"

namespace plait::python {

/// An array that does not exist yet: uninitialised memory, dense in row-major order.
struct Result {
  nb::object object;
  char *data;
};

/// Makes an array of the kind given, where `like` is.
Result makeResult(Kind kind, DLDataType dtype, const int64_t *shape, int rank, const Tensor &like);

/// Turns a written result into an array of the library that `like` belongs to;
/// the arrays of NumPy and PyTorch are that already.
nb::object finishResult(Kind kind, nb::object object, nb::handle like);

} // namespace plait::python

#endif // PLAIT_PYTHON_SRC_RESULTS_H
