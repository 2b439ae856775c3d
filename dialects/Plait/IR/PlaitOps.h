//===- PlaitOps.h - operations of the plait dialect -------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the operations. PlaitOps.td is their manual.
//===----------------------------------------------------------------------===//

#ifndef DIALECTS_PLAIT_IR_PLAITOPS_H
#define DIALECTS_PLAIT_IR_PLAITOPS_H

#include "dialects/Plait/IR/PlaitDialect.h"
#include "dialects/Plait/IR/PlaitInterfaces.h"
#include "dialects/Support/OperandTraits.h"

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/TilingInterface.h"

#define GET_OP_CLASSES
#include "dialects/Plait/IR/PlaitOps.h.inc"

namespace plait {

/// Whether an operand is an init that its op starts from, as a recurrence does
/// from its state. The other inits are only written.
bool isCarried(mlir::OpOperand &operand);

} // namespace plait

#endif // DIALECTS_PLAIT_IR_PLAITOPS_H
