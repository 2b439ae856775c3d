//===- Status.cpp - failures of the runtime as Python exceptions ----------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file maps the codes of the runtime to the classes of plait.errors.
//===----------------------------------------------------------------------===//

#include "python/src/Status.h"

namespace plait::python {

void raise(const char *name, const std::string &message) {
  nb::object type = nb::module_::import_("plait.errors").attr(name);
  PyErr_SetString(type.ptr(), message.c_str());
  throw nb::python_error();
}

static const char *className(plait_code code) {
  switch (code) {
  case PLAIT_INVALID_ARGUMENT:
    return "ArgumentError";
  case PLAIT_INVALID_SHAPE:
    return "ShapeError";
  case PLAIT_INVALID_TYPE:
    return "DtypeError";
  case PLAIT_DAMAGED:
    return "DamagedError";
  case PLAIT_UNSUPPORTED:
    return "UnsupportedError";
  case PLAIT_UNAVAILABLE:
    return "UnavailableError";
  case PLAIT_OUT_OF_MEMORY:
    return "OutOfMemoryError";
  default:
    return "Error";
  }
}

void check(plait_status *status) {
  if (!status)
    return;
  plait_code code = plait_status_code(status);
  std::string message = plait_status_message(status);
  plait_status_release(status);
  raise(className(code), message);
}

} // namespace plait::python
