//===- Results.h - the arrays that a timed call writes ----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares how results are poisoned, captured, compared and put back between
// calls, on the CPU or on a device of CUDA.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_SRC_TIMING_RESULTS_H
#define PLAIT_RUNTIME_SRC_TIMING_RESULTS_H

#include "runtime/src/loader/Function.h"

#include <string>
#include <vector>

namespace plait {

/// The bytes of all results, one array after another.
using Captured = std::vector<std::string>;

/// The arrays of an argument list that a function writes. The arguments have been checked.
class Results {
public:
  /// The largest relative RMS difference of two results on CUDA, where schedules sum in different orders.
  static constexpr double tolerance = 1e-2;

  Results(const plait_function &function, const DLTensor *const *arguments, int32_t device);

  /// Remembers what arrays that are updated in place come with.
  Status begin();

  /// Puts those arrays back to what they came with.
  Status restoreInputs() const;

  /// The same, and fills those that are only written with a pattern.
  Status poison() const;

  Status capture(Captured &captured) const;

  /// Whether two calls gave the same: bit for bit, but for floats on CUDA.
  bool agree(const Captured &a, const Captured &b) const;

private:
  struct Result {
    const DLTensor *tensor;
    pack::ElementType type;
    bool updated;
    std::string original;
  };
  std::vector<Result> results;
  int32_t device;
};

} // namespace plait

#endif // PLAIT_RUNTIME_SRC_TIMING_RESULTS_H
