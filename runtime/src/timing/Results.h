//===- Results.h - the arrays that a timed call writes ----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares how results are poisoned, captured and put back between calls.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_SRC_TIMING_RESULTS_H
#define PLAIT_RUNTIME_SRC_TIMING_RESULTS_H

#include "runtime/src/loader/Function.h"

#include <string>
#include <vector>

namespace plait {

/// The arrays of an argument list that a function writes. The arguments have been checked.
class Results {
public:
  Results(const plait_function &function, const DLTensor *const *arguments);

  /// Puts the arrays that are updated in place back to what they came with.
  void restoreInputs() const;

  /// The same, and fills those that are only written with a pattern.
  void poison() const;

  /// The bytes of all results, one array after another.
  std::string capture() const;

private:
  struct Result {
    const DLTensor *tensor;
    bool updated;
    std::string original;
  };
  std::vector<Result> results;
};

} // namespace plait

#endif // PLAIT_RUNTIME_SRC_TIMING_RESULTS_H
