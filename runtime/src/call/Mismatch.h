//===- Mismatch.h - what is wrong with an argument --------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the findings of Bind.cpp and the messages made of them.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_SRC_CALL_MISMATCH_H
#define PLAIT_RUNTIME_SRC_CALL_MISMATCH_H

#include "runtime/src/call/Bind.h"

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

/// Where an array lies: the number of a CUDA device, `onHost` where the processor can use the data as it is, or
/// `elsewhere`.
inline int32_t placeOf(const DLTensor &tensor) {
  int32_t type = deviceType(tensor);
  if (type == kDLCPU || type == kDLCUDAHost)
    return onHost;
  bool isCuda = (type == kDLCUDA || type == kDLCUDAManaged) && tensor.device.device_id >= 0;
  return isCuda ? tensor.device.device_id : elsewhere;
}

/// Says how many arguments were expected.
Status describeCount(const plait_function &function, size_t count);

/// Says what was expected of argument `index` and what came.
Status describe(Mismatch mismatch, const plait_function &function, size_t index, const DLTensor *tensor,
                const Bindings &bindings);

} // namespace plait

#endif // PLAIT_RUNTIME_SRC_CALL_MISMATCH_H
