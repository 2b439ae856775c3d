//===- Exchange.cpp - DLPack's C exchange API -----------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file finds the API of a type and calls it.
//===----------------------------------------------------------------------===//

#include "python/src/Exchange.h"

#include <unordered_map>

namespace plait::python {

static const ExchangeApi *lookUp(PyTypeObject *type) {
  constexpr const char *name = "dlpack_exchange_api";
  nb::object capsule =
      nb::getattr(nb::handle(reinterpret_cast<PyObject *>(type)), "__dlpack_c_exchange_api__", nb::none());
  if (!PyCapsule_IsValid(capsule.ptr(), name))
    return nullptr;
  auto *header = static_cast<const ExchangeHeader *>(PyCapsule_GetPointer(capsule.ptr(), name));
  while (header && header->major != 1)
    header = header->previous;
  return reinterpret_cast<const ExchangeApi *>(header); // which it starts
}

const ExchangeApi *exchangeOf(PyTypeObject *type) {
  static auto *known = new std::unordered_map<PyTypeObject *, const ExchangeApi *>;
  if (auto found = known->find(type); found != known->end())
    return found->second;
  const ExchangeApi *api = lookUp(type);
  Py_INCREF(type); // no other type may take its address
  known->emplace(type, api);
  return api;
}

bool borrow(const ExchangeApi &api, PyObject *object, DLTensor &view) {
  if (api.dltensorFromPyObjectNoSync && api.dltensorFromPyObjectNoSync(object, &view) == 0)
    return true;
  if (PyErr_Occurred() && !PyErr_ExceptionMatches(PyExc_Exception))
    throw nb::python_error(); // an interrupt
  PyErr_Clear();
  return false;
}

void *currentStream(const ExchangeApi &api, int32_t device) {
  void *stream = nullptr;
  if (api.currentWorkStream(kDLCUDA, device, &stream) == 0)
    return stream;
  if (PyErr_Occurred())
    throw nb::python_error();
  raise("Error", "expects the stream in use on CUDA device " + std::to_string(device) +
                     ", but got a failure without a reason from current_work_stream");
}

} // namespace plait::python
