//===- Mismatch.h - what is wrong with an argument --------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the findings of Bind.cpp and the messages made of them.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_SRC_CALL_MISMATCH_H
#define PLAIT_RUNTIME_SRC_CALL_MISMATCH_H

#include "runtime/src/loader/Function.h"

#include <cstring>

namespace plait {

/// A finding, and the dimension it is about.
struct Mismatch {
  enum Kind { None, NoTensor, Device, Type, Rank, NoShape, Extent, Stride, NoData, Alignment } kind = None;
  int dim = 0;
};

/// The number of a tensor's device type; newer ones than this header's enumeration exist.
inline int32_t deviceType(const DLTensor &tensor) {
  int32_t type;
  std::memcpy(&type, &tensor.device.device_type, sizeof type);
  return type;
}

/// Whether the processor can use the data as it is.
inline bool isHostDevice(const DLTensor &tensor) {
  int32_t type = deviceType(tensor);
  return type == kDLCPU || type == kDLCUDAHost;
}

/// Says how many arguments were expected.
Status describeCount(const plait_function &function, size_t count);

/// Says what was expected of argument `index` and what came.
Status describe(Mismatch mismatch, const plait_function &function, size_t index, const DLTensor *tensor,
                const int64_t *symbols);

} // namespace plait

#endif // PLAIT_RUNTIME_SRC_CALL_MISMATCH_H
