//===- PlaitInterfaces.h - interfaces of the plait dialect ------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares SequenceOpInterface and the words it speaks in.
//===----------------------------------------------------------------------===//

#ifndef DIALECTS_PLAIT_IR_PLAITINTERFACES_H
#define DIALECTS_PLAIT_IR_PLAITINTERFACES_H

#include "mlir/IR/OpDefinition.h"
#include "llvm/ADT/SmallVector.h"
#include <string>

namespace plait {

/// What a loop of a sequence op walks.
enum class Axis { Batch, Head, Value, Time };

/// How a loop walks one dimension of an operand: tile [o, o + s) of the loop is
/// tile [factor * o, factor * (o + s)) of the dimension. A negative loop means
/// that every tile takes the whole dimension.
struct DimRole {
  int loop = -1;
  int64_t factor = 1;
};

/// A dimension that no loop walks.
inline constexpr DimRole wholeDim{};

} // namespace plait

#include "dialects/Plait/IR/PlaitInterfaces.h.inc"

#endif // DIALECTS_PLAIT_IR_PLAITINTERFACES_H
