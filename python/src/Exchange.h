//===- Exchange.h - DLPack's C exchange API ---------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares what a library offers beside __dlpack__ for calls without
// Python, as dlpack.h of DLPack 1.3 has it; Debian's header is older.
//===----------------------------------------------------------------------===//

#ifndef PLAIT_PYTHON_SRC_EXCHANGE_H
#define PLAIT_PYTHON_SRC_EXCHANGE_H

#include "python/src/Status.h"

#include <dlpack/dlpack.h>

namespace plait::python {

/// DLPackExchangeAPIHeader, the same in all versions.
struct ExchangeHeader {
  uint32_t major, minor;
  const ExchangeHeader *previous; ///< The table of an older version, or NULL.
};

/// DLPackExchangeAPI of version 1. The functions return 0, or -1 with a Python error set.
struct ExchangeApi {
  ExchangeHeader header;
  void (*managedTensorAllocator)();                                ///< Not called here.
  void (*managedTensorFromPyObjectNoSync)();                       ///< Not called here.
  void (*managedTensorToPyObjectNoSync)();                         ///< Not called here.
  int (*dltensorFromPyObjectNoSync)(void *object, DLTensor *view); ///< May be NULL.
  int (*currentWorkStream)(DLDeviceType type, int32_t device, void **stream);
};
static_assert(sizeof(ExchangeApi) == 16 + 5 * sizeof(void *) && sizeof(DLTensor) == 48, "as DLPack lays them out");

/// The exchange API of a type, kept for each; NULL where it has none of version 1.
const ExchangeApi *exchangeOf(PyTypeObject *type);

/// Views an array for as long as its object holds the memory; false where the API can't.
bool borrow(const ExchangeApi &api, PyObject *object, DLTensor &view);

/// The stream that the library uses on a device of CUDA, or raises.
void *currentStream(const ExchangeApi &api, int32_t device);

} // namespace plait::python

#endif // PLAIT_PYTHON_SRC_EXCHANGE_H
