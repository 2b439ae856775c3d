//===- Scanner.h - scans along any axis -------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares what a scan is called through: it lays arrays of any rank
// as [B, T, H, D], with the head dim that a kernel is made for.
//===----------------------------------------------------------------------===//

#ifndef PLAIT_PYTHON_SRC_SCANNER_H
#define PLAIT_PYTHON_SRC_SCANNER_H

#include "python/src/Function.h"
#include "python/src/Results.h"

#include <map>
#include <vector>

namespace plait::python {

class Scanner {
public:
  /// `make(dtype, D, initial, device, alignment)` gives the Function for rows of D at multiples
  /// of so many bytes; `inputs` are the names of the arrays, for messages.
  Scanner(nb::object make, nb::sequence inputs);

  /// Scans `arrays` along `axis`, from `initial` where that is not None.
  nb::object call(nb::sequence arrays, nb::object initial, int axis, nb::object threads, nb::object out);

private:
  nb::object make;
  std::vector<std::string> names;
  std::map<std::tuple<int, int, int64_t, bool, int32_t, int64_t>, nb::object> functions;
};

/// The value of num_threads, 0 for none; raises what is no integer from 1 to 1024.
int32_t threadCount(PyObject *value);

} // namespace plait::python

#endif // PLAIT_PYTHON_SRC_SCANNER_H
