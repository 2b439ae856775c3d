//===- Services.h - cache, tuning and threads for Python --------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the runtime's services that the package builds on.
//===----------------------------------------------------------------------===//

#ifndef PLAIT_PYTHON_SRC_SERVICES_H
#define PLAIT_PYTHON_SRC_SERVICES_H

#include "python/src/Status.h"

namespace plait::python {

/// Adds the functions to the module.
void bindServices(nb::module_ &module);

} // namespace plait::python

#endif // PLAIT_PYTHON_SRC_SERVICES_H
