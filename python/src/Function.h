//===- Function.h - a compiled function in memory ---------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the Python object that holds a function of a pack.
//===----------------------------------------------------------------------===//

#ifndef PLAIT_PYTHON_SRC_FUNCTION_H
#define PLAIT_PYTHON_SRC_FUNCTION_H

#include "python/src/Status.h"

#include <utility>

namespace plait::python {

/// A function with the pack it lives in.
class Function {
public:
  /// Opens a pack from its bytes and finds the function.
  Function(nb::bytes pack, const std::string &name);
  ~Function() { plait_pack_release(pack); }
  Function(const Function &) = delete;
  Function &operator=(const Function &) = delete;

  const plait_function *get() const { return function; }
  /// The most registers of a thread of its CUDA kernels, and the most bytes that one spills.
  std::pair<int32_t, int32_t> registers() const;

private:
  plait_pack *pack = nullptr;
  const plait_function *function = nullptr;
};

/// Names of the functions of a pack, with (instruction set, schedule) of each variant.
nb::dict describePack(nb::bytes pack);

} // namespace plait::python

#endif // PLAIT_PYTHON_SRC_FUNCTION_H
