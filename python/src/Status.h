//===- Status.h - failures of the runtime as Python exceptions --*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares how the native module raises the errors of plait.errors.
//===----------------------------------------------------------------------===//

#ifndef PLAIT_PYTHON_SRC_STATUS_H
#define PLAIT_PYTHON_SRC_STATUS_H

#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <plait/runtime.h>
#include <string>

namespace plait::python {

namespace nb = nanobind;

/// Raises the class `name` of plait.errors.
[[noreturn]] void raise(const char *name, const std::string &message);

/// Raises what a status says, and releases it; returns for success.
void check(plait_status *status);

} // namespace plait::python

#endif // PLAIT_PYTHON_SRC_STATUS_H
